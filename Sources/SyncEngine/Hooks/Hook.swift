// A hook: an object that a sync runs to its end at its place in the order, and does not keep. Hooks are no members:
// they do not drift, nothing of them is compared or pruned.

package import Manifest

/// One hook in one phase.
package struct Hook: Sendable {
    package var reference: ObjectReference
    package var phase: HookPhase
    package var wave: Int
    package var deletePolicies: Set<HookDeletePolicy>
    /// What is applied. May hold the values of Secrets: never to be printed.
    package var desired: Value
    package var origin: SourceLocation?
    /// Whether the server gives it its name, of which `reference` then has the beginning.
    package var isNamedByServer: Bool
    /// Whether the kind is served only once a CustomResourceDefinition of the plan is established.
    package var awaitsKind = false
}

/// The hooks of a sync, taken out of its manifests.
package struct Hooks: Sendable {
    /// In the order of phases, waves, kinds and names.
    package var all: [Hook] = []
    /// SHA-256 of all that the hooks of syncs are, in hexadecimal; empty where there are none.
    package var digest = ""

    package func of(_ phase: HookPhase) -> [Hook] { all.filter { $0.phase == phase } }

    /// Divides manifests into hooks and the others. Problems are collected.
    static func taken(
        from manifests: [KubernetesObject], _ problems: inout [Diagnostic]
    ) -> (hooks: Hooks, others: [KubernetesObject]) {
        var hooks = Hooks()
        var others: [KubernetesObject] = []
        for manifest in manifests {
            guard let annotations = HookAnnotations(manifest, &problems) else {
                others.append(manifest)
                continue
            }
            var reference = manifest.reference
            let isNamedByServer = manifest.name.isEmpty
            if isNamedByServer {
                guard let prefix = manifest.value[path: "metadata", "generateName"]?.string else {
                    problems.append(
                        .error(
                            "\(manifest.kind) has no metadata.name", at: manifest.origin,
                            cure: "Give the hook a name, or a generateName"))
                    continue
                }
                reference.name = prefix
            }
            for phase in annotations.phases {
                hooks.all.append(
                    Hook(
                        reference: reference, phase: phase, wave: SyncWave.number(of: manifest),
                        deletePolicies: annotations.deletePolicies, desired: manifest.value, origin: manifest.origin,
                        isNamedByServer: isNamedByServer))
            }
        }
        return (hooks, others)
    }

    /// The hooks as they are applied: in their namespaces, with our mark, by the kinds that the cluster serves.
    ///
    /// - Parameter scope: whether the kind of a manifest is namespaced and served already; nil where it is not known,
    ///   which is reported elsewhere.
    mutating func prepare(
        for applySet: ApplySet, _ options: SyncOptions,
        scope: (KubernetesObject) -> (isNamespaced: Bool, awaitsKind: Bool)?
    ) {
        all = all.compactMap { hook in
            var hook = hook
            guard let scope = scope(KubernetesObject(hook.desired, origin: hook.origin)) else { return nil }
            hook.awaitsKind = scope.awaitsKind
            hook.reference.namespace = scope.isNamespaced ? hook.reference.namespace ?? options.namespace : nil
            hook.desired = DesiredForm.hook(hook.desired, reference: hook.reference, applySet: applySet)
            return hook
        }
        all.sort { left, right in
            func key(_ hook: Hook) -> (Int, Int, Int, String) {
                (
                    HookPhase.allCases.firstIndex(of: hook.phase) ?? 0, hook.wave,
                    KindStage(hook.reference.gvk.groupKind).rawValue, hook.reference.identity.description
                )
            }
            return key(left) < key(right)
        }
        let ofSyncs = all.filter { [.preSync, .sync, .postSync].contains($0.phase) }
        if ofSyncs.isEmpty { return }
        var hash = SHA256()
        for hook in ofSyncs {
            var told = hook.desired
            // A digest could be guessed back to the value.
            if hook.reference.gvk.groupKind.isSecret { told["data"] = nil }
            hash.update(Array("\(hook.phase) \(hook.wave) \(told.digest)\n".utf8))
        }
        digest = SHA256.hexadecimal(hash.finalize().prefix(16))
    }
}
