// Value trees into JSON texts.

extension JSON {
    /// Writes a value, keys in the order in which they stand.
    ///
    /// Integers and floats that JSON can hold keep their text; other spellings (`0x1F`, `.5`, `yes`) become JSON's, dates become strings,
    /// and infinities null.
    ///
    /// - Parameter pretty: Two spaces an indentation and a space behind each colon, as kubectl prints; without it, no white space.
    package static func write(_ value: Value, pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter(isPretty: pretty)
        writer.value(value)
        if pretty { writer.output.append(UInt8(ascii: "\n")) }
        return writer.output
    }
}

struct JSONWriter {
    fileprivate(set) var output: [UInt8] = []
    private let isPretty: Bool
    private var depth = 0

    init(isPretty: Bool) {
        self.isPretty = isPretty
        output.reserveCapacity(4096)
    }

    mutating func value(_ value: Value) {
        switch value {
        case .scalar(let scalar): self.scalar(scalar)
        case .array(let items):
            guard !items.isEmpty else { return append("[]") }
            output.append(UInt8(ascii: "["))
            depth += 1
            var isFirst = true
            for item in items {
                separate(&isFirst)
                self.value(item)
            }
            close(UInt8(ascii: "]"))
        case .object(let object):
            guard !object.isEmpty else { return append("{}") }
            output.append(UInt8(ascii: "{"))
            depth += 1
            var isFirst = true
            for entry in object.entries {
                separate(&isFirst)
                string(entry.key)
                output.append(UInt8(ascii: ":"))
                if isPretty { output.append(UInt8(ascii: " ")) }
                self.value(entry.value)
            }
            close(UInt8(ascii: "}"))
        }
    }

    private mutating func separate(_ isFirst: inout Bool) {
        if !isFirst { output.append(UInt8(ascii: ",")) }
        isFirst = false
        breakLine()
    }

    private mutating func close(_ bracket: UInt8) {
        depth -= 1
        breakLine()
        output.append(bracket)
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
    }

    private mutating func scalar(_ scalar: Scalar) {
        switch scalar.kind {
        case .string: string(scalar.text)
        case .null where !scalar.text.isEmpty: append("null")
        case .int, .float:
            if scalar.text.withBytes(JSONNumber.isValid) {
                append(scalar.text)
            } else {
                append(scalar.canonicalText() ?? "null")
            }
        case .null, .bool, .timestamp:
            guard let canonical = scalar.canonical() else { return append("null") }
            if canonical.kind == .string { string(canonical.text) } else { append(canonical.text) }
        }
    }

    private mutating func append(_ text: String) {
        text.withBytes { output.append(contentsOf: $0) }
    }

    private mutating func string(_ text: String) {
        output.append(UInt8(ascii: "\""))
        text.withBytes { text in
            var start = 0
            for index in text.indices {
                let byte = text[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                output.append(contentsOf: text[start..<index])
                escape(byte)
                start = index + 1
            }
            output.append(contentsOf: text[start...])
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        default:
            let digits = Array("0123456789abcdef".utf8)
            output.append(contentsOf: "u00".utf8)
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 0xF)])
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
