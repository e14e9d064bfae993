// `gitopsctl rollback`: bring back what an earlier sync delivered.

import ArgumentParser
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Go back to the last good sync, or to one that is named.",
        discussion: """
            Syncs the commit of an earlier sync, as gitopsctl sync --revision does: hooks run, and what that commit does not have is \
            pruned. What is rolled back is not synced again by itself; another commit ends that, and so does a sync that somebody asks for.
            """)

    @OptionGroup var application: ApplicationOptions

    @Argument(
        help: ArgumentHelp(
            "A sync of the history, or a revision; the last good sync of another commit otherwise.",
            valueName: "sync-id|revision"))
    var target: String?

    @Option(help: ArgumentHelp("Carry out a plan that was held back, named by its digest.", valueName: "digest"))
    var confirm: String?

    @Option(
        help: ArgumentHelp("How long objects may take to become healthy: 90s, 5m.", valueName: "duration"),
        transform: duration)
    var timeout: Duration?

    @OptionGroup var place: PlaceOptions
    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        let (applications, name) = try session.applications(clusterOptions, in: application.namespace.namespace)
        let place = try await SyncPlace.of(
            application, local: place.local, asksController: false, applications, session)
        if case .controller(let kept) = place { return try await ask(kept, applications, session) }

        let finder = session.finder(applications)
        let found = try await finder.find(application.name, file: application.file.file)
        let reconciler = try session.reconciler(applications.api, named: name)
        let syncs = try await reconciler.syncs(of: found, limit: 100)
        let revision = try RollbackTarget.revision(target, of: found.name, among: syncs, place: "here")
        let head = try await reconciler.poll(found).commit
        var request = SyncRequest(trigger: SyncTrigger(.commandLine, by: session.actor))
        request.revision = revision
        request.rolledBack = head.id
        request.confirmedPlan = confirm
        request.timeout = timeout
        let file = application.file.file
        request.neighbours = { await finder.all(file: file).applications }
        tell(found.name, revision, console)
        let report = try await LocalSync(
            console: console, reconciler: reconciler, application: found, format: format.output
        ).run(request)
        if report.result != .succeeded { throw ExitCode.failure }
    }

    private func ask(_ kept: ClusterApplication, _ applications: ClusterApplications, _ session: Session) async throws {
        let revision = try RollbackTarget.revision(
            target, of: kept.name, among: kept.status.history, place: "to the controller")
        var order = SyncOrder(moment: Session.preciseMoment())
        order.actor = session.actor
        order.revision = revision
        order.isRollback = true
        order.confirmedPlan = confirm
        tell(kept.name, revision, session.console)
        try await ControllerTalk(console: session.console, cluster: applications, format: format.output)
            .sync(kept, order, timeout: timeout)
    }

    private func tell(_ name: String, _ revision: String, _ console: Console) {
        let isCommit = revision.count == 40 && revision.allSatisfy(\.isHexDigit)
        console.error.print(
            InkedLine("\(name): going back to \(isCommit ? String(revision.prefix(7)) : revision)", .quiet))
    }
}
