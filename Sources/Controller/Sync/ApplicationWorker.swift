// Does one piece of work on one application: whatever it takes until the cluster is what Git says, and until the status
// of the Application says how it is.

import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncEngine
import SyncHistory
import Synchronization

struct ApplicationWorker: Sendable {
    /// For each application the one of its place.
    var reconciler: Reconciler
    let places: WorkPlaces
    let registry: ApplicationRegistry
    let projects: ProjectShelf
    let poller: SourcePoller
    /// Those of the cluster that the application goes to.
    var watches: WatchSet
    let status: StatusWriter
    let finalizer: Finalizer
    let metrics: ControllerMetrics
    let drift: DriftBook
    let announcer: Announcer
    /// Has an application worked on again after a while, though nothing changes.
    let again: @Sendable (ApplicationKey, WorkReasons, Duration) async -> Void
    let memory: WorkMemory
    let clock: any SyncClock
    let log: Logger
    /// Who stands in the history as the one who synced.
    let actor: String
    /// Whether applications are compared only.
    let isReadOnly: Bool

    /// - Parameter onlyWaits: called when the work only waits from then on; again for each that it waits for.
    /// - Returns: how long the application is to be left alone; nil for not at all.
    func perform(_ work: Work, onlyWaits: @escaping @Sendable () -> Void) async -> Duration? {
        guard let registered = registry[work.key], places.fence(of: work.key).closed() == nil else {
            forget(work.key)
            await poller.forget(work.key)
            return nil
        }
        let application: Application
        do {
            application = try held(registered)
        } catch {
            await poller.forget(work.key)
            _ = memory.note(isFailing: true, of: work.key)
            announcer.stalled(work.key, error)
            await tell(work.key, ApplicationFacts(registered, stalledBy: error).answering(registered.openOrder))
            return registered.isBeingDeleted ? Self.deletionRetry : nil
        }
        if let before = memory.note(held: application), before.source != application.source {
            reconciler.forgetRender(of: before)
        }
        var worker = self
        do {
            let place = try await places.place(of: application)
            (worker.reconciler, worker.watches) = (place.reconciler, place.watches)
        } catch  where registered.isBeingDeleted && application.deletionPolicy == .orphan {
            // What is left alone need not be reached.
        } catch {
            let isPassing = error.diagnostics.contains { $0.rule == WorkPlaces.unreachable }
            await tell(
                work.key,
                isPassing
                    ? ApplicationFacts(registered, synchrony: .unknown(error.summary))
                    : ApplicationFacts(registered, stalledBy: error))
            return Self.placeRetry
        }
        if registered.isBeingDeleted {
            await poller.forget(work.key)
            return await worker.delete(application, registered)
        }
        do throws(DiagnosticsError) {
            if !isReadOnly { try await finalizer.settle(application, registered) }
        } catch {
            await tell(of: error, application, registered)
            return memory.pause(of: work.key)
        }
        await poller.track(application)
        if application.suspend {
            let facts = ApplicationFacts(registered, synchrony: .unknown("spec.suspend is true"), isSuspended: true)
            await tell(work.key, facts.answering(registered.openOrder))
            return nil
        }
        return await worker.perform(work, on: application, registered, onlyWaits)
    }

    /// An application with the limits of its Project.
    ///
    /// - Throws: why it cannot be read, or is not allowed. One that is being deleted is worked on as it was last: its
    ///   Project may have gone before it, with their namespace.
    private func held(_ registered: RegisteredApplication) throws(DiagnosticsError) -> Application {
        do throws(DiagnosticsError) {
            return try projects.held(try registered.application.get())
        } catch {
            guard registered.isBeingDeleted else { throw error }
            let current = try? registered.application.get()
            if let current, current.deletionPolicy == .orphan { return current }
            guard var last = memory.held(registered.key) else { throw error }
            if let current { last.deletionPolicy = current.deletionPolicy }
            return last
        }
    }

    func forget(_ key: ApplicationKey) {
        if let last = memory.held(key) { reconciler.forgetRender(of: last) }
        memory.forget(key)
        drift.forget(key)
        watches.forget(ApplySet(parent: Application.reference(of: key)).id)
    }

    /// How often a cluster is looked for that is not there.
    private static let placeRetry = Duration.seconds(15)

    private func perform(
        _ work: Work, on application: Application, _ registered: RegisteredApplication,
        _ onlyWaits: @escaping @Sendable () -> Void
    ) async -> Duration? {
        let order = openOrder(of: registered)
        let work = withoutEcho(work, of: application)
        if work.reasons == .health, let facts = memory.facts(work.key) {
            await tell(work.key, judged(facts, application))
            return nil
        }
        do {
            memory.note(newest: nil, of: work.key)
            if let order { await tell(work.key, begun(order, registered)) }
            let isSynced = !isReadOnly && (order != nil || syncs(application, for: work.reasons))
            let source: PolledSource
            do {
                source = try await poller.source(of: application, isFresh: order != nil, isSynced: isSynced)
            } catch {
                // The next look at the repository, which comes by itself, wakes the application when it succeeds.
                await tell(of: error, application, registered)
                return nil
            }
            if order == nil, let hold = try await past(of: application).hold, hold.failed == source.commit.id {
                var facts = ApplicationFacts(registered, synchrony: .held(hold.diagnostic.message))
                facts.commit = memory.facts(work.key)?.commit
                await tell(work.key, judged(facts, application))
                return nil
            }
            guard isSynced else {
                let refusal = isReadOnly && order != nil ? Self.readOnly : nil
                return await compare(application, registered, source, work, but: refusal)
            }
            let trigger = trigger(of: work, order)
            if let closed = reconciler.closedWindow(of: application, for: trigger) {
                // What was compared when it closed is so still: whatever changes it comes with a reason of its own.
                if work.reasons == .retry, memory.facts(work.key)?.commit?.id == source.commit.id {
                    return Self.windowLook
                }
                _ = await compare(application, registered, source, work, but: closed)
                return Self.windowLook
            }
            return try await sync(application, registered, source, trigger, work, onlyWaits)
        } catch {
            await tell(of: error, application, registered)
            return memory.pause(of: work.key)
        }
    }

    /// The request that was not answered yet, be it that its answer alone could not be written so far.
    private func openOrder(of registered: RegisteredApplication) -> SyncOrder? {
        guard let order = registered.openOrder else { return nil }
        return memory.facts(registered.key)?.handledRequest == order.moment ? nil : order
    }

    /// What looked like drift may have been a write of our own, told by the watch before its answer was there.
    private func withoutEcho(_ work: Work, of application: Application) -> Work {
        let isEcho = work.reasons == .drift && !watches.isDisturbed(ApplySet(parent: application.reference).id)
        return isEcho ? Work(key: work.key, reasons: .health) : work
    }

    /// Tells of an error that kept the work from being done.
    private func tell(of error: DiagnosticsError, _ application: Application, _ registered: RegisteredApplication) async
    {
        log.warning("\(error.description)", metadata: application.logged)
        _ = memory.note(isFailing: true, of: application.key)
        announcer.failed(application, error)
        var facts = ApplicationFacts(registered, synchrony: .unknown(error.summary)).answering(registered.openOrder)
        facts.commit = memory.facts(application.key)?.commit
        await tell(application.key, judged(facts, application))
    }

    /// What is known of an application while a sync of it begins that somebody asked for.
    private func begun(_ order: SyncOrder, _ registered: RegisteredApplication) -> ApplicationFacts {
        let key = registered.key
        var facts = memory.facts(key) ?? ApplicationFacts(registered, synchrony: .unknown("it is being synced"))
        facts.generation = registered.generation
        facts.handling = order.moment
        return facts
    }

    /// Why nobody is served a sync where applications are compared only.
    private static let readOnly = Diagnostic.error(
        "this controller only compares", at: nil, cure: "Run it without --read-only")

    /// Whose sync it is.
    private func trigger(of work: Work, _ order: SyncOrder?) -> SyncTrigger {
        if let order { return SyncTrigger(.commandLine, by: order.actor ?? Vocabulary.requestedAt) }
        return SyncTrigger(work.reasons.contains(.pushed) ? .webhook : .controller, by: actor)
    }

    /// Whether an application is synced by itself for these reasons.
    private func syncs(_ application: Application, for reasons: WorkReasons) -> Bool {
        guard application.sync.automated else { return false }
        return !reasons.isDisjoint(with: [.changed, .commit, .pushed, .retry])
            || (reasons.contains(.drift) && DriftStance(of: application).mayRepair)
    }

    /// How often a closed sync window is looked at.
    private static let windowLook = Duration.seconds(30)

    // MARK: Comparing

    /// - Parameter closed: what keeps a sync from beginning, though there may be something to do.
    /// - Returns: how long to leave the application alone before it is compared again, where that failed.
    private func compare(
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
                let more = writes.count > 1 ? ", and \(writes.count - 1) more" : ""
                let why = closed.map { "; \($0.message)" } ?? ""
                facts.synchrony = .outOfSync("\(first.action) \(first.reference)\(more)\(why)")
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

    // MARK: Syncing

    private func sync(
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
    private func past(of application: Application) async throws(DiagnosticsError) -> SyncPast {
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

    /// Every Application that can be read, or those that an application may give objects away to: whoever acts as a
    /// service account gives nothing to those who act as another.
    func neighbours(of application: Application?) -> [Application] {
        let all = registry.all.compactMap { try? projects.held($0.application.get()) }
        guard let application else { return all }
        return all.filter { $0.identity == application.identity }
    }

    // MARK: Telling

    private func judged(_ facts: ApplicationFacts, _ application: Application) -> ApplicationFacts {
        var facts = facts
        let members = (try? watches.look(ApplySet(parent: application.reference).id)) ?? []
        facts.judge(members, by: application.health)
        return facts
    }

    func tell(_ key: ApplicationKey, _ facts: ApplicationFacts, hasSynced: Bool = false) async {
        if places.fence(of: key).closed() != nil { return }
        announcer.judged(key, facts, isDegraded: memory.note(healthOf: facts, of: key))
        memory.note(facts, of: key)
        let hasSynced = hasSynced || memory.owesHistory(key)
        let told = await status.write(facts, of: key, synced: hasSynced ? reconciler : nil)
        memory.note(owesHistory: hasSynced && !told.isWritten, of: key)
        if let syncs = told.history { memory.note(past: SyncPast(syncs), of: key) }
        // What is known stays in memory: only the telling is done again.
        if !told.isWritten { await again(key, .health, memory.pause(of: key)) }
    }

    func log(_ report: SyncReport, of application: Application) {
        var metadata = application.logged
        metadata["sync"] = report.id.map { "\($0)" }
        metadata["revision"] = report.commit.map { "\($0.id)" }
        metadata["changed"] = "\(report.counts.changed)"
        metadata["duration"] = "\(report.finished.since(report.started))"
        let error = report.diagnostics.first { $0.severity == .error }
        if report.result == .succeeded {
            log.info("synced", metadata: metadata)
        } else {
            log.error("sync \(report.result.rawValue): \(error?.description ?? "")", metadata: metadata)
        }
    }
}

extension Application {
    /// How the lines of a log name it.
    var logged: Logger.Metadata { ["application": "\(key)"] }
}

extension DiagnosticsError {
    /// The first error in one line.
    var summary: String {
        let first = diagnostics.first { $0.severity == .error } ?? diagnostics.first
        let more = diagnostics.count > 1 ? " (and \(diagnostics.count - 1) more)" : ""
        return (first.map { "\($0)" } ?? "") + more
    }
}
