// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.

enum UTF8Validation {
    /// The length of the valid sequence that begins at `index`, 0 where none does.
    static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        let lead = bytes[index]
        if lead < 0x80 { return 1 }
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        guard lead >= 0xC2, lead <= 0xF4, index + length <= bytes.count else { return 0 }
        // The second byte is where overlong forms, surrogates and the end of Unicode show.
        let second = bytes[index + 1]
        let allowed: ClosedRange<UInt8> =
            switch lead {
            case 0xE0: 0xA0...0xBF
            case 0xED: 0x80...0x9F
            case 0xF0: 0x90...0xBF
            case 0xF4: 0x80...0x8F
            default: 0x80...0xBF
            }
        guard allowed.contains(second) else { return 0 }
        for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// The first byte that belongs to no valid sequence, nil when all do.
    static func firstInvalid(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = 0
        while index < bytes.count {
            let length = sequenceLength(bytes, at: index)
            if length == 0 { return index }
            index += length
        }
        return nil
    }

    /// Bytes as Go's JSON encoder prints them: each one that is no part of a valid sequence becomes U+FFFD.
    static func repaired(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBufferPointer { bytes in
            guard var index = firstInvalid(bytes) else { return String(decoding: bytes, as: UTF8.self) }
            var text = Array(bytes[..<index])
            while index < bytes.count {
                let length = sequenceLength(bytes, at: index)
                text += length > 0 ? Array(bytes[index..<(index + length)]) : [0xEF, 0xBF, 0xBD]
                index += max(length, 1)
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
