// Which members of the set may go: those that we applied, that nobody wants kept, and never too many at once without a
// yes.

package import Manifest

package enum PruneRules {
    private static let protectedKinds: Set<GroupKind> = [
        GroupKind(group: "", kind: "Namespace"), GroupKind(group: "", kind: "PersistentVolumeClaim"),
        GroupKind(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition"),
    ]

    /// Why a member that is no longer desired stays; nil when it goes.
    package static func reasonToKeep(_ live: Value, identity: ObjectIdentity, options: SyncOptions) -> PlannedChange
        .SkipReason?
    {
        let object = KubernetesObject(live)
        if object.annotation(Vocabulary.appliedIdentity) != identity.annotation { return .notOurs }
        if live[path: "metadata", "deletionTimestamp"] != nil { return .terminating }
        if !options.prune { return .pruneDisabled }
        if let annotation = annotationToKeep(object) { return .keptByAnnotation(annotation) }
        if protectedKinds.contains(identity.groupKind), !isPruneAllowed(object) { return .protectedKind }
        return nil
    }

    private static func isPruneAllowed(_ object: KubernetesObject) -> Bool {
        object.annotation(Vocabulary.prune) == "enabled"
    }

    /// The annotation of ours, Argo CD's, Flux's or Helm's that says to keep an object.
    private static func annotationToKeep(_ object: KubernetesObject) -> String? {
        for key in [Vocabulary.prune, Vocabulary.Flux.prune]
        where object.annotation(key)?.lowercased() == "disabled" { return "\(key): disabled" }
        for key in [Vocabulary.syncOptions, Vocabulary.ArgoCD.syncOptions] {
            let options = (object.annotation(key) ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
            for option in options where option == "Prune=false" || option == "Prune=confirm" {
                return "\(key): \(option)"
            }
        }
        if object.annotation(Vocabulary.Helm.resourcePolicy) == "keep" {
            return "\(Vocabulary.Helm.resourcePolicy): keep"
        }
        return nil
    }

    /// What stands against a prune of so many objects.
    ///
    /// - Parameters:
    ///   - pruned: how many would go.
    ///   - inventory: how many members the set has.
    ///   - desired: how many objects are desired.
    package static func guards(pruned: Int, inventory: Int, desired: Int, options: SyncOptions) -> [PlanGuard] {
        if pruned == 0 { return [] }
        if desired == 0 { return options.allowEmpty ? [] : [.empty(inventory: inventory)] }
        let isLarge = Double(pruned) > options.pruneShareLimit * Double(inventory) && pruned > options.pruneCountLimit
        return isLarge ? [.share(pruned: pruned, inventory: inventory)] : []
    }
}
