// Which characters plain block YAML is made of.

enum PlainCharacters {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Whether a text is all ASCII, provided that it is UTF-8 without tabs, carriage returns, other control characters,
    /// line breaks but LF, byte order marks and characters that YAML refuses. Nil for any other text.
    static func check(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
        let raw = UnsafeRawBufferPointer(text)
        var isASCII = true
        var index = 0
        while index < text.count {
            if index + 8 <= text.count {
                let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let controls = zeros(word & (ones &* 0xE0)) & ~zeros(word ^ (ones &* 0x0A))
                if (controls | (word & highs) | zeros(word ^ (ones &* 0x7F))) == 0 {
                    index += 8
                    continue
                }
            }
            let byte = text[index]
            if byte < 0x80 {
                guard byte == UInt8(ascii: "\n") || (byte >= 0x20 && byte < 0x7F) else { return nil }
                index += 1
            } else {
                isASCII = false
                let length = UTF8Validation.sequenceLength(text, at: index)
                guard length > 0, isText(text, at: index) else { return nil }
                index += length
            }
        }
        return isASCII
    }

    /// The high bit of each byte that is zero, exactly.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 {
        let low = ~highs
        return ~(((word & low) &+ low) | word | low)
    }

    /// Whether a character beyond ASCII is neither control, break nor mark.
    private static func isText(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        switch text[index] {
        case 0xC2: text[index + 1] >= 0xA0
        case 0xE2: !(text[index + 1] == 0x80 && (text[index + 2] == 0xA8 || text[index + 2] == 0xA9))
        case 0xEF:
            !(text[index + 1] == 0xBB && text[index + 2] == 0xBF)
                && !(text[index + 1] == 0xBF && text[index + 2] >= 0xBE)
        default: true
        }
    }

    /// Whether a plain scalar or key may begin with a character that can mean nothing else there.
    @inline(__always)
    static func beginsPlainText(_ byte: UInt8) -> Bool {
        if isAlphanumeric(byte) || byte >= 0x80 { return true }
        return switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "+"),
            UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: "<"), UInt8(ascii: "="), UInt8(ascii: ";"),
            UInt8(ascii: "\\"):
            true
        default: false
        }
    }

    /// Whether a character may begin a plain scalar if no blank follows it.
    @inline(__always)
    static func beginsPlainTextBeforeText(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "?")
    }

    /// Whether a plain scalar within brackets may have a character.
    @inline(__always)
    static func isPlainInBrackets(_ byte: UInt8, isFirst: Bool) -> Bool {
        if isAlphanumeric(byte) { return true }
        return switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "$"), UInt8(ascii: "~"): true
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "*"): !isFirst
        default: false
        }
    }

    @inline(__always)
    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}
