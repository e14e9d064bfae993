// The plugin: a KRM function that puts a Secret in the place of every SealedSecret.

package import Manifest

/// Opens the SealedSecrets of ResourceLists.
package struct SealedSecretsFunction: Sendable {
    private let ring: KeyRing
    private let keyFindings: [Diagnostic]

    /// - Parameter keys: Secrets that hold the keys.
    package init(keys: [Value]) {
        var findings: [Diagnostic] = []
        ring = KeyRing(secrets: keys, diagnostics: &findings)
        keyFindings = findings
    }

    /// The list with Secrets where SealedSecrets were, each at its place and under the annotations by which the host knows it again.
    /// Those that cannot be opened stay as they are, with an error among the results for each value and its reason.
    ///
    /// - Parameter list: the annotation `gitopsctl.dev/namespace` of `functionConfig` is the namespace of objects that name none.
    package func transform(_ list: ResourceList) -> ResourceList {
        let namespace = list.functionConfig.flatMap { KubernetesObject($0).annotation("gitopsctl.dev/namespace") }
        let opening = Opening(keys: ring, defaultNamespace: namespace)
        var output = list
        output.results = keyFindings.map { FunctionResult($0.message, severity: .warning) }
        for (index, item) in list.items.enumerated() {
            guard let sealed = SealedSecret(item) else { continue }
            do throws(DiagnosticsError) {
                output.items[index] = Self.carryingMarks(of: item, try opening.secret(from: sealed))
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

    /// The annotations that an orchestrator set, and whatever says how the object is to be synced, go over to the Secret.
    private static func carryingMarks(of item: Value, _ secret: Value) -> Value {
        var secret = secret
        var annotations = secret[path: "metadata", "annotations"]?.object ?? Object()
        for entry in item[path: "metadata", "annotations"]?.object?.entries ?? [] {
            let isMark = ["internal.config.kubernetes.io/", "config.kubernetes.io/", "gitopsctl.dev/", "argocd.argoproj.io/"]
                .contains { entry.key.hasPrefix($0) }
            if isMark { annotations[entry.key] = entry.value }
        }
        if !annotations.isEmpty { secret["metadata"]?["annotations"] = .object(annotations) }
        return secret
    }
}
