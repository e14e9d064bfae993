// Value trees into JSON texts.

extension JSON {
    /// Writes a value, keys in the order in which they stand.
    ///
    /// Integers and floats that JSON can hold keep their text; other spellings (`0x1F`, `.5`, `yes`) become JSON's,
    /// dates become strings, and infinities null.
    ///
    /// - Parameter pretty: Two spaces an indentation and a space behind each colon, as kubectl prints; without it, no
    ///   white space.
    package static func write(_ value: Value, pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter(isPretty: pretty)
        writer.value(value)
        if pretty { writer.output.put(UInt8(ascii: "\n")) }
        return writer.output.bytes
    }
}

struct JSONWriter: ~Copyable {
    fileprivate var output = ByteBuffer()
    private let isPretty: Bool
    private var depth = 0

    init(isPretty: Bool) {
        self.isPretty = isPretty
    }

    mutating func value(_ value: Value) {
        switch value {
        case .scalar(let scalar): self.scalar(scalar)
        case .array(let items):
            guard !items.isEmpty else { return output.append("[]") }
            output.put(UInt8(ascii: "["))
            depth += 1
            var isFirst = true
            for item in items {
                separate(&isFirst)
                self.value(item)
            }
            close(UInt8(ascii: "]"))
        case .object(let object):
            guard !object.isEmpty else { return output.append("{}") }
            output.put(UInt8(ascii: "{"))
            depth += 1
            var isFirst = true
            for entry in object.entries {
                separate(&isFirst)
                string(entry.key)
                output.put(UInt8(ascii: ":"))
                if isPretty { output.put(UInt8(ascii: " ")) }
                self.value(entry.value)
            }
            close(UInt8(ascii: "}"))
        }
    }

    private mutating func separate(_ isFirst: inout Bool) {
        if !isFirst { output.put(UInt8(ascii: ",")) }
        isFirst = false
        breakLine()
    }

    private mutating func close(_ bracket: UInt8) {
        depth -= 1
        breakLine()
        output.put(bracket)
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        output.put(UInt8(ascii: "\n"))
        output.put(UInt8(ascii: " "), times: depth * 2)
    }

    private mutating func scalar(_ scalar: Scalar) {
        switch scalar.kind {
        case .string: string(scalar.text)
        case .null where !scalar.text.isEmpty: output.append("null")
        case .int, .float:
            if scalar.text.withBytes(JSONNumber.isValid) {
                append(scalar.text)
            } else {
                append(scalar.canonicalText() ?? "null")
            }
        case .null, .bool, .timestamp:
            guard let canonical = scalar.canonical() else { return output.append("null") }
            if canonical.kind == .string { string(canonical.text) } else { append(canonical.text) }
        }
    }

    private mutating func append(_ text: String) {
        text.withBytes { output.append($0) }
    }

    private mutating func string(_ text: String) {
        output.put(UInt8(ascii: "\""))
        text.withBytes { text in
            var start = 0
            while true {
                let index = ByteScan.firstEscaped(text, from: start)
                output.append(text, start..<index)
                if index == text.count { break }
                escape(text[index])
                start = index + 1
            }
        }
        output.put(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        output.put(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: output.put(UInt8(ascii: "b"))
        case 0x09: output.put(UInt8(ascii: "t"))
        case 0x0A: output.put(UInt8(ascii: "n"))
        case 0x0C: output.put(UInt8(ascii: "f"))
        case 0x0D: output.put(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.put(byte)
        default:
            output.append("u00")
            for digit in [byte >> 4, byte & 0xF] {
                output.put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }
}

/// The number syntax of RFC 8259.
enum JSONNumber {
    static func isValid(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        func digits() -> Int {
            let start = index
            while index < text.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[index] { index += 1 }
            return index - start
        }
        if index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
        let first = index
        let whole = digits()
        guard whole > 0, whole == 1 || text[first] != UInt8(ascii: "0") else { return false }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            guard digits() > 0 else { return false }
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
            guard digits() > 0 else { return false }
        }
        return index == text.count
    }
}
