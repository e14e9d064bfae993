// Where the work on each application is done: in which cluster, under whose rights, and behind which fence.

import KubernetesClient
import Manifest
import Reconciler
import SyncEngine
import Synchronization

/// Everything that the work on one application reaches.
struct WorkPlace: Sendable {
    var reconciler: Reconciler
    /// The watches of the cluster that its objects are in.
    var watches: WatchSet
}

/// Makes the places, and keeps each as long as nothing about it changes: its reconciler remembers what it learnt.
final class WorkPlaces: Sendable {
    private struct Signature: Hashable {
        var serviceAccount: String?
        var destination: String?
        /// nil for home.
        var cluster: ObjectIdentifier?

        /// Whether it names the same account and the same Secret.
        func isAlike(_ other: Signature) -> Bool {
            serviceAccount == other.serviceAccount && destination == other.destination
        }
    }

    private struct Known {
        var signature: Signature
        var place: WorkPlace
        /// nil for home.
        var cluster: ForeignCluster?
        /// When the Secret with its kubeconfig was read.
        var read: Duration
    }

    /// What a diagnostic of a cluster that does not answer is known by.
    static let unreachable = "cluster-unreachable"
    /// How long the Secret of a kubeconfig is not read again, as long as its cluster answers.
    private static let memory = Duration.seconds(60)

    private let base: Reconciler
    private let home: ClusterAccess
    private let watches: WatchSet
    private let registry: ApplicationRegistry
    private let pool: ClusterPool
    private let clock: any SyncClock
    private let fences: @Sendable (ApplicationKey) -> WriteFence
    private let places = Mutex<[ApplicationKey: Known]>([:])

    /// - Parameter base: what all of them have in common, at home.
    init(
        base: Reconciler, home: ClusterAccess, watches: WatchSet, registry: ApplicationRegistry, pool: ClusterPool,
        clock: any SyncClock,
        fences: @escaping @Sendable (ApplicationKey) -> WriteFence
    ) {
        self.base = base
        self.home = home
        self.watches = watches
        self.registry = registry
        self.pool = pool
        self.clock = clock
        self.fences = fences
    }

    /// - Throws: why its cluster cannot be had.
    func place(of application: Application) async throws(DiagnosticsError) -> WorkPlace {
        let known = places.withLock { $0[application.key] }
        let now = clock.now()
        var signature = Signature(
            serviceAccount: application.serviceAccountName, destination: application.destination.cluster)
        var cluster: ForeignCluster?
        var read = now
        if application.destination.cluster == nil {
            pool.forget(application.key)
        } else if let known, let kept = known.cluster, kept.state == .up, now - known.read < Self.memory,
            known.signature.isAlike(signature)
        {
            (cluster, read) = (kept, known.read)
        } else {
            cluster = try await foreign(application)
        }
        signature.cluster = cluster.map(ObjectIdentifier.init)
        let place = known.flatMap { $0.signature == signature ? $0.place : nil } ?? make(application, cluster)
        places.withLock {
            $0[application.key] = Known(signature: signature, place: place, cluster: cluster, read: read)
        }
        try Self.requireAnswer(of: cluster, application)
        return place
    }

    private func foreign(_ application: Application) async throws(DiagnosticsError) -> ForeignCluster {
        let reference = ObjectReference(
            gvk: GroupVersionKind(group: "", version: "v1", kind: "Secret"), namespace: application.namespace,
            name: application.destination.cluster ?? "")
        let secret: Value?
        do throws(KubernetesError) {
            secret = try await home.api(as: application.identity).get(reference)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
        return try await pool.cluster(of: application, secret: secret)
    }

    private static func requireAnswer(of cluster: ForeignCluster?, _ application: Application) throws(DiagnosticsError)
    {
        guard let cluster else { return }
        let name = application.destination.cluster ?? ""
        switch cluster.state {
        case .up: return
        case .connecting:
            throw DiagnosticsError([
                .error("the cluster \(name) is being connected", at: nil, cure: nil, rule: unreachable)
            ])
        case .down(let reason):
            throw DiagnosticsError([
                .error(
                    "the cluster \(name) does not answer: \(reason)", at: nil,
                    cure: "Check its server and the kubeconfig in Secret \(application.namespace)/\(name)",
                    rule: unreachable)
            ])
        }
    }

    /// Fetches the source of an application under its rights, wherever its objects go.
    func poll(_ application: Application) async throws(DiagnosticsError) -> PolledSource {
        let reader = home.api(as: application.identity)
        return try await base.placed { $0.home = reader }.poll(application)
    }

    /// The cluster that the objects of an application are in, for reading its members alone; nil where that is another
    /// one which this replica is not connected to.
    func view(of application: Application) -> (cluster: any KubernetesAPI, isHome: Bool)? {
        var (access, watches) = (home, watches)
        if application.destination.cluster != nil {
            guard let cluster = places.withLock({ $0[application.key]?.cluster }), cluster.state == .up else {
                return nil
            }
            (access, watches) = (cluster.access, cluster.watches)
        }
        let view = WatchedCluster(
            server: access.own, watches: watches, registry: nil, set: application.applySet.id, isTenant: true,
            fence: .open)
        return (view, application.destination.cluster == nil)
    }

    /// What stands before the writes for an application.
    func fence(of key: ApplicationKey) -> WriteFence { fences(key) }

    func forget(_ key: ApplicationKey) {
        places.withLock { $0[key] = nil }
        pool.forget(key)
    }

    private func make(_ application: Application, _ foreign: ForeignCluster?) -> WorkPlace {
        let (key, identity) = (application.key, application.identity)
        let reader = home.api(as: identity)
        let fence = fences(key)
        let watches = foreign?.watches ?? watches
        let cluster = WatchedCluster(
            server: foreign?.access.api(as: identity) ?? reader, watches: watches,
            registry: foreign == nil ? registry : nil,
            set: application.applySet.id, isTenant: identity != nil, fence: fence)
        let parents = RecordedParents(
            home: home.own, registry: registry, key: key, isTenant: identity != nil, fence: fence)
        let (registry, destination) = (registry, application.destination.cluster)
        let reconciler = base.placed {
            $0.history = ContinuedHistory(of: key, $0.history) {
                (registry[key]?.value[path: "status", "history"]?.array ?? []).filter {
                    $0["cluster"]?.string == destination
                }
            }
            $0.cluster = cluster
            $0.home = reader
            $0.parents = parents
            $0.destination = application.destination.cluster
            $0.clusterName = foreign?.access.address ?? $0.clusterName
        }
        return WorkPlace(reconciler: reconciler, watches: watches)
    }
}

extension Application {
    /// Whose rights its objects are written and its Secrets are read under; nil for the controller's own.
    var identity: Impersonation? { serviceAccountName.map { .serviceAccount($0, namespace: namespace) } }
}
