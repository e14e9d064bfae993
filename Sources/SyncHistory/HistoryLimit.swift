// What the history lets go of: the syncs of an application beyond its limit, and what only they had.

import FoundationEssentials
import GRDB
import Manifest

/// The limit of one application.
///
/// Whatever it is, these stay: a sync that runs, the newest one, the last that succeeded, and the last that succeeded
/// with another commit than that one, to which a rollback goes.
struct HistoryLimit {
    /// How many syncs go at one end of a sync at most. Where a limit is new there may be many: the next ends go on.
    private static let share = 100
    /// How many pages of the file are given back at one end of a sync at most (4 KiB each).
    private static let pages = 256

    let application: ApplicationID
    let limit: Int

    /// - Parameter limit: how many of the newest syncs are kept.
    init(_ limit: Int, of application: ApplicationID) {
        self.limit = max(1, limit)
        self.application = application
    }

    private var key: StatementArguments { [application.name, application.namespace, application.cluster] }

    /// Deletes what is beyond the limit, in the transaction that it is called in.
    func enforce(_ database: Database) throws {
        let beyond = try database.cachedStatement(
            sql: """
                SELECT id FROM sync WHERE application = ? AND namespace = ? AND cluster = ?
                ORDER BY id DESC LIMIT 1 OFFSET ?
                """)
        guard let last = try Int64.fetchOne(beyond, arguments: key + [limit]) else { return }
        let kept = try good(database)
        let old = try database.cachedStatement(
            sql: """
                SELECT id, manifest FROM sync WHERE application = ? AND namespace = ? AND cluster = ?
                    AND id <= ? AND result <> 'running' AND id NOT IN (?, ?)
                ORDER BY id LIMIT ?
                """)
        let rows = try Row.fetchAll(old, arguments: key + [last, kept.last, kept.other, Self.share])
        if rows.isEmpty { return }
        var manifests: Set<Data> = []
        for row in rows {
            let id: Int64 = row[0]
            if let manifest: Data = row[1] { manifests.insert(manifest) }
            try ObjectRow.keepDeliveries(of: id, database)
            try database.cachedStatement(sql: "DELETE FROM sync WHERE id = ?").execute(arguments: [id])
        }
        try ObjectRow.forgetRemoved(by: application, database)
        for manifest in manifests { try ManifestArchive.release(manifest, database) }
        try Row.fetchCursor(database, sql: "PRAGMA incremental_vacuum(\(Self.pages))").forEach { _ in }
    }

    /// The last sync that succeeded, and the last one that did with another commit; 0 where there is none.
    private func good(_ database: Database) throws -> (last: Int64, other: Int64) {
        let select = """
            SELECT id, commit_id FROM sync WHERE application = ? AND namespace = ? AND cluster = ?
                AND result = 'succeeded' AND instr(diagnostics, ?) = 0
            """
        let deletion = DiagnosticsText.rule(SyncRecord.deletion)
        let newest = try database.cachedStatement(sql: "\(select) ORDER BY id DESC LIMIT 1")
        guard let last = try Row.fetchOne(newest, arguments: key + [deletion]) else { return (0, 0) }
        let commit: String? = last[1]
        let another = try database.cachedStatement(sql: "\(select) AND commit_id <> ? ORDER BY id DESC LIMIT 1")
        let other = try Int64.fetchOne(another, arguments: key + [deletion, commit ?? ""])
        return (last[0], other ?? 0)
    }
}
