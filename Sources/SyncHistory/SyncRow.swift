// A sync as a row of the table `sync`.

import FoundationEssentials
import GRDB
import Manifest

enum SyncRow {
    static func insert(_ start: SyncStart, manifest: Data?, _ database: Database) throws -> Int64 {
        try database.execute(
            sql: """
                INSERT INTO sync (
                    cluster, namespace, application, trigger_kind, trigger_actor, revision, commit_id, commit_subject,
                    commit_author, started, result, owner_pid, owner_boot, owner_start, manifest)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?)
                """,
            arguments: [
                start.application.cluster, start.application.namespace, start.application.name, start.trigger.kind.rawValue,
                start.trigger.actor, start.revision.requested, start.revision.commit, start.revision.subject,
                start.revision.author, start.started.milliseconds, start.owner.pid, start.owner.boot, start.owner.startTick,
                manifest,
            ])
        return database.lastInsertedRowID
    }

    /// The highest number that was ever given. SQLite keeps it for tables with AUTOINCREMENT (sqlite.org/autoinc.html).
    static func highestNumber(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'sync'") ?? 0
    }

    static func reserve(above number: Int64, _ database: Database) throws {
        try database.execute(sql: "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'sync'", arguments: [number])
        if database.changesCount > 0 { return }
        try database.execute(sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('sync', ?)", arguments: [number])
    }

    /// Ends a sync that runs; false when it does not run (any more).
    static func end(_ sync: Int64, _ end: SyncEnd, _ database: Database) throws -> Bool {
        try database.execute(
            sql: """
                UPDATE sync SET result = ?, finished = ?, created = ?, configured = ?, recreated = ?, pruned = ?, unchanged = ?, skipped = ?,
                    failed = ?, diagnostics = ?
                WHERE id = ? AND result = 'running'
                """,
            arguments: [
                end.result.rawValue, end.finished.milliseconds, end.counts.created, end.counts.configured, end.counts.recreated, end.counts.pruned,
                end.counts.unchanged, end.counts.skipped, end.counts.failed, DiagnosticsText.encode(end.diagnostics), sync,
            ])
        return database.changesCount == 1
    }

    static func running(_ database: Database) throws -> [SyncRecord] {
        try Row.fetchAll(database, sql: "\(select) WHERE result = 'running' ORDER BY id").map(record)
    }

    static func find(
        name: String?, namespace: String?, cluster: String?, limit: Int, _ database: Database
    ) throws -> [SyncRecord] {
        let filters = [("application", name), ("namespace", namespace), ("cluster", cluster)].filter { $0.1 != nil }
        let clause = filters.isEmpty ? "" : " WHERE " + filters.map { "\($0.0) = ?" }.joined(separator: " AND ")
        return try Row.fetchAll(
            database, sql: "\(select)\(clause) ORDER BY id DESC LIMIT ?",
            arguments: StatementArguments(filters.compactMap(\.1)) + [limit]
        ).map(record)
    }

    static func find(_ id: Int64, _ database: Database) throws -> SyncRecord? {
        try Row.fetchOne(database, sql: "\(select) WHERE id = ?", arguments: [id]).map(record)
    }

    /// What an interrupted sync is known to have done.
    static func counts(ofObjects sync: Int64, _ database: Database) throws -> SyncCounts {
        var counts = SyncCounts()
        let rows = try Row.fetchAll(
            database, sql: "SELECT result, COUNT(*) FROM sync_object WHERE sync = ? GROUP BY result", arguments: [sync])
        for row in rows {
            let result: String = row[0]
            let count: Int = row[1]
            switch result {
            case "created": counts.created = count
            case "configured": counts.configured = count
            case "recreated": counts.recreated = count
            case "pruned": counts.pruned = count
            case "unchanged": counts.unchanged = count
            case "failed": counts.failed = count
            default: counts.skipped += count
            }
        }
        return counts
    }

    private static let select = "SELECT *, lower(hex(manifest)) AS manifest_digest FROM sync"

    private static func record(_ row: Row) throws -> SyncRecord {
        let finished: Int64? = row["finished"]
        let digest: String? = row["manifest_digest"]
        return SyncRecord(
            id: row["id"],
            application: ApplicationID(cluster: row["cluster"], namespace: row["namespace"], name: row["application"]),
            trigger: SyncTrigger(SyncTrigger.Kind(rawValue: row["trigger_kind"]) ?? .commandLine, by: row["trigger_actor"]),
            revision: SyncRevision(
                requested: row["revision"], commit: row["commit_id"], subject: row["commit_subject"], author: row["commit_author"]),
            started: Timestamp(milliseconds: row["started"]),
            finished: finished.map(Timestamp.init(milliseconds:)),
            result: SyncResult(rawValue: row["result"]) ?? .failed,
            counts: SyncCounts(
                created: row["created"], configured: row["configured"], recreated: row["recreated"], pruned: row["pruned"], unchanged: row["unchanged"],
                skipped: row["skipped"], failed: row["failed"]),
            diagnostics: DiagnosticsText.decode(row["diagnostics"]),
            owner: ProcessIdentity(pid: row["owner_pid"], boot: row["owner_boot"], startTick: row["owner_start"]),
            manifestDigest: digest?.isEmpty == true ? nil : digest)
    }
}
