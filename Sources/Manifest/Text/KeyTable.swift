// The few hundred keys that Kubernetes objects repeat: one String for each, found by its bytes.

/// Strings by content, so that equal keys of a document share their storage, and a hash for each that finds duplicate keys.
///
/// Direct-mapped: a new key displaces the one in its slot, so the table never grows, whatever a document holds.
struct KeyTable: ~Copyable {
    private struct Slot {
        var hash: UInt64
        var key: String
    }

    private static let slotCount = 1024
    private let slots: UnsafeMutablePointer<Slot>

    init() {
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: Slot(hash: 0, key: ""), count: Self.slotCount)
    }

    deinit {
        slots.deinitialize(count: Self.slotCount)
        slots.deallocate()
    }

    /// The key that these bytes spell, which have to be valid UTF-8, and the hash of the bytes.
    mutating func key(_ bytes: UnsafeBufferPointer<UInt8>) -> (key: String, hash: UInt64) {
        let hash = Self.hash(UnsafeRawBufferPointer(bytes))
        let slot = slots + Int(truncatingIfNeeded: hash % UInt64(Self.slotCount))
        if slot.pointee.hash == hash, slot.pointee.key.utf8.elementsEqual(bytes) {
            return (slot.pointee.key, hash)
        }
        let key = String(decoding: bytes, as: UTF8.self)
        slot.pointee = Slot(hash: hash, key: key)
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
