// The name of a Git object: the SHA-1 digest of its kind, size and content.

internal import CGit2

/// A SHA-1 object id, ordered as its bytes are.
package struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
    // Big-endian words, so that comparing words compares bytes.
    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    static let byteCount = 20
    static let hexCount = 40

    /// Reads the first 20 bytes of `bytes`; nil when there are fewer.
    init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.byteCount else { return nil }
        high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        middle = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        low = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
    }

    /// Parses exactly 40 hexadecimal digits of either case.
    package init?(_ hex: some StringProtocol) {
        self.init(hex: hex.utf8)
    }

    init?(hex digits: some Collection<UInt8>) {
        guard digits.count == Self.hexCount else { return nil }
        var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
        for (position, digit) in digits.enumerated() {
            guard let value = Self.value(ofDigit: digit) else { return nil }
            switch position {
            case 0..<16: words.0 = words.0 << 4 | UInt64(value)
            case 16..<32: words.1 = words.1 << 4 | UInt64(value)
            default: words.2 = words.2 << 4 | UInt32(value)
            }
        }
        (high, middle, low) = words
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    static func isHex(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { value(ofDigit: $0) != nil }
    }

    init(_ oid: git_oid) {
        (high, middle, low) = withUnsafeBytes(of: oid) { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
            )
        }
    }

    var oid: git_oid {
        var oid = git_oid()
        withUnsafeMutableBytes(of: &oid) { bytes in
            bytes.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            bytes.storeBytes(of: middle.bigEndian, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt32.self)
        }
        return oid
    }

    /// The 20 bytes of the id.
    package var bytes: [UInt8] {
        withUnsafeBytes(of: oid) { Array($0) }
    }

    /// 40 lower-case hexadecimal digits.
    package var description: String {
        String(unsafeUninitializedCapacity: Self.hexCount) { text in
            withUnsafeBytes(of: oid) { bytes in
                for (position, byte) in bytes.enumerated() {
                    text[position * 2] = Self.digit(byte >> 4)
                    text[position * 2 + 1] = Self.digit(byte & 15)
                }
            }
            return Self.hexCount
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// The first seven digits, as people quote commits.
    package var abbreviated: String { String(description.prefix(7)) }

    package static func < (left: ObjectID, right: ObjectID) -> Bool {
        (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
    }
}
