// What a command says of a sync that the controller carries out: who was asked, how it ended, and what to do.

import ArgumentParser
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

/// One request, from its words to its exit code.
struct ControllerTalk: Sendable {
    let console: Console
    let cluster: ClusterApplications
    let format: OutputFormat

    /// Asks for a sync, follows it and prints how it ended.
    ///
    /// - Throws: `ExitCode.failure` where it did not end well, and the signal that interrupted the following.
    func sync(_ application: ClusterApplication, _ order: SyncOrder, timeout: Duration?) async throws {
        let isText = format == .text
        let request = RequestedSync(cluster: cluster.api, application: application, order: order)
        if application.isSuspended {
            throw DiagnosticsError(
                "\(application.namespace)/\(application.name) is suspended",
                cure: "Let it go on with gitopsctl resume \(application.name)")
        }
        if isText {
            console.error.print(
                InkedLine("\(application.namespace)/\(application.name): asking the controller", .quiet))
        }
        let clock = ContinuousClock()
        let start = clock.now
        let view = ProgressView(console: console, isLive: isText && console.isLive, printsObjects: isText)
        let (end, interruption) = try await Interruptions.watching(console) {
            try await request.follow(view, timeout: timeout)
        }
        if let interruption, !end.isAnswered {
            console.error.print(
                InkedLine(
                    "\(application.name): the controller goes on with it; see how far it is with gitopsctl status \(application.name)",
                    .warning))
            throw interruption
        }
        show(end, of: application, took: clock.now - start)
        if end.failure != nil { throw ExitCode.failure }
    }

    /// Asks for a sync, and leaves.
    func ask(_ application: ClusterApplication, _ order: SyncOrder) async throws(DiagnosticsError) {
        _ = try await RequestedSync(cluster: cluster.api, application: application, order: order).ask()
        console.error.print(InkedLine("\(application.namespace)/\(application.name): the controller is asked", .quiet))
    }

    private func show(_ end: FollowedSync, of application: ClusterApplication, took: Duration) {
        guard format == .text else {
            return console.output.print(Self.document(end, of: application), as: format)
        }
        if let failure = end.failure { console.report([failure]) }
        guard let record = end.record, let revision = end.status.revision(of: record) else { return }
        var counts = record.counts
        counts.unchanged = max(0, end.status.objectCount - counts.created - counts.configured - counts.recreated)
        let summary = SyncSummary(
            application: application.name, revision: revision, counts: counts, result: record.result, duration: took,
            unhealthy: end.status.unhealthy.map { "\($0.reference)" + ($0.message.isEmpty ? "" : " (\($0.message))") },
            isDryRun: false)
        console.output.print(summary.lines(width: console.output.size?.columns ?? .max))
        if let hold = end.status.hold {
            console.error.print(
                TextWidth.wrapped(hold, to: console.error.size?.columns ?? .max).map { InkedLine($0, .warning) })
        }
    }

    /// The same members as those of a sync that runs here, and those that are known of this one.
    private static func document(_ end: FollowedSync, of application: ClusterApplication) -> Value {
        let record = end.record
        let objects = end.progress.objects.filter { $0.action != .unchanged }.map { object in
            Documents.object(Documents.reference(object.reference) + [("result", .string(object.action.past))])
        }
        return Documents.object([
            ("application", .string(application.name)), ("namespace", .string(application.namespace)),
            ("result", .string(record?.result.rawValue ?? SyncResult.failed.rawValue)),
            ("sync", record.map { .int(Int($0.id)) }),
            ("revision", record.map { Documents.revision($0.revision) }),
            ("started", record.map { .string($0.started.description) }),
            ("finished", record?.finished.map { .string($0.description) }),
            ("counts", record.map { Documents.counts($0.counts) }),
            ("objects", .array(objects)), ("hold", end.status.hold.map(Value.string)),
            ("diagnostics", .array((end.failure.map { [$0] } ?? []).map(Documents.diagnostic))),
        ])
    }
}

extension ReportedStatus {
    /// The revision of a sync; nil where it was never known.
    func revision(of sync: SyncRecord) -> RevisionLine? {
        guard let commit = sync.revision.commit else { return nil }
        return RevisionLine(
            requested: sync.revision.requested, commit: commit, subject: sync.revision.subject ?? "",
            author: sync.revision.author ?? "")
    }
}
