// Plain block YAML without libyaml: mappings, lists and scalars as nearly every manifest writes them, several times as
// fast.
//
// Nothing here reports an error or reads anything in a way of its own. Where a text leaves the narrow path (anchors,
// tags, tabs, folded blocks, brackets over several lines, an odd indentation, a typing error), the attempt is given up
// as `Unusual`, and libyaml reads the document from its start. So each rule below may refuse more than it must, and
// must accept nothing that libyaml reads differently.

internal import CYAML

/// The text is not plain enough.
struct Unusual: Error {}

/// What became of the attempt to read a text without libyaml.
enum PlainReading {
    case document(Value)
    /// There are blanks and comments, and no document.
    case nothing
    case unusual
}

/// A line of a text. The end is its line break, or the end of the text.
struct SourceLine {
    /// From 0.
    var number = -1
    var start = 0
    var end = -1
    /// The first character that is no space; `end` for a blank line.
    var content = 0

    var indent: Int { content - start }
    var isBlank: Bool { content == end }
}

extension YAMLTreeBuilder {
    /// The document that is the whole of the text.
    mutating func plainDocument() -> PlainReading {
        guard let isASCII = PlainCharacters.check(text) else { return .unusual }
        self.isASCII = isASCII
        line = SourceLine()
        guard nextContentLine() else { return .nothing }
        return attempt { builder in try? builder.blockDocument() }.map(PlainReading.document) ?? .unusual
    }

    /// The document whose first line that has content is the current one.
    private mutating func blockDocument() throws(Unusual) -> Value {
        if isDocumentStart, !nextContentLine() { throw Unusual() }
        let value = try block(at: line.content)
        // Something is left over: another document, or a line that fits nowhere.
        guard isAtEnd else { throw Unusual() }
        return value
    }

    /// Whether the line is `---`, with nothing but a comment behind it.
    private var isDocumentStart: Bool {
        guard line.indent == 0, line.end - line.start >= 3 else { return false }
        for offset in 0..<3 where text[line.start + offset] != UInt8(ascii: "-") { return false }
        return endsLine(line.start + 3)
    }

    // MARK: - Lines

    var isAtEnd: Bool { line.start > text.count }

    /// Moves to the next line, blank or not. False at the end of the text.
    mutating func nextLine() -> Bool {
        line.start = line.end + 1
        line.number += 1
        // A break that ends the text begins no line.
        guard line.start < text.count else {
            line.start = text.count + 1
            return false
        }
        line.end = endOfLine(from: line.start)
        var content = line.start
        while content < line.end, text[content] == UInt8(ascii: " ") { content += 1 }
        line.content = content
        return true
    }

    /// Moves to the next line that is neither blank nor a comment. False at the end of the text.
    @discardableResult
    mutating func nextContentLine() -> Bool {
        while nextLine() {
            if !line.isBlank, text[line.content] != UInt8(ascii: "#") { return true }
        }
        return false
    }

    private func endOfLine(from index: Int) -> Int {
        guard let base = text.baseAddress,
            let found = memchr(base + index, Int32(UInt8(ascii: "\n")), text.count - index)
        else { return text.count }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Whether nothing but blanks and a comment stands from `index` to the end of the line.
    func endsLine(_ index: Int) -> Bool {
        if index == line.end { return true }
        guard text[index] == UInt8(ascii: " ") else { return false }
        let next = skipSpaces(index)
        return next == line.end || text[next] == UInt8(ascii: "#")
    }

    func skipSpaces(_ index: Int) -> Int {
        var index = index
        while index < line.end, text[index] == UInt8(ascii: " ") { index += 1 }
        return index
    }

    /// Where a character of the current line stands in the file.
    func position(of index: Int) -> SourcePosition {
        var column = index - line.start + 1
        if !isASCII {
            for byte in text[line.start..<index] where byte & 0xC0 == 0x80 { column -= 1 }
        }
        return SourcePosition(line: line.number + 1 + lineOffset, column: column)
    }

    // MARK: - Collections

    /// The mapping or list whose first line begins at `index`.
    private mutating func block(at index: Int) throws(Unusual) -> Value {
        if isDash(index) { return try blockSequence(index) }
        if text[index] == UInt8(ascii: "[") || text[index] == UInt8(ascii: "{") { return try flowLine(index) }
        guard let key = try plainKey(index) else { throw Unusual() }
        return try blockMapping(index, key)
    }

    private func isDash(_ index: Int) -> Bool {
        guard text[index] == UInt8(ascii: "-") else { return false }
        return index + 1 == line.end || text[index + 1] == UInt8(ascii: " ")
    }

    private mutating func enterBlock() throws(Unusual) {
        depth += 1
        if depth > options.limits.depth || budget.addNode() != nil { throw Unusual() }
    }

    private mutating func blockSequence(_ index: Int) throws(Unusual) -> Value {
        try enterBlock()
        let column = index - line.start
        let mark = values.height
        var dash = index
        while true {
            values.push(try blockValue(after: dash + 1, column: column, isItem: true))
            if isAtEnd || line.indent < column { break }
            guard line.indent == column else { throw Unusual() }
            dash = line.content
            // The next key of the mapping that the list is level with.
            if !isDash(dash) { break }
        }
        depth -= 1
        return .array(values.take(from: mark))
    }

    private mutating func blockMapping(_ index: Int, _ firstKey: PlainKey) throws(Unusual) -> Value {
        try enterBlock()
        let column = index - line.start
        let entryMark = entries.height
        let hashMark = hashes.height
        var key = firstKey
        while true {
            if budget.addNode() != nil { throw Unusual() }
            let (text, hash) = keys.key(UnsafeBufferPointer(rebasing: self.text[key.text]))
            let position = position(of: key.start)
            let value = try blockValue(after: key.end, column: column, isItem: false)
            entries.push(Object.Entry(key: text, value: value, position: position))
            hashes.push(hash)
            if isAtEnd || line.indent < column { break }
            guard line.indent == column, !isDash(line.content), let next = try plainKey(line.content) else {
                throw Unusual()
            }
            key = next
        }
        depth -= 1
        return .object(object(from: entryMark, hashMark))
    }

    /// The value behind the colon or dash that ends at `index`, of a mapping or list whose lines begin at `column`.
    /// Leaves the builder at the next line that has content.
    private mutating func blockValue(after index: Int, column: Int, isItem: Bool) throws(Unusual) -> Value {
        let start = skipSpaces(index)
        guard start == line.end || text[start] == UInt8(ascii: "#") else {
            if isItem {
                if isDash(start) { return try blockSequence(start) }
                if let key = try plainKey(start) { return try blockMapping(start, key) }
            }
            return try inlineValue(start, column: column)
        }
        let position = position(of: index)
        nextContentLine()
        if !isAtEnd {
            if line.indent > column { return try block(at: line.content) }
            if !isItem, line.indent == column, isDash(line.content) { return try blockSequence(line.content) }
        }
        if budget.addNode() != nil { throw Unusual() }
        var scalar = Scalar("", kind: .null, style: .plain, position: position)
        if options.canonicalScalars { canonicalize(&scalar) }
        return .scalar(scalar)
    }

    // MARK: - Keys

    /// A key and where it is written, quotes included; `end` is behind its colon.
    struct PlainKey {
        var start: Int
        var text: Range<Int>
        var end: Int
    }

    /// The key that begins at `index`; nil where the line has none.
    private func plainKey(_ index: Int) throws(Unusual) -> PlainKey? {
        let first = text[index]
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            guard let close = closingQuote(index, first) else { return nil }
            guard isColon(close + 1) else { return nil }
            guard close - index <= 1000 else { throw Unusual() }
            return PlainKey(start: index, text: (index + 1)..<close, end: close + 2)
        }
        // Brackets and blocks are values; used as keys they are refused when the value is read.
        if first == UInt8(ascii: "[") || first == UInt8(ascii: "{") || first == UInt8(ascii: "|") { return nil }
        var end = index
        while true {
            guard end < line.end else { return nil }
            let byte = text[end]
            if byte == UInt8(ascii: ":"), isColon(end) { break }
            if byte == UInt8(ascii: "#"), end > index, text[end - 1] == UInt8(ascii: " ") { return nil }
            end += 1
        }
        let text = UnsafeBufferPointer(rebasing: self.text[index..<end])
        guard beginsPlainText(index), self.text[end - 1] != UInt8(ascii: " "), text.count <= 1000 else {
            throw Unusual()
        }
        let kind = options.schema.kind(text)
        guard kind == .string || kind == .timestamp, !isMergeKey(text) else { throw Unusual() }
        return PlainKey(start: index, text: index..<end, end: end + 1)
    }

    /// Whether the character at `index` begins a plain scalar.
    func beginsPlainText(_ index: Int) -> Bool {
        // `---` and `...` end a document at the start of a line.
        if index == line.start, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: ".") { return false }
        if PlainCharacters.beginsPlainText(text[index]) { return true }
        return PlainCharacters.beginsPlainTextBeforeText(text[index]) && index + 1 < line.end
            && text[index + 1] != UInt8(ascii: " ")
    }

    private func isMergeKey(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        text.count == 2 && text[0] == UInt8(ascii: "<") && text[1] == UInt8(ascii: "<")
    }

    /// Whether a colon stands at `index` that ends a key.
    private func isColon(_ index: Int) -> Bool {
        guard index < line.end, text[index] == UInt8(ascii: ":") else { return false }
        return index + 1 == line.end || text[index + 1] == UInt8(ascii: " ")
    }

    /// The quote that closes the one at `index`, if it stands on the same line and there is no escape before it.
    func closingQuote(_ index: Int, _ quote: UInt8) -> Int? {
        var end = index + 1
        while end < line.end, text[end] != quote {
            if quote == UInt8(ascii: "\""), text[end] == UInt8(ascii: "\\") { return nil }
            end += 1
        }
        guard end < line.end else { return nil }
        // Two single quotes stand for one.
        if quote == UInt8(ascii: "'"), end + 1 < line.end, text[end + 1] == quote { return nil }
        return end
    }
}
