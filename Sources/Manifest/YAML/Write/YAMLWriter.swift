// Value trees into the YAML that `kustomize build` prints, byte for byte: what go-yaml v2 makes of an object's JSON.

extension YAML {
    /// One document: block style, keys in natural order, two spaces an indentation, lists level with their key, ended
    /// by a line break.
    ///
    /// Every scalar is written in JSON's form, whether or not the tree was canonicalized; of a key that is given twice
    /// the last entry counts.
    package static func write(_ value: Value) -> [UInt8] {
        var writer = YAMLWriter()
        writer.document(value)
        return writer.output.bytes
    }

    /// Documents with `---` between them, and neither before the first nor behind the last.
    package static func write(documents: some Sequence<Value>) -> [UInt8] {
        var writer = YAMLWriter()
        var isFirst = true
        for document in documents {
            if !isFirst { writer.separator() }
            isFirst = false
            writer.document(document)
        }
        return writer.output.bytes
    }
}

/// An emitter of block YAML: libyaml's, as go-yaml v2 ports it, without the parts that nothing here asks for.
struct YAMLWriter: ~Copyable {
    fileprivate var output = ByteBuffer()

    /// The width past which text is folded at the next single space.
    private static let width = 80
    private static let indentStep = 2
    /// Keys of more bytes are written behind a `?`.
    private static let longestSimpleKey = 128

    /// Characters on the current line.
    private var column = 0
    /// The indentation of the innermost block collection, −1 outside all.
    private var indent = -1
    /// Whether what was written last is white space, or nothing.
    private var isAfterSpace = true
    /// Whether nothing but indentation and `-`, `?`, `:` indicators stands on the line.
    private var isInIndentation = true

    mutating func document(_ value: Value) {
        node(value, isValue: false)
        newLine()
    }

    mutating func separator() {
        output.append("---\n")
        column = 0
        isAfterSpace = true
        isInIndentation = true
    }

    // MARK: - Collections

    /// - Parameter isValue: Whether the node is the value of a key.
    private mutating func node(_ value: Value, isValue: Bool) {
        switch value {
        case .scalar(let scalar): self.scalar(scalar)
        case .array(let items): sequence(items, isValue: isValue)
        case .object(let object): mapping(object)
        }
    }

    private mutating func sequence(_ items: [Value], isValue: Bool) {
        guard !items.isEmpty else { return token("[]") }
        let outer = indent
        let isLevelWithKey = isValue && !isInIndentation
        if !isLevelWithKey { increaseIndent() }
        for item in items {
            newLine()
            indicator(UInt8(ascii: "-"), needsSpace: true)
            node(item, isValue: false)
        }
        indent = outer
    }

    private mutating func mapping(_ object: Object) {
        guard !object.isEmpty else { return token("{}") }
        let outer = indent
        increaseIndent()
        if object.isInPrintOrder {
            for entry in object.entries { self.entry(entry) }
        } else {
            for index in object.printOrder() { entry(object.entries[index]) }
        }
        indent = outer
    }

    private mutating func entry(_ entry: Object.Entry) {
        newLine()
        let isSimple = key(entry.key)
        if !isSimple {
            newLine()
            indicator(UInt8(ascii: ":"), needsSpace: true)
        }
        node(entry.value, isValue: true)
    }

    /// Writes a key, and the colon of a simple one.
    private mutating func key(_ key: String) -> Bool {
        key.withBytes { text in
            if PlainText.isObvious(text), text.count <= Self.longestSimpleKey {
                append(text)
                output.put(UInt8(ascii: ":"))
                column += text.count + 1
                isAfterSpace = false
                isInIndentation = false
                return true
            }
            let analysis = ScalarAnalysis(text)
            let isSimple = !analysis.isMultiline && text.count <= Self.longestSimpleKey
            if !isSimple { indicator(UInt8(ascii: "?"), needsSpace: true) }
            string(text, style: analysis.style(of: text, isSimpleKey: isSimple), folds: !isSimple)
            if isSimple {
                put(UInt8(ascii: ":"))
                isAfterSpace = false
                isInIndentation = false
            }
            return isSimple
        }
    }

    // MARK: - Scalars

    private mutating func scalar(_ scalar: Scalar) {
        switch scalar.kind {
        case .string: string(scalar.text)
        case .null where !scalar.text.isEmpty: token("null")
        default:
            // What JSON cannot hold is printed as it was written; canonicalizing refuses it.
            guard let canonical = scalar.canonical() else { return string(scalar.text) }
            switch canonical.kind {
            case .string: string(canonical.text)
            case .float:
                let value = canonical.text.withBytes(NumberText.float)
                token(value.map { FloatFormat($0).yaml } ?? canonical.text)
            default: token(canonical.text)
            }
        }
    }

    /// Text without any need for quotes or folding.
    private mutating func token(_ text: String) {
        if !isAfterSpace { put(UInt8(ascii: " ")) }
        text.withBytes { append($0) }
        column += text.utf8.count
        isAfterSpace = false
        isInIndentation = false
    }

    private mutating func string(_ text: String) {
        text.withBytes { text in
            if PlainText.isObvious(text) {
                if !isAfterSpace { put(UInt8(ascii: " ")) }
                append(text)
                column += text.count
                isAfterSpace = false
                isInIndentation = false
            } else {
                string(text, style: ScalarAnalysis(text).style(of: text, isSimpleKey: false), folds: true)
            }
        }
    }

    private mutating func string(_ text: UnsafeBufferPointer<UInt8>, style: StringStyle, folds: Bool) {
        let outer = indent
        indent = indent < 0 ? Self.indentStep : indent + Self.indentStep
        switch style {
        case .plain: plain(text, folds: folds)
        case .singleQuoted: singleQuoted(text, folds: folds)
        case .doubleQuoted: doubleQuoted(text, folds: folds)
        case .literal: literal(text)
        }
        indent = outer
    }

    private mutating func plain(_ text: UnsafeBufferPointer<UInt8>, folds: Bool) {
        if !isAfterSpace { put(UInt8(ascii: " ")) }
        if folds, column + text.count > Self.width {
            var wasSpace = false
            for index in text.indices {
                let byte = text[index]
                let isSpace = byte == UInt8(ascii: " ")
                if isSpace, !wasSpace, column > Self.width,
                    index + 1 == text.count || text[index + 1] != UInt8(ascii: " ")
                {
                    newLine()
                } else {
                    output.put(byte)
                    if byte & 0xC0 != 0x80 { column += 1 }
                    if !isSpace { isInIndentation = false }
                }
                wasSpace = isSpace
            }
        } else {
            output.append(text)
            for byte in text where byte & 0xC0 != 0x80 { column += 1 }
        }
        isAfterSpace = false
        isInIndentation = false
    }

    private mutating func singleQuoted(_ text: UnsafeBufferPointer<UInt8>, folds: Bool) {
        indicator(UInt8(ascii: "'"), needsSpace: true, keepsIndentation: false)
        var wasSpace = false
        var wasBreak = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            let width = UTF8Text.width(byte)
            if byte == UInt8(ascii: " ") {
                if folds, !wasSpace, column > Self.width, index > 0, index < text.count - 1,
                    text[index + 1] != UInt8(ascii: " ")
                {
                    newLine()
                } else {
                    put(byte)
                }
                wasSpace = true
            } else if UTF8Text.isBreak(text, at: index) {
                output.append(text, index..<(index + width))
                column = 0
                isInIndentation = true
                wasBreak = true
            } else {
                if wasBreak { newLine() }
                if byte == UInt8(ascii: "'") { put(byte) }
                output.append(text, index..<(index + width))
                column += 1
                isInIndentation = false
                wasSpace = false
                wasBreak = false
            }
            index += width
        }
        indicator(UInt8(ascii: "'"), needsSpace: false, keepsIndentation: false)
    }

    private mutating func doubleQuoted(_ text: UnsafeBufferPointer<UInt8>, folds: Bool) {
        indicator(UInt8(ascii: "\""), needsSpace: true, keepsIndentation: false)
        // go-yaml looks for the byte order mark at the start of the text rather than at the character.
        let startsWithMark = text.starts(with: [0xEF, 0xBB, 0xBF])
        var wasSpace = false
        var index = 0
        while index < text.count {
            let byte = text[index]
            let width = UTF8Text.width(byte)
            if startsWithMark || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
                || !UTF8Text.isPrintable(text, at: index)
                || UTF8Text.isBreak(text, at: index)
            {
                escape(text[index..<(index + width)])
                wasSpace = false
            } else if byte == UInt8(ascii: " ") {
                if folds, !wasSpace, column > Self.width, index > 0, index < text.count - 1 {
                    newLine()
                    if text[index + 1] == UInt8(ascii: " ") { put(UInt8(ascii: "\\")) }
                } else {
                    put(byte)
                }
                wasSpace = true
            } else {
                output.append(text, index..<(index + width))
                column += 1
                wasSpace = false
            }
            index += width
        }
        indicator(UInt8(ascii: "\""), needsSpace: false, keepsIndentation: false)
    }

    private mutating func escape(_ character: Slice<UnsafeBufferPointer<UInt8>>) {
        let code = String(decoding: character, as: UTF8.self).unicodeScalars.first?.value ?? 0xFFFD
        put(UInt8(ascii: "\\"))
        let short: Unicode.Scalar? =
            switch code {
            case 0x00: "0"
            case 0x07: "a"
            case 0x08: "b"
            case 0x09: "t"
            case 0x0A: "n"
            case 0x0B: "v"
            case 0x0C: "f"
            case 0x0D: "r"
            case 0x1B: "e"
            case 0x22: "\""
            case 0x5C: "\\"
            case 0x85: "N"
            case 0xA0: "_"
            case 0x2028: "L"
            case 0x2029: "P"
            default: nil
            }
        if let short { return put(UInt8(ascii: short)) }
        let (letter, digits): (Unicode.Scalar, Int) = code <= 0xFF ? ("x", 2) : code <= 0xFFFF ? ("u", 4) : ("U", 8)
        put(UInt8(ascii: letter))
        for digit in stride(from: digits - 1, through: 0, by: -1) {
            let value = UInt8(truncatingIfNeeded: code >> UInt32(digit * 4)) & 0xF
            put(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10)
        }
    }

    private mutating func literal(_ text: UnsafeBufferPointer<UInt8>) {
        indicator(UInt8(ascii: "|"), needsSpace: true, keepsIndentation: false)
        if text[0] == UInt8(ascii: " ") || UTF8Text.isBreak(text, at: 0) {
            put(UInt8(ascii: "0") + UInt8(Self.indentStep))
        }
        if let chomping = Self.chomping(text) { put(chomping) }
        putLineBreak()
        isInIndentation = true
        isAfterSpace = true
        var start = 0
        while start < text.count {
            var end = start
            while end < text.count, !UTF8Text.isBreak(text, at: end) { end += 1 }
            if end > start {
                newLine()
                output.append(text, start..<end)
                // Whatever follows the block begins a line, so the column within this one is of no interest.
                isInIndentation = false
            }
            guard end < text.count else { break }
            start = end + UTF8Text.width(text[end])
            output.append(text, end..<start)
            column = 0
            isInIndentation = true
        }
    }

    /// `-` for a text without a final line break, `+` for one with several or with nothing else, none for exactly one.
    private static func chomping(_ text: UnsafeBufferPointer<UInt8>) -> UInt8? {
        func start(before end: Int) -> Int {
            var index = end - 1
            while index > 0, text[index] & 0xC0 == 0x80 { index -= 1 }
            return index
        }
        let last = start(before: text.count)
        guard UTF8Text.isBreak(text, at: last) else { return UInt8(ascii: "-") }
        if last == 0 || UTF8Text.isBreak(text, at: start(before: last)) { return UInt8(ascii: "+") }
        return nil
    }

    // MARK: - Characters

    private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        output.append(text)
    }

    /// One ASCII character.
    private mutating func put(_ byte: UInt8) {
        output.put(byte)
        column += 1
    }

    private mutating func putLineBreak() {
        output.put(UInt8(ascii: "\n"))
        column = 0
    }

    private mutating func indicator(_ byte: UInt8, needsSpace: Bool, keepsIndentation: Bool = true) {
        if needsSpace, !isAfterSpace { put(UInt8(ascii: " ")) }
        put(byte)
        isAfterSpace = false
        isInIndentation = isInIndentation && keepsIndentation
    }

    private mutating func increaseIndent() {
        indent = indent < 0 ? 0 : indent + Self.indentStep
    }

    /// Begins a line at the current indentation, unless the writer stands at it already.
    private mutating func newLine() {
        let target = max(indent, 0)
        if !isInIndentation || column > target || (column == target && !isAfterSpace) { putLineBreak() }
        output.put(UInt8(ascii: " "), times: target - column)
        column = max(column, target)
        isAfterSpace = true
        isInIndentation = true
    }
}
