import GRDB
import Manifest
import SyncHistory
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct SQLiteHistoryTests {
    let folder: TemporaryFolder
    let history: SQLiteHistory

    init() throws {
        folder = try TemporaryFolder()
        history = try SQLiteHistory(folder: folder.path)
    }

    @Test func aSyncIsTold_asItWasRecorded() async throws {
        let id = try await history.begin(start(manifests: [configMap("a", "1")]))
        let running = try #require(try await history.sync(id))
        #expect(running.result == .running)
        #expect(running.finished == nil)

        let object = ObjectRecord(
            reference: deployment, action: "update", result: "configured",
            fields: ["spec.replicas", #"metadata.labels["a.b/c"]"#],
            error: nil, duration: .milliseconds(12))
        let failure = ObjectRecord(
            reference: ObjectReference(
                gvk: GroupVersionKind(apiVersion: "v1", kind: "Namespace"), namespace: nil, name: "shop"),
            action: "create", result: "failed", error: "forbidden", duration: .microseconds(3))
        try await history.append([object], to: id)
        try await history.append([failure], to: id)
        let finding = Diagnostic.error(
            "a \"quoted\" field",
            at: SourceLocation(file: "k8s/web.yaml", position: SourcePosition(line: 3, column: 7), commit: "abc"),
            cure: "Take it out")
        try await history.finish(
            id,
            SyncEnd(
                result: .failed, finished: Timestamp(milliseconds: 5_000), counts: SyncCounts(configured: 1, failed: 1),
                diagnostics: [finding]))

        let told = try #require(try await history.sync(id))
        #expect(told.application == shop)
        #expect(told.trigger == SyncTrigger(.commandLine, by: "ada@engine"))
        #expect(told.revision == start().revision)
        #expect(told.started == Timestamp(milliseconds: 1_000) && told.finished == Timestamp(milliseconds: 5_000))
        #expect(told.result == .failed)
        #expect(told.counts == SyncCounts(configured: 1, failed: 1))
        #expect(told.diagnostics == [finding])
        #expect(told.owner == .current())
        #expect(try await history.objects(of: id) == [object, failure])
    }

    @Test func syncsAreListedNewestFirstAndByApplication() async throws {
        for application in [shop, billing, shop] {
            _ = try await history.record(start(application), end(), objects: [])
        }
        #expect(try await history.syncs(name: nil, namespace: nil, cluster: nil, limit: 10).map(\.id) == [3, 2, 1])
        #expect(try await history.syncs(name: "shop", namespace: nil, cluster: nil, limit: 10).map(\.id) == [3, 1])
        #expect(
            try await history.syncs(name: "shop", namespace: "gitops", cluster: shop.cluster, limit: 1).map(\.id) == [3]
        )
        #expect(try await history.syncs(name: "shop", namespace: nil, cluster: "https://other", limit: 9).isEmpty)
    }

    @Test func whatSyncsDeliveredIsWhatTheyLeftInTheCluster() async throws {
        func record(_ name: String, _ result: String, action: String = "create", apiVersion: String = "apps/v1")
            -> ObjectRecord
        {
            ObjectRecord(
                reference: ObjectReference(
                    gvk: GroupVersionKind(apiVersion: apiVersion, kind: "Deployment"), namespace: "shop", name: name),
                action: action, result: result)
        }
        let syncs: [[ObjectRecord]] = [
            [
                record("stays", "created"), record("goes", "created"), record("returns", "created"),
                record("moves", "created"),
                record("never", "failed"), record("left", "skipped"), record("migrate", "created", action: "hook"),
            ],
            [
                record("goes", "pruned", action: "prune"), record("returns", "pruned", action: "prune"),
                record("stays", "failed"),
            ],
            [record("returns", "created"), record("moves", "pruned", action: "prune", apiVersion: "apps/v1beta1")],
            [record("moves", "created", apiVersion: "extensions/v1")],
        ]
        for objects in syncs { _ = try await history.record(start(shop), end(), objects: objects) }
        _ = try await history.record(start(billing), end(), objects: [record("theirs", "created")])
        let delivered = try await history.delivered(by: shop)
        #expect(
            Set(delivered.map { "\($0.groupKind.group) \($0.name)" }) == [
                "apps stays", "apps returns", "extensions moves",
            ])
    }

    @Test func aFinishedSyncIsNeverChanged() async throws {
        let id = try await history.record(start(), end(), objects: [])
        await #expect(throws: DiagnosticsError.self) { try await history.finish(id, end(.failed)) }
        await #expect(throws: DiagnosticsError.self) {
            try await history.append(
                [ObjectRecord(reference: deployment, action: "update", result: "configured")], to: id)
        }
        #expect(try await history.sync(id)?.result == .succeeded)
        #expect(try await history.objects(of: id).isEmpty)
    }

    /// The file itself refuses, whoever opens it.
    @Test(arguments: [
        "UPDATE sync SET result = 'failed'", "UPDATE sync_object SET result = 'x'", "UPDATE manifest SET objects = x''",
        "UPDATE object_body SET body = x''",
    ])
    func theTablesRefuseChangesToThePast(statement: String) async throws {
        let object = ObjectRecord(reference: deployment, action: "update", result: "configured")
        _ = try await history.record(start(manifests: [configMap("a", "1")]), end(), objects: [object])
        let database = try DatabaseQueue(path: folder.path + "/history.sqlite")
        await #expect(throws: DatabaseError.self) { try await database.write { try $0.execute(sql: statement) } }
    }

    @Test func manifestsAreKeptOncePerContent() async throws {
        let objects = [configMap("b", "1"), configMap("a", "1"), configMap("c", "1")]
        let first = try await history.record(start(manifests: objects), end(), objects: [])
        let again = try await history.record(start(manifests: objects), end(), objects: [])
        let changed = try await history.record(
            start(manifests: [objects[0], configMap("a", "2"), objects[2]]), end(), objects: [])
        let digests = try await [first, again, changed].asyncMap { try await history.sync($0)?.manifestDigest }
        #expect(digests[0] != nil && digests[0] == digests[1] && digests[0] != digests[2])
        #expect(try await history.manifests(try #require(digests[0])) == objects.map(\.value))

        let database = try DatabaseQueue(path: folder.path + "/history.sqlite")
        let counts = try await database.read { database in
            try ["manifest", "object_body"].map { try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($0)") }
        }
        #expect(counts == [2, 4])
        #expect(try await history.manifests(String(repeating: "0", count: 64)) == nil)
        #expect(try await history.manifests("no digest") == nil)
    }

    @Test func secretValuesStayOut() async throws {
        let secret = KubernetesObject([
            "apiVersion": "v1", "kind": "Secret",
            "metadata": [
                "name": "login",
                "annotations": [
                    "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"k\":\"aHVudGVyMg==\"}}", "a": "b",
                ],
            ],
            "data": ["password": "aHVudGVyMg=="], "stringData": ["token": "hunter2"], "type": "Opaque",
        ])
        let id = try await history.record(start(manifests: [secret]), end(), objects: [])
        let digest = try #require(try await history.sync(id)?.manifestDigest)
        #expect(
            try await history.manifests(digest) == [
                [
                    "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "login", "annotations": ["a": "b"]],
                    "data": ["password": .null], "stringData": ["token": .null], "type": "Opaque",
                ]
            ])
        for file in ["history.sqlite", "history.sqlite-wal"] {
            let text = try #require(contents(of: "\(folder.path)/\(file)"))
            #expect(!text.contains("hunter2") && !text.contains("aHVudGVyMg"))
        }
    }

    @Test func theFilesAreTheirOwnersAlone() async throws {
        _ = try await history.record(start(), end(), objects: [])
        for file in ["history.sqlite", "history.sqlite-wal", "history.sqlite-shm"] {
            var status = stat()
            #expect(stat("\(folder.path)/\(file)", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(file)")
        }
    }

    @Test func aFileThatIsNoDatabaseIsReportedWithItsPlaceAndACure() throws {
        let other = try TemporaryFolder()
        let file = try #require(fopen("\(other.path)/history.sqlite", "w"))
        fputs(String(repeating: "not a database ", count: 500), file)
        fclose(file)
        let error = #expect(throws: DiagnosticsError.self) { try SQLiteHistory(folder: other.path) }
        #expect(error?.diagnostics.first?.location?.file == "\(other.path)/history.sqlite")
        #expect(error?.diagnostics.first?.cure?.contains("Move the file away") == true)
    }

    private func contents(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF { bytes.append(UInt8(byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Sequence where Element: Sendable {
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
