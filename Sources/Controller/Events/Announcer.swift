// Tells whoever listens what happens to applications, without ever keeping a sync waiting.

import DriftDetector
import Logging
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct Announcer: Sendable {
    let registry: ApplicationRegistry
    let recorder: EventRecorder
    let notifier: Notifier
    let projects: ProjectShelf
    let metrics: ControllerMetrics
    let now: @Sendable () -> Timestamp
    let log: Logger

    private func tell(
        _ key: ApplicationKey, _ reason: ApplicationEvent.Reason, _ message: String,
        _ fill: (inout ApplicationEvent) -> Void = { _ in }
    ) {
        var event = ApplicationEvent(application: key, reason: reason, message: message, time: now())
        event.uid = registry[key]?.value[path: "metadata", "uid"]?.string
        fill(&event)
        if !event.isIdle { recorder.record(event) }
        guard let application = try? registry[key]?.application.get() else { return }
        notifier.notify(event, of: (try? projects.held(application)) ?? projects.unheld(application))
    }

    // MARK: Syncs

    /// A sync that is over. One that changed nothing is nothing to tell but to who shows the state of commits, unless it
    /// ends a failure.
    func ended(_ application: Application, _ report: SyncReport, after failure: Bool) {
        let commit = report.commit.map { "\($0.inWords): " } ?? ""
        switch report.result {
        case .running, .interrupted: return
        case .succeeded:
            guard report.counts.changed > 0 || failure else {
                if let commit = report.commit { unchanged(application, commit) }
                return
            }
            tell(application.key, .synced, commit + report.counts.inWords) { event in
                event.commit = report.commit
                event.sync = report.id
                event.counts = report.counts
            }
        case .failed:
            guard let error = report.diagnostics.first(where: { $0.severity == .error }) else { return }
            let more = report.diagnostics.count { $0.severity == .error } - 1
            let isHeld = report.outcome == nil && report.plan?.needsConfirmation ?? false
            let words = commit + error.inOneLine + (more > 0 ? " (and \(more) more)" : "")
            tell(application.key, isHeld ? .pruneRefused : .syncFailed, words) { event in
                event.commit = report.commit
                event.sync = report.id
                event.counts = report.counts
                event.location = error.location
                event.cure = error.cure
            }
        }
    }

    /// A sync that could not begin: the repository does not answer, or the revision is not there.
    func failed(_ application: Application, _ error: DiagnosticsError) {
        guard let first = error.diagnostics.first else { return }
        tell(application.key, .syncFailed, first.inOneLine) { event in
            event.location = first.location
            event.cure = first.cure
        }
    }

    /// What was compared and not synced is as it should be, where something had failed before.
    func mended(_ application: Application, _ commit: SourceCommit) {
        tell(application.key, .synced, "\(commit.inWords): nothing to change") { $0.commit = commit }
    }

    /// A commit arrived, and the cluster is as it says already: a check that waits for it may go on.
    func unchanged(_ application: Application, _ commit: SourceCommit) {
        let value = registry[application.key]?.value
        // The one that is told of last, by this controller or by the one before it, has its state.
        let isTold =
            value?[path: "status", "revision"]?.string == commit.id && Self.condition("Synced", of: value) == "True"
        guard !isTold, Self.condition("Healthy", of: value) != "False" else { return }
        tell(application.key, .synced, "\(commit.inWords): nothing to change") { event in
            event.commit = commit
            event.isIdle = true
        }
    }

    private static func condition(_ type: String, of value: Value?) -> String? {
        let conditions = value?[path: "status", "conditions"]?.array ?? []
        return conditions.first { $0["type"]?.string == type }?["status"]?.string
    }

    func rolledBack(_ application: Application, from failed: String, to good: String) {
        tell(application.key, .rolledBack, "\(failed.prefix(7)) failed, going back to \(good.prefix(7))")
    }

    func stalled(_ key: ApplicationKey, _ error: DiagnosticsError) {
        guard let first = error.diagnostics.first else { return }
        tell(key, .stalled, first.inOneLine) { event in
            event.location = first.location
            event.cure = first.cure
        }
    }

    // MARK: The cluster

    /// - Parameter sync: the sync that looked, where it has a row in the history.
    func drifted(_ application: Application, _ judgement: DriftJudgement, by sync: SyncRecord.ID? = nil) {
        for notice in judgement.news {
            let words = "\(notice.drift.object) \(notice.words)"
            metrics.drifted(application, notice)
            var metadata = application.logged
            metadata["sync"] = sync.map { "\($0)" }
            metadata["severity"] = "\(notice.drift.severity.rawValue)"
            metadata["policy"] = "\(notice.drift.policy)"
            log.warning("\(words)", metadata: metadata)
            tell(application.key, notice.isFight ? .driftFought : .drifted, words) { $0.sync = sync }
        }
    }

    /// What the objects of an application have become.
    ///
    /// - Parameter isDegraded: whether it was degraded, and is.
    func judged(_ key: ApplicationKey, _ facts: ApplicationFacts, isDegraded: (before: Bool, now: Bool)) {
        switch isDegraded {
        case (before: false, now: true):
            guard let bad = facts.unhealthy.first(where: { $0.health.status == .degraded }) else { return }
            tell(key, .degraded, "\(bad.reference): \(bad.health.message)") { $0.commit = facts.commit }
        case (before: true, now: false):
            tell(key, .recovered, "all \(facts.counts.total) objects are healthy") { $0.commit = facts.commit }
        default: return
        }
    }

    // MARK: The end

    func deleted(_ application: Application, _ counts: SyncCounts?) {
        tell(
            application.key, .deleted,
            counts.map { "its objects are gone: \($0.inWords)" } ?? "its objects stay, as nobody's")
    }

    func deletionRefused(_ application: Application, _ error: DiagnosticsError) {
        guard let first = error.diagnostics.first else { return }
        tell(application.key, .deletionRefused, first.inOneLine) { $0.cure = first.cure }
    }
}

extension Diagnostic {
    /// `file:line:column: message (cure)`.
    var inOneLine: String {
        (location.map { "\($0): " } ?? "") + message + (cure.map { " (\($0))" } ?? "")
    }
}
