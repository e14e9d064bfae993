// YAML with its keys in the order in which they stand, for texts that a build edits inside of strings and annotations.
// An edited text keeps what go-yaml v3 keeps of one: quotes, collections in brackets (each on one line), comments above
// and behind an entry.

import Manifest

struct OrderedYAML {
    private let source: Source?
    private var text = ""

    /// The text without a final line break.
    ///
    /// - Parameter source: the text that the value was read from, nil for a value that no text spelt.
    static func text(_ value: Value, from source: String? = nil) -> String {
        var printer = OrderedYAML(source: source.map(Source.init))
        printer.write(value, indent: "")
        while printer.text.utf8.last == UInt8(ascii: "\n") { printer.text.removeLast() }
        return printer.text
    }

    private init(source: Source?) { self.source = source }

    // MARK: - Blocks

    private mutating func write(_ value: Value, indent: String) {
        if let source, source.isFlow(value) {
            text += flow(value) + "\n"
            return
        }
        switch value {
        case .scalar(let scalar): text += Self.scalar(scalar, indent) + "\n"
        case .array(let items):
            for item in items {
                writeComments(above: item.position, indent)
                text += indent + "- "
                writeNested(item, indent: indent + "  ")
            }
        case .object(let object):
            for entry in object.entries {
                writeComments(above: entry.position, indent)
                text += indent
                writeEntry(entry, indent: indent)
            }
        }
    }

    /// A value behind `- `: its first line stands on the line of the dash.
    private mutating func writeNested(_ value: Value, indent: String) {
        if value.isEmpty, value.scalar == nil {
            text += (value.array != nil ? "[]" : "{}") + "\n"
            return
        }
        if value.scalar != nil || source?.isFlow(value) ?? false {
            write(value, indent: indent)
            appendComment(behind: value.position)
            return
        }
        var below = OrderedYAML(source: source)
        // The comments above its first entry stand above the dash.
        below.hasComments = false
        below.write(value, indent: indent)
        text += String(below.text.dropFirst(indent.count))
    }

    private mutating func writeEntry(_ entry: Object.Entry, indent: String) {
        text += Self.scalar(Scalar(entry.key, kind: .string), indent) + ":"
        switch entry.value {
        case .scalar(let scalar):
            if scalar.isNull, scalar.text.isEmpty {
                text += "\n"
            } else {
                text += " " + Self.scalar(scalar, indent) + "\n"
            }
            appendComment(behind: entry.position)
        case .array(let items):
            if items.isEmpty {
                text += " []\n"
                return
            }
            if let source, source.isFlow(entry.value) { return writeFlowEntry(entry) }
            text += "\n"
            appendComment(behind: entry.position)
            write(entry.value, indent: indent)
        case .object(let object):
            if object.isEmpty {
                text += " {}\n"
                return
            }
            if let source, source.isFlow(entry.value) { return writeFlowEntry(entry) }
            text += "\n"
            appendComment(behind: entry.position)
            write(entry.value, indent: indent + "  ")
        }
    }

    // MARK: - Brackets

    private mutating func writeFlowEntry(_ entry: Object.Entry) {
        text += " " + flow(entry.value) + "\n"
        appendComment(behind: entry.position)
    }

    private func flow(_ value: Value) -> String {
        switch value {
        case .scalar(let scalar): return Self.flowScalar(scalar)
        case .array(let items): return "[" + items.map(flow).joined(separator: ", ") + "]"
        case .object(let object):
            let entries = object.entries.map { entry in
                let isEmpty = entry.value.scalar.map { $0.isNull && $0.text.isEmpty } ?? false
                return Self.flowScalar(Scalar(entry.key, kind: .string)) + (isEmpty ? ":" : ": " + flow(entry.value))
            }
            return "{" + entries.joined(separator: ", ") + "}"
        }
    }

    /// Inside brackets a comma or bracket ends a plain scalar.
    private static func flowScalar(_ scalar: Scalar) -> String {
        let text = self.scalar(scalar, "")
        guard scalar.kind == .string, text == scalar.text, text.contains(where: { ",[]{}".contains($0) }) else {
            return text
        }
        return "'" + text + "'"
    }

    // MARK: - Comments

    /// False for the first entry of an element, whose comments were written above the dash.
    private var hasComments = true

    private mutating func writeComments(above position: SourcePosition, _ indent: String) {
        defer { hasComments = true }
        guard hasComments, let source else { return }
        let comment = source.comments(above: position)
        for line in comment.lines { text += line.isEmpty ? "\n" : indent + line + "\n" }
        if comment.isDetached { text += "\n" }
    }

    /// Puts the comment that stands behind an entry behind what was written of it.
    private mutating func appendComment(behind position: SourcePosition) {
        guard let comment = source?.comment(behind: position), text.hasSuffix("\n") else { return }
        text.removeLast()
        text += " " + comment + "\n"
    }

    // MARK: - Scalars

    private static func scalar(_ scalar: Scalar, _ indent: String) -> String {
        if scalar.style == .singleQuoted { return "'" + scalar.text.split(on: "'").joined(separator: "''") + "'" }
        if scalar.kind != .string { return scalar.text }
        // `yes` and its kin are strings to go-yaml v3.
        if scalar.style == .plain, Scalar.Style.created(scalar.text) != .plain,
            Scalar.Kind.resolve(scalar.text) == .string
        {
            return scalar.text
        }
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

/// The text that a value was read from: what its tree does not keep is looked up there.
private struct Source {
    private let lines: [[Unicode.Scalar]]

    init(_ text: String) {
        lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
    }

    private struct Place {
        var line: Int
        var column: Int
    }

    private func place(_ position: SourcePosition) -> Place? {
        guard position.isKnown, lines.indices.contains(position.line - 1),
            position.column <= lines[position.line - 1].count
        else { return nil }
        return Place(line: position.line - 1, column: position.column - 1)
    }

    /// Whether a collection is written in brackets.
    func isFlow(_ value: Value) -> Bool { value.scalar == nil && !value.isEmpty && opening(of: value) != nil }

    private func opening(of value: Value) -> Place? {
        switch value {
        case .scalar: return nil
        case .object(let object):
            guard let first = object.entries.first, let start = place(first.position) else { return nil }
            return character("{", before: start)
        case .array(let items):
            guard let first = items.first else { return nil }
            let start = first.scalar == nil ? opening(of: first) : place(first.position)
            return start.flatMap { character("[", before: $0) }
        }
    }

    /// The place of a character, if it is the last one before another place that is no white space.
    private func character(_ wanted: Unicode.Scalar, before place: Place) -> Place? {
        var line = place.line
        var column = place.column
        while line >= 0 {
            while column > 0 {
                column -= 1
                let found = lines[line][column]
                if found == " " || found == "\t" || found == "\r" { continue }
                return found == wanted ? Place(line: line, column: column) : nil
            }
            line -= 1
            if line >= 0 { column = lines[line].count }
        }
        return nil
    }

    /// The whole-line comments above an entry, and whether an empty line parts them from it.
    func comments(above position: SourcePosition) -> (lines: [String], isDetached: Bool) {
        guard let place = place(position) else { return ([], false) }
        // An entry behind another one on its line has no comments of its own.
        let before = lines[place.line][..<place.column]
        guard before.allSatisfy({ $0 == " " || $0 == "-" }) else { return ([], false) }
        var found: [String] = []
        var isDetached = false
        var line = place.line - 1
        while line >= 0 {
            let trimmed = lines[line].drop { $0 == " " }
            if trimmed.first == "#" {
                found.append(Self.text(trimmed))
            } else if trimmed.isEmpty {
                // Only at the head of the text an empty line stays between comments and what follows.
                let isHead = lines[..<line].allSatisfy { $0.first == "#" || $0.isEmpty }
                guard isHead, lines[..<line].contains(where: { $0.first == "#" }) else { break }
                if found.isEmpty { isDetached = true } else { found.append("") }
            } else {
                break
            }
            line -= 1
        }
        return (found.reversed(), isDetached && !found.isEmpty)
    }

    /// The comment that ends the line of an entry.
    func comment(behind position: SourcePosition) -> String? {
        guard let place = place(position) else { return nil }
        var quote: Unicode.Scalar?
        let line = lines[place.line]
        for column in line.indices.dropFirst(place.column) {
            let character = line[column]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == "#", column > 0, line[column - 1] == " " || line[column - 1] == "\t" {
                return Self.text(line[column...])
            }
        }
        return nil
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = String(String.UnicodeScalarView(scalars))
        while let last = text.unicodeScalars.last, last == " " || last == "\r" || last == "\t" {
            text.unicodeScalars.removeLast()
        }
        return text
    }
}
