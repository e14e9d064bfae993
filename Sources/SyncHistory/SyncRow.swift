// A sync as a row of the table `sync`.

import FoundationEssentials
import GRDB
import Manifest

enum SyncRow {
    static func insert(_ start: SyncStart, manifest: Data?, _ database: Database) throws -> Int64 {
        let insert = try database.cachedStatement(
            sql: """
                INSERT INTO sync (
                    cluster, namespace, application, trigger_kind, trigger_actor, revision, commit_id, commit_subject,
                    commit_author, started, result, owner_pid, owner_boot, owner_start, manifest)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?)
                """)
        try insert.execute(
            arguments: [
                start.application.cluster, start.application.namespace, start.application.name,
                start.trigger.kind.rawValue,
                start.trigger.actor, start.revision.requested, start.revision.commit, start.revision.subject,
                start.revision.author, start.started.milliseconds, start.owner.pid, start.owner.boot,
                start.owner.startTick,
                manifest,
            ])
        return database.lastInsertedRowID
    }

    /// The highest number that was ever given. SQLite keeps it for tables with AUTOINCREMENT (sqlite.org/autoinc.html).
    static func highestNumber(_ database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'sync'") ?? 0
    }

    static func reserve(above number: Int64, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'sync'", arguments: [number])
        if database.changesCount > 0 { return }
        try database.execute(sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('sync', ?)", arguments: [number])
    }

    /// Ends a sync that runs; false when it does not run (any more).
    static func end(_ sync: Int64, _ end: SyncEnd, _ database: Database) throws -> Bool {
        let update = try database.cachedStatement(
            sql: """
                UPDATE sync SET result = ?, finished = ?, created = ?, configured = ?, recreated = ?, pruned = ?, unchanged = ?, skipped = ?,
                    failed = ?, diagnostics = ?
                WHERE id = ? AND result = 'running'
                """)
        try update.execute(
            arguments: [
                end.result.rawValue, end.finished.milliseconds, end.counts.created, end.counts.configured,
                end.counts.recreated, end.counts.pruned,
                end.counts.unchanged, end.counts.skipped, end.counts.failed, DiagnosticsText.encode(end.diagnostics),
                sync,
            ])
        return database.changesCount == 1
    }

    static func application(of sync: Int64, _ database: Database) throws -> ApplicationID? {
        let select = try database.cachedStatement(sql: "SELECT cluster, namespace, application FROM sync WHERE id = ?")
        return try Row.fetchOne(select, arguments: [sync]).map {
            ApplicationID(cluster: $0[0], namespace: $0[1], name: $0[2])
        }
    }

    /// The syncs that nobody has ended yet.
    ///
    /// - Parameter application: whose; nil for everybody's.
    static func running(_ application: ApplicationID?, _ database: Database) throws -> [SyncRecord] {
        guard let application else { return try records("WHERE result = 'running' ORDER BY id", [], database) }
        return try records(
            "WHERE result = 'running' AND application = ? AND namespace = ? AND cluster = ? ORDER BY id",
            [application.name, application.namespace, application.cluster], database)
    }

    static func find(
        name: String?, namespace: String?, cluster: String?, limit: Int, _ database: Database
    ) throws -> [SyncRecord] {
        let filters = [("application", name), ("namespace", namespace), ("cluster", cluster)].filter { $0.1 != nil }
        let clause = filters.isEmpty ? "" : "WHERE " + filters.map { "\($0.0) = ?" }.joined(separator: " AND ")
        return try records(
            "\(clause) ORDER BY id DESC LIMIT ?", StatementArguments(filters.compactMap(\.1)) + [limit], database)
    }

    static func find(_ id: Int64, _ database: Database) throws -> SyncRecord? {
        try records("WHERE id = ?", [id], database).first
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

    // In the order in which `record` reads them: a look-up of every value by its column's name costs more than the
    // query.
    private static let select = """
        SELECT id, cluster, namespace, application, trigger_kind, trigger_actor, revision, commit_id, commit_subject, commit_author,
            started, finished, result, created, configured, recreated, pruned, unchanged, skipped, failed, diagnostics,
            owner_pid, owner_boot, owner_start, lower(hex(manifest))
        FROM sync
        """

    private static func records(_ clause: String, _ arguments: StatementArguments, _ database: Database) throws
        -> [SyncRecord]
    {
        let statement = try database.cachedStatement(sql: "\(select) \(clause)")
        return try Row.fetchAll(statement, arguments: arguments).map { row in
            var cells = Cells(row)
            return record(&cells)
        }
    }

    private static func record(_ cells: inout Cells) -> SyncRecord {
        let id: Int64 = cells.next()
        let application = ApplicationID(cluster: cells.next(), namespace: cells.next(), name: cells.next())
        let trigger = SyncTrigger(SyncTrigger.Kind(rawValue: cells.next()) ?? .commandLine, by: cells.next())
        let revision = SyncRevision(
            requested: cells.next(), commit: cells.nextIfAny(), subject: cells.nextIfAny(), author: cells.nextIfAny())
        let started: Int64 = cells.next()
        let finished: Int64? = cells.nextIfAny()
        let result = SyncResult(rawValue: cells.next()) ?? .failed
        let counts = SyncCounts(
            created: cells.next(), configured: cells.next(), recreated: cells.next(), pruned: cells.next(),
            unchanged: cells.next(),
            skipped: cells.next(), failed: cells.next())
        let diagnostics = DiagnosticsText.decode(cells.next())
        let owner = ProcessIdentity(pid: cells.next(), boot: cells.next(), startTick: cells.next())
        let digest: String? = cells.nextIfAny()
        return SyncRecord(
            id: id, application: application, trigger: trigger, revision: revision,
            started: Timestamp(milliseconds: started),
            finished: finished.map(Timestamp.init(milliseconds:)), result: result, counts: counts,
            diagnostics: diagnostics,
            owner: owner, manifestDigest: digest?.isEmpty == true ? nil : digest)
    }
}

/// The values of a row, read from left to right.
private struct Cells {
    private let row: Row
    private var index = 0

    init(_ row: Row) { self.row = row }

    mutating func next<Cell: DatabaseValueConvertible & StatementColumnConvertible>() -> Cell {
        defer { index += 1 }
        return row[index]
    }

    mutating func nextIfAny<Cell: DatabaseValueConvertible & StatementColumnConvertible>() -> Cell? {
        defer { index += 1 }
        return row[index]
    }
}
