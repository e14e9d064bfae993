// `gitopsctl history`: the syncs that were, and one of them in full.

import ArgumentParser
import Manifest
import SyncHistory

struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the syncs of an application, or one sync in full.",
        discussion: "CHANGES counts objects by the signs of a diff: + created, ~ configured, ± recreated, - pruned, ✗ failed.")

    @Argument(help: "The application's name; all applications otherwise.")
    var name: String?

    @Argument(help: ArgumentHelp("The sync to show in full.", valueName: "sync-id"))
    var sync: Int64?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many syncs to show.", valueName: "number"))
    var limit = 20

    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let history = try SQLiteHistory(folder: StateFolder.path(environment: console.environment))
        let now = Session.now()
        try await history.settleInterrupted(nil, at: now)
        if let sync { return try await showSync(sync, history, console, now) }

        let syncs = try await history.syncs(name: name, namespace: nil, cluster: nil, limit: limit)
        guard format.output == .text else {
            return console.output.print(.array(syncs.map { Documents.sync($0, objects: nil) }), as: format.output)
        }
        if syncs.isEmpty {
            console.error.print(InkedLine("no sync\(name.map { " of \($0)" } ?? "") is recorded here", .quiet))
        } else {
            console.output.print(HistoryText.table(syncs, width: console.width, now: now, manyApplications: name == nil))
        }
    }

    private func showSync(_ id: Int64, _ history: SQLiteHistory, _ console: Console, _ now: Timestamp) async throws {
        guard let sync = try await history.sync(id), name == nil || sync.application.name == name else {
            throw DiagnosticsError(
                "there is no sync \(id)\(name.map { " of \($0)" } ?? "")",
                cure: "See which there are with `gitopsctl history\(name.map { " \($0)" } ?? "")`")
        }
        let objects = try await history.objects(of: id)
        guard format.output == .text else { return console.output.print(Documents.sync(sync, objects: objects), as: format.output) }
        let lines = HistoryText.details(
            sync, objects: objects, width: console.width, now: now, offset: Session.clockOffset(at: sync.started))
        console.output.print(lines)
    }
}
