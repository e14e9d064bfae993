// The plugin: a KRM function that puts a Secret in the place of every SealedSecret.

package import Manifest

/// Opens the SealedSecrets of a ResourceList.
package enum SealedSecretsFunction {
    /// The list with Secrets where SealedSecrets were, each at its place and under the annotations by which the host knows it again.
    /// Those that cannot be opened stay as they are, with an error among the results for each value and its reason.
    ///
    /// - Parameters:
    ///   - list: `functionConfig.spec.namespace` is the namespace of objects that name none.
    ///   - keys: Secrets that hold the keys.
    package static func transform(_ list: ResourceList, keys: [Value]) -> ResourceList {
        var diagnostics: [Diagnostic] = []
        let ring = KeyRing(secrets: keys, diagnostics: &diagnostics)
        let opening = Opening(keys: ring, defaultNamespace: list.functionConfig?[path: "spec", "namespace"]?.string)
        var output = list
        output.results = diagnostics.map { FunctionResult($0.message, severity: .warning) }
        for (index, item) in list.items.enumerated() {
            guard let sealed = SealedSecret(item) else { continue }
            do throws(DiagnosticsError) {
                output.items[index] = carryingMarks(of: item, try opening.secret(from: sealed))
            } catch {
                output.results += error.diagnostics.map { diagnostic in
                    let text = diagnostic.cure.map { "\(diagnostic.message)\n\($0)" } ?? diagnostic.message
                    return FunctionResult(text, severity: .error, reference: KubernetesObject(item).reference)
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
