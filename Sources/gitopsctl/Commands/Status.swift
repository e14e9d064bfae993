// `gitopsctl status`: is it synced, is it healthy, and what is not.

import ArgumentParser
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether applications are synced and healthy, and what is not.",
        discussion: "Compares each application's revision with the cluster; changes nothing. Exits with 1 when one cannot be compared.")

    @Argument(help: "The application's name; all applications otherwise.")
    var name: String?

    @OptionGroup var file: FileOption
    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        let (cluster, clusterName) = try session.cluster(clusterOptions)
        let reconciler = try session.reconciler(cluster, named: clusterName)
        let history = try session.history()
        try await history.settleInterrupted(nil, at: Session.now())

        let finder = session.finder(cluster)
        var applications: [Application] = []
        if let name {
            applications = [try await finder.find(name, file: file.file)]
        } else {
            let (found, diagnostics) = await finder.all(file: file.file)
            console.report(diagnostics)
            applications = found
        }
        var statuses: [ApplicationStatus] = []
        for application in applications {
            let last = try await history.syncs(name: application.name, namespace: application.namespace, cluster: clusterName, limit: 1)
            statuses.append(await Self.status(of: application, reconciler, by: session.actor, last.first))
        }
        show(statuses, console)
        if statuses.contains(where: { $0.revision == nil }) { throw ExitCode.failure }
    }

    private func show(_ statuses: [ApplicationStatus], _ console: Console) {
        switch (format.output, name) {
        case (.text, nil):
            console.report(statuses.flatMap(\.diagnostics))
            if statuses.isEmpty { console.error.print(InkedLine("no application is known here", .quiet)) }
            console.output.print(statuses.isEmpty ? [] : StatusText.table(statuses, width: console.width, now: Session.now()))
        case (.text, _?):
            for status in statuses {
                console.report(status.diagnostics)
                console.output.print(StatusText.details(status, width: console.width, now: Session.now()))
            }
        case (_, nil): console.output.print(.array(statuses.map(Self.document)), as: format.output)
        case (_, _?): for status in statuses { console.output.print(Self.document(status), as: format.output) }
        }
    }

    private static func status(
        of application: Application, _ reconciler: Reconciler, by actor: String, _ last: SyncRecord?
    ) async -> ApplicationStatus {
        var status = ApplicationStatus(
            name: application.name, namespace: application.namespace, objects: [], lastSync: last, diagnostics: [])
        do throws(DiagnosticsError) {
            var request = SyncRequest(trigger: SyncTrigger(.commandLine, by: actor))
            request.dryRun = true
            let comparison = try await reconciler.compare(application, request: request)
            status.revision = RevisionLine(comparison.commit)
            let closed = reconciler.closedWindow(of: application, for: request.trigger)
            status.diagnostics = comparison.diagnostics + (closed.map { [$0] } ?? [])
            status.objects = comparison.plan.changes.map { change in
                ApplicationStatus.Object(
                    reference: change.reference, action: ObjectAction(change.action), health: change.live.map { application.health.health(of: $0) })
            }
        } catch {
            status.diagnostics = error.diagnostics
        }
        return status
    }

    private static func document(_ status: ApplicationStatus) -> Value {
        let objects = status.objects.filter { $0.action != .unchanged || status.unhealthy.contains($0) }.map { object in
            Documents.object(
                Documents.reference(object.reference) + [
                    ("action", .string(object.action.rawValue)), ("health", object.health.map { .string($0.status.rawValue) }),
                    ("message", object.health.flatMap { $0.message.isEmpty ? nil : .string($0.message) }),
                ])
        }
        return Documents.object([
            ("application", .string(status.name)), ("namespace", .string(status.namespace)),
            ("synced", status.revision == nil ? nil : .bool(status.isSynced)), ("health", status.health.map { .string($0.rawValue) }),
            ("revision", status.revision.map {
                Documents.revision(SyncRevision(requested: $0.requested, commit: $0.commit, subject: $0.subject, author: $0.author))
            }),
            ("objectCount", .int(status.objects.count)), ("objects", .array(objects)),
            ("lastSync", status.lastSync.map { Documents.sync($0, objects: nil) }),
            ("diagnostics", .array(status.diagnostics.map(Documents.diagnostic))),
        ])
    }
}
