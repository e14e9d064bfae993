// Does one piece of work on one application: whatever it takes until the cluster is what Git says, and until the status of the
// Application says how it is.

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
    let memory: WorkMemory
    let log: Logger
    /// Who stands in the history as the one who synced.
    let actor: String

    /// - Parameter onlyWaits: called when the busy part of the work is over, once at most.
    /// - Returns: how long the application is to be left alone; nil for not at all.
    func perform(_ work: Work, onlyWaits: @escaping @Sendable () -> Void) async -> Duration? {
        guard let registered = registry[work.key], places.fence(of: work.key).closed() == nil else {
            memory.forget(work.key)
            await poller.forget(work.key)
            return nil
        }
        let application: Application
        do {
            application = try projects.held(try registered.application.get())
        } catch {
            await poller.forget(work.key)
            await tell(work.key, ApplicationFacts(registered, stalledBy: error))
            return nil
        }
        var worker = self
        do {
            let place = try await places.place(of: application)
            (worker.reconciler, worker.watches) = (place.reconciler, place.watches)
        } catch where registered.isBeingDeleted && application.deletionPolicy == .orphan {
            // What is left alone need not be reached.
        } catch {
            let isPassing = error.diagnostics.contains { $0.rule == WorkPlaces.unreachable }
            await tell(
                work.key,
                isPassing
                    ? ApplicationFacts(registered, synchrony: .unknown(error.summary)) : ApplicationFacts(registered, stalledBy: error))
            return Self.placeRetry
        }
        if registered.isBeingDeleted {
            await poller.forget(work.key)
            return await worker.delete(application, registered)
        }
        await finalizer.settle(application, registered)
        await poller.track(application)
        if application.suspend {
            await tell(work.key, ApplicationFacts(registered, synchrony: .unknown("spec.suspend is true"), isSuspended: true))
            return nil
        }
        return await worker.perform(work, on: application, registered, onlyWaits)
    }

    /// How often a cluster is looked for that is not there.
    private static let placeRetry = Duration.seconds(15)

    private func perform(
        _ work: Work, on application: Application, _ registered: RegisteredApplication, _ onlyWaits: @escaping @Sendable () -> Void
    ) async -> Duration? {
        let isRequested = registered.isRequestOpen
        if work.reasons == .health, let facts = memory.facts(work.key) {
            await tell(work.key, judged(facts, application))
            return nil
        }
        do {
            memory.note(newest: nil, of: work.key)
            let source = try await poller.source(of: application, isFresh: isRequested)
            guard isRequested || syncs(application, for: work.reasons) else {
                await compare(application, registered, source)
                return nil
            }
            if let closed = reconciler.closedWindow(of: application, for: SyncTrigger(.controller, by: actor)) {
                await compare(application, registered, source, but: closed)
                return Self.windowLook
            }
            return try await sync(application, registered, source, work, onlyWaits)
        } catch {
            // The next look at the repository, which comes by itself, wakes the application when it succeeds.
            log.warning("\(error.description)", metadata: application.logged)
            var facts = ApplicationFacts(registered, synchrony: .unknown(error.summary))
            facts.commit = memory.facts(work.key)?.commit
            await tell(work.key, judged(facts, application))
            return nil
        }
    }

    /// Whether an application is synced by itself for these reasons.
    private func syncs(_ application: Application, for reasons: WorkReasons) -> Bool {
        guard application.sync.automated else { return false }
        return !reasons.isDisjoint(with: [.changed, .commit, .pushed, .retry])
            || (application.sync.selfHeal && reasons.contains(.drift))
    }

    /// How often a closed sync window is looked at.
    private static let windowLook = Duration.seconds(30)

    // MARK: Comparing

    /// - Parameter closed: what keeps a sync from beginning, though there may be something to do.
    private func compare(
        _ application: Application, _ registered: RegisteredApplication, _ source: PolledSource, but closed: Diagnostic? = nil
    ) async {
        var facts = ApplicationFacts(registered, synchrony: .synced)
        facts.commit = source.commit
        facts.handledRequest = memory.facts(application.key)?.handledRequest ?? registered.handledRequest
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
        } catch {
            facts.synchrony = .unknown(error.summary)
            facts.stall = error.diagnostics.first { $0.severity == .error && $0.location != nil }
        }
        await tell(application.key, judged(facts, application))
    }

    // MARK: Syncing

    private func sync(
        _ application: Application, _ registered: RegisteredApplication, _ source: PolledSource, _ work: Work,
        _ onlyWaits: @escaping @Sendable () -> Void
    ) async throws(DiagnosticsError) -> Duration? {
        let isPushed = work.reasons.contains(.pushed)
        var request = SyncRequest(trigger: SyncTrigger(isPushed ? .webhook : .controller, by: actor))
        request.source = source
        request.recordsIdleness = registered.isRequestOpen
        request.dependencies = try dependencies(of: application)
        request.neighbours = { neighbours(of: application) }
        request.handover = places.fence(of: application.key).closed
        request.newerRevision = { [memory] in
            guard let newest = memory.newest(application.key), newest.id != source.commit.id else { return nil }
            return "\(newest.requested)@\(newest.id.prefix(7))"
        }
        let report = try await run(application, request, onlyWaits)
        var facts = ApplicationFacts(registered, report)
        facts.handledRequest = registered.requestedAt ?? registered.handledRequest
        await tell(application.key, judged(facts, application), hasSynced: report.id != nil)
        if work.reasons.contains(.drift), report.counts.changed > 0, !work.reasons.contains(.commit) {
            metrics.repaired(application, objects: report.counts.changed)
        }
        return try await recover(application, request, report)
    }

    private func run(
        _ application: Application, _ request: SyncRequest, _ onlyWaits: @escaping @Sendable () -> Void
    ) async throws(DiagnosticsError) -> SyncReport {
        let report = try await reconciler.sync(application, request: request) { event in
            if case .object(.waiting) = event { onlyWaits() }
        }
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
        let lastGood = try await reconciler.lastGood(application, otherThan: commit ?? "")
        switch memory.recovery(application, of: report, commit: commit, lastGood: lastGood) {
        case .end: return nil
        case .retry(let wait): return wait
        case .rollBack(let good, let failed):
            log.warning("\(failed.prefix(7)) failed, going back to \(good.prefix(7))", metadata: application.logged)
            var back = request
            back.source = nil
            back.revision = good
            back.rolledBack = failed
            back.recordsIdleness = true
            let report = try await run(application, back, {})
            if let registered = registry[application.key] {
                await tell(application.key, judged(ApplicationFacts(registered, report), application), hasSynced: true)
            }
            return nil
        }
    }

    private func dependencies(of application: Application) throws(DiagnosticsError) -> [Application] {
        application.dependsOn.isEmpty ? [] : try ApplicationGraph(neighbours(of: nil)).dependencies(of: application)
    }

    /// Every Application that can be read, or those that an application may give objects away to: whoever acts as a service
    /// account gives nothing to those who act as another.
    private func neighbours(of application: Application?) -> [Application] {
        let all = registry.all.compactMap { try? projects.held($0.application.get()) }
        guard let application else { return all }
        return all.filter { $0.identity == application.identity }
    }

    // MARK: Deleting

    /// Ends an Application that is being deleted, as its policy says.
    ///
    /// - Returns: after which time to try again, where it could not be done.
    private func delete(_ application: Application, _ registered: RegisteredApplication) async -> Duration? {
        guard finalizer.isSet(registered) else { return nil }
        do throws(DiagnosticsError) {
            switch application.deletionPolicy {
            case .refuse:
                throw DiagnosticsError(
                    "spec.deletionPolicy is Refuse", cure: "Set it to Delete or to Orphan, and the Application goes")
            case .orphan: break
            case .delete: try await deleteObjects(of: application)
            }
            if places.fence(of: application.key).closed() == nil { await finalizer.take(from: application) }
            return nil
        } catch {
            log.warning("\(error.summary)", metadata: application.logged)
            await tell(application.key, ApplicationFacts(registered, stalledBy: error))
            return application.deletionPolicy == .refuse ? nil : Self.deletionRetry
        }
    }

    private static let deletionRetry = Duration.seconds(10)

    private func deleteObjects(of application: Application) async throws(DiagnosticsError) {
        // Nothing of it is in the cluster where no sync ever began.
        guard let value = registry[application.key]?.value, KubernetesObject(value).annotation(Vocabulary.containsGroupKinds) != nil
        else { return }
        var request = SyncRequest(trigger: SyncTrigger(.controller, by: actor))
        request.deletion = ApplicationDeletion()
        request.neighbours = { neighbours(of: application) }
        request.handover = places.fence(of: application.key).closed
        request.confirmedPlan = try await reconciler.deletionPlan(of: application, request: request).digest
        let report = try await reconciler.sync(application, request: request) { _ in }
        log(report, of: application)
        if report.result != .succeeded { throw DiagnosticsError(report.diagnostics) }
    }

    // MARK: Telling

    private func judged(_ facts: ApplicationFacts, _ application: Application) -> ApplicationFacts {
        var facts = facts
        let members = (try? watches.look(ApplySet(parent: application.reference).id)) ?? []
        facts.judge(members, by: application.health)
        return facts
    }

    private func tell(_ key: ApplicationKey, _ facts: ApplicationFacts, hasSynced: Bool = false) async {
        if places.fence(of: key).closed() != nil { return }
        memory.note(facts, of: key)
        await status.write(facts, of: key, synced: hasSynced ? reconciler : nil)
    }

    private func log(_ report: SyncReport, of application: Application) {
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

extension RegisteredApplication {
    /// The request that was answered last, by the status.
    var handledRequest: String? { value[path: "status", "lastHandledRequest"]?.string }
    /// Whether somebody asked for a sync that has not been made yet.
    var isRequestOpen: Bool { requestedAt != nil && requestedAt != handledRequest }
}

extension ApplicationFacts {
    init(_ registered: RegisteredApplication, synchrony: Synchrony, isSuspended: Bool = false) {
        self.init(generation: registered.generation, synchrony: synchrony, isSuspended: isSuspended)
        handledRequest = registered.handledRequest
    }

    init(_ registered: RegisteredApplication, stalledBy error: DiagnosticsError) {
        self.init(registered, synchrony: .unknown("nothing is done before it is mended"))
        stall = error.diagnostics.first
    }

    /// What a sync that is over says of its application.
    init(_ registered: RegisteredApplication, _ report: SyncReport) {
        let error = report.diagnostics.first { $0.severity == .error }
        let words = error.map { "\($0)" } ?? "the sync was interrupted"
        let synchrony: Synchrony =
            switch (report.result, report.cause) {
            case (.succeeded, _), (_, .unhealthy?): .synced
            case _ where report.outcome == nil: .unknown(words)
            default: .outOfSync(words)
            }
        self.init(registered, synchrony: synchrony)
        commit = report.commit
        if report.cause == .refused { stall = error }
    }
}
