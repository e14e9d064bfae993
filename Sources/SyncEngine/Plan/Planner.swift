// Puts a plan together: desired state and live state in, changes out. Nothing here asks the cluster anything.

import KubernetesClient
import Manifest

/// The pure part of planning.
struct Planner {
    let applySet: ApplySet
    let options: SyncOptions
    let verdicts: DoubtVerdicts

    /// A desired object beside its live one, compared.
    struct Comparison: Sendable {
        var object: DesiredObject
        var live: Value?
        var type: SchemaType
        var ownership: Ownership?
        var result: ThreeWayDiff.Result?
        /// Whether the server refuses the change of an object that may be created anew for it.
        var isRecreated = false

        var question: DoubtVerdicts.Question? {
            guard let live, let version = KubernetesObject(live).resourceVersion else { return nil }
            return DoubtVerdicts.Question(
                identity: object.reference.identity, digest: object.digest, resourceVersion: version)
        }
    }

    /// Compares every desired object with its live one. Doubts that were settled before are settled.
    func compare(_ desired: DesiredState, _ live: LiveState) -> [Comparison] {
        let autoscaled = IgnoredDifferences(autoscalersIn: desired.objects.map(\.value))
        let ignored = IgnoredDifferences(options.ignoredDifferences.rules + autoscaled.rules)
        return desired.objects.map { object in
            var object = object
            guard let found = live.found[object.reference.identity] else {
                let isMerged = object.options.write == .merge
                let type =
                    isMerged ? self.type(of: object, live: nil, FieldSet(), desired.customTypes) : Schema.anything
                return Comparison(object: object, live: nil, type: type)
            }
            if object.options.write == .leave || object.options.write == .createOnly {
                return Comparison(object: object, live: found, type: Schema.anything, result: ThreeWayDiff.Result())
            }
            let isReplaced = object.options.write == .replace
            var ownership = Ownership(
                of: found, manager: options.fieldManager, served: object.servedVersions, countsUpdates: isReplaced)
            let type = self.type(of: object, live: found, ownership.all, desired.customTypes)
            if object.options.write == .merge {
                ownership = Ownership(
                    merging: found, manager: options.fieldManager, type: type, served: object.servedVersions)
            }
            object.value = ignored.yielded(
                object.value, live: found, reference: object.reference, type: type, ownership: ownership)
            if let held = options.heldBack[object.reference.identity] {
                object.value = held.yielded(object.value, live: found, type: type, ownership: ownership)
            }
            // Where the server tells no owners, the digest does not tell who changed what.
            let isTold = object.options.write != .merge || found[path: "metadata", "managedFields"]?.isEmpty == false
            let recorded = isTold ? KubernetesObject(found).annotation(Vocabulary.appliedDigest) : nil
            var diff = ThreeWayDiff(
                type: type, desired: object.value, live: found, ownership: ownership,
                isDigestCurrent: recorded.map { $0 == object.digest })
            diff.mayLoseFields = object.options.validation != .strict
            diff.isReplaced = isReplaced
            var comparison = Comparison(
                object: object, live: found, type: type, ownership: ownership, result: diff.compare())
            if !isReplaced, let question = comparison.question, let verdict = verdicts.verdict(on: question) {
                comparison.result = comparison.result?.settled(by: verdict)
            }
            return comparison
        }
    }

    private func type(
        of object: DesiredObject, live: Value?, _ owned: FieldSet, _ custom: [GroupVersionKind: SchemaType]
    ) -> SchemaType {
        Schema.kubernetes.type(of: object.reference.gvk) ?? custom[object.reference.gvk]
            ?? Schema.observed([object.value, live].compactMap(\.self), owned: owned)
    }

    /// The plan, once every doubt is settled or believed.
    func plan(_ comparisons: [Comparison], _ live: LiveState) -> Plan {
        let comparisons = comparisons.filter {
            $0.object.isMember || !$0.isNamespaceAsItIs(createsNamespace: options.createsNamespace)
        }
        var changes = comparisons.map(change)
        let desired = Set(comparisons.map(\.object.reference.identity))
        let orphans = live.members.filter { !desired.contains($0.key) }
        let prunes = orphans.sorted { $0.key.description < $1.key.description }.map { prune($0.key, $0.value) }
        changes.append(contentsOf: prunes)
        changes.sort { precedes($0, $1) }

        let inventory = live.members.count { identity, value in
            KubernetesObject(value).annotation(Vocabulary.appliedIdentity) == identity.annotation
        }
        var plan = Plan(
            applySet: applySet, changes: changes, digest: "", diagnostics: live.diagnostics + takeovers(comparisons),
            guards: [], options: options, recordedScope: live.recordedScope, scope: ApplySetScope(),
            desiredCount: comparisons.count { $0.object.isMember })
        plan.guards = PruneRules.guards(
            pruned: plan.count(.prune), recreated: plan.count(.recreate), inventory: inventory,
            desired: comparisons.count { $0.object.isMember }, options: options)
        plan.unlisted = live.unlisted
        plan.scope = scope(of: changes)
        plan.scope.groupKinds.formUnion(live.unlisted)
        plan.inventory = inventory
        plan.digest = plan.computedDigest
        return plan
    }

    private func change(_ comparison: Comparison) -> PlannedChange {
        var change = PlannedChange(reference: comparison.object.reference, action: .create)
        change.desired = DesiredForm.marked(comparison.object, type: comparison.type)
        change.type = comparison.type
        change.live = comparison.live
        change.origin = comparison.object.origin
        change.wave = comparison.object.wave
        change.awaitsKind = comparison.object.awaitsKind
        change.options = comparison.object.options
        change.isMember = comparison.object.isMember
        change.servedVersions = comparison.object.servedVersions
        if comparison.object.options.write == .leave {
            change.action = .skip(.leftAlone)
            change.desired = nil
            return change
        }
        if options.heldBack[comparison.object.reference.identity]?.isWhole(comparison.object.options.write) ?? false {
            change.action = .skip(.heldBack)
            change.desired = nil
            return change
        }
        if let result = comparison.result {
            change.fields = result.changes + result.doubts
            change.takesOwnership = result.takesOwnership
            change.action = result.isSame ? .unchanged : comparison.isRecreated ? .recreate : .update
        }
        return change
    }

    private func prune(_ identity: ObjectIdentity, _ live: Value) -> PlannedChange {
        let reason =
            options.heldBack[identity] == .whole
            ? .heldBack : PruneRules.reasonToKeep(live, identity: identity, options: options)
        var change = PlannedChange(
            reference: KubernetesObject(live).reference, action: reason.map { .skip($0) } ?? .prune)
        change.live = live
        change.wave = SyncWave.number(of: KubernetesObject(live))
        // What the object cannot be asked about any more was said, if anything, where it was.
        var ignored: [Diagnostic] = []
        change.options = ObjectOptions(of: KubernetesObject(live), over: options.objects, &ignored)
        return change
    }

    /// Waves, stages and names forwards, then prunes backwards.
    private func precedes(_ left: PlannedChange, _ right: PlannedChange) -> Bool {
        func key(_ change: PlannedChange) -> (Int, Int, Int, String) {
            let isDesired = change.desired != nil
            let stage = KindStage(change.reference.gvk.groupKind).rawValue
            return (
                isDesired ? 0 : 1, isDesired ? change.wave : -change.wave, isDesired ? stage : -stage,
                change.reference.identity.description
            )
        }
        return key(left) < key(right)
    }

    /// Warnings about objects that another set holds: they come over to this one.
    private func takeovers(_ comparisons: [Comparison]) -> [Diagnostic] {
        comparisons.compactMap { comparison in
            guard let live = comparison.live, let other = KubernetesObject(live).label(Vocabulary.partOf),
                other != applySet.id,
                KubernetesObject(live).annotation(Vocabulary.appliedIdentity)
                    == comparison.object.reference.identity.annotation
            else { return nil }
            if [.leave, .createOnly].contains(comparison.object.options.write) { return nil }
            let belongs = "\(comparison.object.reference) belongs to another application (\(other))"
            let cure = "Declare it in one application only"
            return options.failsOnSharedObjects
                ? .error(belongs, at: comparison.object.origin, cure: cure)
                : .warning("\(belongs) and is taken over", at: comparison.object.origin, cure: cure)
        }
    }

    /// Where members are, or will be while the plan runs.
    private func scope(of changes: [PlannedChange]) -> ApplySetScope {
        var scope = ApplySetScope()
        for change in changes where change.isMember && change.action != .skip(.notOurs) {
            scope.groupKinds.insert(change.reference.gvk.groupKind)
            if let namespace = change.reference.namespace, namespace != applySet.parent.namespace {
                scope.namespaces.insert(namespace)
            }
        }
        return scope
    }
}

extension Planner.Comparison {
    /// Whether this is the namespace of the application, there already, with nothing to be kept on it.
    fileprivate func isNamespaceAsItIs(createsNamespace template: NamespaceTemplate?) -> Bool {
        live != nil && template?.isEmpty ?? true
    }
}
