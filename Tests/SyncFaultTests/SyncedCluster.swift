// A sandbox in this process, and everything that a sync needs beside it: a repository, a history, a client in a hurry.

import Foundation
import HTTPClient
import KubernetesClient
import Manifest
import Sandbox
import SyncEngine
import SyncHistory
import Testing

@testable import Reconciler

/// A clock on which everything takes a hundredth of its time.
struct HurriedClock: Clock {
    typealias Instant = ContinuousClock.Instant

    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { ContinuousClock().minimumResolution }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await Task.sleep(for: now.duration(to: deadline) / 100)
    }
}

/// A cluster in which one application is synced from one repository.
final class SyncedCluster: Sendable {
    let sandbox: LiveSandbox
    let repository: PlatformRepository
    let states: [Platform]
    let history: SQLiteHistory
    let writes: WriteLedger
    private let folder: String
    private let http = HTTPClient()
    private let application: Application
    private let renderer = Renderer(remembers: true)

    static func with(
        _ states: [Platform] = [.first], pace: Duration = .milliseconds(20),
        _ body: @Sendable (SyncedCluster) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sync-faults-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = SandboxConfiguration(
            stateFolder: folder + "/sandbox", pace: pace, bookmarkInterval: .seconds(1))
        try await SandboxServer(configuration).serving { sandbox in
            let cluster = try SyncedCluster(sandbox, folder, states)
            do {
                try await body(cluster)
            } catch {
                await cluster.http.shutdown()
                throw error
            }
            await cluster.http.shutdown()
        }
    }

    private init(_ sandbox: LiveSandbox, _ folder: String, _ states: [Platform]) throws {
        self.sandbox = sandbox
        self.folder = folder
        self.states = states
        repository = try PlatformRepository(in: folder, states)
        history = try SQLiteHistory(folder: folder + "/history")
        writes = WriteLedger(of: sandbox.api.store)
        let text = """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata: {name: shop}
            spec:
              source: {repository: \(repository.path), revision: main, path: app}
              destination: {namespace: \(Platform.namespace)}
              sync: {prune: true}
              historyLimit: 100000
            """
        let document = try #require(try YAML.read(Array(text.utf8), file: "shop.yaml", options: .resources).first)
        application = try Application(document, source: SourceLocation(file: "shop.yaml"))
    }

    /// A client with the kubeconfig as it stands now.
    func client(_ change: (inout KubernetesClient.Options) -> Void = { _ in }) throws -> KubernetesClient {
        // A request may take its time: one that a busy machine makes wait is neither a failure nor to be sent, and
        // counted, twice.
        var options = KubernetesClient.Options(clock: HurriedClock(), random: { 0.5 })
        change(&options)
        return KubernetesClient(try Kubeconfig.load(path: sandbox.kubeconfig), http: http, options: options)
    }

    /// A reconciler that knows nothing of the syncs before, as the command line's.
    ///
    /// - Parameter history: another one than the cluster's own.
    func reconciler(_ client: any KubernetesAPI, history other: (any HistoryStore)? = nil) -> Reconciler {
        Reconciler(
            Reconciler.Surroundings(
                cluster: client, clusterName: "sandbox",
                fetcher: SourceFetcher(cacheFolder: folder + "/cache", http: http),
                renderer: renderer, plugins: nil, history: other ?? history, stateFolder: folder + "/state",
                now: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }))
    }

    /// Syncs a commit by its number.
    func sync(_ commit: Int = 0, by reconciler: Reconciler, waits: Bool = false) async throws -> SyncReport {
        var request = SyncRequest(trigger: SyncTrigger(.commandLine, by: "test"))
        request.revision = repository.commits[commit]
        request.wait = waits
        return try await reconciler.sync(application, request: request) { _ in }
    }

    func sync(_ commit: Int = 0) async throws -> SyncReport { try await sync(commit, by: reconciler(try client())) }

    /// The syncs of the history, the oldest first.
    func records() async throws -> [SyncRecord] {
        try await history.syncs(name: "shop", namespace: nil, cluster: nil, limit: 1_000_000).reversed()
    }

    /// The application as the cluster has it.
    var live: Platform {
        var found = Platform()
        for slot in Platform.slots {
            let words = slot.split(separator: " ").map(String.init)
            let group = words[0] == "Deployment" ? "apps" : words[0] == "Role" ? "rbac.authorization.k8s.io" : ""
            let resource = GroupResource(group: group, resource: Platform.plurals[words[0]] ?? "")
            guard
                let object = sandbox.api.store.object(
                    resource, ObjectKey(namespace: Platform.namespace, name: words[1]))
            else { continue }
            found.versions[slot] =
                object.value[path: "metadata", "annotations", "version"]?.string.flatMap { Int($0) } ?? -1
        }
        return found
    }
}

extension SyncReport {
    /// The errors, one a line.
    var errors: String {
        diagnostics.filter { $0.severity == .error }.map { "\($0.message) [\($0.cure ?? "")]" }.joined(separator: "\n")
    }
}
