// Which members of the set may go: those that we applied, that nobody wants kept, and never too many at once without a
// yes.

package import Manifest

package enum PruneRules {
    static let protectedKinds: Set<GroupKind> = [
        .namespace, GroupKind(group: "", kind: "PersistentVolumeClaim"),
        GroupKind(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition"),
    ]

    /// Why a member that is no longer desired stays; nil when it goes.
    package static func reasonToKeep(_ live: Value, identity: ObjectIdentity, options: SyncOptions) -> PlannedChange
        .SkipReason?
    {
        let object = KubernetesObject(live)
        if object.annotation(Vocabulary.appliedIdentity) != identity.annotation { return .notOurs }
        if live[path: "metadata", "deletionTimestamp"] != nil { return .terminating }
        if options.orphansMembers { return .orphaned }
        if !options.prune { return .pruneDisabled }
        if let annotation = annotationToKeep(object, options) { return .keptByAnnotation(annotation) }
        let isAllowed = options.prunesProtectedKinds || isPruneAllowed(object)
        if protectedKinds.contains(identity.groupKind), !isAllowed { return .protectedKind }
        return nil
    }

    private static func isPruneAllowed(_ object: KubernetesObject) -> Bool {
        object.annotation(Vocabulary.prune) == "enabled"
    }

    /// The annotation of ours, Argo CD's, Flux's or Helm's that says to keep an object.
    /// `Delete=` is about the deletion of the application, as in Argo CD.
    private static func annotationToKeep(_ object: KubernetesObject, _ options: SyncOptions) -> String? {
        let words =
            ["Prune=false", "Prune=confirm", "Sync=false"]
            + (options.isDeletion ? ["Delete=false", "Delete=confirm"] : [])
        for key in [Vocabulary.prune, Vocabulary.Flux.prune]
        where object.annotation(key)?.lowercased() == "disabled" { return "\(key): disabled" }
        for key in [Vocabulary.syncOptions, Vocabulary.ArgoCD.syncOptions] {
            for option in Vocabulary.words(object.annotation(key)) where words.contains(option) {
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
    ///   - recreated: how many would go and come again.
    ///   - inventory: how many members the set has.
    ///   - desired: how many objects are desired.
    package static func guards(
        pruned: Int, recreated: Int = 0, inventory: Int, desired: Int, options: SyncOptions
    ) -> [PlanGuard] {
        if pruned + recreated == 0 { return [] }
        if desired == 0 { return options.allowEmpty ? [] : [.empty(inventory: inventory)] }
        let gone = pruned + recreated
        let isLarge = Double(gone) > options.pruneShareLimit * Double(inventory) && gone > options.pruneCountLimit
        return isLarge ? [.share(pruned: gone, inventory: inventory, recreated: recreated)] : []
    }
}
