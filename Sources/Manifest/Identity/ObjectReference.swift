// What names an object in a cluster.

/// An object by type, namespace and name. The namespace is nil for cluster-scoped objects.
package struct ObjectReference: Sendable, Hashable {
    package var gvk: GroupVersionKind
    package var namespace: String?
    package var name: String

    package init(gvk: GroupVersionKind, namespace: String?, name: String) {
        self.gvk = gvk
        self.namespace = namespace
        self.name = name
    }

    package var kind: String { gvk.kind }
    package var identity: ObjectIdentity {
        ObjectIdentity(group: gvk.group, kind: gvk.kind, namespace: namespace, name: name)
    }
}

extension ObjectReference: CustomStringConvertible {
    /// `Deployment shop/web`, and `Namespace shop` for what has no namespace.
    package var description: String { namespace.map { "\(gvk.kind) \($0)/\(name)" } ?? "\(gvk.kind) \(name)" }
}

/// An object whatever version of its API it is read through: one Deployment is the same object in `v1` and `v1beta1`.
package struct ObjectIdentity: Sendable, Hashable {
    package var group: String
    package var kind: String
    package var namespace: String?
    package var name: String

    package init(group: String, kind: String, namespace: String?, name: String) {
        self.group = group
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    package var groupKind: GroupKind { GroupKind(group: group, kind: kind) }
}

extension ObjectIdentity: CustomStringConvertible {
    /// `Deployment.apps shop/web`.
    package var description: String { namespace.map { "\(groupKind) \($0)/\(name)" } ?? "\(groupKind) \(name)" }
}
