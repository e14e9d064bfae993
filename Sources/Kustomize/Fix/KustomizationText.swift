// The text of a kustomization as lines, with the lines that each of its fields takes: what is edited in place keeps
// every comment, blank line and quote that the edit does not concern.

import Manifest

struct KustomizationText {
    /// A field of the kustomization: its key's line and all lines below that belong to it.
    struct Field {
        var key: String
        var lines: Range<Int>
        var value: Value
    }

    private(set) var lines: [String]
    private(set) var fields: [Field] = []
    /// Keys that stand more than once: what to do with them is for a person to say.
    private(set) var repeatedKeys: Set<String> = []

    /// Nil for a text that is no map written in block style.
    init?(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(UInt8(ascii: "\r")) else {
            return nil
        }
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var options = YAMLReader.Options.yaml11
        options.duplicateKeys = .keep
        guard let object = (try? YAML.read(bytes, file: "", options: options))?.first?.object else { return nil }
        let starts = object.entries.map { $0.position.line - 1 }
        for (index, entry) in object.entries.enumerated() {
            guard lines.indices.contains(starts[index]), entry.position.column == 1 else { return nil }
            let next = index + 1 < starts.count ? starts[index + 1] : end(from: starts[index])
            guard next > starts[index] else { return nil }
            if fields.contains(where: { $0.key == entry.key }) { repeatedKeys.insert(entry.key) }
            // Comments and blank lines above the next key belong to it.
            var last = next
            while last > starts[index] + 1, isBlankOrComment(lines[last - 1]) { last -= 1 }
            fields.append(Field(key: entry.key, lines: starts[index]..<last, value: entry.value))
        }
    }

    var bytes: [UInt8] { Array(lines.joined(separator: "\n").utf8) }

    func field(_ key: String) -> Field? {
        repeatedKeys.contains(key) ? nil : fields.first { $0.key == key }
    }

    /// The text with some lines in place of others.
    func replacing(_ range: Range<Int>, with new: [String]) -> KustomizationText? {
        var lines = lines
        lines.replaceSubrange(range, with: new)
        return KustomizationText(Array(lines.joined(separator: "\n").utf8))
    }

    /// Where the first document ends.
    private func end(from start: Int) -> Int {
        lines[(start + 1)...].firstIndex { $0.hasPrefix("---") || $0.hasPrefix("...") } ?? lines.count
    }

    private func isBlankOrComment(_ line: String) -> Bool {
        let trimmed = line.drop { $0 == " " }
        return trimmed.isEmpty || trimmed.hasPrefix("#")
    }

    /// The elements of a list in block style: the lines of each, comments above it included, without the list's own
    /// indentation. Nil for a list in another style.
    func elements(of field: Field) -> [[String]]? {
        let body = Array(lines[field.lines].dropFirst())
        guard let first = body.first(where: { !isBlankOrComment($0) }) else { return nil }
        let indent = first.prefix { $0 == " " }.count
        guard first.dropFirst(indent).hasPrefix("-") else { return nil }
        var elements: [[String]] = []
        var above: [String] = []
        for line in body {
            let own = line.prefix { $0 == " " }.count
            let text = String(line.dropFirst(min(indent, own)))
            if own == indent, text.hasPrefix("- ") || text == "-" {
                elements.append(above + [text])
                above = []
            } else if isBlankOrComment(line) {
                above.append(text)
            } else {
                guard !elements.isEmpty else { return nil }
                elements[elements.count - 1] += above + [text]
                above = []
            }
        }
        if !elements.isEmpty { elements[elements.count - 1] += above }
        return elements
    }
}
