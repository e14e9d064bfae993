// YAML with its keys in the order in which they stand, for texts that a build edits inside of strings and annotations.

import Manifest

enum OrderedYAML {
    /// The text without a final line break.
    static func text(_ value: Value) -> String {
        var lines = ""
        write(value, indent: "", &lines)
        while lines.utf8.last == UInt8(ascii: "\n") { lines.removeLast() }
        return lines
    }

    private static func write(_ value: Value, indent: String, _ text: inout String) {
        switch value {
        case .scalar(let scalar): text += self.scalar(scalar, indent) + "\n"
        case .array(let items):
            for item in items {
                text += indent + "- "
                writeNested(item, indent: indent + "  ", &text)
            }
        case .object(let object):
            for entry in object.entries {
                text += indent
                writeEntry(entry, indent: indent, &text)
            }
        }
    }

    /// A value behind `- `: its first line stands on the line of the dash.
    private static func writeNested(_ value: Value, indent: String, _ text: inout String) {
        var below = ""
        if value.isEmpty, value.scalar == nil {
            text += (value.array != nil ? "[]" : "{}") + "\n"
            return
        }
        write(value, indent: indent, &below)
        text += value.scalar == nil ? String(below.dropFirst(indent.count)) : below
    }

    private static func writeEntry(_ entry: Object.Entry, indent: String, _ text: inout String) {
        text += scalar(Scalar(entry.key, kind: .string), indent) + ":"
        switch entry.value {
        case .scalar(let scalar):
            if scalar.isNull, scalar.text.isEmpty {
                text += "\n"
            } else {
                text += " " + self.scalar(scalar, indent) + "\n"
            }
        case .array(let items):
            if items.isEmpty { text += " []\n"; return }
            text += "\n"
            write(entry.value, indent: indent, &text)
        case .object(let object):
            if object.isEmpty { text += " {}\n"; return }
            text += "\n"
            write(entry.value, indent: indent + "  ", &text)
        }
    }

    private static func scalar(_ scalar: Scalar, _ indent: String) -> String {
        if scalar.style == .singleQuoted { return "'" + scalar.text.split(on: "'").joined(separator: "''") + "'" }
        if scalar.kind != .string { return scalar.text }
        var written = String(decoding: YAML.write(.scalar(Scalar(scalar.text, kind: .string))), as: UTF8.self)
        while written.utf8.last == UInt8(ascii: "\n") { written.removeLast() }
        if scalar.style == .doubleQuoted, !written.hasPrefix("\""), !written.hasPrefix("|") {
            return "\""
                + scalar.text.split(on: "\\").joined(separator: "\\\\").split(on: "\"").joined(separator: "\\\"") + "\""
        }
        let lines = written.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count == 1
            ? written
            : ([lines[0]] + lines.dropFirst().map { $0.isEmpty ? $0 : Substring(indent + $0) }).joined(separator: "\n")
    }
}
