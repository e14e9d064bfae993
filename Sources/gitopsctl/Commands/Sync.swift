// `gitopsctl sync`: make the cluster equal to Git, and say what happens meanwhile.

import ArgumentParser
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct Sync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Make the cluster equal to what Git says.",
        discussion: """
            Renders the application's overlay at its revision, compares it with the cluster field by field, applies what differs, \
            prunes what Git no longer has, waits until all is healthy, and records the sync.

            Where the cluster has an Application of the name, its controller is asked for the sync, and followed: Ctrl-C leaves it at \
            work. Otherwise, and with --local, the sync runs here.
            """)

    @OptionGroup var application: ApplicationOptions

    @Option(
        help: ArgumentHelp(
            "Another branch, tag, commit or range of versions than the application's.", valueName: "revision"))
    var revision: String?

    @Flag(help: "Ask the cluster what would happen, and change nothing.")
    var dryRun = false

    @Flag(inversion: .prefixedNo, help: "Delete what Git no longer has; the application's choice otherwise.")
    var prune: Bool?

    @Flag(help: "Allow the application to have no object at all.")
    var allowEmpty = false

    @Option(help: ArgumentHelp("Carry out a plan that was held back, named by its digest.", valueName: "digest"))
    var confirm: String?

    @Option(
        help: ArgumentHelp("How long objects may take to become healthy: 90s, 5m.", valueName: "duration"),
        transform: duration)
    var timeout: Duration?

    @Flag(inversion: .prefixedNo, help: "Wait until all is healthy.")
    var wait = true

    @Flag(help: "Try again where it may come out better, as spec.sync.retry says.")
    var retry = false

    @Flag(
        inversion: .prefixedNo,
        help: "Take over fields that others own in the cluster; the application's choice otherwise.")
    var forceConflicts: Bool?

    @Flag(help: "Sync from here, though the cluster's controller keeps the application.")
    var local = false

    @Flag(help: "Ask the controller, and fail where there is none.")
    var controller = false

    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if local, controller { throw ValidationError("--local and --controller exclude each other") }
        if controller, application.file.file != nil {
            throw ValidationError("--controller syncs what the cluster says: leave -f out")
        }
        if controller, dryRun { throw ValidationError("--dry-run asks the cluster from here: it goes with --local") }
    }

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        let (applications, name) = try session.applications(clusterOptions, in: application.namespace.namespace)
        let place = try await SyncPlace.of(
            application, local: local || dryRun, asksController: controller, applications, session)
        if case .controller(let kept) = place { return try await ask(kept, applications, session) }
        let finder = session.finder(applications)
        let found = try await finder.find(application.name, file: application.file.file)
        let reconciler = try session.reconciler(applications.api, named: name)
        var request = request(by: session.actor)
        if !found.dependsOn.isEmpty {
            let (known, _) = await finder.all(file: application.file.file)
            request.dependencies = try ApplicationGraph(known + [found]).dependencies(of: found)
        }
        let file = application.file.file
        request.neighbours = { await finder.all(file: file).applications }
        let sync = LocalSync(console: console, reconciler: reconciler, application: found, format: format.output)
        let report = try await run(sync, request)
        if report.result != .succeeded { throw ExitCode.failure }
    }

    /// Has the controller sync it, and follows.
    private func ask(_ kept: ClusterApplication, _ applications: ClusterApplications, _ session: Session) async throws {
        let own = [
            ("--prune", prune != nil), ("--allow-empty", allowEmpty), ("--force-conflicts", forceConflicts != nil),
        ]
        if let flag = own.first(where: \.1)?.0 {
            throw DiagnosticsError(
                "the controller syncs by what the Application says, and takes no \(flag)",
                cure: "Set it in spec.sync, or sync from here with --local")
        }
        var order = SyncOrder(moment: Session.preciseMoment())
        order.actor = session.actor
        order.revision = revision
        order.confirmedPlan = confirm
        let talk = ControllerTalk(console: session.console, cluster: applications, format: format.output)
        if let file = session.finder(nil).file(describing: kept.name), format.output == .text {
            session.console.error.print(
                InkedLine("\(file) is not read: the cluster has an Application of that name", .quiet))
        }
        if !wait { return try await talk.ask(kept, order) }
        try await talk.sync(kept, order, timeout: timeout)
    }

    /// Syncs, and does what the Application says about a sync that fails: tries again where that is asked for here, and
    /// goes back to the last commit that was synced well.
    ///
    /// - Returns: the first sync's report, or that of its last try; a rollback does not make a failure good.
    private func run(_ sync: LocalSync, _ request: SyncRequest) async throws -> SyncReport {
        let (found, console) = (sync.application, sync.console)
        var recovery = SyncRecovery(found.sync, retries: retry)
        while true {
            let report = try await sync.run(request)
            let commit = report.outcome == nil ? nil : report.commit?.id
            let isOwn = revision == nil && !dryRun
            let lastGood = isOwn ? try await sync.reconciler.lastGood(found, otherThan: commit ?? "") : nil
            switch recovery.next(after: report.cause, commit: commit, lastGood: lastGood, random: .random(in: 0..<1)) {
            case .end: return report
            case .retry(let wait):
                console.error.print(InkedLine("\(found.name): the next try is in \(Spans.duration(wait))", .quiet))
                let (_, interruption) = try await Interruptions.watching(console) { try await Task.sleep(for: wait) }
                if let interruption { throw interruption }
            case .rollBack(let commit, let failed):
                console.error.print(
                    InkedLine("\(found.name): \(failed.prefix(7)) failed, going back to \(commit.prefix(7))", .warning))
                var back = request
                back.revision = commit
                back.rolledBack = failed
                _ = try await sync.run(back)
                return report
            }
        }
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
}

/// Reads a duration of the command line.
@Sendable func duration(_ text: String) throws -> Duration {
    guard let duration = Duration(parsing: text) else {
        throw ValidationError("'\(text)' is not a duration like 90s, 5m or 1h30m")
    }
    return duration
}
