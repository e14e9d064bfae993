// A manifest: a value that is a Kubernetes object, and where it came from.

/// A Kubernetes object, desired or live.
package struct KubernetesObject: Sendable {
    package var value: Value
    /// Where the object was declared; nil for what a cluster answered.
    package var origin: SourceLocation?

    package init(_ value: Value, origin: SourceLocation? = nil) {
        self.value = value
        self.origin = origin
    }

    package var apiVersion: String { value["apiVersion"]?.string ?? "" }
    package var kind: String { value["kind"]?.string ?? "" }
    package var gvk: GroupVersionKind { GroupVersionKind(apiVersion: apiVersion, kind: kind) }
    package var name: String { value[path: "metadata", "name"]?.string ?? "" }
    /// The namespace as written, nil when absent or empty.
    package var namespace: String? {
        guard let namespace = value[path: "metadata", "namespace"]?.string, !namespace.isEmpty else { return nil }
        return namespace
    }

    package var reference: ObjectReference { ObjectReference(gvk: gvk, namespace: namespace, name: name) }
    package var identity: ObjectIdentity { reference.identity }

    package func label(_ key: String) -> String? { value[path: "metadata", "labels"]?[key]?.string }
    package func annotation(_ key: String) -> String? { value[path: "metadata", "annotations"]?[key]?.string }
    package var resourceVersion: String? { value[path: "metadata", "resourceVersion"]?.string }
    package var uid: String? { value[path: "metadata", "uid"]?.string }
}

extension KubernetesObject: Hashable {
    package static func == (left: KubernetesObject, right: KubernetesObject) -> Bool { left.value == right.value }
    package func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
