// Deletes one object that is no longer desired: exactly the one that the plan saw, and only while it is still ours.

import KubernetesClient
import Manifest

struct Pruner {
    let cluster: any KubernetesAPI
    let clock: any SyncClock
    let applySet: ApplySet
    let options: SyncOptions
    let emit: @Sendable (SyncEvent) -> Void

    /// What became of an object.
    struct Pruned: Sendable {
        var outcome: ObjectOutcome
        /// Whether it is still there (finalizers keep it for a while).
        var remains: Bool
        /// Why its deletion was not let through, where that was so.
        var refusal: String?
    }

    func prune(_ change: PlannedChange) async -> Pruned {
        var outcome = ObjectOutcome(reference: change.reference, result: .notReached)
        guard !Task.isCancelled, let live = change.live else { return Pruned(outcome: outcome, remains: true) }
        emit(.pruning(change.reference))
        let start = clock.now()
        do throws(KubernetesError) {
            let remains = try await delete(live, change)
            outcome.duration = clock.now() - start
            outcome.result = remains == nil ? .skipped : .pruned
            if remains == nil { outcome.skipReason = .notOurs }
            emit(remains == nil ? .skipped(change.reference, .notOurs) : .pruned(change.reference))
            return Pruned(outcome: outcome, remains: remains ?? false)
        } catch {
            outcome.duration = clock.now() - start
            if error.isCancelled { return Pruned(outcome: outcome, remains: true, refusal: error.message) }
            let diagnostic = ApplyDiagnostics.diagnostic(for: error, of: change.reference, object: live, origin: nil)
            outcome.result = .failed
            outcome.error = diagnostic
            outcome.cause = error.failureCause
            emit(.failed(change.reference, diagnostic))
            return Pruned(outcome: outcome, remains: true)
        }
    }

    /// How a deleted object stands when the wait for its end is over.
    enum End: Sendable {
        case gone
        /// What keeps it.
        case kept(String)
        /// Why nobody may look any more.
        case refused(String)
    }

    /// Waits until a deleted object is gone.
    func awaitEnd(of change: PlannedChange, timeout: Duration) async -> End {
        emit(.waiting(change.reference, .progressing("is being deleted")))
        do throws(KubernetesError) {
            let deletion = Deletion(cluster: cluster, clock: clock)
            if let remains = try await deletion.awaitEnd(of: change.live ?? [:], timeout: timeout) {
                return .kept(remains.text)
            }
            emit(.healthy(change.reference))
            return .gone
        } catch {
            if error.isCancelled { return .refused(error.message) }
            return .kept("whether it is gone cannot be said: \(error.message)")
        }
    }

    /// Deletes the object as it was seen. If it has changed since, it is looked at again: another application may have
    /// taken it.
    ///
    /// - Returns: whether it remains for a while; nil when it is no longer ours.
    private func delete(_ seen: Value, _ change: PlannedChange) async throws(KubernetesError) -> Bool? {
        let reference = change.reference
        return try await writeAgain(KubernetesObject(seen)) { (object) async throws(KubernetesError) -> Bool? in
            let result = try await cluster.delete(
                reference,
                options: DeleteOptions(
                    propagation: change.options.propagation, uid: object.uid, resourceVersion: object.resourceVersion,
                    dryRun: options.dryRun))
            if case .terminating = result { return true }
            return false
        } look: { () async throws(KubernetesError) in
            guard let now = try await cluster.get(reference).map({ KubernetesObject($0) }) else { return .done(false) }
            let isOurs = now.uid == KubernetesObject(seen).uid && now.label(Vocabulary.partOf) == applySet.id
            return isOurs ? .again(now) : .done(nil)
        }
    }
}
