import KubernetesClient
import Manifest
import Synchronization
import Testing

@testable import SyncEngine

/// Plans by a discovery that was remembered, while the server serves other kinds by now.
@Suite struct OutdatedDiscoveryTests {
    let cluster = FakeCluster()
    let set = ApplySet(configMap: "shop", namespace: "shop")
    let secret = GroupKind(group: "", kind: "Secret")
    var engine: SyncEngine { SyncEngine(cluster: cluster, clock: JumpingClock()) }
    var shopWithoutSecret: String {
        SyncTests.shop.split(separator: "---\n").filter { !$0.contains("kind: Secret") }.joined(separator: "---\n")
    }

    private func plan(_ text: String) async throws -> Plan {
        try await engine.plan(desired: manifests(text), applySet: set, options: SyncTests.options())
    }

    /// Syncs the shop, then remembers the kinds without some of them.
    private func remember(without kinds: Set<GroupKind> = []) async throws {
        _ = await engine.run(try await plan(SyncTests.shop))
        let known = try await cluster.discovery(refresh: true).resources.filter { !kinds.contains($0.gvk.groupKind) }
        cluster.state.withLock { $0.remembered = Discovery(resources: known) }
        _ = cluster.takeRequests()
    }

    private func discoveries() -> Int { cluster.takeRequests().count { $0.verb == "discovery" } }

    @Test func isUsedWhileItHolds() async throws {
        try await remember()
        #expect(try await plan(SyncTests.shop).isEmpty)
        #expect(discoveries() == 0)
    }

    @Test func aKindThatItLacksIsAskedFor() async throws {
        try await remember(without: [secret])
        #expect(try await plan(SyncTests.shop).isEmpty)
        #expect(discoveries() == 1)
    }

    @Test func aKindThatItLacksIsPrunedAllTheSame() async throws {
        try await remember(without: [secret])
        let plan = try await plan(shopWithoutSecret)
        #expect(plan.changes.filter { $0.action == .prune }.map(\.reference.description) == ["Secret shop/key"])
        #expect(discoveries() == 1)
    }

    @Test func aKindThatIsServedNoLongerIsSaidToBe() async throws {
        try await remember()
        cluster.state.withLock { $0.unserved = [secret] }
        let error = await #expect(throws: DiagnosticsError.self) { _ = try await plan(SyncTests.shop) }
        #expect(error?.diagnostics.map(\.message) == ["the cluster does not serve v1 Secret"])
        #expect(discoveries() == 1)
    }

    @Test func objectsOfAKindThatIsServedNoLongerAreNotPruned() async throws {
        try await remember()
        cluster.state.withLock { $0.unserved = [secret] }
        let plan = try await plan(shopWithoutSecret)
        #expect(plan.isEmpty)
        #expect(
            plan.diagnostics.map(\.message)
                == [
                    "the application had objects of Secret, which the cluster no longer serves: they cannot be looked for, and stay in its record"
                ])
    }

    private var recorded: Set<GroupKind> {
        cluster.object("ConfigMap", "shop").map { ApplySetScope(of: $0).groupKinds } ?? []
    }

    /// An API may be gone for a while, with its objects in a store of its own.
    @Test func objectsOfAKindThatWasNotServedForAWhileArePrunedWhenItIsAgain() async throws {
        try await remember()
        cluster.state.withLock { $0.unserved = [secret] }
        for _ in 0..<2 { await #expect(engine.run(try await plan(shopWithoutSecret)).status == .succeeded) }
        #expect(recorded.contains(secret))
        cluster.state.withLock { $0.unserved = [] }
        _ = try await cluster.discovery(refresh: true)
        let plan = try await plan(shopWithoutSecret)
        #expect(plan.changes.filter { $0.action == .prune }.map(\.reference.description) == ["Secret shop/key"])
        await #expect(engine.run(plan).status == .succeeded)
        #expect(cluster.object("Secret", "key") == nil)
        #expect(!recorded.contains(secret))
    }

    private func deletion() async throws -> Plan {
        try await engine.plan(desired: [], applySet: set, options: SyncTests.options { $0.isDeletion = true })
    }

    /// With an application its record ends.
    @Test func anApplicationIsNotDeletedWhileAnAPIOfItsObjectsDoesNotAnswer() async throws {
        let events = GroupKind(group: "metrics.example.com", kind: "Reading")
        _ = await engine.run(try await plan(SyncTests.shop))
        cluster.edit("ConfigMap", "shop") { parent in
            let known = parent[path: "metadata", "annotations", Vocabulary.containsGroupKinds]?.string ?? ""
            parent["metadata"]?["annotations"]?[Vocabulary.containsGroupKinds] = .string("\(known),\(events)")
        }
        cluster.state.withLock {
            $0.failures = [
                .init(
                    groupVersion: "metrics.example.com/v1",
                    message: "the server is currently unable to handle the request")
            ]
        }
        #expect(try await plan(SyncTests.shop).diagnostics.map(\.severity) == [.warning])
        let error = await #expect(throws: DiagnosticsError.self) { _ = try await deletion() }
        #expect(
            error?.diagnostics.first?.message.contains("Reading.metrics.example.com, which cannot be looked for")
                == true)

        cluster.state.withLock { $0.failures = [] }
        let plan = try await deletion()
        #expect(plan.diagnostics.map(\.severity) == [.warning])
        await #expect(engine.run(plan).status == .succeeded)
        #expect(cluster.object("ConfigMap", "shop") == nil)
    }
}
