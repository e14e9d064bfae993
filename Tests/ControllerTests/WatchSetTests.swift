// When a kind is watched, in which version, and for how long; and who waits for its first list.

import KubernetesClient
import Manifest
import SyncEngine
import Synchronization
import Testing

@testable import Controller

@Suite struct WatchSetTests {
    private static func resource(_ version: String = "v1", kind: String = "Widget") -> APIResource {
        APIResource(
            group: "example.com", version: version, kind: kind, name: kind.lowercased() + "s", isNamespaced: true)
    }

    private static func widget(_ name: String, version: String = "v1") -> Value {
        [
            "apiVersion": .string("example.com/\(version)"), "kind": "Widget",
            "metadata": [
                "namespace": "shop", "name": .string(name), "labels": .object([Vocabulary.partOf: "one"]),
            ],
        ]
    }

    /// A cluster that counts lists, and whose watches stay open until they are cancelled.
    private final class Lists: Sendable {
        let kinds = Mutex<[String]>([])
        let isForbidden: Bool

        init(isForbidden: Bool = false) { self.isForbidden = isForbidden }

        var cluster: SmallCluster {
            SmallCluster(
                resources: isForbidden ? [] : [resource()],
                lists: { [self] resource, _ in
                    kinds.withLock { $0.append("\(resource.gvk)") }
                    return [widget("a", version: resource.version)]
                })
        }
    }

    /// Runs a set as long as a body takes.
    private func running(_ set: WatchSet, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await set.run { _, _ in } }
            try await body()
            group.cancelAll()
        }
    }

    @Test func whoAsksForAKindHasItsFirstList() async throws {
        let set = WatchSet(cluster: Lists().cluster, clock: SystemClock()) { _ in }
        try await running(set) {
            let cache = try #require(set.watched(Self.resource()))
            await cache.awaitList()
            #expect(cache.isListed && cache.count == 1)
        }
    }

    @Test(.timeLimit(.minutes(1))) func nobodyWaitsForAListThatCannotBeHad() async throws {
        let set = WatchSet(cluster: Lists(isForbidden: true).cluster, clock: SystemClock()) { _ in }
        try await running(set) {
            let cache = try #require(set.watched(Self.resource()))
            await cache.awaitList()
            await cache.awaitList()
            #expect(!cache.isListed)
        }
    }

    @Test(.timeLimit(.minutes(1))) func nobodyWaitsOnceNothingIsWatchedAnyMore() async throws {
        let set = WatchSet(cluster: Lists().cluster, clock: SystemClock()) { _ in }
        let early = try #require(set.watched(Self.resource(kind: "Gadget")))
        let run = Task { await set.run { _, _ in } }
        run.cancel()
        await run.value
        await early.awaitList()
        await set.watched(Self.resource())?.awaitList()
    }

    @Test(.timeLimit(.minutes(1))) func aWaitEndsWithItsTask() async {
        let cache = WatchCache()
        let waiting = Task { await cache.awaitList() }
        waiting.cancel()
        await waiting.value
        #expect(!cache.isListed)
    }

    /// One object is one member, whichever of its versions an application names.
    @Test func aKindIsWatchedInOneVersion() throws {
        let clock = SetClock()
        let set = WatchSet(cluster: Lists().cluster, clock: clock) { _ in }
        _ = set.watched(Self.resource("v1beta1"))?.take(.all([Self.widget("a", version: "v1beta1")]))
        #expect(set.watched(Self.resource("v1")) == nil)
        #expect(set.listed(Self.resource("v1").gvk) == nil)
        #expect(set.listed(Self.resource("v1beta1").gvk) != nil)
        #expect(set.objectCount == 1)
        clock.set(WatchSet.patience)
        _ = set.watched(Self.resource("v1"))?.take(.all([Self.widget("a")]))
        #expect(set.objectCount == 1)
        #expect(try set.look("one").first?["apiVersion"]?.string == "example.com/v1")
    }

    @Test func aKindWithoutMembersIsWatchedForAWhileOnly() {
        let clock = SetClock()
        let set = WatchSet(cluster: Lists().cluster, clock: clock) { _ in }
        let used = set.watched(Self.resource())
        _ = used?.take(.all([Self.widget("a")]))
        _ = set.watched(Self.resource(kind: "Gadget"))?.take(.all([]))
        clock.set(WatchSet.patience)
        set.endUnused(at: clock.now())
        #expect(set.listed(Self.resource().gvk) != nil)
        #expect(set.listed(Self.resource(kind: "Gadget").gvk) == nil)
    }
}
