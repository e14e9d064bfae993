// SHA-1 (FIPS 180-4), by which Git names objects. It is asked only for the files of a folder that a build has read,
// some kilobytes each, for which a few lines serve better than a library.

/// The 64-byte blocks that the digest works on.
private struct BlockBuffer {
    private var pending: [UInt8] = []
    private(set) var length: UInt64 = 0

    mutating func update(_ bytes: some Sequence<UInt8>, _ consume: (ArraySlice<UInt8>) -> Void) {
        let before = pending.count
        pending.append(contentsOf: bytes)
        length += UInt64(pending.count - before)
        var start = 0
        while pending.count - start >= 64 {
            consume(pending[start..<start + 64])
            start += 64
        }
        if start > 0 { pending.removeFirst(start) }
    }

    mutating func finish(_ consume: (ArraySlice<UInt8>) -> Void) {
        let bits = length &* 8
        var tail: [UInt8] = [0x80]
        while (pending.count + tail.count) % 64 != 56 { tail.append(0) }
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
        update(tail, consume)
    }
}

private func bigEndianWord(_ block: ArraySlice<UInt8>, _ index: Int) -> UInt32 {
    let at = block.startIndex + index * 4
    return UInt32(block[at]) << 24 | UInt32(block[at + 1]) << 16 | UInt32(block[at + 2]) << 8 | UInt32(block[at + 3])
}

private func bigEndianBytes(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
}

private func rotateLeft(_ word: UInt32, _ by: UInt32) -> UInt32 { word << by | word >> (32 - by) }

struct SHA1 {
    private var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    private var buffer = BlockBuffer()

    mutating func update(_ bytes: some Sequence<UInt8>) {
        buffer.update(bytes) { Self.compress(&state, $0) }
    }

    /// The 20 bytes of the digest.
    consuming func finalize() -> [UInt8] {
        buffer.finish { Self.compress(&state, $0) }
        return bigEndianBytes(state)
    }

    private static func compress(_ state: inout [UInt32], _ block: ArraySlice<UInt8>) {
        var w = (0..<16).map { bigEndianWord(block, $0) }
        for i in 16..<80 { w.append(rotateLeft(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1)) }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for i in 0..<80 {
            let f: UInt32
            let k: UInt32
            switch i {
            case 0..<20: (f, k) = ((b & c) | (~b & d), 0x5a82_7999)
            case 20..<40: (f, k) = (b ^ c ^ d, 0x6ed9_eba1)
            case 40..<60: (f, k) = ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
            default: (f, k) = (b ^ c ^ d, 0xca62_c1d6)
            }
            let next = rotateLeft(a, 5) &+ f &+ e &+ k &+ w[i]
            (e, d, c, b, a) = (d, c, rotateLeft(b, 30), a, next)
        }
        for (i, word) in [a, b, c, d, e].enumerated() { state[i] &+= word }
    }
}
