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
    func openOrder(of registered: RegisteredApplication) -> SyncOrder? {
        guard let order = registered.openOrder else { return nil }
        return memory.facts(registered.key)?.handledRequest == order.moment ? nil : order
    }

    /// What looked like drift may have been a write of our own, told by the watch before its answer was there.
    private func withoutEcho(_ work: Work, of application: Application) -> Work {
        let isEcho = work.reasons == .drift && !watches.isDisturbed(application.applySet.id)
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

    /// Every Application that can be read, or those that an application may give objects away to: whoever acts as a
    /// service account gives nothing to those who act as another.
    func neighbours(of application: Application?) -> [Application] {
        let all = registry.all.compactMap { try? projects.held($0.application.get()) }
        guard let application else { return all }
        return all.filter { $0.identity == application.identity }
    }

    // MARK: Telling

    func judged(_ facts: ApplicationFacts, _ application: Application) -> ApplicationFacts {
        var facts = facts
        let members = (try? watches.look(application.applySet.id)) ?? []
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
