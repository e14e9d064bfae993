// What a sync will do: one change for every object that it has to do with.

package import Manifest

/// What becomes of one object.
package struct PlannedChange: Sendable {
    package enum Action: Sendable, Hashable {
        case create, update, unchanged, prune
        /// Deleted and created again, since it changes in a field that cannot be changed.
        case recreate
        /// Left alone on purpose.
        case skip(SkipReason)
    }

    package enum SkipReason: Sendable, Hashable {
        /// Pruning is off for this sync.
        case pruneDisabled
        /// The object itself says that it is to be kept; the annotation that says so.
        case keptByAnnotation(String)
        /// Namespaces, PersistentVolumeClaims and CustomResourceDefinitions go only with an explicit yes.
        case protectedKind
        /// The label names our set, and the identity annotation another object: a copy of the label.
        case notOurs
        /// Somebody is deleting it already.
        case terminating
        /// The object says that syncs have nothing to do with it.
        case leftAlone
        /// Another application, by its name, has it in Git now, and takes it over when it is synced.
        case handedOver(String)
        /// Its application goes, and it stays.
        case orphaned
        /// It was changed in the cluster, and that is only reported, or others fight for it.
        case heldBack
    }

    package var reference: ObjectReference
    package var action: Action
    /// The fields that an update changes; values of Secrets are masked.
    package var fields: [FieldChange] = []
    /// Whether the update takes over an object, or fields of it, that others applied.
    package var takesOwnership = false
    /// What will be applied. Holds the values of Secrets: never to be printed.
    package var desired: Value?
    /// The object as it was read. Holds the values of Secrets: never to be printed.
    package var live: Value?
    /// Where the object is declared.
    package var origin: SourceLocation?
    package var wave = 0
    /// Whether the kind is served only once a CustomResourceDefinition of this plan is established.
    package var awaitsKind = false
    package var options = ObjectOptions()
    /// What its fields are, for an object that is merged here.
    var type = Schema.anything
    /// Whether the object belongs to the set.
    package var isMember = true
    /// The versions of its kind that the server serves; nil where it is not known.
    package var servedVersions: Set<String>?

    package init(reference: ObjectReference, action: Action) {
        self.reference = reference
        self.action = action
    }

    package var isWrite: Bool {
        switch action {
        case .create, .update, .recreate, .prune: true
        case .unchanged, .skip: false
        }
    }
}

extension PlannedChange {
    /// The desired object as it may be shown: values of Secrets are masked.
    package var shownDesired: Value? { SecretMask.shared.shown(desired, at: FieldPath(), of: reference.gvk.groupKind) }
    /// The live object as it may be shown: values of Secrets are masked.
    package var shownLive: Value? { SecretMask.shared.shown(live, at: FieldPath(), of: reference.gvk.groupKind) }
}

extension PlannedChange: CustomStringConvertible, CustomReflectable {
    /// `update Deployment shop/web: spec.replicas`.
    package var description: String {
        let paths = fields.map(\.path.description).joined(separator: ", ")
        return "\(action) \(reference)" + (paths.isEmpty ? "" : ": \(paths)")
    }

    /// Without the two states of the object, so that no dump shows the values of a Secret.
    package var customMirror: Mirror {
        Mirror(self, children: ["reference": reference, "action": action, "fields": fields])
    }
}

/// What a guard found: the plan is carried out only once the user has confirmed it by its digest.
package enum PlanGuard: Sendable, Hashable {
    /// Nothing is desired, and everything would go.
    case empty(inventory: Int)
    /// A large share of the inventory would go.
    case share(pruned: Int, inventory: Int, recreated: Int = 0)
}

/// The changes of one sync, in the order in which they will be made.
package struct Plan: Sendable {
    package var applySet: ApplySet
    package var changes: [PlannedChange]
    /// SHA-256 of what is planned, for confirmation: equal plans for equal states have equal digests.
    package var digest: String
    /// Warnings; a plan with errors is thrown instead.
    package var diagnostics: [Diagnostic]
    /// What must be confirmed first.
    package var guards: [PlanGuard]
    package var options: SyncOptions
    /// What the parent says now, nil where there is no parent yet.
    package var recordedScope: ApplySetScope?
    /// What it has to say while this plan runs.
    package var scope: ApplySetScope
    /// Kinds that the parent goes on to say, since nobody could look for members of them.
    package var unlisted: Set<GroupKind> = []
    package var hooks = Hooks()
    /// The digest of the hooks that the last successful sync ran.
    package var recordedHooks = ""
    /// Objects that the desired state has, and found as they should be or not.
    package var desiredCount: Int
    /// How many members the set has that were applied by it.
    package var inventory = 0

    /// Whether there is anything to write.
    package var isEmpty: Bool { !changes.contains(where: \.isWrite) }

    /// Whether the hooks of syncs run: where there is anything to write, and where the hooks are others than those that
    /// the last successful sync ran.
    package var runsHooks: Bool { !hooks.digest.isEmpty && (!isEmpty || hooks.digest != recordedHooks) }

    /// Whether a guard holds the plan back.
    package var needsConfirmation: Bool { !guards.isEmpty && options.confirmedPlan != digest }

    /// The plan that leaves some members, which are no longer desired here, to the applications that have them now.
    ///
    /// - Parameter claims: the names of those applications.
    package func handingOver(_ claims: [ObjectIdentity: String]) -> Plan {
        if claims.isEmpty { return self }
        var plan = self
        for index in plan.changes.indices where plan.changes[index].action == .prune {
            guard let other = claims[plan.changes[index].reference.identity] else { continue }
            plan.changes[index].action = .skip(.handedOver(other))
        }
        plan.guards = PruneRules.guards(
            pruned: plan.count(.prune), recreated: plan.count(.recreate), inventory: inventory, desired: desiredCount,
            options: options)
        plan.digest = plan.computedDigest
        return plan
    }

    /// SHA-256 of what is to be written and run.
    var computedDigest: String {
        var hash = SHA256()
        hash.update(Array(applySet.id.utf8))
        for change in changes where change.isWrite {
            let state = change.desired?.digest ?? change.live.flatMap { KubernetesObject($0).uid } ?? ""
            hash.update(Array("\n\(change.action) \(change.reference.identity) \(state)".utf8))
        }
        let digest = SHA256.hexadecimal(hash.finalize())
        return runsHooks ? SHA256.hexadecimal(SHA256.digest(Array((digest + hooks.digest).utf8))) : digest
    }

    package func count(_ action: PlannedChange.Action) -> Int { changes.count { $0.action == action } }
}

extension PlanGuard {
    /// The guard in the user's words.
    package func diagnostic(planDigest: String) -> Diagnostic {
        let confirm = "confirm exactly this plan with --confirm \(planDigest.prefix(12))"
        switch self {
        case .empty(let inventory):
            return .error(
                "nothing is desired, so all \(inventory) objects of the application would be deleted",
                cure: "Check the path and the revision; to delete everything, allow an empty application or \(confirm)")
        case .share(let pruned, let inventory, let recreated):
            let again = recreated == 0 ? "" : ", \(recreated) of them to be created again"
            return .error(
                "\(pruned) of \(inventory) objects would be deleted (\(pruned * 100 / max(inventory, 1)) %)\(again)",
                cure: "Check that the manifests are complete; if this is meant, \(confirm)")
        }
    }
}
