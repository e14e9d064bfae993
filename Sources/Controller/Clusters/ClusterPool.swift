// The clusters beside the controller's own: connected when the first application goes there, closed when the last one
// is gone. Whether one answers is found out here, so that no piece of work waits for a cluster that does not.

import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncEngine
import Synchronization

final class ClusterPool: Sendable {
    /// Told the applications of a cluster that answers again, or no longer does.
    typealias Changed = @Sendable (Set<ApplicationKey>) async -> Void

    private struct Entry: Sendable {
        var cluster: ForeignCluster
        var users: Set<ApplicationKey>
    }

    private let connector: ClusterConnector
    private let clock: any SyncClock
    private let metrics: ControllerMetrics
    private let log: Logger
    /// By what proves the connection: whoever has the same kubeconfig, and may call the same addresses, shares it.
    private let entries = Mutex<[String: Entry]>([:])
    private let (begun, begin) = AsyncStream.makeStream(of: ForeignCluster.self)

    private static let longestWait = Duration.seconds(60)

    init(connector: ClusterConnector, clock: any SyncClock, metrics: ControllerMetrics, log: Logger) {
        self.connector = connector
        self.clock = clock
        self.metrics = metrics
        self.log = log
    }

    /// The cluster that an application goes to.
    ///
    /// - Parameter secret: the one with its kubeconfig.
    func cluster(of application: Application, secret: Value?) async throws(DiagnosticsError) -> ForeignCluster {
        let client = try await connector.connect(application, secret: secret)
        let name = application.destination.cluster ?? ""
        let content =
            JSON.write(secret?["data"] ?? .null)
            + Array("\(application.limits?.namesHost(ofServer: client.connection.server, cluster: name) ?? false)".utf8)
        let digest = SHA256.hex(content)
        let (cluster, isNew, left) = entries.withLock { entries in
            let left = Self.remove(application.key, from: &entries, besides: digest)
            if entries[digest] != nil {
                entries[digest]?.users.insert(application.key)
            }
            if let known = entries[digest]?.cluster { return (known, false, left) }
            let made = make(client)
            entries[digest] = Entry(cluster: made, users: [application.key])
            return (made, true, left)
        }
        for cluster in left { cluster.end.call() }
        if isNew { begin.yield(cluster) }
        return cluster
    }

    /// Lets go of whatever an application uses.
    func forget(_ key: ApplicationKey) {
        let left = entries.withLock { Self.remove(key, from: &$0, besides: nil) }
        for cluster in left { cluster.end.call() }
    }

    var count: Int { entries.withLock { $0.count } }

    private static func remove(
        _ key: ApplicationKey, from entries: inout [String: Entry], besides kept: String?
    ) -> [ForeignCluster] {
        var left: [ForeignCluster] = []
        for digest in entries.keys where digest != kept {
            guard entries[digest]?.users.remove(key) != nil, entries[digest]?.users.isEmpty == true else { continue }
            if let entry = entries.removeValue(forKey: digest) { left.append(entry.cluster) }
        }
        return left
    }

    private func make(_ client: KubernetesClient) -> ForeignCluster {
        let (doubt, log) = (Signal(), log)
        let access = ClusterAccess(client).metered(by: metrics)
        let watches = WatchSet(cluster: access.own, clock: clock) { error in
            log.warning("\(error)", metadata: ["cluster": "\(access.address)"])
            if error.isUnreachable { doubt.call() }
        }
        return ForeignCluster(access, watches: watches, doubt: doubt)
    }

    // MARK: While they are used

    /// Watches the clusters in use until the task is cancelled.
    func run(news: @escaping WatchSet.News, changed: @escaping Changed) async {
        await withDiscardingTaskGroup { group in
            for await cluster in begun {
                group.addTask { await self.serve(cluster, news, changed) }
            }
        }
    }

    private func serve(_ cluster: ForeignCluster, _ news: @escaping WatchSet.News, _ changed: @escaping Changed) async {
        log.info("connecting", metadata: ["cluster": "\(cluster.access.address)"])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await cluster.watches.run(news) }
            group.addTask { await self.probe(cluster, changed) }
            group.addTask { await cluster.end.wait() }
            await group.next()
            group.cancelAll()
        }
        log.info("disconnected", metadata: ["cluster": "\(cluster.access.address)"])
    }

    /// Asks whether it answers: at first, and whenever there is a doubt.
    private func probe(_ cluster: ForeignCluster, _ changed: Changed) async {
        var wait = Duration.seconds(1)
        while !Task.isCancelled {
            do throws(KubernetesError) {
                _ = try await cluster.access.own.discovery(refresh: true)
                wait = .seconds(1)
                await note(.up, of: cluster, changed)
                await cluster.doubt.wait()
            } catch {
                if Task.isCancelled { return }
                await note(.down(error.message), of: cluster, changed)
                guard (try? await clock.sleep(for: wait)) != nil else { return }
                wait = min(wait * 2, Self.longestWait)
            }
        }
    }

    private func note(_ state: ForeignCluster.State, of cluster: ForeignCluster, _ changed: Changed) async {
        guard cluster.set(state) else { return }
        let users = entries.withLock { entries in entries.values.first { $0.cluster === cluster }?.users ?? [] }
        await changed(users)
    }
}
