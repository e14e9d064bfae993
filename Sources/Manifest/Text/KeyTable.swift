// The few hundred keys that Kubernetes objects repeat: one String for each, found by its bytes.

internal import CYAML

/// Strings by content, so that equal keys of a document share their storage, and a hash for each that finds duplicate
/// keys.
///
/// Direct-mapped: a new key displaces the one in its slot, so the table never grows, whatever a document holds.
struct KeyTable: ~Copyable {
    private struct Slot {
        var hash: UInt64 = 0
        /// A copy of the key's bytes, which compares faster than a String does. Nil in an empty slot.
        var bytes: UnsafeMutableRawPointer?
        var count = 0
        var key = ""
    }

    /// A power of two.
    private let slotCount: Int
    private let slots: UnsafeMutablePointer<Slot>

    /// A table for a text of some size: the longer the text, the more keys it may have, up to those of all of
    /// Kubernetes.
    init(textSize: Int) {
        var slotCount = 64
        while slotCount < 1024, slotCount < textSize / 64 { slotCount *= 2 }
        self.slotCount = slotCount
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: Slot(), count: slotCount)
    }

    deinit {
        for index in 0..<slotCount { slots[index].bytes?.deallocate() }
        slots.deinitialize(count: slotCount)
        slots.deallocate()
    }

    /// The key that these bytes spell, which have to be valid UTF-8, and the hash of the bytes.
    mutating func key(_ text: UnsafeBufferPointer<UInt8>) -> (key: String, hash: UInt64) {
        let hash = Self.hash(UnsafeRawBufferPointer(text))
        guard let start = text.baseAddress, !text.isEmpty else { return ("", hash) }
        let slot = slots + (Int(truncatingIfNeeded: hash) & (slotCount - 1))
        if slot.pointee.hash == hash, slot.pointee.count == text.count, let bytes = slot.pointee.bytes,
            memcmp(bytes, start, text.count) == 0
        {
            return (slot.pointee.key, hash)
        }
        let key = String(decoding: text, as: UTF8.self)
        slot.pointee.bytes?.deallocate()
        let copy = UnsafeMutableRawPointer.allocate(byteCount: text.count, alignment: 1)
        copy.copyMemory(from: start, byteCount: text.count)
        slot.pointee = Slot(hash: hash, bytes: copy, count: text.count, key: key)
        return (key, hash)
    }

    // MARK: - Hashing

    /// Differs from process to process, so that no document can be made to collide.
    private static let seed = UInt64(truncatingIfNeeded: "gitopsctl".hashValue) | 1

    /// Folded 128-bit products over eight bytes at a time, in the manner of wyhash.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: bytes.count)
        var offset = 0
        while offset + 8 <= bytes.count {
            state = mix(state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < bytes.count {
            tail = tail << 8 | UInt64(bytes[offset])
            offset += 1
        }
        return mix(mix(state ^ tail) ^ seed)
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
