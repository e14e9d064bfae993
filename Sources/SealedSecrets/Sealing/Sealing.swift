// From a Secret to the SealedSecret that can stand in Git.

import Crypto
package import Manifest

/// Seals Secrets for the holder of a key.
package struct Sealing: Sendable {
    private let key: PublicKey
    private let scope: SealingScope?

    /// - Parameter scope: nil for the one that the Secret's annotations name.
    package init(for key: PublicKey, scope: SealingScope? = nil) {
        self.key = key
        self.scope = scope
    }

    /// The SealedSecret of a Secret. Metadata that servers write is left out, and so are the annotations in which
    /// tools keep a copy of the whole object, values and all.
    ///
    /// - Parameter namespace: for a Secret that names none.
    /// - Throws: when the Secret has no name or no namespace that its scope needs, or holds what is no base64.
    package func seal(_ secret: Value, namespace: String?) throws(DiagnosticsError) -> Value {
        let object = KubernetesObject(secret)
        guard object.kind == "Secret", object.apiVersion == "v1" else {
            throw DiagnosticsError(
                "only a Secret can be sealed, not \(object.kind.isEmpty ? "an object without a kind" : object.kind)",
                cure: "Write one with kubectl create secret … --dry-run=client -o yaml")
        }
        let scope = self.scope ?? SealingScope(of: secret)
        let namespace = object.namespace ?? namespace
        guard !object.name.isEmpty || scope != .strict else {
            throw DiagnosticsError(
                "a strict value is sealed for one name, and the Secret has none",
                cure: "Give metadata.name, or a wider scope")
        }
        guard namespace != nil || scope == .clusterWide else {
            throw DiagnosticsError(
                "a \(scope.rawValue) value is sealed for one namespace, and the Secret has none",
                cure: "Give metadata.namespace or --namespace, or the scope cluster-wide")
        }
        let label = scope.label(namespace: namespace ?? "", name: object.name)
        var encrypted = Object()
        for (key, value) in try values(of: secret) { encrypted[key] = .string(try seal(value, label: label)) }
        encrypted.entries.sort { $0.key < $1.key }

        var metadata = Object()
        metadata["annotations"] = scope.annotate(nil)
        metadata["name"] = .string(object.name)
        metadata["namespace"] = namespace.map(Value.string)
        var template: Value = ["metadata": .object(templateMetadata(secret, namespace: namespace, scope))]
        for field in ["type", "immutable"] { template[field] = secret[field] }
        return [
            "apiVersion": .string(SealedSecret.gvk.apiVersion), "kind": .string(SealedSecret.gvk.kind),
            "metadata": .object(metadata), "spec": ["encryptedData": .object(encrypted), "template": template],
        ]
    }

    /// One value sealed, in base64: what stands behind a key of `encryptedData`.
    package func seal(_ value: [UInt8], label: [UInt8]) throws(DiagnosticsError) -> String {
        do throws(CryptoError) {
            return Base64.encode(try HybridEncryption.seal(value, label: label, for: key))
        } catch {
            throw DiagnosticsError(error.description)
        }
    }

    private func templateMetadata(_ secret: Value, namespace: String?, _ scope: SealingScope) -> Object {
        var metadata = secret["metadata"]?.object ?? Object()
        for field in [
            "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields",
            "ownerReferences", "resourceVersion", "selfLink", "uid",
        ] {
            metadata[field] = nil
        }
        var annotations = metadata["annotations"]
        for copy in [
            "kubectl.kubernetes.io/last-applied-configuration", "kubecfg.ksonnet.io/last-applied-configuration",
        ]
        where annotations?[copy] != nil {
            annotations?[copy] = nil
        }
        metadata["annotations"] = scope.annotate(annotations)
        metadata["namespace"] = namespace.map(Value.string)
        return metadata
    }

    /// The plain values by key; `stringData` counts over `data`.
    private func values(of secret: Value) throws(DiagnosticsError) -> [(String, [UInt8])] {
        var values: [(String, [UInt8])] = []
        var problems: [Diagnostic] = []
        let texts = secret["stringData"]?.object
        for entry in secret["data"]?.object?.entries ?? [] where texts?.contains(entry.key) != true {
            if let text = entry.value.string, let bytes = Base64.decode(text) {
                values.append((entry.key, bytes))
            } else if entry.value.isNull {
                values.append((entry.key, []))
            } else {
                problems.append(
                    .error("data.\(entry.key) is no base64", cure: "Encode it, or put the plain text under stringData"))
            }
        }
        for entry in texts?.entries ?? [] {
            if let text = entry.value.scalar, text.kind == .string || text.isNull {
                values.append((entry.key, text.isNull ? [] : Array(text.text.utf8)))
            } else {
                problems.append(.error("stringData.\(entry.key) is no text", cure: "Put it in quotes"))
            }
        }
        if !problems.isEmpty { throw DiagnosticsError(problems) }
        return values
    }
}
