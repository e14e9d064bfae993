import KubernetesClient
import Manifest
import Synchronization
import Testing

@testable import SyncEngine

@Suite struct SetHealthTests {
    let cluster = FakeCluster()
    let set = ApplySet(configMap: "app", namespace: "default")
    var engine: SyncEngine { SyncEngine(cluster: cluster, clock: JumpingClock()) }

    init() {
        cluster.put(manifest("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), by: "kube-apiserver")
    }

    private func settle(waiting: Bool) async throws -> SetHealth {
        try await engine.settle(
            set,
            options: SyncTests.options {
                $0.wait = waiting
                $0.timeout = .seconds(10)
            })
    }

    private func sync() async throws {
        let desired = manifests(
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1, selector: {matchLabels: {a: b}}}}"
        )
        let plan = try await engine.plan(
            desired: desired, applySet: set, options: SyncTests.options { $0.wait = false })
        _ = await engine.run(plan)
        _ = cluster.takeRequests()
    }

    @Test func aSetThatNobodySyncedIsNotThere() async throws {
        #expect(try await settle(waiting: false).exists == false)
        #expect(try await settle(waiting: true).isHealthy == false)
    }

    @Test func whatIsNotHealthyIsNamed() async throws {
        try await sync()
        let health = try await settle(waiting: false)
        #expect(
            health.unhealthy.map { "\($0.reference): \($0.health.message)" } == [
                "Deployment default/web: the rollout has not begun"
            ])
        #expect(!cluster.takeRequests().contains { $0.verb == "get" && $0.target.contains("Deployment") })
    }

    /// Whoever waits is told so, and may be told to end it.
    @Test(arguments: [false, true])
    func aWaitEndsWithWhatEndsARun(isSynced: Bool) async throws {
        if isSynced { try await sync() }
        let waits = Mutex(0)
        let control = RunControl(handover: { waits.withLock { $0 } > 0 ? "another replica has it" : nil })
        let health = try await engine.settle(
            set,
            options: SyncTests.options {
                $0.wait = true
                $0.timeout = .seconds(1_000_000)
            }, control: control
        ) { waits.withLock { $0 += 1 } }
        #expect(health.stop == .handover("another replica has it"))
        #expect(!health.isHealthy)
        #expect(health.exists == isSynced)
        #expect(waits.withLock { $0 } == 1)
    }

    @Test func nobodyWaitsForASetThatIsLookedAtOnce() async throws {
        try await sync()
        let health = try await engine.settle(set, options: SyncTests.options { $0.wait = false }) {
            Issue.record("nobody waits")
        }
        #expect(health.stop == nil && !health.isHealthy)
    }

    @Test func aSetIsWaitedFor() async throws {
        try await sync()
        cluster.state.withLock { state in
            state.controllers = { object in
                guard object["kind"]?.string == "Deployment" else { return object }
                var object = object
                object["status"] = [
                    "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1,
                ]
                return object
            }
        }
        #expect(try await settle(waiting: true).isHealthy)
    }
}
