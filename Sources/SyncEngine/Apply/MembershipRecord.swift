// The parent of the set in the cluster: widened before the first write, narrowed after the last, so that a sync that is
// killed at any moment leaves no member where the next one would not look.

import KubernetesClient
import Manifest

struct MembershipRecord {
    let parents: any ApplySetParents
    let applySet: ApplySet
    let tooling: String
    /// What the parent says now, nil where there is none.
    private(set) var recorded: ApplySetScope?
    /// The digest of the hooks that it says were run.
    private var recordedHooks: String

    init(parents: any ApplySetParents, plan: Plan) {
        self.parents = parents
        applySet = plan.applySet
        tooling = plan.options.tooling
        recorded = plan.recordedScope
        recordedHooks = plan.recordedHooks
    }

    /// Makes the parent say at least this.
    mutating func widen(to scope: ApplySetScope) async throws(KubernetesError) {
        if let recorded, recorded.covers(scope) { return }
        try await write(recorded?.union(scope) ?? scope)
    }

    /// Makes the parent say exactly this.
    ///
    /// - Parameter hooks: the digest of the hooks that belong to what is in the cluster now.
    mutating func narrow(to scope: ApplySetScope, hooks: String) async throws(KubernetesError) {
        if recorded == scope, recordedHooks == hooks { return }
        recordedHooks = hooks
        try await write(scope)
    }

    /// Takes the parent away: the set is no more.
    mutating func remove() async throws(KubernetesError) {
        try await parents.remove(applySet.parent)
        recorded = nil
    }

    private mutating func write(_ scope: ApplySetScope) async throws(KubernetesError) {
        let options = ApplyOptions(fieldManager: Vocabulary.FieldManager.applySet, force: true)
        try await parents.record(scope.parent(of: applySet, tooling: tooling, hooks: recordedHooks), options: options)
        recorded = scope
    }
}
