// An object as lines of YAML, and which of its lines a field stands on.

import Manifest

struct ObjectText: Sendable {
    let lines: [String]
    /// The object as it is read from the lines, so that its parts know their places.
    private let placed: Value

    /// No lines for no object.
    init(_ value: Value?) {
        guard let value else {
            lines = []
            placed = .null
            return
        }
        let text = YAML.write(value)
        let pieces = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        lines = pieces.dropLast().map(String.init)
        placed = (try? YAML.read(text, file: "").first) ?? .null
    }

    /// The lines of a field with all below it, counted from 0; nil where the object does not have it.
    func range(of path: FieldPath) -> Range<Int>? {
        var value = placed
        var range = lines.indices
        for element in path.elements {
            let parts: [(start: Int?, value: Value)]
            let index: Int?
            switch value {
            case .object(let object):
                parts = object.entries.map { ($0.position.isKnown ? $0.position.line - 1 : nil, $0.value) }
                index = element.fieldName.flatMap { name in object.entries.firstIndex { $0.key == name } }
            case .array(let items):
                parts = items.map { ($0.position.isKnown ? $0.position.line - 1 : nil, $0) }
                index = items.indices.first { element.names(items[$0], at: $0) }
            case .scalar: return nil
            }
            guard let index else { return nil }
            value = parts[index].value
            let end = parts[(index + 1)...].lazy.compactMap(\.start).first ?? range.upperBound
            let start = parts[index].start ?? range.lowerBound
            guard start <= end else { return nil }
            range = start..<end
        }
        return range
    }
}
