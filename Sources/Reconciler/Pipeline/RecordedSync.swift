// One sync from its plan to its last row in the history.

import Manifest
import SyncEngine
import SyncHistory

struct RecordedSync: Sendable {
    let application: ApplicationID
    let trigger: SyncTrigger
    let history: any HistoryStore
    let now: @Sendable () -> Timestamp
    let started: Timestamp

    var revision = SyncRevision(requested: "")
    var commit: SourceCommit? { didSet { if let commit { revision = commit.record } } }
    var rendering: Rendering?
    var plan: Plan?
    /// Whether a sync that had nothing to do is recorded too.
    var recordsIdleness = true
    /// How the sync before failed: the same once more is not recorded again where nothing was written.
    var lastFailure: SyncPast.Failure?
    /// How many syncs of the application the history keeps; nil for all.
    var historyLimit: Int?
    /// What plugins say that does not stop the sync.
    var pluginFindings: [Diagnostic] = []
    /// What the record is to say of the sync beside.
    var remarks: [Diagnostic] = []

    init(
        application: ApplicationID, trigger: SyncTrigger, history: any HistoryStore,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.application = application
        self.trigger = trigger
        self.history = history
        self.now = now
        started = now()
    }

    /// Takes down what is said of drift: once, where a plugin says the same. News of it is worth a row in the history.
    mutating func note(_ verdict: DriftVerdict, _ observed: [Diagnostic]) {
        remarks += verdict.remarks
        recordsIdleness = recordsIdleness || !verdict.remarks.isEmpty
        let said = Set(verdict.remarks.map(\.message))
        pluginFindings += observed.filter { !said.contains($0.message) }
    }

    /// Ends a sync that wrote nothing.
    ///
    /// - Parameter cause: why it failed, where the stage that it came to does not tell.
    func end(
        _ result: SyncResult, _ diagnostics: [Diagnostic], cause: SyncFailureCause? = nil, recorded: Bool
    ) async throws(DiagnosticsError) -> SyncReport {
        let end = end(result, SyncCounts(), warnings + diagnostics)
        let isKnown = result == .failed && SyncPast.Failure(commit: commit?.id, end.diagnostics) == lastFailure
        let id = recorded && !isKnown ? try await history.record(start, end, objects: []) : nil
        var report = report(id, end, outcome: nil)
        if result == .failed { report.cause = cause ?? self.cause(of: diagnostics) }
        return report
    }

    /// Carries out the plan. The history has the sync before the cluster gets its first write, and every object as soon
    /// as it is done.
    func run(
        on engine: SyncEngine, control: RunControl = RunControl(), recorded: Bool,
        events: @escaping @Sendable (SyncEvent) -> Void
    ) async throws(DiagnosticsError) -> SyncReport {
        guard let plan else { return try await end(.failed, [], recorded: recorded) }
        let begun = recorded && writes(plan) ? try await history.begin(start) : nil
        let recorder = Recorder(history: history, sync: begun)
        let ledger = SharedLedger(plan)
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

        let outcome = await withTaskGroup(of: Void.self) { group in
            // One row at a time would cost a transaction each: while one is under way the next rows gather.
            group.addTask {
                for await _ in signals { await recorder.append(ledger.takeRows()) }
            }
            let outcome = await engine.run(plan, control: control) { event in
                if ledger.take(event) { signal.yield() }
                events(event)
            }
            signal.finish()
            await group.waitForAll()
            return outcome
        }
        await recorder.append(ledger.takeRows())

        let diagnostics = warnings + outcome.findings + (await recorder.failures)
        let end = end(Self.result(outcome.status), SyncCounts(outcome), diagnostics)
        var id = begun
        if let begun {
            try await history.finish(begun, end)
        } else if recorded, recordsIdleness || end.result != .succeeded {
            id = try await history.record(start, end, objects: await recorder.kept)
        }
        return report(id, end, outcome: outcome)
    }

    /// Why a sync ended that wrote nothing. What is wrong with manifests stands at a place in them; a repository or a
    /// cluster that does not answer has none.
    private func cause(of diagnostics: [Diagnostic]) -> SyncFailureCause {
        if commit == nil { return .unanswered }
        if rendering == nil || plan != nil { return .refused }
        return diagnostics.contains { $0.severity == .error && $0.location != nil } ? .refused : .unanswered
    }

    private static func result(_ status: Outcome.Status) -> SyncResult {
        switch status {
        case .succeeded: .succeeded
        case .failed, .refused: .failed
        case .cancelled, .stopped: .interrupted
        }
    }

    /// Whether carrying out a plan may write: its objects, or what the set's parent says of them.
    private func writes(_ plan: Plan) -> Bool {
        plan.options.isDeletion || !plan.isEmpty || plan.runsHooks || plan.recordedScope != plan.scope
    }

    private var warnings: [Diagnostic] {
        remarks + (rendering?.diagnostics ?? []) + pluginFindings + (plan?.diagnostics ?? [])
    }

    private var start: SyncStart {
        SyncStart(
            application: application, trigger: trigger, revision: revision, started: started, owner: .current(),
            manifests: rendering?.objects)
    }

    private func end(_ result: SyncResult, _ counts: SyncCounts, _ diagnostics: [Diagnostic]) -> SyncEnd {
        var end = SyncEnd(result: result, finished: now(), counts: counts, diagnostics: diagnostics)
        end.historyLimit = historyLimit
        return end
    }

    private func report(_ id: SyncRecord.ID?, _ end: SyncEnd, outcome: Outcome?) -> SyncReport {
        SyncReport(
            id: id, result: end.result, commit: commit, plan: plan, outcome: outcome, counts: end.counts,
            cause: outcome?.failureCause,
            diagnostics: end.diagnostics, started: started, finished: end.finished)
    }
}

/// Writes what was done into the history while more is being done. A store that fails is told at the end: the cluster
/// goes first.
private actor Recorder {
    private let history: any HistoryStore
    private let sync: SyncRecord.ID?
    /// What was done in a sync that has no row yet.
    private(set) var kept: [ObjectRecord] = []
    private(set) var failures: [Diagnostic] = []

    init(history: any HistoryStore, sync: SyncRecord.ID?) {
        self.history = history
        self.sync = sync
    }

    func append(_ objects: [ObjectRecord]) async {
        guard let sync, !objects.isEmpty else {
            kept += objects
            return
        }
        do {
            try await history.append(objects, to: sync)
        } catch {
            if failures.isEmpty { failures = error.diagnostics }
        }
    }
}
