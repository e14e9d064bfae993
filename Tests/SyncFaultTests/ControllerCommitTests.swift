// Commits that come one right after the other, as a controller in this process takes them.

import Controller
import Foundation
import HTTPClient
import KubernetesClient
import Logging
import Manifest
import PluginHost
import Sandbox
import SyncEngine
import SyncHistory
import Synchronization
import Testing

@testable import Reconciler

@Suite(.timeLimit(.minutes(2))) struct ControllerCommitTests {
    /// Eight commits, each of which changes a ConfigMap. There is nothing in them that the cluster's own controllers
    /// write.
    private static let states: [Platform] = (0..<8).map { commit in
        var platform = Platform(versions: Platform.first.versions.filter { !$0.key.hasPrefix("Deployment") })
        platform.versions["ConfigMap c0"] = commit
        return platform
    }

    /// Each is seen in the moment in which the one before it is in the cluster, while the controller still looks at
    /// what that sync has left: none is lost, and each costs what it changes, one status and one read of the history.
    @Test func eachArrivesHoweverSoonItFollows() async throws {
        try await SyncedCluster.with(Self.states) { cluster in
            let client = try cluster.client()
            for definition in CustomResourceDefinitions.all {
                _ = try await client.apply(definition, options: ApplyOptions())
            }
            try await Self.until {
                try await client.discovery(refresh: true).resource(for: Application.resourceKind) != nil
            }
            try Self.show(0, cluster)
            _ = try await client.apply(
                Self.application(cluster.repository.path), options: ApplyOptions(fieldManager: "test"))
            let history = CountingHistory(store: cluster.history)
            var options = Controller.Options()
            (options.host, options.port) = ("127.0.0.1", 0)
            let controller = try Controller(
                Controller.Surroundings(
                    cluster: ClusterAccess(client), connector: ClusterConnector(http: HTTPClient(), guarding: nil),
                    plugins: PluginShelf(PluginCatalog(), folder: "/"),
                    reconciler: { cluster.reconciler($0, history: history) },
                    log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    exporter: PrometheusExporter(help: [:]),
                    now: SyncHistory.Timestamp.now, actor: "test"),
                options: options)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await controller.run() }
                try await Self.until { Self.isReady(cluster, at: 0) }
                for commit in 1..<Self.states.count {
                    cluster.sandbox.requests.begin()
                    let reads = history.reads.withLock { $0 }
                    try Self.show(commit, cluster)
                    try await Self.until { Self.isReady(cluster, at: commit) }
                    let asked = cluster.sandbox.requests.all.filter {
                        !$0.resource.hasPrefix("events") && $0.verb != "watch"
                    }
                    #expect(
                        asked.map(\.description) == [
                            "patch configmaps shop/c0", "patch applications/status.gitopsctl.dev default/shop",
                        ])
                    #expect(cluster.live == cluster.states[commit])
                    #expect(history.reads.withLock { $0 } - reads == 1)
                }
                group.cancelAll()
            }
        }
    }

    private static func show(_ commit: Int, _ cluster: SyncedCluster) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "git", "-C", cluster.repository.path, "update-ref", "refs/heads/main", cluster.repository.commits[commit],
        ]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private static func application(_ repository: String) -> Value {
        [
            "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
            "metadata": ["name": "shop", "namespace": "default"],
            "spec": [
                "source": ["repository": .string(repository), "revision": "main", "path": "app"],
                "destination": ["namespace": .string(Platform.namespace)],
                "sync": ["automated": true, "interval": "50ms"],
            ],
        ]
    }

    /// Read from the store, which asks for nothing.
    private static func isReady(_ cluster: SyncedCluster, at commit: Int) -> Bool {
        let resource = GroupResource(group: "gitopsctl.dev", resource: "applications")
        let status = cluster.sandbox.api.store.object(resource, ObjectKey(namespace: "default", name: "shop"))?.value[
            "status"]
        let ready = status?["conditions"]?.array?.first { $0["type"]?.string == "Ready" }
        return ready?["status"]?.string == "True" && status?["revision"]?.string == cluster.repository.commits[commit]
    }

    private static func until(_ isSo: () async throws -> Bool) async throws {
        while try await !isSo() { try await Task.sleep(for: .milliseconds(10)) }
    }
}

/// A history that counts how often the syncs of an application are read.
private final class CountingHistory: HistoryStore {
    let reads = Mutex(0)
    private let store: any HistoryStore

    init(store: any HistoryStore) { self.store = store }

    func syncs(name: String?, namespace: String?, cluster: String?, limit: Int) async throws(DiagnosticsError)
        -> [SyncRecord]
    {
        reads.withLock { $0 += 1 }
        return try await store.syncs(name: name, namespace: namespace, cluster: cluster, limit: limit)
    }

    func begin(_ start: SyncStart) async throws(DiagnosticsError) -> SyncRecord.ID { try await store.begin(start) }
    func append(_ objects: [ObjectRecord], to sync: SyncRecord.ID) async throws(DiagnosticsError) {
        try await store.append(objects, to: sync)
    }
    func finish(_ sync: SyncRecord.ID, _ end: SyncEnd) async throws(DiagnosticsError) {
        try await store.finish(sync, end)
    }
    func record(_ start: SyncStart, _ end: SyncEnd, objects: [ObjectRecord]) async throws(DiagnosticsError)
        -> SyncRecord.ID
    {
        try await store.record(start, end, objects: objects)
    }
    func reserve(above sync: SyncRecord.ID) async throws(DiagnosticsError) { try await store.reserve(above: sync) }
    func settleInterrupted(_ application: ApplicationID?, at moment: SyncHistory.Timestamp)
        async throws(DiagnosticsError) -> Int
    {
        try await store.settleInterrupted(application, at: moment)
    }
    func sync(_ id: SyncRecord.ID) async throws(DiagnosticsError) -> SyncRecord? { try await store.sync(id) }
    func objects(of sync: SyncRecord.ID) async throws(DiagnosticsError) -> [ObjectRecord] {
        try await store.objects(of: sync)
    }
    func delivered(by application: ApplicationID) async throws(DiagnosticsError) -> Set<ObjectIdentity> {
        try await store.delivered(by: application)
    }
    func manifests(_ digest: String) async throws(DiagnosticsError) -> [Value]? { try await store.manifests(digest) }
}
