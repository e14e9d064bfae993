// `gitopsctl history`: the syncs that were, and one of them in full.

import ArgumentParser
import Manifest
import SyncHistory

struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show the syncs of an application, or one sync in full.",
        discussion: """
            CHANGES counts objects by the signs of a diff: + created, ~ configured, ± recreated, - pruned, ✗ failed. Of an application \
            that a controller keeps, the last ten syncs are told from its status; with --local, and of all others, what this machine \
            has recorded.
            """)

    @Argument(help: "The application's name; all applications otherwise.")
    var name: String?

    @Argument(help: ArgumentHelp("The sync to show in full.", valueName: "sync-id"))
    var sync: Int64?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many syncs to show.", valueName: "number"))
    var limit = 20

    @Flag(help: "What this machine has recorded, though a controller keeps the application.")
    var local = false

    @Option(help: ArgumentHelp("The namespace of the application's object.", valueName: "name"))
    var namespace: String?

    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        if let name, !local, let kept = try await controlled(name, Session(console: console)) {
            return try show(kept, console)
        }
        let history = try SQLiteHistory(folder: StateFolder.path(environment: console.environment))
        let now = Timestamp.now()
        try await history.settleInterrupted(nil, at: now)
        if let sync { return try await showSync(sync, history, console, now) }

        let syncs = try await history.syncs(name: name, namespace: nil, cluster: nil, limit: limit)
        guard format.output == .text else {
            return console.output.print(.array(syncs.map { Documents.sync($0, objects: nil) }), as: format.output)
        }
        if syncs.isEmpty {
            console.error.print(InkedLine("no sync\(name.map { " of \($0)" } ?? "") is recorded here", .quiet))
        } else {
            console.output.print(
                HistoryText.table(syncs, width: console.width, now: now, manyApplications: name == nil))
        }
    }

    /// The application as a controller keeps it; nil where none does, or where there is no cluster to ask.
    ///
    /// - Throws: where the cluster does not say.
    private func controlled(
        _ name: String, _ session: Session
    ) async throws(DiagnosticsError) -> ClusterApplication? {
        guard let applications = try? session.applications(clusterOptions, in: namespace).applications else {
            return nil
        }
        do throws(DiagnosticsError) {
            guard let kept = try await applications.findWhereAllowed(name), kept.status.isTold else { return nil }
            return kept
        } catch {
            var diagnostics = error.diagnostics
            diagnostics.append(Diagnostic(.note, "what this machine has recorded is told with --local"))
            throw DiagnosticsError(diagnostics)
        }
    }

    /// What the status tells.
    private func show(_ kept: ClusterApplication, _ console: Console) throws {
        let syncs = Array(kept.status.history.prefix(limit))
        let now = Timestamp.now()
        if let sync {
            guard let record = kept.status.history.first(where: { $0.id == sync }) else {
                throw DiagnosticsError(
                    "the status of \(kept.name) does not tell of a sync \(sync)",
                    cure: "See which it tells of with `gitopsctl history \(kept.name)`")
            }
            guard format.output == .text else {
                return console.output.print(Documents.sync(record, objects: nil), as: format.output)
            }
            return console.output.print(
                HistoryText.details(
                    record, objects: [], width: console.width, now: now, offset: Session.clockOffset(at: record.started)
                ))
        }
        guard format.output == .text else {
            return console.output.print(.array(syncs.map { Documents.sync($0, objects: nil) }), as: format.output)
        }
        if syncs.isEmpty { return console.error.print(InkedLine("\(kept.name) was not synced yet", .quiet)) }
        console.output.print(HistoryText.table(syncs, width: console.width, now: now, manyApplications: false))
    }

    private func showSync(_ id: Int64, _ history: SQLiteHistory, _ console: Console, _ now: Timestamp) async throws {
        guard let sync = try await history.sync(id), name == nil || sync.application.name == name else {
            throw DiagnosticsError(
                "there is no sync \(id)\(name.map { " of \($0)" } ?? "")",
                cure: "See which there are with `gitopsctl history\(name.map { " \($0)" } ?? "")`")
        }
        let objects = try await history.objects(of: id)
        guard format.output == .text else {
            return console.output.print(Documents.sync(sync, objects: objects), as: format.output)
        }
        let lines = HistoryText.details(
            sync, objects: objects, width: console.width, now: now, offset: Session.clockOffset(at: sync.started))
        console.output.print(lines)
    }
}
