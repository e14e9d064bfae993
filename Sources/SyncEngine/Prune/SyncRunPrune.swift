// What a run takes out of the cluster, or lets go of: members that are no longer desired, and those that stay when
// their application ends.

import KubernetesClient
import Manifest

extension SyncRun {
    mutating func noteSkipped() {
        for change in plan.changes {
            guard case .skip(let reason) = change.action else { continue }
            var outcome = ObjectOutcome(reference: change.reference, result: .skipped)
            outcome.skipReason = reason
            results[change.reference.identity] = outcome
            emit(.skipped(change.reference, reason))
        }
    }

    mutating func prune() async -> Bool {
        let pruner = Pruner(cluster: cluster, clock: clock, applySet: plan.applySet, options: options, emit: emit)
        for stage in SyncWave.prunes(of: plan.changes) {
            let pruned = await concurrently(stage.changes, limit: options.concurrency) { await pruner.prune($0) }
            for pruned in pruned {
                results[pruned.outcome.reference.identity] = pruned.outcome
                if pruned.outcome.result == .notReached { giveUp(pruned.refusal) }
            }
            await awaitEnds(
                pruner, zip(stage.changes, pruned).filter { $1.remains && $1.outcome.result == .pruned }.map(\.0))
            remaining += pruned.filter { $0.remains && $0.outcome.result != .pruned }.map(\.outcome.reference)
            let hasFailed = stage.changes.contains { results[$0.reference.identity]?.error != nil }
            if Task.isCancelled || stop != nil || hasFailed { return false }
        }
        return true
    }

    /// Waits until deleted objects are gone: what comes after them may need it. What keeps one too long is told; only a
    /// deletion of the application fails for it.
    private mutating func awaitEnds(_ pruner: Pruner, _ changes: [PlannedChange]) async {
        guard options.wait, !options.dryRun, !changes.isEmpty else {
            remaining += changes.map(\.reference)
            return
        }
        let timeout = options.isDeletion ? options.timeout : options.patience
        let ends = await concurrently(changes, limit: options.concurrency) {
            await pruner.awaitEnd(of: $0, timeout: timeout)
        }
        for (change, end) in zip(changes, ends) {
            let text: String
            switch end {
            case .gone: continue
            case .kept(let what): text = what
            case .refused(let reason):
                remaining.append(change.reference)
                giveUp(reason)
                continue
            }
            remaining.append(change.reference)
            let message = "\(change.reference) was deleted \(timeout.inWords) ago: \(text)"
            let cure = "See who takes its finalizers off, and whether it runs"
            if options.isDeletion {
                let diagnostic = Diagnostic.error(message, cure: cure, rule: "deletion-pending")
                results[change.reference.identity]?.error = diagnostic
                results[change.reference.identity]?.cause = .unhealthy
                emit(.failed(change.reference, diagnostic))
            } else {
                diagnostics.append(.warning(message, cure: cure, rule: "deletion-pending"))
            }
        }
    }

    // MARK: Deletion

    var dissolution: SetDissolution {
        SetDissolution(cluster: cluster, applySet: plan.applySet, options: options)
    }

    /// Takes our marks off the members that stay: they belong to nobody now.
    mutating func release() async -> Bool {
        let kept = plan.changes.filter { change in
            guard case .skip(let reason) = change.action else { return false }
            return ![.notOurs, .terminating].contains(reason)
        }
        if options.dryRun { return true }
        let errors = await dissolution.release(kept)
        for (change, error) in zip(kept, errors) {
            guard let error else { continue }
            if error.isCancelled {
                giveUp(error.message)
                continue
            }
            let diagnostic = ApplyDiagnostics.diagnostic(
                for: error, of: change.reference, object: change.live, origin: nil)
            results[change.reference.identity]?.error = diagnostic
            results[change.reference.identity]?.cause = error.failureCause
        }
        return !Task.isCancelled && errors.allSatisfy { $0 == nil }
    }
}
