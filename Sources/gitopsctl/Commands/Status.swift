// `gitopsctl status`: is it synced, is it healthy, and what is not.

import ArgumentParser
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say whether applications are synced and healthy, and what is not.",
        discussion: """
            The cluster's Applications as their controller sees them, and those of files by a comparison of their revisions with the \
            cluster; changes nothing. Exits with 1 when one cannot be compared, or cannot go on before somebody changes something.
            """)

    @Argument(help: "The application's name; all applications otherwise.")
    var name: String?

    @OptionGroup var namespace: NamespaceOption
    @OptionGroup var file: FileOption
    @Flag(help: "Compare here, though a controller keeps the application.")
    var local = false

    @Flag(help: "List what stands in the application's namespaces and belongs to nobody, instead.")
    var orphans = false

    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if orphans, name == nil {
            throw ValidationError("--orphans looks into the namespaces of one application: name it")
        }
    }

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        let (applications, clusterName) = try session.applications(clusterOptions, in: namespace.namespace)
        let finder = session.finder(applications)
        if orphans, let name {
            let found = try await finder.find(name, file: file.file)
            let (report, namespaces) = try await OwnedObjects(cluster: applications.api, application: found).orphans()
            guard format.output == .text else {
                return console.output.print(
                    report.document(application: found.name, namespaces: namespaces), as: format.output)
            }
            return console.output.print(
                report.lines(application: found.name, namespaces: namespaces, width: console.width))
        }
        var statuses: [ApplicationStatus] = []
        if let name {
            if file.file == nil, !local, let kept = try? await applications.find(name), kept.status.isTold {
                statuses = [Self.status(of: kept)]
            } else if let installation = try await installation(name, applications) {
                statuses = [try await compare(installation, session, applications, clusterName)]
            } else {
                let found = try await finder.find(name, file: file.file)
                statuses = try await compare([found], session, applications, clusterName)
            }
        } else {
            let kept = file.file == nil && !local ? (try? await applications.all()) ?? [] : []
            statuses = kept.filter(\.status.isTold).map(Self.status)
            let told = Set(statuses.map(\.name))
            let (found, diagnostics) = await finder.all(file: file.file)
            console.report(
                diagnostics.filter { diagnostic in
                    !kept.contains { diagnostic.location?.file == "Application \($0.name)" }
                })
            let others = found.filter { !told.contains($0.name) }
            if !others.isEmpty { statuses += try await compare(others, session, applications, clusterName) }
            if !told.contains(Installation.name),
                let installation = try? await installation(Installation.name, applications)
            {
                statuses.append(try await compare(installation, session, applications, clusterName))
            }
        }
        show(statuses, console)
        if statuses.contains(where: { $0.reported.map { $0.stall != nil } ?? ($0.revision == nil) }) {
            throw ExitCode.failure
        }
    }

    /// How the controller itself was installed, where that is what is asked about.
    private func installation(_ name: String, _ applications: ClusterApplications) async throws -> Installation? {
        guard name == Installation.name, file.file == nil else { return nil }
        return try await Installation.found(
            in: namespace.namespace ?? Installation.defaultNamespace, of: applications.api)
    }

    /// Compares the controller with the one that this program carries.
    private func compare(
        _ installation: Installation, _ session: Session, _ cluster: ClusterApplications, _ clusterName: String
    ) async throws -> ApplicationStatus {
        let reconciler = try session.reconciler(cluster.api, named: clusterName)
        let application = try installation.application()
        let last = try await session.history().syncs(
            name: application.name, namespace: application.namespace, cluster: clusterName, limit: 1)
        return await Self.status(
            of: application, reconciler, by: session.actor, last.first,
            with: try await installation.manifests(for: cluster.api))
    }

    /// What the controller says of an application.
    private static func status(of kept: ClusterApplication) -> ApplicationStatus {
        ApplicationStatus(
            name: kept.name, namespace: kept.namespace, revision: kept.status.revision, objects: [],
            lastSync: kept.status.history.first,
            diagnostics: [], reported: kept.status)
    }

    /// Compares applications with the cluster, here.
    private func compare(
        _ applications: [Application], _ session: Session, _ cluster: ClusterApplications, _ clusterName: String
    ) async throws -> [ApplicationStatus] {
        let reconciler = try session.reconciler(cluster.api, named: clusterName)
        let history = try session.history()
        try await history.settleInterrupted(nil, at: Timestamp.now())
        var statuses: [ApplicationStatus] = []
        for application in applications {
            let last = try await history.syncs(
                name: application.name, namespace: application.namespace, cluster: clusterName, limit: 1)
            statuses.append(await Self.status(of: application, reconciler, by: session.actor, last.first))
        }
        return statuses
    }

    private func show(_ statuses: [ApplicationStatus], _ console: Console) {
        switch (format.output, name) {
        case (.text, nil):
            console.report(statuses.flatMap(\.diagnostics))
            if statuses.isEmpty { console.error.print(InkedLine("no application is known here", .quiet)) }
            console.output.print(
                statuses.isEmpty ? [] : StatusText.table(statuses, width: console.width, now: Timestamp.now()))
        case (.text, _?):
            for status in statuses {
                console.report(status.diagnostics)
                console.output.print(StatusText.details(status, width: console.width, now: Timestamp.now()))
            }
        case (_, nil): console.output.print(.array(statuses.map(Self.document)), as: format.output)
        case (_, _?): for status in statuses { console.output.print(Self.document(status), as: format.output) }
        }
    }

    private static func status(
        of application: Application, _ reconciler: Reconciler, by actor: String, _ last: SyncRecord?,
        with manifests: ComparedManifests? = nil
    ) async -> ApplicationStatus {
        var status = ApplicationStatus(
            name: application.name, namespace: application.namespace, objects: [], lastSync: last, diagnostics: [])
        do throws(DiagnosticsError) {
            var request = SyncRequest(trigger: SyncTrigger(.commandLine, by: actor))
            request.dryRun = true
            let plan: Plan
            if let manifests {
                (plan, status.diagnostics) = try await reconciler.compare(
                    application, with: manifests, request: request)
                status.revision = manifests.commit.map(RevisionLine.init)
            } else {
                let comparison = try await reconciler.compare(application, request: request)
                (plan, status.diagnostics) = (comparison.plan, comparison.diagnostics)
                status.revision = RevisionLine(comparison.commit)
            }
            let closed = reconciler.closedWindow(of: application, for: request.trigger)
            status.diagnostics += closed.map { [$0] } ?? []
            status.objects = plan.changes.map { change in
                ApplicationStatus.Object(
                    reference: change.reference, action: ObjectAction(change.action),
                    health: change.live.map { application.health.health(of: $0) })
            }
        } catch {
            status.diagnostics = error.diagnostics
        }
        return status
    }

    private static func document(_ status: ApplicationStatus) -> Value {
        if let reported = status.reported { return document(status, reported) }
        let objects = status.objects.filter { $0.action != .unchanged || status.unhealthy.contains($0) }.map { object in
            Documents.object(
                Documents.reference(object.reference) + [
                    ("action", .string(object.action.rawValue)),
                    ("health", object.health.map { .string($0.status.rawValue) }),
                    ("message", object.health.flatMap { $0.message.isEmpty ? nil : .string($0.message) }),
                ])
        }
        return Documents.object([
            ("application", .string(status.name)), ("namespace", .string(status.namespace)),
            ("synced", status.revision == nil ? nil : .bool(status.isSynced)),
            ("health", status.health.map { .string($0.rawValue) }),
            (
                "revision",
                status.revision.map {
                    Documents.revision(
                        SyncRevision(requested: $0.requested, commit: $0.commit, subject: $0.subject, author: $0.author)
                    )
                }
            ),
            ("objectCount", .int(status.objects.count)), ("objects", .array(objects)),
            ("lastSync", status.lastSync.map { Documents.sync($0, objects: nil) }),
            ("diagnostics", .array(status.diagnostics.map(Documents.diagnostic))),
        ])
    }

    private static func document(_ status: ApplicationStatus, _ reported: ReportedStatus) -> Value {
        let unhealthy = reported.unhealthy.map { object in
            Documents.object([
                ("kind", .string(object.reference.kind)), ("namespace", object.reference.namespace.map(Value.string)),
                ("name", .string(object.reference.name)), ("health", .string(object.status)),
                ("message", object.message.isEmpty ? nil : .string(object.message)),
            ])
        }
        return Documents.object([
            ("application", .string(status.name)), ("namespace", .string(status.namespace)),
            ("synced", .bool(reported.isSynced)),
            ("healthy", .bool(reported.isHealthy)),
            (
                "revision",
                status.revision.map {
                    Documents.revision(
                        SyncRevision(requested: $0.requested, commit: $0.commit, subject: $0.subject, author: $0.author)
                    )
                }
            ),
            ("objectCount", .int(reported.objectCount)), ("objects", .array(unhealthy)),
            (
                "conditions",
                .object(
                    Object(
                        entries: reported.conditions.sorted { $0.key < $1.key }.map { type, condition in
                            Object.Entry(
                                key: type,
                                value: [
                                    "status": .string(condition.status), "reason": .string(condition.reason),
                                    "message": .string(condition.message),
                                ])
                        }))
            ),
            ("lastSync", status.lastSync.map { Documents.sync($0, objects: nil) }),
        ])
    }
}
