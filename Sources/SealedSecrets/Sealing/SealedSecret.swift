// A SealedSecret as an object of Kubernetes: what its fields say, apart from opening them.

package import Manifest

/// `SealedSecret` of `bitnami.com/v1alpha1`.
package struct SealedSecret: Sendable {
    package static let gvk = GroupVersionKind(group: "bitnami.com", version: "v1alpha1", kind: "SealedSecret")

    package var value: Value

    /// - Returns: nil for any other object.
    package init?(_ value: Value) {
        guard KubernetesObject(value).gvk == Self.gvk else { return nil }
        self.value = value
    }

    package var name: String { KubernetesObject(value).name }
    package var namespace: String? { KubernetesObject(value).namespace }
    package var scope: SealingScope { SealingScope(of: value) }

    /// The sealed values by key, in the order in which they are written; base64.
    package var encryptedData: [(key: String, sealed: Value)] {
        (value[path: "spec", "encryptedData"]?.object?.entries ?? []).map { ($0.key, $0.value) }
    }

    var template: Value? { value[path: "spec", "template"] }

    /// The label that the values are sealed under.
    ///
    /// - Parameter namespace: where objects go that name none.
    func label(defaultNamespace: String?) -> [UInt8] {
        scope.label(namespace: namespace ?? defaultNamespace ?? "default", name: name)
    }
}
