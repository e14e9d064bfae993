// A recursive-descent JSON parser over bytes that builds the value tree directly.

struct JSONParser: ~Copyable {
    private let text: UnsafeBufferPointer<UInt8>
    private let end: Int
    private let maximumDepth: Int
    private var index = 0
    private var depth = 0

    private var keys: KeyTable
    private var values = Workspace<Value>()
    private var entries = Workspace<Object.Entry>()
    private var hashes = Workspace<UInt64>()
    private var unescaped = ByteBuffer()

    init(_ text: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        self.text = text
        end = text.count
        self.maximumDepth = maximumDepth
        keys = KeyTable(textSize: text.count)
    }

    mutating func document() throws(JSONError) -> Value {
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        skipBlanks()
        let value = try value()
        skipBlanks()
        guard index == end else { throw refusal("there is more text behind the end of the value") }
        return value
    }

    private func refusal(_ message: String, at offset: Int? = nil) -> JSONError {
        JSONError(message, at: offset ?? index, in: text)
    }

    // MARK: - Values

    private mutating func value() throws(JSONError) -> Value {
        guard index < end else { throw refusal("the text ends where a value should stand") }
        switch text[index] {
        case UInt8(ascii: "\""):
            index += 1
            return .scalar(Scalar(try string(), kind: .string, style: .doubleQuoted))
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "t"):
            try literal("true")
            return .scalar(Scalar("true", kind: .bool))
        case UInt8(ascii: "f"):
            try literal("false")
            return .scalar(Scalar("false", kind: .bool))
        case UInt8(ascii: "n"):
            try literal("null")
            return .scalar(Scalar("null", kind: .null))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .scalar(try number())
        default:
            throw refusal("\(describe(text[index])) begins no value")
        }
    }

    private mutating func literal(_ word: StaticString) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        guard end - index >= length, (0..<length).allSatisfy({ text[index + $0] == word.utf8Start[$0] }) else {
            throw refusal("\(describe(text[index])) begins no value; \(word) was expected")
        }
        index += length
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        if depth > maximumDepth { throw refusal("arrays and objects are nested more than \(maximumDepth) deep") }
        index += 1
        skipBlanks()
    }

    private mutating func array() throws(JSONError) -> [Value] {
        try enter()
        defer { depth -= 1 }
        if take(UInt8(ascii: "]")) { return [] }
        let mark = values.height
        while true {
            values.push(try value())
            skipBlanks()
            if take(UInt8(ascii: ",")) {
                skipBlanks()
            } else if take(UInt8(ascii: "]")) {
                return values.take(from: mark)
            } else {
                throw refusal(expected("a comma or ] after an element of an array"))
            }
        }
    }

    private mutating func object() throws(JSONError) -> Object {
        try enter()
        defer { depth -= 1 }
        if take(UInt8(ascii: "}")) { return Object() }
        let mark = entries.height
        let hashMark = hashes.height
        while true {
            guard take(UInt8(ascii: "\"")) else { throw refusal(expected("a key in double quotes")) }
            let (key, hash) = try key()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw refusal(expected("a colon after a key")) }
            skipBlanks()
            entries.push(Object.Entry(key: key, value: try value()))
            hashes.push(hash)
            skipBlanks()
            if take(UInt8(ascii: ",")) {
                skipBlanks()
            } else if take(UInt8(ascii: "}")) {
                return object(from: mark, hashMark)
            } else {
                throw refusal(expected("a comma or } after a member of an object"))
            }
        }
    }

    private mutating func object(from mark: Int, _ hashMark: Int) -> Object {
        let repeats = hashes.withElements(from: hashMark) { hashes in
            DuplicateKeys.find(hashes) { entries[mark + $0].key == entries[mark + $1].key }
        }
        hashes.drop(to: hashMark)
        var object = Object(entries: entries.take(from: mark))
        if !repeats.isEmpty { object.settle(repeats) }
        return object
    }

    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < end, text[index] == byte else { return false }
        index += 1
        return true
    }

    @inline(__always)
    private mutating func skipBlanks() {
        while index < end, text[index] <= UInt8(ascii: " ") {
            let byte = text[index]
            guard
                byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
                    || byte == UInt8(ascii: "\t")
            else { return }
            index += 1
        }
    }

    // MARK: - Numbers

    private mutating func number() throws(JSONError) -> Scalar {
        let start = index
        if text[index] == UInt8(ascii: "-") { index += 1 }
        let firstDigit = index
        guard digits() > 0 else { throw refusal(expected("a digit")) }
        if text[firstDigit] == UInt8(ascii: "0"), index > firstDigit + 1 {
            throw refusal("a number has a leading zero", at: firstDigit)
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard digits() > 0 else { throw refusal(expected("a digit after the decimal point")) }
        }
        if index < end, text[index] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            index += 1
            if index < end, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
            guard digits() > 0 else { throw refusal(expected("a digit in the exponent")) }
        }
        let spelt = UnsafeBufferPointer(rebasing: text[start..<index])
        // 18 digits always fit.
        let kind: Scalar.Kind = isInteger && (spelt.count <= 18 || NumberText.integer(spelt) != nil) ? .int : .float
        return Scalar(String(decoding: spelt, as: UTF8.self), kind: kind)
    }

    private mutating func digits() -> Int {
        let start = index
        while index < end, UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[index] { index += 1 }
        return index - start
    }

    // MARK: - Strings

    /// The string whose opening quote was taken.
    private mutating func string() throws(JSONError) -> String {
        let start = index
        if try scanString() {
            try unescape(start..<(index - 1))
            return unescaped.withBytes { String(decoding: $0, as: UTF8.self) }
        }
        return String(decoding: UnsafeBufferPointer(rebasing: text[start..<(index - 1)]), as: UTF8.self)
    }

    private mutating func key() throws(JSONError) -> (key: String, hash: UInt64) {
        let start = index
        if try scanString() {
            try unescape(start..<(index - 1))
            return unescaped.withBytes { keys.key($0) }
        }
        return keys.key(UnsafeBufferPointer(rebasing: text[start..<(index - 1)]))
    }

    /// Moves behind the closing quote, and checks that the bytes are UTF-8 without control characters.
    ///
    /// - Returns: Whether there are escapes among them.
    private mutating func scanString() throws(JSONError) -> Bool {
        let start = index
        var hasEscapes = false
        var firstBeyondASCII = -1
        while true {
            index = ByteScan.ordinaryEnd(text, from: index)
            guard index < end else { throw refusal("the quote that opens here is never closed", at: start - 1) }
            let byte = text[index]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                index += 2
            } else if byte >= 0x80 {
                if firstBeyondASCII < 0 { firstBeyondASCII = index }
                index += 1
            } else {
                throw refusal("\(describe(byte)) stands in a string unescaped")
            }
        }
        if firstBeyondASCII >= 0 {
            let rest = UnsafeBufferPointer(rebasing: text[firstBeyondASCII..<index])
            if let invalid = UTF8Validation.firstInvalid(rest) {
                throw refusal("a string is not valid UTF-8", at: firstBeyondASCII + invalid)
            }
        }
        index += 1
        return hasEscapes
    }

    /// Decodes the escapes of a string into `unescaped`.
    private mutating func unescape(_ range: Range<Int>) throws(JSONError) {
        unescaped.removeAll()
        var index = range.lowerBound
        while true {
            var runEnd = index
            while runEnd < range.upperBound, text[runEnd] != UInt8(ascii: "\\") { runEnd += 1 }
            unescaped.append(text, index..<runEnd)
            if runEnd == range.upperBound { return }
            let escape = text[runEnd + 1]
            index = runEnd + 2
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.put(escape)
            case UInt8(ascii: "b"): unescaped.put(0x08)
            case UInt8(ascii: "f"): unescaped.put(0x0C)
            case UInt8(ascii: "n"): unescaped.put(0x0A)
            case UInt8(ascii: "r"): unescaped.put(0x0D)
            case UInt8(ascii: "t"): unescaped.put(0x09)
            case UInt8(ascii: "u"):
                let scalar = try unicodeEscape(&index, end: range.upperBound)
                for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { unescaped.put(byte) }
            default: throw refusal("\\\(Character(Unicode.Scalar(escape))) is no escape of JSON", at: runEnd)
            }
        }
    }

    /// The character of a `\u` escape whose digits begin at `index`, and of the second half of a surrogate pair.
    private func unicodeEscape(_ index: inout Int, end: Int) throws(JSONError) -> Unicode.Scalar {
        let start = index - 2
        let first = try codeUnit(&index, end: end)
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, index + 6 <= end, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") {
            index += 2
            let second = try codeUnit(&index, end: end)
            if 0xDC00...0xDFFF ~= second,
                let scalar = Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10 | UInt32(second - 0xDC00)))
            {
                return scalar
            }
        }
        throw refusal("an escaped surrogate stands without its other half", at: start)
    }

    private func codeUnit(_ index: inout Int, end: Int) throws(JSONError) -> UInt16 {
        guard index + 4 <= end else { throw refusal("\\u wants four hexadecimal digits", at: index - 2) }
        var unit: UInt64 = 0
        for offset in 0..<4 {
            guard let digit = NumberText.hexadecimalDigit(text[index + offset]) else {
                throw refusal("\\u wants four hexadecimal digits", at: index - 2)
            }
            unit = unit << 4 | digit
        }
        index += 4
        return UInt16(truncatingIfNeeded: unit)
    }

    // MARK: - Words for errors

    private func expected(_ what: String) -> String {
        index < end
            ? "\(describe(text[index])) stands where \(what) was expected" : "the text ends where \(what) was expected"
    }

    private func describe(_ byte: UInt8) -> String {
        switch byte {
        case 0x21..<0x7F: return "\u{201C}\(Character(Unicode.Scalar(byte)))\u{201D}"
        case 0x0A: return "a line break"
        case 0x09: return "a tab"
        case 0x20: return "a space"
        case 0..<0x20, 0x7F: return "a control character (byte \(byte))"
        default: return "a character that is not ASCII"
        }
    }
}

extension Object {
    /// Lets the last of each group of equal keys count, in the place of the first.
    fileprivate mutating func settle(_ repeats: [(first: Int, repeated: Int)]) {
        for (first, repeated) in repeats { entries[first].value = entries[repeated].value }
        let dropped = Set(repeats.map(\.repeated))
        entries = entries.indices.filter { !dropped.contains($0) }.map { entries[$0] }
    }
}
