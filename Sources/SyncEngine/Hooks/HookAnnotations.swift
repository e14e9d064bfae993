// What an object's annotations say of the phases of a sync in which it runs, in this project's words, Argo CD's or
// Helm's.

package import Manifest

/// The phases of a sync that hooks run in.
package enum HookPhase: String, Sendable, Hashable, CaseIterable {
    /// Before anything is applied; if one fails, nothing is.
    case preSync = "PreSync"
    /// With the objects of its wave.
    case sync = "Sync"
    /// After everything is applied, healthy and pruned.
    case postSync = "PostSync"
    /// After a sync that failed.
    case syncFail = "SyncFail"
    /// Before the objects of an application that is deleted.
    case preDelete = "PreDelete"
    /// After them.
    case postDelete = "PostDelete"
}

/// When a hook's object is deleted.
package enum HookDeletePolicy: String, Sendable, Hashable, CaseIterable {
    /// Before it runs anew: the object stays until then, for those who want to look. Holds where nothing else is said.
    case beforeHookCreation = "BeforeHookCreation"
    case hookSucceeded = "HookSucceeded"
    case hookFailed = "HookFailed"
}

/// What an object says of itself as a hook.
package struct HookAnnotations: Sendable, Hashable {
    /// Empty for one that is to be left out of syncs altogether (`Skip`, Helm's `test`).
    package var phases: Set<HookPhase>
    package var deletePolicies: Set<HookDeletePolicy>

    /// nil for an object that is no hook.
    ///
    /// - Parameter problems: is given what cannot be understood, at the object's place.
    package init?(_ object: KubernetesObject, _ problems: inout [Diagnostic]) {
        guard
            let (dialect, text) = Dialect.all.lazy.compactMap({ dialect in
                object.annotation(dialect.hook).map { (dialect, $0) }
            }).first
        else { return nil }
        phases = []
        var isOrdinary = false
        for word in Vocabulary.words(text) {
            switch dialect.phases[word] {
            case .phase(let phase)?: phases.insert(phase)
            case .skipped?: continue
            case .ordinary?: isOrdinary = true
            case nil:
                problems.append(
                    .error(
                        "\(word) is no phase of a sync", at: object.origin,
                        cure: "\(dialect.hook) may be \(dialect.phases.keys.sorted().joined(separator: ", "))"))
            }
        }
        if isOrdinary, phases.isEmpty { return nil }
        deletePolicies = []
        for word in Vocabulary.words(object.annotation(dialect.deletePolicy)) {
            if let policy = dialect.deletePolicies[word] {
                deletePolicies.insert(policy)
            } else {
                problems.append(
                    .error(
                        "\(word) is no delete policy of a hook", at: object.origin,
                        cure:
                            "\(dialect.deletePolicy) may be \(dialect.deletePolicies.keys.sorted().joined(separator: ", "))"
                    ))
            }
        }
        if deletePolicies.isEmpty { deletePolicies = [.beforeHookCreation] }
    }
}

/// The annotations of one tool.
private struct Dialect: Sendable {
    enum Meaning: Sendable {
        case phase(HookPhase)
        /// Not applied by syncs at all.
        case skipped
        /// No hook, whatever the annotation says: an object like others.
        case ordinary
    }

    var hook: String
    var deletePolicy: String
    var phases: [String: Meaning]
    var deletePolicies: [String: HookDeletePolicy]

    static let all = [ours, argoCD, helm]

    private static let named: [String: Meaning] = {
        var words = Dictionary(uniqueKeysWithValues: HookPhase.allCases.map { ($0.rawValue, Meaning.phase($0)) })
        words["Skip"] = .skipped
        return words
    }()
    private static let policies = Dictionary(uniqueKeysWithValues: HookDeletePolicy.allCases.map { ($0.rawValue, $0) })

    private static let ours = Dialect(
        hook: Vocabulary.hook, deletePolicy: Vocabulary.hookDeletePolicy, phases: named, deletePolicies: policies)
    // https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
    private static let argoCD = Dialect(
        hook: Vocabulary.ArgoCD.hook, deletePolicy: Vocabulary.ArgoCD.hookDeletePolicy, phases: named,
        deletePolicies: policies)
    // https://helm.sh/docs/topics/charts_hooks/, as Argo CD reads them: a sync cannot tell an installation from an
    // upgrade.
    private static let helm = Dialect(
        hook: Vocabulary.Helm.hook, deletePolicy: Vocabulary.Helm.hookDeletePolicy,
        phases: [
            "crd-install": .ordinary, "pre-install": .phase(.preSync), "pre-upgrade": .phase(.preSync),
            "post-install": .phase(.postSync), "post-upgrade": .phase(.postSync), "pre-delete": .phase(.preDelete),
            "post-delete": .phase(.postDelete), "pre-rollback": .skipped, "post-rollback": .skipped, "test": .skipped,
            "test-success": .skipped, "test-failure": .skipped,
        ],
        deletePolicies: [
            "before-hook-creation": .beforeHookCreation, "hook-succeeded": .hookSucceeded, "hook-failed": .hookFailed,
        ])
}
