// What of an object a watcher has to look at again when it changes: everything but what the server and the kind's own
// controller write down about it.

import Manifest

/// A digest of what an object says, without its status and the server's book-keeping. Two objects with equal digests
/// differ in nothing that a sync would compare.
struct ObjectMeaning: Sendable, Hashable {
    private let digest: UInt64

    /// Fields of `metadata` that change without the object meaning anything else.
    private static let bookkeeping: Set<String> = ["managedFields", "resourceVersion", "generation", "selfLink"]

    init(_ value: Value) {
        var object = value
        object["status"] = nil
        if case .object(var metadata)? = value["metadata"] {
            metadata.entries.removeAll { Self.bookkeeping.contains($0.key) }
            object["metadata"] = .object(metadata)
        }
        let bytes = SHA256.digest(JSON.write(object))
        digest = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
