// Work that writes nothing but the status: how far an application is from what Git says.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

extension ApplicationWorker {
    /// - Parameter closed: what keeps a sync from beginning, though there may be something to do.
    /// - Returns: how long to leave the application alone before it is compared again, where that failed.
    func compare(
        _ application: Application, _ registered: RegisteredApplication, _ source: PolledSource, _ work: Work,
        but closed: Diagnostic? = nil
    ) async -> Duration? {
        var pause: Duration?
        var facts = ApplicationFacts(registered, synchrony: .synced)
        facts.commit = source.commit
        facts.handledRequest = memory.facts(application.key)?.handledRequest ?? registered.handledRequest
        facts = facts.answering(registered.openOrder)
        var request = SyncRequest(trigger: SyncTrigger(.controller, by: actor))
        request.source = source
        do {
            let comparison = try await reconciler.compare(application, request: request)
            let writes = comparison.plan.changes.filter(\.isWrite)
            if let first = writes.first {
                let why = closed.map { "; \($0.message)" } ?? ""
                facts.synchrony = .outOfSync("\(first.action) \(first.reference)\(writes.andMore)\(why)")
            }
            let isSynced = try await past(of: application).synced == source.commit.id
            let judgement = drift.judge(
                comparison.plan, deleted: comparison.deleted, of: application,
                isDriftOnly: isSynced && !work.reasons.contains(.changed), onlyReports: true)
            announcer.drifted(application, judgement)
            if isSynced { facts.leave(judgement.held, since: closed?.message) } else { facts.drift = judgement.held }
        } catch {
            _ = memory.note(isFailing: true, of: application.key)
            announcer.failed(application, error)
            facts.synchrony = .unknown(error.summary)
            facts.stall = error.diagnostics.first { $0.severity == .error && $0.location != nil }
            pause = memory.pause(of: application.key)
        }
        if facts.synchrony == .synced {
            if memory.note(isFailing: false, of: application.key) {
                announcer.mended(application, source.commit)
            } else {
                announcer.unchanged(application, source.commit)
            }
        }
        await tell(application.key, judged(facts, application))
        return pause
    }
}
