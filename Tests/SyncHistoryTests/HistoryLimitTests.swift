import GRDB
import Manifest
import SyncHistory
import Testing

@Suite struct HistoryLimitTests {
    let folder: TemporaryFolder
    let history: SQLiteHistory

    init() throws {
        folder = try TemporaryFolder()
        history = try SQLiteHistory(folder: folder.path)
    }

    private func commit(_ name: String) -> String { String(repeating: name, count: 40) }

    @discardableResult
    private func sync(
        _ application: ApplicationID = shop, _ result: SyncResult = .succeeded, of name: String = "a",
        limit: Int? = nil, manifests: [KubernetesObject]? = nil, objects: [ObjectRecord] = [],
        diagnostics: [Diagnostic] = []
    ) async throws -> SyncRecord.ID {
        var begin = start(application, manifests: manifests)
        begin.revision.commit = commit(name)
        var end = end(result)
        end.historyLimit = limit
        end.diagnostics = diagnostics
        return try await history.record(begin, end, objects: objects)
    }

    private func ids(_ application: ApplicationID = shop) async throws -> [SyncRecord.ID] {
        try await history.syncs(
            name: application.name, namespace: application.namespace, cluster: application.cluster, limit: 10_000
        ).map(\.id)
    }

    private func read<Answer: Sendable>(_ sql: String) async throws -> Answer?
    where Answer: DatabaseValueConvertible {
        let database = try DatabaseQueue(path: folder.path + "/history.sqlite")
        return try await database.read { try Answer.fetchOne($0, sql: sql) }
    }

    private func deployed(_ name: String, _ result: String = "created", _ action: String = "create") -> ObjectRecord {
        var reference = deployment
        reference.name = name
        return ObjectRecord(reference: reference, action: action, result: result)
    }

    @Test func aHistoryWithoutALimitKeepsAll() async throws {
        for _ in 0..<30 { try await sync() }
        #expect(try await ids().count == 30)
    }

    @Test func theNewestStayAndTheirNumbersAreNeverGivenAgain() async throws {
        for _ in 0..<10 { try await sync() }
        try await sync(limit: 4)
        #expect(try await ids() == [11, 10, 9, 8])
        try await sync(limit: 1)
        #expect(try await ids() == [12])
        #expect(try await sync(limit: 0) == 13)
        #expect(try await ids() == [13])
        #expect(try await read("SELECT COUNT(*) FROM sync_object") == 0)
    }

    @Test func theObjectsOfASyncGoWithIt() async throws {
        let old = try await sync(objects: [deployed("a")])
        let new = try await sync(limit: 1, objects: [deployed("b")])
        #expect(try await history.objects(of: old).isEmpty)
        #expect(try await history.objects(of: new).count == 1)
        #expect(try await history.sync(old) == nil)
    }

    @Test func whatARollbackGoesBackToStays() async throws {
        try await sync(of: "1")
        try await sync(of: "2")
        try await sync(of: "3")
        for _ in 0..<5 { try await sync(of: "3") }
        for _ in 0..<5 { try await sync(.failed, of: "4", limit: 2) }
        // The last that succeeded, and the last that did with another commit.
        #expect(try await ids() == [13, 12, 8, 2])
    }

    private func sync(_ result: SyncResult, of name: String, limit: Int) async throws {
        _ = try await sync(shop, result, of: name, limit: limit)
    }

    @Test func aDeletionIsNoSyncThatARollbackGoesBackTo() async throws {
        try await sync(of: "1")
        try await sync(of: "2", diagnostics: [SyncRecord.deletionRemark(of: "shop")])
        try await sync(.failed, of: "3", limit: 1)
        #expect(try await ids() == [3, 1])
    }

    @Test func aSyncThatRunsStays() async throws {
        let running = try await history.begin(start())
        for _ in 0..<3 { try await sync(limit: 1) }
        #expect(try await ids() == [4, running])
        try await history.append([deployed("a")], to: running)
        try await history.finish(running, end())
        #expect(try await history.sync(running)?.result == .succeeded)
        let database = try DatabaseQueue(path: folder.path + "/history.sqlite")
        _ = try await history.begin(start())
        await #expect(throws: DatabaseError.self) {
            try await database.write { try $0.execute(sql: "DELETE FROM sync WHERE result = 'running'") }
        }
    }

    @Test func everyApplicationHasALimitOfItsOwn() async throws {
        var elsewhere = shop
        elsewhere.cluster = "https://elsewhere"
        var aside = shop
        aside.namespace = "aside"
        for application in [billing, elsewhere, aside, shop] {
            for _ in 0..<3 { try await sync(application) }
        }
        try await sync(shop, limit: 1)
        #expect(try await ids(shop).count == 1)
        for application in [billing, elsewhere, aside] { #expect(try await ids(application).count == 3) }
    }

    /// Where a limit is new, its first syncs do not stand still for it.
    @Test func aLongHistoryGoesLittleByLittle() async throws {
        for _ in 0..<250 { try await sync() }
        try await sync(limit: 5)
        #expect(try await ids().count == 151)
        for _ in 0..<3 { try await sync(limit: 5) }
        #expect(try await ids().count == 5)
    }

    // MARK: Manifests

    @Test func aManifestGoesWithTheLastSyncThatRefersToItAndABodyWithTheLastManifest() async throws {
        let (a, b, c) = (configMap("a", "1"), configMap("b", "1"), configMap("c", "1"))
        let first = try await sync(manifests: [a, b, a])
        try await sync(billing, manifests: [b])
        let digest = try #require(try await history.sync(first)?.manifestDigest)
        try await sync(manifests: [c])
        try await sync(limit: 1, manifests: [c])
        #expect(try await history.manifests(digest) == nil)
        let theirs = try #require(
            try await history.syncs(name: "billing", namespace: nil, cluster: nil, limit: 1).first)
        #expect(try await history.manifests(try #require(theirs.manifestDigest)) == [b.value])
        #expect(try await read("SELECT COUNT(*) FROM manifest") == 2)
        #expect(try await read("SELECT COUNT(*) FROM object_body") == 2)
        #expect(try await read("SELECT group_concat(manifests) FROM body_use") == "1,1")
        // What is gone may come again.
        let again = try await sync(limit: 1, manifests: [a, b, a])
        #expect(try await history.sync(again)?.manifestDigest == digest)
        #expect(try await history.manifests(digest) == [a, b, a].map(\.value))
        #expect(try await read("SELECT COUNT(*) FROM object_body") == 2)
    }

    /// A file of the version before counts what it has.
    @Test func theManifestsOfAnEarlierFileGoAsWell() async throws {
        let (a, b) = (configMap("a", "1"), configMap("b", "1"))
        try await sync(manifests: [a, b])
        try await sync(manifests: [b, a, b])
        try await sync(manifests: [])
        let database = try DatabaseQueue(path: folder.path + "/history.sqlite")
        try await database.write { database in
            try database.execute(
                sql: """
                    DROP INDEX sync_by_manifest; DROP TRIGGER sync_runs_to_its_end;
                    DROP TABLE body_use; DROP TABLE delivery;
                    DELETE FROM grdb_migrations WHERE identifier = '4 what goes with old syncs';
                    """)
        }
        let history = try SQLiteHistory(folder: folder.path)
        #expect(try await read("SELECT group_concat(manifests) FROM body_use") == "2,2")
        var end = end()
        end.historyLimit = 2
        _ = try await history.record(start(manifests: [a]), end, objects: [])
        #expect(try await read("SELECT group_concat(manifests) FROM body_use ORDER BY manifests") == "1")
        #expect(try await read("SELECT COUNT(*) FROM object_body") == 1)
    }

    @Test func theFileDoesNotOnlyGrow() async throws {
        func render(_ number: Int) -> [KubernetesObject] {
            (0..<10).map { configMap("\($0)", String(repeating: "\(number) ", count: 2000)) }
        }
        for number in 0..<40 { try await sync(manifests: render(number)) }
        let before: Int = try await read("PRAGMA page_count") ?? 0
        for number in 40..<60 { try await sync(limit: 3, manifests: render(number)) }
        let after: Int = try await read("PRAGMA page_count") ?? 0
        #expect(after < before / 4, "\(before) pages, then \(after)")
    }

    // MARK: Deliveries

    @Test func whatOldSyncsDeliveredIsNotForgotten() async throws {
        try await sync(objects: [deployed("stays"), deployed("goes"), deployed("goes later"), deployed("returns")])
        try await sync(objects: [deployed("returns", "pruned", "prune"), deployed("goes", "pruned", "prune")])
        try await sync(objects: [deployed("returns"), deployed("stays", "failed", "update")])
        try await sync(objects: [deployed("hook", "created", "hook")])
        try await sync()
        try await sync(objects: [deployed("goes later", "pruned", "prune")])
        let before = try await history.delivered(by: shop)
        #expect(Set(before.map(\.name)) == ["stays", "returns"])
        for limit in [5, 4, 3, 2, 1] {
            try await sync(limit: limit)
            #expect(try await history.delivered(by: shop) == before, "\(limit)")
        }
        #expect(try await read("SELECT COUNT(*) FROM sync") == 1)
        // What is taken away is forgotten with its last trace.
        #expect(try await read("SELECT COUNT(*) FROM delivery") == 2)
        #expect(try await history.delivered(by: billing).isEmpty)
        try await sync(limit: 1, objects: [deployed("stays", "pruned", "prune")])
        #expect(Set(try await history.delivered(by: shop).map(\.name)) == ["returns"])
    }
}
