// What must not reach the disk is taken out here: the values of Secrets, wherever in the object they are spelt.

package import Manifest

extension KubernetesObject {
    /// Whether it is a Secret with values in the open.
    package var isOpenSecret: Bool {
        apiVersion == "v1" && kind == "Secret"
            && ["data", "stringData"].contains { !(value[$0]?.isEmpty ?? true) }
    }
}

extension Value {
    /// A Secret without its values: each key of `data` and `stringData` stays with null behind it, which no Secret can
    /// hold, and `kubectl apply`'s copy of the object in an annotation goes. Anything else is returned as it is.
    package var withoutSecretValues: Value {
        guard self["kind"]?.string == "Secret", self["apiVersion"]?.string == "v1" else { return self }
        var secret = self
        for field in ["data", "stringData"] {
            switch secret[field] {
            case .object(let values)?:
                secret[field] = .object(Object(entries: values.entries.map { Object.Entry(key: $0.key, value: .null) }))
            case .some: secret[field] = .null
            case nil: continue
            }
        }
        let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
        if secret[path: "metadata", "annotations", lastApplied] != nil {
            secret["metadata"]?["annotations"]?[lastApplied] = nil
        }
        return secret
    }
}
