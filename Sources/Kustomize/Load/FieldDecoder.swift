// Decoding of configuration: fields by name, every mistake noted at its place, and the nearest known name for one that
// is not known.

import Manifest

/// Collects what is wrong while a tree is decoded.
final class DiagnosticCollector {
    private(set) var diagnostics: [Diagnostic] = []
    private var known: Set<Diagnostic> = []
    private(set) var errorCount = 0
    private let trace: LineTrace?

    init(trace: LineTrace? = nil) {
        self.trace = trace
    }

    /// Nobody reads more; what is said beyond it may be a stranger's way to fill the memory.
    private static let maximum = 1000

    var hasErrors: Bool { errorCount > 0 }

    func report(_ diagnostic: Diagnostic) {
        if diagnostic.severity == .error { errorCount += 1 }
        var diagnostic = diagnostic
        if let trace { diagnostic.location = diagnostic.location.map(trace.resolve) }
        // One file may be read by several roads; one finding is enough.
        guard known.count <= Self.maximum, known.insert(diagnostic).inserted else { return }
        if known.count > Self.maximum {
            diagnostics.append(Diagnostic(.note, "there is more, which is not listed"))
        } else {
            diagnostics.append(diagnostic)
        }
    }

    func report(_ found: [Diagnostic]) { found.forEach(report) }
}

/// An object of a configuration file on its way into a type of ours.
struct FieldDecoder {
    /// What the object is called in messages: `patches[0]`, empty for the file itself.
    let name: String
    let file: String
    let position: SourcePosition
    private let object: Object
    private let collector: DiagnosticCollector
    /// Kustomizations are decoded strictly. Configurations of plugins may have fields that nobody knows, and numbers
    /// for strings.
    private let isStrict: Bool

    /// - Parameter known: the names of all fields.
    init(
        _ object: Object, name: String, file: String, position: SourcePosition, known: [String], isStrict: Bool = true,
        collector: DiagnosticCollector
    ) {
        self.isStrict = isStrict
        self.name = name
        self.file = file
        self.position = position
        self.collector = collector
        var renamed = object
        var spellings: [String: [String]] = [:]
        for index in object.entries.indices {
            let entry = object.entries[index]
            if known.contains(entry.key) { continue }
            if let spelling = known.first(where: { $0.lowercased() == entry.key.lowercased() }) {
                // Go's JSON decoder does not mind capitals.
                spellings[spelling, default: []].append(entry.key)
                if !object.contains(spelling) { renamed.entries[index].key = spelling }
                continue
            }
            if !isStrict { continue }
            let nearest = NearestName.find(entry.key, among: known)
            collector.report(
                .error(
                    "\(name.isEmpty ? "a kustomization" : "`\(name)`") has no field `\(entry.key)`",
                    at: SourceLocation(file: file, position: entry.position),
                    cure: nearest.map { "write `\($0)`" } ?? "the fields are \(known.joined(separator: ", "))"))
        }
        for (spelling, others) in spellings {
            let keys = others + (object.contains(spelling) ? [spelling] : [])
            if keys.count > 1 { renamed[spelling] = Self.united(keys, of: object) }
        }
        self.object = renamed
    }

    /// What a field is that stands under several spellings: they are read in the order of their bytes, the later over
    /// the earlier, where maps grow together.
    private static func united(_ keys: [String], of object: Object) -> Value? {
        var result: Value?
        for key in keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            guard let value = object[key], !value.isNull else { continue }
            if var map = result?.object, let more = value.object {
                for entry in more.entries { map[entry.key] = entry.value }
                result = .object(map)
            } else {
                result = value
            }
        }
        return result
    }

    var location: SourceLocation { SourceLocation(file: file, position: position) }

    func contains(_ key: String) -> Bool { object.contains(key) }

    func location(of key: String) -> SourceLocation { SourceLocation(file: file, position: object.position(of: key)) }

    func path(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }

    /// The value of a field; nil when it is absent or null.
    func value(_ key: String) -> Value? {
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    private func mismatch(_ what: String, _ value: Value, _ expected: String, _ position: SourcePosition) {
        let cure: String?
        if let scalar = value.scalar, expected == "a string", scalar.kind != .null {
            cure = "put it in quotes: \"\(scalar.text)\""
        } else {
            cure = nil
        }
        collector.report(
            .error(
                "`\(what)` must be \(expected), not \(value.noun)", at: SourceLocation(file: file, position: position),
                cure: cure))
    }

    private func positionOf(_ value: Value, else fallback: SourcePosition) -> SourcePosition {
        value.position.isKnown ? value.position : fallback
    }

    func string(_ key: String) -> String { locatedString(key)?.value ?? "" }

    func locatedString(_ key: String) -> Located<String>? {
        guard let value = value(key) else { return nil }
        let position = positionOf(value, else: object.position(of: key))
        guard let text = text(value) else {
            mismatch(path(key), value, "a string", position)
            return nil
        }
        return located(text, value, position)
    }

    private func located(_ text: String, _ value: Value, _ position: SourcePosition) -> Located<String> {
        let style = value.scalar?.style
        return Located(
            value: text, location: SourceLocation(file: file, position: position),
            isBlock: style == .literal || style == .folded)
    }

    private func text(_ value: Value) -> String? {
        isStrict ? value.string : value.scalar?.canonicalText()
    }

    func bool(_ key: String) -> Bool {
        guard let value = value(key) else { return false }
        guard let bool = value.bool else {
            mismatch(path(key), value, "true or false", positionOf(value, else: object.position(of: key)))
            return false
        }
        return bool
    }

    func integer(_ key: String) -> Int? {
        guard let value = value(key) else { return nil }
        guard let int = value.int else {
            mismatch(path(key), value, "a whole number", positionOf(value, else: object.position(of: key)))
            return nil
        }
        return int
    }

    func strings(_ key: String) -> [Located<String>] {
        list(key).enumerated().compactMap { index, item in
            let position = positionOf(item, else: object.position(of: key))
            if item.isNull { return Located(value: "", location: SourceLocation(file: file, position: position)) }
            guard let text = text(item) else {
                mismatch("\(path(key))[\(index)]", item, "a string", position)
                return nil
            }
            return located(text, item, position)
        }
    }

    func list(_ key: String) -> [Value] {
        guard let value = value(key) else { return [] }
        guard let items = value.array else {
            mismatch(path(key), value, "a list", positionOf(value, else: object.position(of: key)))
            return []
        }
        return items
    }

    func stringMap(_ key: String) -> [String: String]? {
        guard let value = value(key) else { return nil }
        guard let map = value.object else {
            mismatch(path(key), value, "a map of strings", positionOf(value, else: object.position(of: key)))
            return nil
        }
        var result: [String: String] = [:]
        for entry in map.entries {
            if entry.value.isNull {
                result[entry.key] = ""
                continue
            }
            guard let text = text(entry.value) else {
                mismatch(
                    "\(path(key)).\(entry.key)", entry.value, "a string", positionOf(entry.value, else: entry.position))
                continue
            }
            result[entry.key] = text
        }
        return result
    }

    /// Where the keys of a map stand.
    func keyLocations(_ key: String) -> [String: SourceLocation] {
        let entries = value(key)?.object?.entries ?? []
        return Dictionary(entries.map { ($0.key, SourceLocation(file: file, position: $0.position)) }) { $1 }
    }

    func object(_ key: String, known: [String]) -> FieldDecoder? {
        guard let value = value(key) else { return nil }
        return decoder(value, path(key), object.position(of: key), known)
    }

    /// One decoder for each object of a list; elements of other shapes are reported.
    func objects(_ key: String, known: [String]) -> [FieldDecoder] {
        list(key).enumerated().compactMap { index, item in
            decoder(item, "\(path(key))[\(index)]", object.position(of: key), known)
        }
    }

    private func decoder(_ value: Value, _ name: String, _ fallback: SourcePosition, _ known: [String]) -> FieldDecoder?
    {
        let position = positionOf(value, else: fallback)
        guard let object = value.isNull ? Object() : value.object else {
            mismatch(name, value, "an object", position)
            return nil
        }
        return FieldDecoder(
            object, name: name, file: file, position: position, known: known, isStrict: isStrict, collector: collector)
    }

    func report(_ message: String, at location: SourceLocation? = nil, cure: String? = nil) {
        collector.report(.error(message, at: location ?? self.location, cure: cure))
    }
}

extension Value {
    /// What the value is, with an article.
    var noun: String {
        switch self {
        case .array: "a list"
        case .object: "an object"
        case .scalar(let scalar):
            switch scalar.kind {
            case .null: "null"
            case .bool: "the boolean \(scalar.text)"
            case .int, .float: "the number \(scalar.text)"
            case .timestamp: "a date"
            case .string: "a string"
            }
        }
    }
}
