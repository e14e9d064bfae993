// One watch for each kind that any application has, begun when the first one needs it.

import KubernetesClient
import Manifest
import SyncEngine
import Synchronization

/// The caches of all kinds in use.
final class WatchSet: Sendable {
    /// Told which set there is news of.
    typealias News = @Sendable (_ set: String, MemberNews) async -> Void

    private let cluster: any KubernetesAPI
    private let clock: any SyncClock
    private let caches = Mutex<[GroupVersionKind: WatchCache]>([:])
    private let (kinds, newKind) = AsyncStream.makeStream(of: APIResource.self)
    private let failed: @Sendable (KubernetesError) -> Void

    init(cluster: any KubernetesAPI, clock: any SyncClock, failed: @escaping @Sendable (KubernetesError) -> Void) {
        self.cluster = cluster
        self.clock = clock
        self.failed = failed
    }

    /// Watches until the task is cancelled.
    func run(_ news: @escaping News) async {
        await withDiscardingTaskGroup { group in
            for await resource in kinds {
                guard let cache = cache(of: resource.gvk) else { continue }
                let failed = failed
                let reflector = Reflector(
                    cluster: cluster, resource: resource, labelSelector: Vocabulary.partOf, clock: clock
                ) { error in
                    cache.giveUp()
                    failed(error)
                }
                group.addTask {
                    await reflector.run { change in
                        for (set, what) in cache.take(change) { await news(set, what) }
                    }
                }
            }
        }
    }

    /// The cache of a kind, if it is watched and listed.
    func listed(_ kind: GroupVersionKind) -> WatchCache? {
        guard let cache = cache(of: kind), cache.isListed else { return nil }
        return cache
    }

    /// The cache of a kind, watched from now on. It may not be listed yet.
    func watched(_ resource: APIResource) -> WatchCache {
        let (cache, isNew) = caches.withLock { caches in
            if let cache = caches[resource.gvk] { return (cache, false) }
            let cache = WatchCache()
            caches[resource.gvk] = cache
            return (cache, true)
        }
        if isNew { newKind.yield(resource) }
        return cache
    }

    /// All members of a set that are watched.
    func look(_ set: String) throws(JSONError) -> [Value] {
        var values: [Value] = []
        for cache in caches.withLock({ Array($0.values) }) { values += try cache.look(set) }
        return values
    }

    /// Whether there is something about a set that no sync has read or written.
    func isDisturbed(_ set: String) -> Bool { caches.withLock { Array($0.values) }.contains { $0.isDisturbed(set) } }

    var objectCount: Int { caches.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    private func cache(of kind: GroupVersionKind) -> WatchCache? { caches.withLock { $0[kind] } }
}
