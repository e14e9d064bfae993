// Work that makes the cluster what Git says, and what follows where that failed.

import Logging
import Manifest
import Reconciler
import SyncEngine
import SyncHistory
import Synchronization

extension ApplicationWorker {
    func sync(
        _ application: Application, _ registered: RegisteredApplication, _ source: PolledSource, _ trigger: SyncTrigger,
        _ work: Work, _ onlyWaits: @escaping @Sendable () -> Void
    ) async throws(DiagnosticsError) -> Duration? {
        let order = openOrder(of: registered)
        var request = SyncRequest(trigger: trigger)
        if let revision = order?.revision {
            request.revision = revision
            if order?.isRollback == true { request.rolledBack = source.commit.id }
        } else {
            request.source = source
        }
        request.confirmedPlan = order?.confirmedPlan
        request.recordsIdleness = order != nil
        request.dependencies = try dependencies(of: application)
        request.neighbours = { neighbours(of: application) }
        request.handover = places.fence(of: application.key).closed
        request.newerRevision = { [memory] in
            guard let newest = memory.newest(application.key), newest.id != source.commit.id else { return nil }
            return "\(newest.requested)@\(newest.id.prefix(7))"
        }
        // What somebody asks for, and what is new in Git, is synced whole: drift is left only where nothing else is to
        // be done.
        let past = try await past(of: application)
        request.past = past
        let isSynced = past.synced == source.commit.id
        let found = Mutex(DriftJudgement())
        if isSynced, order == nil {
            let isDriftOnly = !work.reasons.contains(.changed)
            request.judgesDrift = { [drift] plan, deleted in
                let judgement = drift.judge(plan, deleted: deleted, of: application, isDriftOnly: isDriftOnly)
                found.withLock { $0 = judgement }
                return DriftVerdict(heldBack: judgement.heldBack, remarks: judgement.remarks(on: plan))
            }
        }
        let report = try await run(application, registered, request, onlyWaits)
        let hadFailed = memory.note(isFailing: report.result != .succeeded, of: application.key)
        announcer.ended(application, report, after: hadFailed)
        let judgement = found.withLock { $0 }
        announcer.drifted(application, judgement, by: report.id)
        await settle(judgement, report, of: application)
        var facts = ApplicationFacts(registered, report).heldBack(request, report)
        if report.result == .succeeded { facts.leave(judgement.held) }
        facts.handledRequest = registered.requestedAt ?? registered.handledRequest
        await tell(application.key, judged(facts, application), hasSynced: report.id != nil)
        if work.reasons.contains(.drift), report.counts.changed > 0, !work.reasons.contains(.commit) {
            metrics.repaired(application, objects: report.counts.changed)
        }
        // What somebody asked for as another revision is theirs to mend.
        return request.revision == nil ? try await recover(application, request, report) : nil
    }

    /// What the syncs of an application have left. The history is read once: every sync from then on goes through here.
    func past(of application: Application) async throws(DiagnosticsError) -> SyncPast {
        if let known = memory.past(application.key) { return known }
        let past = SyncPast(try await reconciler.syncs(of: application, limit: StatusDocument.listed))
        memory.note(past: past, of: application.key)
        return past
    }

    /// Takes in what a sync has done about drift.
    private func settle(_ judgement: DriftJudgement, _ report: SyncReport, of application: Application) async {
        let written: Set<ObjectOutcome.Result> = [.created, .configured, .recreated, .pruned]
        let repaired = (report.outcome?.objects ?? []).filter { written.contains($0.result) }.map(\.reference.identity)
        drift.settle(judgement, repaired: Set(repaired), of: application.key)
        if let next = judgement.next { await again(application.key, [.drift, .patience], drift.wait(until: next)) }
    }

    private func run(
        _ application: Application, _ registered: RegisteredApplication, _ request: SyncRequest,
        _ onlyWaits: @escaping @Sendable () -> Void
    ) async throws(DiagnosticsError) -> SyncReport {
        let begun = Mutex(ContinuousClock.now)
        let wait = LongWait()
        // Over, like the sync, when this returns: nothing is told of a wait after what came of it.
        async let _: Void = wait.follow(clock) { words in
            var facts = ApplicationFacts(registered, synchrony: .unknown(words))
            facts.commit = request.source?.commit
            facts.handling = registered.openOrder?.moment
            await tell(application.key, judged(facts, application))
        }
        let report = try await reconciler.sync(application, request: request) { [metrics] event in
            switch event {
            case .awaiting: onlyWaits()
            case .object(.waiting(let reference, let health)):
                wait.note(reference, health)
                onlyWaits()
            case .object(.healthy(let reference)): wait.end(of: reference)
            case .rendering: begun.withLock { $0 = .now }
            case .rendered(_, isRemembered: false): metrics.rendered(in: .now - begun.withLock { $0 })
            default: return
            }
        }
        // One that found nothing to do leaves no row in the history, and its commit is synced all the same.
        let past = memory.past(application.key)
        memory.note(
            past: report.result == .succeeded && report.id == nil
                ? past.map { SyncPast(synced: report.commit?.id, hold: $0.hold) } : nil,
            of: application.key)
        metrics.synced(application, report)
        if report.result != .succeeded || report.counts.changed > 0 { log(report, of: application) }
        return report
    }

    /// What follows a sync that failed: the next try, a rollback, or nothing.
    private func recover(
        _ application: Application, _ request: SyncRequest, _ report: SyncReport
    ) async throws(DiagnosticsError) -> Duration? {
        guard report.cause != nil else {
            memory.endRecovery(application.key)
            return nil
        }
        let commit = report.outcome == nil ? nil : report.commit?.id
        let lastGood =
            application.sync.rollback ? try await reconciler.lastGood(application, otherThan: commit ?? "") : nil
        switch memory.recovery(application, of: report, commit: commit, lastGood: lastGood) {
        // Nobody would come back when the cluster does, or when it no longer refuses: what is synced by itself is tried
        // for as long as it takes. A plan that somebody has to confirm waits for them, and what is not healthy for Git.
        case .end:
            let isPassing = report.cause == .unanswered || report.cause == .refused
            let isGuarded = report.outcome?.status == .refused
            return isPassing && !isGuarded && application.sync.automated ? memory.pause(of: application.key) : nil
        case .retry(let wait): return wait
        case .rollBack(let good, let failed):
            var metadata = application.logged
            metadata["sync"] = report.id.map { "\($0)" }
            log.warning("\(failed.prefix(7)) failed, going back to \(good.prefix(7))", metadata: metadata)
            announcer.rolledBack(application, from: failed, to: good)
            var back = request
            back.source = nil
            back.judgesDrift = nil
            back.past = nil
            back.revision = good
            back.rolledBack = failed
            back.recordsIdleness = true
            guard let registered = registry[application.key] else { return nil }
            let report = try await run(application, registered, back, {})
            if let registered = registry[application.key] {
                let facts = ApplicationFacts(registered, report).heldBack(back, report)
                await tell(application.key, judged(facts, application), hasSynced: true)
            }
            return nil
        }
    }

    private func dependencies(of application: Application) throws(DiagnosticsError) -> [Application] {
        application.dependsOn.isEmpty ? [] : try ApplicationGraph(neighbours(of: nil)).dependencies(of: application)
    }
}
