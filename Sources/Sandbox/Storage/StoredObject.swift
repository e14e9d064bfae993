// One version of one object, as the store keeps it: immutable, shared by lists, watches and the event window.

package import Manifest
import Synchronization

/// A resource whatever its version: what a table of the store holds, and what messages call it.
package struct GroupResource: Sendable, Hashable, CustomStringConvertible {
    package var group: String
    package var resource: String

    package init(group: String, resource: String) {
        self.group = group
        self.resource = resource
    }

    /// `deployments.apps`, and `services` for the core group.
    package var description: String { group.isEmpty ? resource : "\(resource).\(group)" }
}

/// Where an object stands in its table. The namespace is empty for cluster-scoped objects.
package struct ObjectKey: Sendable, Hashable, Comparable {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        left.namespace == right.namespace ? left.name < right.name : left.namespace < right.namespace
    }
}

/// An object at a resource version. A newer version is another `StoredObject`.
///
/// An object that was written lately is kept as a tree; later it is kept as JSON alone, a quarter of the size, and read
/// again when its tree is asked for.
package final class StoredObject: Sendable {
    package let key: ObjectKey
    package let revision: UInt64
    /// The labels, taken out once because every selector asks for them.
    let labels: [String: String]
    package let uid: String
    package let isBeingDeleted: Bool
    private let apiVersion: String
    private let kind: String
    private let content: Mutex<Content>

    private struct Content {
        var tree: Value?
        var json: [UInt8]?

        /// Writes the tree, without kind and version, into an array of just its size.
        mutating func encode() -> [UInt8] {
            var object = tree?.object ?? Object()
            object.entries.removeAll { $0.key == "kind" || $0.key == "apiVersion" }
            let bytes = JSON.write(.object(object)).withUnsafeBufferPointer { Array($0) }
            json = bytes
            return bytes
        }
    }

    init(key: ObjectKey, revision: UInt64, value: Value) {
        self.key = key
        self.revision = revision
        content = Mutex(Content(tree: value, json: nil))
        apiVersion = value["apiVersion"]?.string ?? ""
        kind = value["kind"]?.string ?? ""
        uid = value[path: "metadata", "uid"]?.string ?? ""
        isBeingDeleted = value[path: "metadata", "deletionTimestamp"] != nil
        var labels: [String: String] = [:]
        if let entries = value[path: "metadata", "labels"]?.object?.entries {
            for entry in entries { labels[entry.key] = entry.value.string ?? "" }
        }
        self.labels = labels
    }

    package var value: Value {
        content.withLock { content in
            if let tree = content.tree { return tree }
            // What JSON.write wrote, JSON.read reads.
            var object = (try? JSON.read(content.json ?? []))?.object ?? Object()
            object.entries.insert(
                contentsOf: [
                    .init(key: "kind", value: .string(kind)), .init(key: "apiVersion", value: .string(apiVersion)),
                ], at: 0)
            return .object(object)
        }
    }

    /// The object as JSON in its storage version, as a document of its own.
    package var document: [UInt8] {
        let content = json
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count + 64)
        bytes.append(contentsOf: #"{"kind":"\#(kind)","apiVersion":"\#(apiVersion)","#.utf8)
        bytes.append(contentsOf: content.dropFirst())
        return bytes
    }

    /// The object as JSON in its storage version without kind and version, as it stands in lists. Encoded once however
    /// many ask.
    package var json: [UInt8] {
        content.withLock { content in
            if let json = content.json { return json }
            return content.encode()
        }
    }

    /// Lets the tree go.
    func cool() {
        let tree = content.withLock { content -> Value? in
            if content.json == nil { _ = content.encode() }
            defer { content.tree = nil }
            return content.tree
        }
        // Freed outside the lock.
        _ = consume tree
    }
}
