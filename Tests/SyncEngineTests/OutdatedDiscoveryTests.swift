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
                == ["the application has objects of Secret, which the cluster no longer serves"])
    }
}
