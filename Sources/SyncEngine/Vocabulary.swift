// The labels and annotations that the engine writes and reads.

package import Manifest

/// Names that stand on objects in the cluster and in Git.
package enum Vocabulary {
    // KEP-3659, https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3659-kubectl-apply-prune
    package static let applySetID = "applyset.kubernetes.io/id"
    package static let partOf = "applyset.kubernetes.io/part-of"
    package static let tooling = "applyset.kubernetes.io/tooling"
    package static let containsGroupKinds = "applyset.kubernetes.io/contains-group-kinds"
    package static let additionalNamespaces = "applyset.kubernetes.io/additional-namespaces"

    /// The identity of the object that a sync applied: a copy of the labels and annotations on another object does not
    /// match it.
    package static let appliedIdentity = "gitopsctl.dev/applied-identity"
    /// The digest of the desired state that was applied. While it is that of the desired state now, what differs in
    /// fields that are still ours is the server's doing. Secrets carry none: a digest could be guessed back.
    package static let appliedDigest = "gitopsctl.dev/applied-digest"

    /// The fields that a sync applied, for objects that are merged and not applied by the server: see `AppliedFields`.
    package static let appliedFields = "gitopsctl.dev/applied-fields"

    /// Whether a label or annotation says to whom an object belongs, and what was applied.
    static func isOurs(_ key: String) -> Bool { [partOf, appliedIdentity, appliedDigest, appliedFields].contains(key) }

    package static let syncWave = "gitopsctl.dev/sync-wave"
    package static let prune = "gitopsctl.dev/prune"
    package static let syncOptions = "gitopsctl.dev/sync-options"
    package static let hook = "gitopsctl.dev/hook"
    package static let hookDeletePolicy = "gitopsctl.dev/hook-delete-policy"
    /// On hooks, which are no members: the id of the set whose syncs run them.
    package static let hookOf = "gitopsctl.dev/hook-of"
    /// On hooks: the digest of what was applied.
    package static let hookDigest = "gitopsctl.dev/hook-digest"
    /// On an Application: changing its value asks for a sync. People write the moment.
    package static let requestedAt = "gitopsctl.dev/requested-at"
    /// On an Application: what that request asks for beside a plain sync, as JSON.
    package static let request = "gitopsctl.dev/request"
    /// On an Application: the finalizer that keeps it until its objects are gone.
    package static let objectsFinalizer = "gitopsctl.dev/objects"
    /// On the parent of a set: the digest of the hooks that its last successful sync ran.
    package static let hooks = "gitopsctl.dev/hooks"

    package enum ArgoCD {
        package static let syncWave = "argocd.argoproj.io/sync-wave"
        package static let syncOptions = "argocd.argoproj.io/sync-options"
        package static let hook = "argocd.argoproj.io/hook"
        package static let hookDeletePolicy = "argocd.argoproj.io/hook-delete-policy"
    }

    package enum Flux {
        package static let prune = "kustomize.toolkit.fluxcd.io/prune"
        package static let ssa = "kustomize.toolkit.fluxcd.io/ssa"
        package static let force = "kustomize.toolkit.fluxcd.io/force"
        package static let reconcile = "kustomize.toolkit.fluxcd.io/reconcile"
    }

    package enum Helm {
        package static let resourcePolicy = "helm.sh/resource-policy"
        package static let hook = "helm.sh/hook"
        package static let hookWeight = "helm.sh/hook-weight"
        package static let hookDeletePolicy = "helm.sh/hook-delete-policy"
    }

    /// Under which names fields are written, beside those of the objects of a set (`SyncOptions.fieldManager`).
    package enum FieldManager {
        /// The parents of sets: an Application that is its own parent is applied by others with other fields.
        package static let applySet = "gitopsctl-applyset"
        /// What somebody changes by a command: no part of what Git says.
        package static let edit = "gitopsctl-edit"
        /// What somebody asks a controller for: not the engine's, which would take away what Git does not say.
        package static let request = "gitopsctl-request"
        /// What a controller says of Applications, and how replicas tell one another.
        package static let controller = "gitopsctl-controller"
        /// A controller's mark on an Application. Of its own: what it does not say any more goes.
        package static let finalizer = "gitopsctl-finalizer"
    }

    /// The words of an annotation that is a list by commas. None of ours has a space in it.
    static func words(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
    }

    package static let lastAppliedConfiguration = "kubectl.kubernetes.io/last-applied-configuration"
}

extension ObjectIdentity {
    /// The identity as the annotation spells it: `apps/Deployment/shop/web`, with empty parts for the core group and
    /// for no namespace.
    package var annotation: String { "\(group)/\(kind)/\(namespace ?? "")/\(name)" }
}
