// A name for a content, short and stable: of pod templates, of schema documents, of addresses.

import Manifest

/// FNV-1a over 64 bits: a name for a content, no protection.
struct ContentHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    mutating func add(_ text: String) { add(text.utf8) }

    /// Adds a value whatever the order of its keys.
    mutating func add(_ value: Value) {
        switch value {
        case .scalar(let scalar): add(scalar.isNull ? "null" : scalar.text)
        case .array(let items):
            add("[")
            for item in items { add(item) }
        case .object(let object):
            add("{")
            for entry in object.entries.sorted(by: { $0.key < $1.key }) {
                add(entry.key)
                add(entry.value)
            }
            add("}")
        }
    }

    var text: String {
        let digits = String(state, radix: 16, uppercase: true)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
