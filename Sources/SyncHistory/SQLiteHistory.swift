// The history in one SQLite file, through GRDB: written ahead (WAL), safe against other processes and against a crash
// at any moment.

import GRDB
package import Manifest

#if canImport(Glibc)
    import Glibc
#endif

/// The history of this machine's syncs, in `history.sqlite` of the state folder.
///
/// Rendered manifests are kept by content: one body per distinct object, and per distinct render the list of its
/// bodies' digests. From one commit to the next most objects are the same, so a changed image costs one body and one
/// list, which is less than a second compressed copy of the whole render would cost (and needs no compression library:
/// SQLite has none).
package struct SQLiteHistory: HistoryStore {
    let database: DatabasePool
    let file: String
    /// The state folder, where the locks stand too.
    package let folder: String

    /// Opens the history of a state folder, and creates it, readable by its owner alone, where there is none.
    package init(folder: String) throws(DiagnosticsError) {
        self.folder = folder
        file = folder + "/history.sqlite"
        try StateFolder.create(folder)
        // SQLite gives its side files the mode of the database, so that is created before SQLite would. Only then: a
        // descriptor of ours on a database that is in use would, once closed, take all of SQLite's locks on it along
        // (sqlite.org/howtocorrupt.html, 2.2).
        let created = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if created >= 0 {
            close(created)
        } else if errno != EEXIST {
            throw StateFolder.failure("cannot open the history", path: file, errno)
        }
        // Two processes that both turn a new file into WAL mode, or migrate it, would meet SQLITE_BUSY without any
        // wait.
        let opening = open(folder + "/history.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opening >= 0 else {
            throw StateFolder.failure("cannot open the history", path: folder + "/history.lock", errno)
        }
        defer { close(opening) }
        while flock(opening, LOCK_EX) != 0, errno == EINTR {}
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.label = "history"
        // Lets the file become smaller again. Only a file without tables can be told so: one of an earlier version fills
        // the pages that are free, and keeps its size.
        var status = stat()
        let isNew = stat(file, &status) == 0 && status.st_size == 0
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            if isNew, !database.configuration.readonly {
                try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            }
        }
        let path = file
        database = try Self.diagnosing(path) { () throws in
            let pool = try DatabasePool(path: path, configuration: configuration)
            try HistorySchema.migrator.migrate(pool)
            return pool
        }
    }

    package func begin(_ start: SyncStart) async throws(DiagnosticsError) -> SyncRecord.ID {
        let bodies = start.manifests.map(ManifestArchive.Render.init)
        return try await write { try Self.insert(start, bodies, $0) }
    }

    package func append(_ objects: [ObjectRecord], to sync: SyncRecord.ID) async throws(DiagnosticsError) {
        if objects.isEmpty { return }
        try await write { try Self.insert(objects, to: sync, $0) }
    }

    package func finish(_ sync: SyncRecord.ID, _ end: SyncEnd) async throws(DiagnosticsError) {
        try await write { try Self.end(sync, end, $0) }
    }

    package func record(
        _ start: SyncStart, _ end: SyncEnd, objects: [ObjectRecord]
    ) async throws(DiagnosticsError) -> SyncRecord.ID {
        let bodies = start.manifests.map(ManifestArchive.Render.init)
        return try await write {
            let sync = try Self.insert(start, bodies, $0)
            try Self.insert(objects, to: sync, $0)
            try Self.end(sync, end, $0)
            return sync
        }
    }

    package func reserve(above sync: SyncRecord.ID) async throws(DiagnosticsError) {
        if try await read({ try SyncRow.highestNumber($0) }) >= sync { return }
        try await write { try SyncRow.reserve(above: sync, $0) }
    }

    @discardableResult
    package func settleInterrupted(
        _ application: ApplicationID?, at moment: Timestamp
    ) async throws(DiagnosticsError) -> Int {
        let running = try await read { try SyncRow.running(application, $0) }
        var dead: [SyncRecord] = []
        for sync in running {
            // A sync runs as long as the very process that began it holds the application's lock.
            if try SyncLock.holder(of: sync.application, in: folder) != .process(sync.owner) { dead.append(sync) }
        }
        if dead.isEmpty { return 0 }
        let orphans = dead
        return try await write { database in
            var settled = 0
            for sync in orphans {
                let reason = Diagnostic.warning(
                    "the process that ran this sync (\(sync.owner)) ended before the sync did",
                    cure: "Sync again: what was left undone is done then")
                let counts = try SyncRow.counts(ofObjects: sync.id, database)
                let end = SyncEnd(result: .interrupted, finished: moment, counts: counts, diagnostics: [reason])
                settled += try SyncRow.end(sync.id, end, database) ? 1 : 0
            }
            return settled
        }
    }

    package func syncs(
        name: String?, namespace: String?, cluster: String?, limit: Int
    ) async throws(DiagnosticsError) -> [SyncRecord] {
        try await read { try SyncRow.find(name: name, namespace: namespace, cluster: cluster, limit: limit, $0) }
    }

    package func sync(_ id: SyncRecord.ID) async throws(DiagnosticsError) -> SyncRecord? {
        try await read { try SyncRow.find(id, $0) }
    }

    package func objects(of sync: SyncRecord.ID) async throws(DiagnosticsError) -> [ObjectRecord] {
        try await read { try ObjectRow.find(of: sync, $0) }
    }

    package func delivered(by application: ApplicationID) async throws(DiagnosticsError) -> Set<ObjectIdentity> {
        try await read { try ObjectRow.delivered(by: application, $0) }
    }

    package func manifests(_ digest: String) async throws(DiagnosticsError) -> [Value]? {
        try await read { try ManifestArchive.load(digest, $0) }
    }

    // MARK: -

    private static func insert(_ start: SyncStart, _ render: ManifestArchive.Render?, _ database: Database) throws
        -> Int64
    {
        if let render { try ManifestArchive.store(render, database) }
        return try SyncRow.insert(start, manifest: render?.digest, database)
    }

    private static func insert(_ objects: [ObjectRecord], to sync: Int64, _ database: Database) throws {
        try ObjectRow.insert(objects, to: sync, database)
    }

    private static func end(_ sync: Int64, _ end: SyncEnd, _ database: Database) throws {
        guard try SyncRow.end(sync, end, database) else {
            throw DiagnosticsError("sync \(sync) is not running, so it cannot end")
        }
        if let limit = end.historyLimit, let application = try SyncRow.application(of: sync, database) {
            try HistoryLimit(limit, of: application).enforce(database)
        }
    }

    private func write<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(DiagnosticsError) -> Result {
        // Not a child of the caller's task: that a sync was cancelled is exactly what must still be recorded.
        let task = Task { [database] in try await database.write(body) }
        do { return try await task.value } catch { throw Self.diagnosis(error, file) }
    }

    private func read<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(DiagnosticsError) -> Result {
        do { return try await database.read(body) } catch { throw Self.diagnosis(error, file) }
    }

    private static func diagnosing<Result>(_ file: String, _ body: () throws -> Result) throws(DiagnosticsError)
        -> Result
    {
        do { return try body() } catch { throw diagnosis(error, file) }
    }

    private static func diagnosis(_ error: any Error, _ file: String) -> DiagnosticsError {
        if let error = error as? DiagnosticsError { return error }
        guard let error = error as? DatabaseError else {
            return DiagnosticsError("the history cannot be used: \(error)", at: SourceLocation(file: file))
        }
        let reason = error.message ?? error.resultCode.description
        let cure: String =
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: "Another process keeps the history locked: find it with `fuser \(file)`"
            case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                "Move the file away to begin a new history; the cluster is not affected"
            case .SQLITE_FULL, .SQLITE_IOERR: "Make room on the disk that holds it"
            case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: "Let this user write to the file and its folder"
            default: "Move the file away to begin a new history if this persists"
            }
        return DiagnosticsError("the history cannot be used: \(reason)", at: SourceLocation(file: file), cure: cure)
    }
}
