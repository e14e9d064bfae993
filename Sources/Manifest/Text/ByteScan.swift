// Searches over text that look at eight bytes at a time.

enum ByteScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The first byte from `start` on that is a quote, a backslash, a control character or beyond ASCII; the end where
    /// none is.
    @inline(__always)
    static func ordinaryEnd(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        scan(text, from: start, word: { needsEscape($0) | ($0 & highs) }, byte: { needsEscape($0) || $0 >= 0x80 })
    }

    /// The first byte from `start` on that JSON cannot hold in a string as it is; the end where none is.
    @inline(__always)
    static func firstEscaped(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        scan(text, from: start, word: needsEscape, byte: needsEscape)
    }

    /// Whether every byte is below DEL.
    @inline(__always)
    static func isBelowDelete(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let end = scan(text, from: 0, word: { ($0 | ($0 &+ ones)) & highs }, byte: { $0 >= 0x7F })
        return end == text.count
    }

    @inline(__always)
    private static func scan(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int, word: (UInt64) -> UInt64, byte: (UInt8) -> Bool
    ) -> Int {
        let raw = UnsafeRawBufferPointer(text)
        var index = start
        while index + 8 <= text.count {
            let found = word(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            if found != 0 { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < text.count, !byte(text[index]) { index += 1 }
        return index
    }

    /// The high bit of each byte that is a quote, a backslash or a control character. Borrows reach only past a byte
    /// that is found, so the lowest bit is right.
    @inline(__always)
    private static func needsEscape(_ word: UInt64) -> UInt64 {
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        return (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- (ones &* 0x20)) & ~word))
            & highs
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C
    }
}
