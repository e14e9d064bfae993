// libyaml's refusals in a user's words: what is wrong, at which character, and what to do about it.

extension YAMLSyntaxError {
    /// The problem, for the text that libyaml was given.
    func diagnostic(in text: UnsafeBufferPointer<UInt8>, file: String, lineOffset: Int) -> Diagnostic {
        let source = SourceLines(text)
        let finding = byteOffset.map { Self.unreadable(source, at: $0, problem: problem) } ?? syntax(source)
        let position = SourcePosition(line: finding.place.line + 1 + lineOffset, column: finding.place.column + 1)
        return .error(finding.message, at: SourceLocation(file: file, position: position), cure: finding.cure)
    }

    /// A message, the place that it speaks of (from 0), and a cure.
    private struct Finding {
        var message: String
        var place: (line: Int, column: Int)
        var cure: String
    }

    // MARK: - Below the syntax

    private static func unreadable(_ source: SourceLines, at offset: Int, problem: String) -> Finding {
        let place = source.place(of: offset)
        guard offset < source.text.count else {
            return Finding(
                message: "the text ends within a character", place: place, cure: "Save the file again, as UTF-8")
        }
        let byte = source.text[offset]
        let isWide = source.text.starts(with: [0xFF, 0xFE]) || source.text.starts(with: [0xFE, 0xFF])
        if offset == 0, isWide {
            return Finding(message: "the text is encoded in UTF-16", place: place, cure: "Save the file as UTF-8")
        }
        if byte == 0 {
            return Finding(
                message: "the text holds a NUL byte", place: place, cure: "Remove it; a binary file is no manifest")
        }
        let code = source.text[offset...].withText { $0.unicodeScalars.first?.value } ?? 0
        if problem == "control characters are not allowed" {
            let hexadecimal = String(code, radix: 16, uppercase: true)
            let padded = String(repeating: "0", count: max(4 - hexadecimal.utf8.count, 0)) + hexadecimal
            return Finding(
                message: "the text holds the control character U+\(padded)", place: place,
                cure: "Remove it, or write it as an escape in double quotes")
        }
        return Finding(
            message: "the byte 0x\(String(byte, radix: 16, uppercase: true)) is not valid UTF-8", place: place,
            cure: "Save the file as UTF-8")
    }

    // MARK: - Syntax

    private func syntax(_ source: SourceLines) -> Finding {
        func here(_ message: String, _ cure: String) -> Finding { Finding(message: message, place: place, cure: cure) }
        func start(_ message: String, _ cure: String) -> Finding {
            Finding(message: message, place: contextPlace, cure: cure)
        }
        let character = source.character(at: place)

        switch problem {
        case "found character that cannot start any token" where character == "\t",
            "found a tab character that violates indentation",
            "found a tab character where an indentation space is expected":
            return here("a tab stands in the indentation", "Indent with spaces; YAML allows no tabs there")
        case "found character that cannot start any token":
            return here("a value cannot begin with \(quoted(character))", "Put the value in quotes")
        case "mapping values are not allowed in this context":
            return misplacedColon(source)
        case "could not find expected ':'":
            return missingColon(source)
        case "did not find expected key", "did not find expected '-' indicator":
            return strayLine(source)
        case "block sequence entries are not allowed in this context":
            return here(
                "a list cannot begin here, behind other text of its line",
                "Begin the list on the next line; put a text that begins with a dash in quotes")
        case "mapping keys are not allowed in this context":
            return here("a key cannot begin here with ?", "Put a text that begins with a question mark in quotes")
        case "did not find expected ',' or ']'":
            return unclosed("list", opened: "[", closed: "]", source)
        case "did not find expected ',' or '}'":
            return unclosed("mapping", opened: "{", closed: "}", source)
        case "did not find expected node content":
            return here(
                "a value cannot begin with \(quoted(character))",
                "Put the value in quotes, or remove what does not belong here")
        case "found unexpected end of stream", "found unexpected document indicator":
            let quote = quoted(source.character(at: contextPlace))
            return start(
                "the quote \(quote) that opens here is never closed",
                "Close it; a line that begins with --- ends the document even inside quotes")
        case "found unknown escape character":
            let escaped = source.character(at: (place.line, place.column + 1))
            return here(
                "\u{201C}\\\(escaped.map(String.init) ?? "")\u{201D} is no escape in double quotes",
                "Write \\\\ for a backslash, or use single quotes, where a backslash is an ordinary character")
        case "did not find expected hexdecimal number", "found invalid Unicode character escape code":
            return here(
                "an escape in double quotes names no character",
                "Write \\x, \\u or \\U with 2, 4 or 8 hexadecimal digits")
        case "did not find expected alphabetic or numeric character":
            let isAlias = context.contains("alias")
            return start(
                isAlias
                    ? "a value that begins with * is an alias, and this one has no name" : "an anchor (&) has no name",
                "Put a text that begins with \(isAlias ? "*" : "&") in quotes")
        case "did not find expected comment or line break":
            return start(
                "nothing but a comment may follow | or > on its line",
                "Put the text on the next line, or in quotes if it begins with | or >")
        case "found an indentation indicator equal to 0":
            return start("a block of text cannot have the indentation 0", "Give a number from 1 to 9, or none")
        case "found undefined tag handle", "did not find expected tag URI", "did not find the expected '>'",
            "did not find expected '!'",
            "did not find URI escaped octet", "found an incorrect leading UTF-8 octet",
            "found an incorrect trailing UTF-8 octet",
            "did not find expected whitespace or line break" where context.contains("tag"):
            return start(
                "the tag that begins here with ! cannot be read",
                "Remove the tag, or put a text that begins with ! in quotes")
        case "did not find expected <document start>":
            return here(
                "text follows the end of the document", "Begin a new document with a line of ---, or remove the text")
        case _
        where context.contains("directive") || problem.contains("directive")
            || problem == "found incompatible YAML document":
            return here(
                "a directive (a line that begins with %) cannot be read: \(problem)",
                "Remove the line; manifests need no directives")
        case "found unexpected ':'":
            return here("a colon cannot stand in a text in brackets", "Put the text in quotes")
        default:
            return here(problem, "Compare the indentation and the quotes here with the lines above")
        }
    }

    private func misplacedColon(_ source: SourceLines) -> Finding {
        let before = source.line(place.line).prefix(place.column)
        if before.contains(": ") {
            return Finding(
                message: "a second colon in one line: a value that holds a colon and a space needs quotes",
                place: place,
                cure: "Put the value in quotes, or the inner key on a line of its own")
        }
        return Finding(
            message:
                "a key cannot stand here: the line is indented deeper than the key above it, which has its value",
            place: (place.line, before.prefix { $0 == " " }.count),
            cure: "Indent it like the other keys of its mapping; put a text of several lines behind | or in quotes")
    }

    private func missingColon(_ source: SourceLines) -> Finding {
        let line = source.line(contextPlace.line)
        let start = line.dropFirst(contextPlace.column)
        if ["<<<<<<<", "=======", ">>>>>>>"].contains(where: start.hasPrefix) {
            return Finding(
                message: "the file holds an unresolved merge conflict", place: contextPlace,
                cure: "Resolve the conflict and commit the result")
        }
        if start.hasPrefix("{{") {
            return Finding(
                message: "a template stands where YAML is expected", place: contextPlace,
                cure: "Render the template first, or put the braces in quotes")
        }
        if start.utf8.count > 1024, start.contains(":") {
            return Finding(
                message: "a key is longer than 1024 characters", place: contextPlace,
                cure: "Shorten it, or write it behind ?")
        }
        return Finding(
            message: "the line is no key with a colon, and continues no value", place: contextPlace,
            cure: "Write key: value, or indent the line if it belongs to the value above")
    }

    /// A line whose indentation fits nothing above it, or text behind a value that is complete.
    private func strayLine(_ source: SourceLines) -> Finding {
        let before = source.line(place.line).prefix(place.column)
        if before.allSatisfy({ $0 == " " }) {
            let collection = problem.contains("key") ? "mapping" : "list"
            if source.character(at: place) == "-", collection == "mapping", place.column == contextPlace.column {
                return Finding(
                    message:
                        "a list item stands where the mapping that begins in line \(contextPlace.line + 1) goes on",
                    place: place,
                    cure: "Indent the item under its key, or remove the dash")
            }
            return Finding(
                message: "the line is indented by \(place.column), which fits no line above it "
                    + "(the \(collection) before it is indented by \(contextPlace.column))",
                place: place, cure: "Indent the line like the lines that it belongs with")
        }
        return Finding(
            message: "text stands behind a value that is complete", place: place,
            cure: "Put the whole value in one pair of quotes; inside single quotes a quote is doubled")
    }

    private func unclosed(_ collection: String, opened: String, closed: String, _ source: SourceLines) -> Finding {
        if source.line(contextPlace.line).dropFirst(contextPlace.column).hasPrefix("{{") {
            return Finding(
                message: "a template stands where YAML is expected", place: contextPlace,
                cure: "Render the template first, or put the braces in quotes")
        }
        return Finding(
            message:
                "the \(collection) that \(opened) opens at \(contextPlace.line + 1):\(contextPlace.column + 1) "
                + "wants a comma or \(closed) here",
            place: place, cure: "Close the bracket, or put a text that begins with \(opened) in quotes")
    }

    private func quoted(_ character: Character?) -> String {
        switch character {
        case nil: "the end of the text"
        case "\n", "\r", "\r\n": "a line break"
        case let character?: "\u{201C}\(character)\u{201D}"
        }
    }
}

/// A text by lines and characters, for the few places that a diagnostic looks at.
private struct SourceLines {
    let text: UnsafeBufferPointer<UInt8>

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    /// Line and column from 0 of a byte; columns count characters.
    func place(of offset: Int) -> (line: Int, column: Int) {
        let before = text[..<min(offset, text.count)]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = before.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        return (line, before[lineStart...].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 })
    }

    /// The start of a line counted from 0, at most some thousand bytes of it.
    func line(_ number: Int) -> String {
        var start = 0
        for _ in 0..<number {
            guard let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) else { return "" }
            start = end + 1
        }
        let line = text[start...].prefix(4096).prefix { $0 != UInt8(ascii: "\n") }
        return String(decoding: line, as: UTF8.self)
    }

    func character(at place: (line: Int, column: Int)) -> Character? {
        line(place.line).unicodeScalars.dropFirst(place.column).first.map(Character.init)
    }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    /// Calls `body` with the few characters that begin here.
    fileprivate func withText<Result>(_ body: (String) -> Result) -> Result {
        body(String(decoding: prefix(4), as: UTF8.self))
    }
}
