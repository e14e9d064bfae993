// One watch for each kind that any application has: begun when the first one needs it, ended when none has had it for a
// while.

import KubernetesClient
import Manifest
import SyncEngine
import Synchronization

/// The caches of all kinds in use.
final class WatchSet: Sendable {
    /// Told which set there is news of.
    typealias News = @Sendable (_ set: String, MemberNews) async -> Void

    /// How long a kind is watched that has no members and that nobody asks for.
    static let patience = Duration.seconds(600)

    /// A kind that is watched, in one of its versions: one object, whichever version an application names, is one
    /// member.
    private struct Watch {
        let resource: APIResource
        let cache = WatchCache()
        let end = Signal()
        var lastUse: Duration
    }

    private struct State {
        var watches: [GroupKind: Watch] = [:]
        /// Whether nothing is watched any more.
        var isOver = false
    }

    private let cluster: any KubernetesAPI
    private let clock: any SyncClock
    private let state = Mutex(State())
    private let (kinds, newKind) = AsyncStream.makeStream(of: GroupKind.self)
    private let failed: @Sendable (KubernetesError) -> Void

    init(cluster: any KubernetesAPI, clock: any SyncClock, failed: @escaping @Sendable (KubernetesError) -> Void) {
        self.cluster = cluster
        self.clock = clock
        self.failed = failed
    }

    /// Watches until the task is cancelled.
    func run(_ news: @escaping News) async {
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in await endUnused() }
            for await kind in kinds {
                guard let watch = state.withLock({ $0.watches[kind] }) else { continue }
                group.addTask { [self] in await follow(watch, news) }
            }
        }
        let watches = state.withLock { state in
            state.isOver = true
            return Array(state.watches.values)
        }
        for watch in watches { watch.cache.giveUp() }
    }

    private func follow(_ watch: Watch, _ news: @escaping News) async {
        let (cache, failed) = (watch.cache, failed)
        let reflector = Reflector(
            cluster: cluster, resource: watch.resource, labelSelector: Vocabulary.partOf, clock: clock
        ) { error in
            cache.giveUp()
            failed(error)
        }
        await withTaskGroup { group in
            group.addTask {
                await reflector.run { change in
                    for (set, what) in cache.take(change) { await news(set, what) }
                }
            }
            group.addTask { await watch.end.wait() }
            await group.next()
            group.cancelAll()
        }
        cache.giveUp()
    }

    /// Ends the watches of kinds that nobody has had for a while, until the task is cancelled.
    private func endUnused() async {
        while (try? await clock.sleep(for: Self.patience)) != nil { endUnused(at: clock.now()) }
    }

    func endUnused(at now: Duration) {
        let unused = state.withLock { state in
            let unused = state.watches.filter { $0.value.cache.count == 0 && now - $0.value.lastUse >= Self.patience }
            for kind in unused.keys { state.watches[kind] = nil }
            return unused.values
        }
        for watch in unused { watch.end.call() }
    }

    /// The cache of a kind, if it is watched in this version and listed.
    func listed(_ kind: GroupVersionKind) -> WatchCache? {
        let cache = state.withLock { state -> WatchCache? in
            guard let watch = state.watches[kind.groupKind], watch.resource.gvk == kind else { return nil }
            state.watches[kind.groupKind]?.lastUse = clock.now()
            return watch.cache
        }
        return cache?.isListed == true ? cache : nil
    }

    /// The cache of a kind, watched from now on. It may not be listed yet.
    ///
    /// - Returns: nil where the kind is watched in another version, whose objects look otherwise. When nobody has had
    ///   that version for a while, or it cannot be listed, this one takes its place.
    func watched(_ resource: APIResource) -> WatchCache? {
        let (kind, now) = (resource.gvk.groupKind, clock.now())
        let (cache, replaced) = state.withLock { state -> (WatchCache?, Watch?) in
            let known = state.watches[kind]
            if let known, known.resource.gvk == resource.gvk {
                state.watches[kind]?.lastUse = now
                return (known.cache, nil)
            }
            if let known, now - known.lastUse < Self.patience, !known.cache.isUnavailable { return (nil, nil) }
            let watch = Watch(resource: resource, lastUse: now)
            state.watches[kind] = watch
            if state.isOver { watch.cache.giveUp() } else { newKind.yield(kind) }
            return (watch.cache, known)
        }
        replaced?.end.call()
        return cache
    }

    /// All members of a set that are watched.
    func look(_ set: String) throws(JSONError) -> [Value] {
        var values: [Value] = []
        for cache in caches { values += try cache.look(set) }
        return values
    }

    /// Whether there is something about a set that no sync has read or written.
    func isDisturbed(_ set: String) -> Bool { caches.contains { $0.isDisturbed(set) } }

    /// Forgets what happened to a set that nobody reads any more.
    func forget(_ set: String) {
        for cache in caches { cache.forget(set) }
    }

    var objectCount: Int { caches.reduce(0) { $0 + $1.count } }

    private var caches: [WatchCache] { state.withLock { $0.watches.values.map(\.cache) } }
}
