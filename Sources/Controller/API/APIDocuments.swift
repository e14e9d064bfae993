// What the API answers, in the shapes that Kubernetes has for such things.

import Manifest
import Reconciler
import SyncEngine

enum APIDocuments {
    private static let apiVersion = Value.string(Application.resourceKind.apiVersion)

    /// An Application as it stands in the cluster, without the book-keeping of who wrote which field.
    static func application(_ value: Value) -> Value {
        var value = value
        if case .object(var metadata)? = value["metadata"] {
            metadata.removeValue(forKey: "managedFields")
            value["metadata"] = .object(metadata)
        }
        return value
    }

    /// - Parameter next: where the next page begins; nil on the last one.
    static func list(_ values: [Value], next: String?, left: Int) -> Value {
        var metadata = Object()
        if let next {
            metadata["continue"] = .string(next)
            metadata["remainingItemCount"] = .int(left)
        }
        return [
            "apiVersion": apiVersion, "kind": .string(Application.kind + "List"), "metadata": .object(metadata),
            "items": .array(values.map(application)),
        ]
    }

    /// The last syncs, the newest first.
    static func history(of key: ApplicationKey, _ value: Value) -> Value {
        // A server may merge the list by its keys, and then appends what is new.
        let rows = (value[path: "status", "history"]?.array ?? []).sorted {
            ($0["id"]?.int ?? 0) > ($1["id"]?.int ?? 0)
        }
        return ["apiVersion": apiVersion, "kind": "ApplicationHistory", "metadata": name(key), "items": .array(rows)]
    }

    static func tree(of key: ApplicationKey, _ view: MemberView.Answer) -> Value {
        var tree: Object = [
            "apiVersion": apiVersion, "kind": "ApplicationTree", "metadata": name(key),
            "objects": .array(view.trees.map(node)),
        ]
        if !view.omitted.isEmpty { tree["omitted"] = .array(view.omitted.map(Value.string)) }
        return .object(tree)
    }

    /// A request that was written down: it is answered once `status.lastHandledRequest` is its `requestedAt`.
    static func request(of key: ApplicationKey, _ order: SyncOrder) -> Value {
        [
            "apiVersion": apiVersion, "kind": "SyncRequest", "metadata": name(key),
            "requestedAt": .string(order.moment),
            "by": .string(order.actor ?? ""),
        ]
    }

    private static func name(_ key: ApplicationKey) -> Value {
        ["namespace": .string(key.namespace), "name": .string(key.name)]
    }

    private static func node(_ tree: ObjectTree) -> Value {
        let reference = tree.reference
        var node: Object = ["apiVersion": .string(reference.gvk.apiVersion), "kind": .string(reference.kind)]
        if let namespace = reference.namespace { node["namespace"] = .string(namespace) }
        node["name"] = .string(reference.name)
        node["health"] = .string(tree.health.status.rawValue)
        if !tree.health.message.isEmpty { node["message"] = .string(tree.health.message) }
        if !tree.children.isEmpty { node["owns"] = .array(tree.children.map(Self.node)) }
        return .object(node)
    }
}
