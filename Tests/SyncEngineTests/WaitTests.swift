import KubernetesClient
import Manifest
import Synchronization
import Testing

@testable import SyncEngine

/// How a wait for health comes out, and what it says of the causes.
@Suite final class WaitTests: Sendable {
    let cluster = FakeCluster()
    let events = Mutex<[String]>([])

    static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: shop, uid: d, annotations: {deployment.kubernetes.io/revision: '2'}}
        spec: {replicas: 2, selector: {matchLabels: {app: web}, matchExpressions: []}}
        status: {observedGeneration: 1, replicas: 3, updatedReplicas: 1, availableReplicas: 2}
        """

    private func put(_ text: String) { for object in manifests(text) { cluster.put(object.value, by: "controller") } }

    private func replicaSet(_ name: String, revision: Int, conditions: String = "[]") -> String {
        """
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata:
          name: \(name)
          namespace: shop
          uid: \(name)
          labels: {app: web}
          annotations: {deployment.kubernetes.io/revision: '\(revision)'}
          ownerReferences: [{uid: d, controller: true}]
        status: {conditions: \(conditions)}
        """
    }

    private func pod(_ name: String, of owner: String, _ status: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: shop, uid: \(name), labels: {app: web}, ownerReferences: [{uid: \(owner), controller: true}]}
        status: \(status)
        """
    }

    private func event(about uid: String, _ reason: String, _ message: String) -> String {
        """
        apiVersion: v1
        kind: Event
        metadata: {name: \(uid).\(reason), namespace: shop}
        involvedObject: {uid: \(uid)}
        reason: \(reason)
        message: \(message)
        lastTimestamp: '2026-01-01T00:00:00Z'
        """
    }

    private func settle(
        _ text: String, timeout: Duration = .seconds(60), control: RunControl = RunControl(),
        rules: HealthRules = HealthRules()
    ) async -> HealthWait.Settlement {
        let objects = manifests(text).map(\.value)
        for object in objects { cluster.put(object, by: "controller") }
        let wait = HealthWait(
            cluster: cluster, clock: JumpingClock(), rules: rules, timeout: timeout, patience: .seconds(10),
            concurrency: 4,
            control: control
        ) { event in
            if case .lastWords(let reference, let pod, let container, let line) = event {
                self.events.withLock { $0.append("\(reference.name) \(pod)/\(container): \(line)") }
            }
        }
        return await wait.settle(objects)
    }

    private func health(_ name: String, _ settlement: HealthWait.Settlement) -> String? {
        settlement.health.first { $0.key.name == name }?.value.spelling
    }

    @Test func anImageThatCannotBePulledIsGivenUpAndNamed() async {
        put(replicaSet("web-1", revision: 1))
        put(replicaSet("web-2", revision: 2))
        // The pod of the old template has a trouble of its own, which is not this rollout's.
        put(
            pod(
                "web-1-a", of: "web-1",
                "{phase: Pending, conditions: [{type: PodScheduled, status: 'False', message: old}]}"))
        put(
            pod(
                "web-2-a", of: "web-2",
                "{phase: Pending, containerStatuses: [{name: web, state: {waiting: {reason: ImagePullBackOff, message: not found}}}]}"
            ))
        let settlement = await settle(Self.deployment)
        #expect(settlement.end == .failed)
        #expect(
            health("web", settlement)
                == "degraded 1 of 2 replicas are updated: pod web-2-a: container web: ImagePullBackOff (not found)!")
    }

    @Test func aCrashLoopIsNamedWithTheLastWordsOfItsContainer() async {
        put(replicaSet("web-2", revision: 2))
        put(
            pod(
                "web-2-a", of: "web-2",
                "{phase: Running, containerStatuses: [{name: web, restartCount: 5, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 1, reason: Error}}}]}"
            ))
        cluster.state.withLock { $0.logs["web-2-a/web"] = "starting\npanic: no \u{1B}[31mdatabase\n\n" }
        let settlement = await settle(Self.deployment)
        #expect(settlement.end == .failed)
        #expect(
            health("web", settlement)
                == "degraded 1 of 2 replicas are updated: pod web-2-a: container web: CrashLoopBackOff (Error, exit code 1, 5 restarts)!"
        )
        #expect(events.withLock { $0 } == ["web web-2-a/web: panic: no [31mdatabase"])
    }

    @Test func anUnschedulablePodIsWaitedForToTheEnd() async {
        put(replicaSet("web-2", revision: 2))
        put(
            pod(
                "web-2-a", of: "web-2",
                "{phase: Pending, conditions: [{type: PodScheduled, status: 'False', message: '0/3 nodes are available: 3 Insufficient cpu.'}]}"
            ))
        let settlement = await settle(Self.deployment)
        #expect(settlement.end == .timedOut)
        #expect(
            health("web", settlement)
                == "progressing 1 of 2 replicas are updated: pod web-2-a: unschedulable: 0/3 nodes are available: 3 Insufficient cpu."
        )
    }

    @Test func aQuotaThatIsExceededIsNamed() async {
        put(
            replicaSet(
                "web-2", revision: 2,
                conditions:
                    "[{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: 'exceeded quota: small'}]"))
        let settlement = await settle(Self.deployment)
        #expect(settlement.end == .failed)
        #expect(
            health("web", settlement)
                == "degraded 1 of 2 replicas are updated: ReplicaSet web-2: FailedCreate: exceeded quota: small!")
    }

    @Test func aProbeThatFailsIsNamed() async {
        put(replicaSet("web-2", revision: 2))
        put(pod("web-2-a", of: "web-2", "{phase: Running, conditions: [{type: Ready, status: 'False'}]}"))
        put(event(about: "web-2-a", "Unhealthy", "'Readiness probe failed: HTTP probe failed with statuscode: 503'"))
        let settlement = await settle(Self.deployment)
        #expect(settlement.end == .timedOut)
        #expect(
            health("web", settlement)
                == "progressing 1 of 2 replicas are updated: pod web-2-a: Readiness probe failed: HTTP probe failed with statuscode: 503"
        )
    }

    @Test func aFailureEndsTheWaitForTheOthers() async {
        let settlement = await settle(
            """
            {apiVersion: batch/v1, kind: Job, metadata: {name: a, namespace: shop}, status: {conditions: [{type: Failed, status: 'True', message: no}]}}
            ---
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: b, namespace: shop}, spec: {replicas: 1}}
            """)
        #expect(settlement.end == .failed)
        #expect(health("b", settlement) == "progressing the rollout has not begun")
        #expect(!cluster.takeRequests().contains { $0.verb == "get" })
    }

    @Test func aNewerRevisionEndsTheWait() async {
        let looks = Mutex(0)
        let control = RunControl(newerRevision: {
            looks.withLock { looks in
                looks += 1
                return looks > 3 ? "main@2222222" : nil
            }
        })
        let settlement = await settle(Self.deployment, control: control)
        #expect(settlement.end == .stopped(.newerRevision("main@2222222")))
    }

    @Test func aRedisFailoverIsAsHealthyAsWhatItsOperatorMade() async {
        let redis =
            "{apiVersion: databases.spotahome.com/v1, kind: RedisFailover, metadata: {name: cache, namespace: shop}, spec: {redis: {replicas: 1}, sentinel: {replicas: 1}}}"
        let before = await settle(redis)
        #expect(before.end == .timedOut)
        #expect(health("cache", before) == "progressing the operator has not made StatefulSet shop/rfr-cache yet")
        put(
            "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: rfr-cache, namespace: shop}, spec: {replicas: 1}, status: {observedGeneration: 1, readyReplicas: 1}}"
        )
        put(
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: rfs-cache, namespace: shop}, spec: {replicas: 1}, status: {observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1}}"
        )
        let after = await settle(redis)
        #expect(after.end == .settled)
        #expect(health("cache", after) == "healthy")
    }
}
