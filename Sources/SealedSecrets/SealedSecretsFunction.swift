// The plugin: a KRM function that puts a Secret in the place of every SealedSecret, and opens what SOPS encrypted.

package import Manifest

/// Opens the SealedSecrets of ResourceLists.
package struct SealedSecretsFunction: Sendable {
    private let ring: KeyRing
    private let identities: [AgeIdentity]
    private let keyFindings: [Diagnostic]

    /// - Parameter keys: Secrets that hold the keys: those of Sealed Secrets by their label, those of age in values
    ///   whose keys end in `.agekey`, as Flux has them.
    package init(keys: [Value]) {
        var findings: [Diagnostic] = []
        ring = KeyRing(secrets: keys, diagnostics: &findings)
        keyFindings = findings
        identities = keys.flatMap { secret in
            (secret["data"]?.object?.entries ?? []).filter { $0.key.hasSuffix(".agekey") }.flatMap { entry in
                let text = entry.value.string.flatMap(Base64.decode).map { String(decoding: $0, as: UTF8.self) }
                return AgeIdentity.identities(in: text ?? "")
            }
        }
    }

    /// The list with Secrets where SealedSecrets were, each at its place and under the annotations by which the host
    /// knows it again. Those that cannot be opened stay as they are, with an error among the results for each value
    /// and its reason.
    ///
    /// - Parameter list: the annotation `gitopsctl.dev/namespace` of `functionConfig` is the namespace of objects
    ///   that name none.
    package func transform(_ list: ResourceList) -> ResourceList {
        let namespace = list.functionConfig.flatMap { KubernetesObject($0).annotation("gitopsctl.dev/namespace") }
        let opening = Opening(keys: ring, defaultNamespace: namespace)
        var output = list
        output.results = keyFindings.map { FunctionResult($0.message, severity: .warning) }
        for (index, item) in list.items.enumerated() {
            do throws(DiagnosticsError) {
                if let sealed = SealedSecret(item) {
                    output.items[index] = Self.carryingMarks(of: item, try opening.secret(from: sealed))
                } else if let encrypted = SOPSManifest(item) {
                    output.items[index] = try encrypted.opened(with: identities)
                }
            } catch {
                output.results += error.diagnostics.map { diagnostic in
                    FunctionResult(
                        diagnostic.message, severity: .error, reference: KubernetesObject(item).reference,
                        tags: diagnostic.cure.map { [("gitopsctl.dev/cure", $0)] } ?? [])
                }
            }
        }
        return output
    }

    /// The annotations that an orchestrator set, and whatever says how the object is to be synced, go over to the
    /// Secret.
    private static func carryingMarks(of item: Value, _ secret: Value) -> Value {
        var secret = secret
        var annotations = secret[path: "metadata", "annotations"]?.object ?? Object()
        for entry in item[path: "metadata", "annotations"]?.object?.entries ?? [] {
            let isMark = [
                "internal.config.kubernetes.io/", "config.kubernetes.io/", "gitopsctl.dev/", "argocd.argoproj.io/",
            ]
            .contains { entry.key.hasPrefix($0) }
            if isMark { annotations[entry.key] = entry.value }
        }
        if !annotations.isEmpty { secret["metadata"]?["annotations"] = .object(annotations) }
        return secret
    }
}
