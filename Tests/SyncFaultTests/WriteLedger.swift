// What the syncs changed in the cluster, as the server's store saw it.

import Manifest
import Sandbox
import Synchronization

/// One change of an object of the application.
struct ServerWrite: Sendable, Hashable, CustomStringConvertible {
    enum Effect: String, Sendable { case created, configured, pruned }

    var effect: Effect
    /// `ConfigMap c3`.
    var object: String

    var description: String { "\(object) \(effect)" }
}

/// Every change of the application's objects, in its order, but for those that the cluster's controllers make.
final class WriteLedger: Sendable {
    private let writes = Mutex<[ServerWrite]>([])

    init(of store: ObjectStore) {
        store.observe { [self] resource, event in
            if let write = Self.write(resource, event) { writes.withLock { $0.append(write) } }
        }
    }

    /// What came since the last call.
    func take() -> [ServerWrite] {
        writes.withLock { writes in
            defer { writes = [] }
            return writes
        }
    }

    private static func write(_ resource: GroupResource, _ event: WatchEvent) -> ServerWrite? {
        let (key, object) = (event.object.key, event.object.value)
        guard key.namespace == Platform.namespace, let kind = object["kind"]?.string, Platform.plurals[kind] != nil
        else { return nil }
        let name = "\(kind) \(key.name)"
        guard Platform.slots.contains(name) else { return nil }
        switch event.type {
        case .added: return ServerWrite(effect: .created, object: name)
        case .deleted: return ServerWrite(effect: .pruned, object: name)
        case .modified:
            // Controllers write the status of Deployments and an annotation; what is ours in them they leave alone.
            let isOurs = event.previous.map { ours(in: $0.value) != ours(in: object) } ?? true
            return isOurs || kind != "Deployment" ? ServerWrite(effect: .configured, object: name) : nil
        }
    }

    /// What Git says and who applied it. Both: the record of the owners has seconds, and may be the same after two
    /// syncs.
    private static func ours(in object: Value) -> [Value?] {
        let owned = (object[path: "metadata", "managedFields"]?.array ?? []).first {
            $0["manager"]?.string == "gitopsctl"
        }
        return [owned, object[path: "metadata", "annotations", "version"]]
    }
}
