// What a status keeps where the store of the history cannot be read.

import FoundationEssentials
import HTTPClient
import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncHistory
import Synchronization
import Testing

@testable import Controller

/// A store that cannot be read or written.
private struct BrokenHistory: HistoryStore {
    private var refusal: DiagnosticsError { DiagnosticsError("the disk is gone") }

    func begin(_ start: SyncStart) async throws(DiagnosticsError) -> SyncRecord.ID { throw refusal }
    func append(_ objects: [ObjectRecord], to sync: SyncRecord.ID) async throws(DiagnosticsError) { throw refusal }
    func finish(_ sync: SyncRecord.ID, _ end: SyncEnd) async throws(DiagnosticsError) { throw refusal }
    func record(_ start: SyncStart, _ end: SyncEnd, objects: [ObjectRecord]) async throws(DiagnosticsError)
        -> SyncRecord.ID
    { throw refusal }
    func reserve(above sync: SyncRecord.ID) async throws(DiagnosticsError) { throw refusal }
    func settleInterrupted(_ application: ApplicationID?, at moment: Timestamp) async throws(DiagnosticsError) -> Int {
        throw refusal
    }
    func syncs(name: String?, namespace: String?, cluster: String?, limit: Int) async throws(DiagnosticsError)
        -> [SyncRecord]
    { throw refusal }
    func sync(_ id: SyncRecord.ID) async throws(DiagnosticsError) -> SyncRecord? { throw refusal }
    func objects(of sync: SyncRecord.ID) async throws(DiagnosticsError) -> [ObjectRecord] { throw refusal }
    func delivered(by application: ApplicationID) async throws(DiagnosticsError) -> Set<ObjectIdentity> {
        throw refusal
    }
    func manifests(_ digest: String) async throws(DiagnosticsError) -> [Value]? { throw refusal }
}

@Suite struct StatusWriterTests {
    @Test func whatIsToldOfTheHistoryOutlivesItsStore() async throws {
        let key = ApplicationKey(namespace: "shop", name: "web")
        let registry = ApplicationRegistry()
        _ = registry.take([
            "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
            "metadata": ["namespace": "shop", "name": "web", "resourceVersion": "7", "generation": 1],
            "spec": ["source": ["repository": "https://git.example.com/shop.git"]],
            "status": ["history": [["id": 7, "result": "succeeded", "rolledBack": "bad"]]],
        ])
        let folder = FileManager.default.temporaryDirectory.path
        let reconciler = Reconciler(
            Reconciler.Surroundings(
                cluster: SmallCluster(), clusterName: "https://c",
                fetcher: SourceFetcher(cacheFolder: folder, http: HTTPClient()),
                renderer: Renderer(remembers: false), plugins: nil, history: BrokenHistory(), stateFolder: folder,
                now: { Timestamp(milliseconds: 0) }))
        let written = Mutex<[Value]>([])
        let cluster = SmallCluster(applies: { value in written.withLock { $0.append(value) } })
        let writer = StatusWriter(
            cluster: cluster, registry: registry, now: { Timestamp(milliseconds: 0) },
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        await writer.write(ApplicationFacts(generation: 1, synchrony: .synced), of: key, synced: reconciler)
        let rows = written.withLock { $0.first?[path: "status", "history"]?.array }
        #expect(rows?.first?["rolledBack"]?.string == "bad")
    }
}
