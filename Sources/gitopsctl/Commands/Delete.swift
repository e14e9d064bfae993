// `gitopsctl delete`: take an application out of a cluster, with its objects or without.

import ArgumentParser
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

#if canImport(Glibc)
    import Glibc
#endif

struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Take an application out of the cluster, with its objects.",
        discussion: """
            Runs the PreDelete hooks of its revision, deletes its objects in the reverse of the order in which they were applied, waits \
            until they are gone, and runs the PostDelete hooks. Asks first, on a terminal. Namespaces, PersistentVolumeClaims and \
            CustomResourceDefinitions stay unless --all is given; what stays is nobody's from then on. What describes the application \
            in Git is left as it is.

            Where the cluster has an Application of the name, its controller does all this, and the Application goes, too.
            """)

    @OptionGroup var application: ApplicationOptions

    @Flag(help: "Leave the objects where they are, as nobody's. No hook runs.")
    var orphan = false

    @Flag(help: "Delete Namespaces, PersistentVolumeClaims and CustomResourceDefinitions, too.")
    var all = false

    @Flag(inversion: .prefixedNo, help: "Run the hooks, which needs the repository.")
    var hooks = true

    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var yes = false

    @Flag(help: "Say what would be deleted, and change nothing.")
    var dryRun = false

    @Option(
        help: ArgumentHelp("How long objects may take to be gone: 90s, 5m.", valueName: "duration"), transform: duration
    )
    var timeout: Duration?

    @Flag(inversion: .prefixedNo, help: "Wait until the objects are gone.")
    var wait = true

    @OptionGroup var place: PlaceOptions
    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        let (applications, clusterName) = try session.applications(clusterOptions, in: application.namespace.namespace)
        let place = try await SyncPlace.of(
            application, local: place.local || dryRun, asksController: false, applications, session)
        if case .controller(let kept) = place { return try await ask(kept, applications, session, clusterName) }
        let cluster = applications.api
        let finder = session.finder(applications)
        let found = try await finder.find(application.name, file: application.file.file)
        let reconciler = try session.reconciler(cluster, named: clusterName)
        var request = request(by: session.actor)
        let file = application.file.file
        request.neighbours = { await finder.all(file: file).applications }

        let plan = try await reconciler.deletionPlan(of: found, request: request)
        let text = DeletionText(application: found.name, cluster: clusterName, plan: plan)
        if dryRun {
            if format.output == .text { return console.output.print(text.plan(width: console.width)) }
            return console.output.print(Self.document(found, plan), as: format.output)
        }
        if !yes { try confirm(text, console) }
        request.confirmedPlan = plan.digest
        let report = try await delete(found, request, reconciler, console)
        if report.result != .succeeded { throw ExitCode.failure }
    }

    /// Has the controller delete it.
    private func ask(
        _ kept: ClusterApplication, _ applications: ClusterApplications, _ session: Session, _ clusterName: String
    ) async throws {
        if all || !hooks {
            throw DiagnosticsError(
                "the controller deletes by what the Application says, and takes no \(all ? "--all" : "--no-hooks")",
                cure: "Delete from here with --local")
        }
        let console = session.console
        if !yes, let found = try? kept.application.get() {
            var request = request(by: session.actor)
            // What goes is told by the cluster alone; the controller runs the hooks.
            request.deletion?.runsHooks = false
            let reconciler = try session.reconciler(applications.api, named: clusterName)
            if let plan = try? await reconciler.deletionPlan(of: found, request: request) {
                try confirm(DeletionText(application: found.name, cluster: clusterName, plan: plan), console)
            }
        }
        let deletion = ControlledDeletion(
            console: console, cluster: applications.api, application: kept, policy: orphan ? .orphan : .delete,
            timeout: timeout)
        try await deletion.run(waits: wait)
    }

    private func request(by actor: String) -> SyncRequest {
        var deletion = ApplicationDeletion()
        deletion.orphans = orphan
        deletion.includesProtectedKinds = all
        deletion.runsHooks = hooks && !orphan
        var request = SyncRequest(trigger: SyncTrigger(.commandLine, by: actor))
        request.deletion = deletion
        request.timeout = timeout
        request.wait = wait
        request.dryRun = dryRun
        return request
    }

    /// Shows what would go, and has the application's name typed.
    private func confirm(_ text: DeletionText, _ console: Console) throws {
        guard isatty(STDIN_FILENO) == 1, console.error.isTerminal else {
            throw DiagnosticsError(
                "nobody can be asked whether \(text.application) is to be deleted", cure: "Say so with --yes")
        }
        console.error.print(text.plan(width: console.error.size?.columns ?? 80))
        console.error.write(text.question)
        guard readLine()?.split(separator: " ").joined(separator: " ") == text.application else {
            console.error.print(InkedLine("nothing was deleted", .quiet))
            throw ExitCode.failure
        }
    }

    private func delete(
        _ found: Application, _ request: SyncRequest, _ reconciler: Reconciler, _ console: Console
    ) async throws -> SyncReport {
        let isText = format.output == .text
        let (report, interruption) = try await Interruptions.watching(console) {
            try await SyncView(
                console: console, application: found.name, isLive: isText && console.isLive, printsObjects: isText,
                isDeletion: true
            )
            .follow { events throws(DiagnosticsError) in
                try await reconciler.sync(found, request: request, events: events)
            }
        }
        if isText {
            let lines = DeletionText.end(
                report, of: found.name, isStillDescribed: found.origin?.file,
                width: console.output.size?.columns ?? .max)
            console.output.print(lines)
        } else {
            console.output.print(Self.document(found, report), as: format.output)
        }
        if let interruption { throw interruption }
        return report
    }

    private static func document(_ application: Application, _ plan: Plan) -> Value {
        Documents.object([
            ("application", .string(application.name)), ("namespace", .string(application.namespace)),
            ("plan", .string(plan.digest)), ("changes", Documents.changes(plan)),
        ])
    }

    private static func document(_ application: Application, _ report: SyncReport) -> Value {
        Documents.object([
            ("application", .string(application.name)), ("namespace", .string(application.namespace)),
            ("result", .string(report.result.rawValue)), ("sync", report.id.map { .int(Int($0)) }),
            ("counts", Documents.counts(report.counts)), ("objects", report.outcome.map(Documents.objects)),
            ("diagnostics", .array(report.diagnostics.map(Documents.diagnostic))),
        ])
    }
}
