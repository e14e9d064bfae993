// `gitopsctl sync`: make the cluster equal to Git, and say what happens meanwhile.

import ArgumentParser
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct Sync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the cluster equal to what Git says.",
        discussion: """
            Renders the application's overlay at its revision, compares it with the cluster field by field, applies what differs, \
            prunes what Git no longer has, waits until all is healthy, and records the sync.
            """)

    @OptionGroup var application: ApplicationOptions

    @Option(help: ArgumentHelp("Another branch, tag, commit or range of versions than the application's.", valueName: "revision"))
    var revision: String?

    @Flag(help: "Ask the cluster what would happen, and change nothing.")
    var dryRun = false

    @Flag(inversion: .prefixedNo, help: "Delete what Git no longer has; the application's choice otherwise.")
    var prune: Bool?

    @Flag(help: "Allow the application to have no object at all.")
    var allowEmpty = false

    @Option(help: ArgumentHelp("Carry out a plan that was held back, named by its digest.", valueName: "digest"))
    var confirm: String?

    @Option(help: ArgumentHelp("How long objects may take to become healthy: 90s, 5m.", valueName: "duration"), transform: duration)
    var timeout: Duration?

    @Flag(inversion: .prefixedNo, help: "Wait until all is healthy.")
    var wait = true

    @Flag(help: "Try again where it may come out better, as spec.sync.retry says.")
    var retry = false

    @Flag(inversion: .prefixedNo, help: "Take over fields that others own in the cluster; the application's choice otherwise.")
    var forceConflicts: Bool?

    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        let (cluster, name) = try session.cluster(clusterOptions)
        let found = try await session.finder(cluster).find(application.name, file: application.file.file)
        let reconciler = try session.reconciler(cluster, named: name)
        var request = request(by: session.actor)
        if !found.dependsOn.isEmpty {
            let (known, _) = await session.finder(cluster).all(file: application.file.file)
            request.dependencies = try ApplicationGraph(known + [found]).dependencies(of: found)
        }

        let finder = session.finder(cluster)
        let file = application.file.file
        request.neighbours = { await finder.all(file: file).applications }
        let report = try await run(found, request, reconciler, console)
        if report.result != .succeeded { throw ExitCode.failure }
    }

    /// Syncs, and does what the Application says about a sync that fails: tries again where that is asked for here, and
    /// goes back to the last commit that was synced well.
    ///
    /// - Returns: the first sync's report, or that of its last try; a rollback does not make a failure good.
    private func run(
        _ found: Application, _ request: SyncRequest, _ reconciler: Reconciler, _ console: Console
    ) async throws -> SyncReport {
        var recovery = SyncRecovery(found.sync, retries: retry)
        while true {
            let report = try await once(found, request, reconciler, console)
            let commit = report.outcome == nil ? nil : report.commit?.id
            let isOwn = revision == nil && !dryRun
            let lastGood = isOwn ? try await reconciler.lastGood(found, otherThan: commit ?? "") : nil
            switch recovery.next(after: report.cause, commit: commit, lastGood: lastGood, random: .random(in: 0..<1)) {
            case .end: return report
            case .retry(let wait):
                console.error.print(InkedLine("\(found.name): the next try is in \(Spans.duration(wait))", .quiet))
                _ = try await Interruptions.watching(console) { try await Task.sleep(for: wait) }
            case .rollBack(let commit, let failed):
                console.error.print(
                    InkedLine("\(found.name): \(failed.prefix(7)) failed, going back to \(commit.prefix(7))", .warning))
                var back = request
                back.revision = commit
                back.rolledBack = failed
                _ = try await once(found, back, reconciler, console)
                return report
            }
        }
    }

    private func once(
        _ found: Application, _ asked: SyncRequest, _ reconciler: Reconciler, _ console: Console
    ) async throws -> SyncReport {
        let isText = format.output == .text
        let (report, interruption) = try await Interruptions.watching(console) {
            try await SyncView(console: console, application: found.name, isLive: isText && console.isLive, printsObjects: isText)
                .follow { events throws(DiagnosticsError) in try await reconciler.sync(found, request: asked, events: events) }
        }
        if !isText { console.output.print(Self.document(report, of: found), as: format.output) }
        if let interruption { throw interruption }
        return report
    }

    private func request(by actor: String) -> SyncRequest {
        var request = SyncRequest(trigger: SyncTrigger(.commandLine, by: actor))
        request.revision = revision
        request.dryRun = dryRun
        request.prune = prune
        request.allowEmpty = allowEmpty ? true : nil
        request.confirmedPlan = confirm
        request.timeout = timeout
        request.wait = wait
        request.forceConflicts = forceConflicts
        return request
    }

    private static func document(_ report: SyncReport, of application: Application) -> Value {
        Documents.object([
            ("application", .string(application.name)), ("namespace", .string(application.namespace)),
            ("result", .string(report.result.rawValue)), ("sync", report.id.map { .int(Int($0)) }),
            ("revision", report.commit.map(Documents.revision)), ("started", .string(report.started.description)),
            ("finished", .string(report.finished.description)), ("counts", Documents.counts(report.counts)),
            ("plan", report.plan.map { .string($0.digest) }), ("changes", report.plan.map(Documents.changes)),
            ("objects", report.outcome.map(Documents.objects)),
            ("diagnostics", .array(report.diagnostics.map(Documents.diagnostic))),
        ])
    }
}

/// Reads a duration of the command line.
@Sendable func duration(_ text: String) throws -> Duration {
    guard let duration = Duration(parsing: text) else { throw ValidationError("'\(text)' is not a duration like 90s, 5m or 1h30m") }
    return duration
}
