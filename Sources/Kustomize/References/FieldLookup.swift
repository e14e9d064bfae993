// Dotted paths into objects, as `vars` and `replacements` write them: names, indices, and `[key=value]` for an element
// of a list.

import Manifest

enum FieldLookup {
    /// Splits at dots; `\.` is a dot of the name, and a part that opens a bracket reaches to the part that closes it.
    static func split(_ path: String) -> [String] {
        var pieces: [String] = []
        for piece in path.split(separator: ".", omittingEmptySubsequences: false).map(String.init) {
            if let last = pieces.last, last.hasSuffix("\\") {
                pieces[pieces.count - 1] = String(last.dropLast()) + "." + piece
            } else {
                pieces.append(piece)
            }
        }
        if pieces.count > 1, pieces.first == "" { pieces.removeFirst() }
        var parts: [String] = []
        var rest = pieces[...]
        while let piece = rest.popFirst() {
            guard piece.hasPrefix("["), !piece.hasSuffix("]") else {
                parts.append(piece)
                continue
            }
            var joined = piece
            while let next = rest.popFirst() {
                joined += "." + next
                if next.hasSuffix("]") { break }
            }
            if joined.utf8.contains(UInt8(ascii: "=")) {
                parts.append(joined)
            } else {
                parts.append(
                    String(joined.drop { $0 == "[" || $0 == "]" }.reversed().drop { $0 == "[" || $0 == "]" }.reversed())
                )
            }
        }
        return parts
    }

    /// The looser spelling of `vars`: `a.b[0].c` and `a.b[name=x].c`.
    static func split(dotted path: String) -> [String] {
        var parts: [String] = []
        var current = ""
        var inBrackets = false
        /// The name that brackets stand behind without a dot: they can hold an index there, and nothing else.
        var name = ""
        var rest = path[...]
        func flush() {
            if !current.isEmpty { parts.append(current) }
            current = ""
        }
        while let character = rest.popFirst() {
            switch character {
            case "\\" where rest.first == ".":
                rest.removeFirst()
                current.append(".")
            case "." where !inBrackets: flush()
            case "[" where !inBrackets:
                name = current
                current = ""
                inBrackets = true
            case "]" where inBrackets:
                inBrackets = false
                if !name.isEmpty, Int(current) == nil {
                    current = "\(name)[\(current)]"
                } else {
                    if !name.isEmpty { parts.append(name) }
                    if current.contains("=") { current = "[\(current)]" }
                }
                flush()
            default: current.append(character)
            }
        }
        flush()
        return parts
    }

    /// The key and value of `[key=value]`; the key is empty for `[=value]`.
    static func elementSelector(_ part: String) -> (key: String, value: String)? {
        guard part.hasPrefix("["), part.hasSuffix("]"), let equals = part.firstIndex(of: "=") else { return nil }
        return (
            String(part[part.index(after: part.startIndex)..<equals]),
            String(part[part.index(after: equals)...].dropLast())
        )
    }

    static func isIndex(_ part: String) -> Bool { Int(part) != nil }

    /// The value at the end of a path, nil when there is none.
    static func find(_ parts: [String], in value: Value) -> Value? {
        var current = value
        for part in parts {
            if let index = Int(part), let items = current.array {
                guard items.indices.contains(index) else { return nil }
                current = items[index]
            } else if part == "-", let items = current.array {
                guard let last = items.last else { return nil }
                current = last
            } else if let (key, wanted) = elementSelector(part) {
                guard let items = current.array,
                    let found = items.first(where: { (key.isEmpty ? $0.text : $0[key]?.text) == wanted })
                else { return nil }
                current = found
            } else {
                guard let member = current[part] else { return nil }
                current = member
            }
        }
        return current
    }
}
