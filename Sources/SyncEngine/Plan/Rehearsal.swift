// The dry runs of a plan: the server is asked where the local comparison cannot tell, and only there.

import KubernetesClient
import Manifest

/// Asks the server what it would make of an object.
struct Rehearsal: Sendable {
    let cluster: any KubernetesAPI
    let verdicts: DoubtVerdicts
    let fieldManager: String

    /// The comparison with its doubts settled, and with what the server says to a change of what cannot be changed.
    func settled(_ comparison: Planner.Comparison) async -> Planner.Comparison {
        guard let live = comparison.live, let result = comparison.result, !result.isSame else { return comparison }
        let options = comparison.object.options
        // Only the server knows what a whole object leaves of the live one, and which fields it refuses to change.
        let isAsked = !result.doubts.isEmpty || options.write == .replace || options.recreation != .refused
        guard isAsked, let question = comparison.question else { return comparison }
        var settled = comparison
        do throws(KubernetesError) {
            let answer = try await dryRun(comparison, live)
            let verdict = DoubtVerdicts.Verdict(
                live: live, answer: answer, type: comparison.type, manager: fieldManager)
            if options.write == .replace {
                settled.result = result.replaced(by: verdict, live: live, answer: answer, comparison)
            } else {
                settled.result = result.settled(by: verdict)
                // A dry run sees the fields of the tools before us as theirs still: that they go, it cannot say. Those
                // of built-in kinds are doubted where they are a default, which stays.
                let isAdopted = comparison.ownership?.takenOver.isEmpty == false
                if isAdopted, Schema.kubernetes.type(of: comparison.object.reference.gvk) == nil {
                    settled.result?.believe(result.doubts.filter { $0.desired == nil })
                } else {
                    verdicts.remember(verdict, on: question)
                }
            }
        } catch {
            settled.isRecreated = options.recreation != .refused && ApplyDiagnostics.isImmutable(error)
        }
        return settled
    }

    private func dryRun(_ comparison: Planner.Comparison, _ live: Value) async throws(KubernetesError) -> Value {
        let object = comparison.object
        let desired = DesiredForm.marked(object, type: comparison.type)
        let write = WriteOptions(fieldManager: fieldManager, dryRun: true, fieldValidation: object.options.validation)
        switch object.options.write {
        case .replace:
            return try await cluster.replace(DesiredForm.replacement(desired, of: live), options: write).object
        case .merge:
            let merge = ThreeWayMerge(type: comparison.type, manager: fieldManager, served: object.servedVersions)
            let patch = try merge.request(desired, onto: live, force: true)
            return try await cluster.patch(object.reference, type: .merge, body: patch, options: write).object
        case .apply, .createOnly, .leave:
            let request = ApplyOptions(
                fieldManager: fieldManager, force: true, dryRun: true, fieldValidation: object.options.validation)
            return try await cluster.apply(desired, options: request).object
        }
    }
}

extension DesiredForm {
    /// The object to put in place of a live one, valid for exactly that state of it. Its owners and its finalizers are
    /// controllers' business: they stay unless the manifest has its own.
    static func replacement(_ desired: Value, of live: Value) -> Value {
        var value = desired
        for key in ["resourceVersion", "finalizers", "ownerReferences"] where value["metadata"]?[key] == nil {
            value["metadata"]?[key] = live["metadata"]?[key]
        }
        for key in allocated(KubernetesObject(desired).gvk.groupKind, value) where value["spec"]?[key] == nil {
            value["spec"]?[key] = live["spec"]?[key]
        }
        return value
    }

    /// The fields of a spec that a server gives an object once, and refuses to see go.
    private static func allocated(_ kind: GroupKind, _ value: Value) -> [String] {
        switch (kind.group, kind.kind) {
        // One that names another host has no address.
        case ("", "Service"): value[path: "spec", "type"]?.string == "ExternalName" ? [] : ["clusterIP", "clusterIPs"]
        case ("", "PersistentVolumeClaim"): ["volumeName", "volumeMode"]
        default: []
        }
    }
}

extension ThreeWayDiff.Result {
    /// Takes doubts for changes, as far as they are not.
    fileprivate mutating func believe(_ doubts: [FieldChange]) {
        let known = Set(changes.map(\.path))
        changes += doubts.filter { !known.contains($0.path) }
        changes.sort { $0.path < $1.path }
    }

    /// What a replacement changes: all that a dry run of it says, whoever set it.
    fileprivate func replaced(
        by verdict: DoubtVerdicts.Verdict, live: Value, answer: Value, _ comparison: Planner.Comparison
    ) -> ThreeWayDiff.Result {
        let mask = SecretMask.shared
        let kind = comparison.object.reference.gvk.groupKind
        let known = Dictionary((changes + doubts).map { ($0.path, $0.cause) }) { first, _ in first }
        let touched = verdict.changed.added.union(verdict.changed.modified).union(verdict.changed.removed)
        var result = ThreeWayDiff.Result()
        result.takesOwnership = takesOwnership
        result.changes = touched.leaves.compactMap { path in
            let before = comparison.type.value(at: path, in: live)
            let after = comparison.type.value(at: path, in: answer)
            if before == after { return nil }
            return FieldChange(
                path: path, live: mask.shown(before, at: path, of: kind),
                desired: mask.shown(after, at: path, of: kind),
                cause: known[path] ?? .git)
        }.sorted { $0.path < $1.path }
        return result
    }
}
