import KubernetesClient
import Manifest
import Synchronization
import Testing

@testable import SyncEngine

/// What a run does when things are not as they should be.
@Suite struct RunTests {
    let cluster = FakeCluster()
    let set = ApplySet(configMap: "app", namespace: "default")
    var engine: SyncEngine { SyncEngine(cluster: cluster, clock: JumpingClock()) }

    init() {
        cluster.put(manifest("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), by: "kube-apiserver")
    }

    private func maps(_ names: [String], annotations: String = "{}") -> [KubernetesObject] {
        names.flatMap { name in
            manifests(
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: \(name), annotations: \(annotations)}, data: {a: b}}"
            )
        }
    }

    private func options(_ change: (inout SyncOptions) -> Void = { _ in }) -> SyncOptions { SyncTests.options(change) }

    private func plan(_ desired: [KubernetesObject], _ options: SyncOptions? = nil) async throws -> Plan {
        try await engine.plan(desired: desired, applySet: set, options: options ?? self.options())
    }

    // MARK: Bad input

    @Test func reportsEveryProblemAtItsPlaceBeforeAnythingIsDone() async {
        let bad = manifests(
            """
            apiVersion: apps/v1beta1
            kind: Deployment
            metadata: {name: a}
            ---
            apiVersion: example.com/v1
            kind: Widget
            metadata: {name: a}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: twice}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: twice, namespace: default}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {generateName: x-}
            ---
            apiVersion: example.com/v1
            kind: Widget
            metadata: {name: b}
            """)
        do {
            _ = try await engine.plan(desired: bad, applySet: set, options: options())
            Issue.record("no error")
        } catch {
            #expect(
                error.diagnostics.map { "\($0.location?.position.line ?? 0): \($0.message) | \($0.cure ?? "")" } == [
                    "1: the cluster does not serve apps/v1beta1 Deployment | Use apiVersion apps/v1, which it serves",
                    "5: the cluster does not serve example.com/v1 Widget, the kind of 2 objects | Install the CustomResourceDefinition of Widget.example.com, or check apiVersion and kind",
                    "13: ConfigMap default/twice is declared twice, first in test.yaml:9:1 | Remove one of the two",
                    "17: ConfigMap has no metadata.name | Give it a name; generateName cannot be synced",
                ])
        }
        #expect(cluster.takeWrites() == [])
    }

    @Test func saysWhichNamespaceIsMissing() async {
        await #expect(throws: DiagnosticsError.self) {
            _ = try await plan(manifests("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: nowhere}}"))
        }
        #expect(cluster.takeWrites() == [])
    }

    // MARK: Guards

    @Test func doesNothingUntilALargePruneIsConfirmed() async throws {
        let names = (1...8).map { "c\($0)" }
        _ = await engine.run(try await plan(maps(names)))
        _ = cluster.takeRequests()
        let held = try await plan(maps(["c1"]))
        #expect(held.guards == [.share(pruned: 7, inventory: 8)])
        let refused = await engine.run(held)
        #expect(refused.status == .refused)
        #expect(refused.diagnostics.first?.message == "7 of 8 objects would be deleted (87 %)")
        #expect(cluster.takeWrites() == [])

        let confirmed = try await plan(maps(["c1"]), options { $0.confirmedPlan = held.digest })
        #expect(await engine.run(confirmed).count(.pruned) == 7)
    }

    @Test func aConfirmationIsForOnePlanOnly() async throws {
        _ = await engine.run(try await plan(maps((1...8).map { "c\($0)" })))
        let held = try await plan(maps(["c1"]))
        let other = try await plan(maps(["c2"]), options { $0.confirmedPlan = held.digest })
        #expect(other.digest != held.digest)
        #expect(await engine.run(other).status == .refused)
    }

    @Test func doesNotPruneEverythingUnlessToldTo() async throws {
        _ = await engine.run(try await plan(maps(["a"])))
        let empty = try await plan([])
        #expect(await engine.run(empty).status == .refused)
        #expect(cluster.object("ConfigMap", "a") != nil)
        let allowed = try await plan([], options { $0.allowEmpty = true })
        #expect(await engine.run(allowed).status == .succeeded)
        #expect(cluster.object("ConfigMap", "a") == nil)
    }

    @Test func doesNotPruneACopyOfTheLabel() async throws {
        _ = await engine.run(try await plan(maps(["a", "b"])))
        var copy = try #require(cluster.object("ConfigMap", "b"))
        copy["metadata"]?["name"] = "copied"
        copy["metadata"]?["managedFields"] = nil
        cluster.put(copy, by: "copier")
        let plan = try await plan(maps(["a", "b"]))
        #expect(plan.changes.first { $0.reference.name == "copied" }?.action == .skip(.notOurs))
        #expect(await engine.run(plan).writes == 0)
        #expect(cluster.object("ConfigMap", "copied") != nil)
    }

    @Test func leavesAnObjectToTheApplicationThatTookIt() async throws {
        _ = await engine.run(try await plan(maps(["a", "b"])))
        let other = ApplySet(configMap: "other", namespace: "default")
        let takeover = try await engine.plan(desired: maps(["b"]), applySet: other, options: options())
        #expect(takeover.diagnostics.map(\.severity) == [.warning])
        _ = await engine.run(takeover)
        let left = try await plan(maps(["a"]))
        #expect(!left.changes.contains { $0.reference.name == "b" })
        _ = await engine.run(left)
        #expect(cluster.object("ConfigMap", "b") != nil)
    }

    @Test func leavesAnObjectThatWasTakenBetweenPlanAndPrune() async throws {
        _ = await engine.run(try await plan(maps(["a", "b"])))
        let late = try await plan(maps(["a"]))
        let other = ApplySet(configMap: "other", namespace: "default")
        _ = await engine.run(try await engine.plan(desired: maps(["b"]), applySet: other, options: options()))
        let outcome = await engine.run(late)
        #expect(outcome.objects.first { $0.reference.name == "b" }?.skipReason == .notOurs)
        #expect(cluster.object("ConfigMap", "b") != nil)
    }

    // MARK: Failures

    @Test func goesOnWithTheWaveAndNoFurther() async throws {
        cluster.state.withLock { state in
            state.fault = { request in
                guard request.description == "apply ConfigMap default/bad" else { return nil }
                return KubernetesError(
                    code: 422, reason: "Invalid", message: "invalid",
                    causes: [.init(field: "data.a", message: "Too long", reason: "FieldValueTooLong")], request: "apply"
                )
            }
        }
        let desired = maps(["bad", "good"]) + maps(["later"], annotations: "{gitopsctl.dev/sync-wave: '1'}")
        let outcome = await engine.run(try await plan(desired))
        #expect(outcome.status == .failed)
        #expect(
            outcome.objects.map { "\($0.reference.name) \($0.result)" } == [
                "bad failed", "good created", "later notReached",
            ])
        let error = try #require(outcome.objects[0].error)
        #expect(error.message == "ConfigMap default/bad is refused: data.a: Too long")
        #expect(error.location?.file == "test.yaml")
    }

    @Test func prunesNothingAfterAFailure() async throws {
        _ = await engine.run(try await plan(maps(["a", "b"])))
        cluster.state.withLock {
            $0.fault = {
                $0.verb == "apply"
                    ? KubernetesError(code: 500, reason: "InternalError", message: "no", request: "apply") : nil
            }
        }
        let changed = manifests("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: c}}")
        let outcome = await engine.run(try await plan(changed))
        #expect(outcome.status == .failed)
        #expect(cluster.object("ConfigMap", "b") != nil)
    }

    @Test func namesTheManagerAndTheFieldOfAConflict() async throws {
        let first = manifests("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}")
        _ = await engine.run(try await plan(first))
        cluster.edit("ConfigMap", "a", by: "kubectl-edit") { $0["data"]?["a"] = "z" }
        let outcome = await engine.run(try await plan(first, options { $0.forceConflicts = false }))
        #expect(outcome.objects.first?.error?.message == "ConfigMap default/a: data.a belongs to kubectl-edit")
        #expect(cluster.object("ConfigMap", "a")?[path: "data", "a"] == "z")
        #expect(await engine.run(try await plan(first)).count(.configured) == 1)
        #expect(cluster.object("ConfigMap", "a")?[path: "data", "a"] == "b")
    }

    @Test func showsNoValueOfASecretAnywhere() async throws {
        let secret = "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {p: hunter22}}"
        _ = await engine.run(try await plan(manifests(secret)))
        cluster.state.withLock { state in
            state.fault = { request in
                guard request.verb == "apply" else { return nil }
                return KubernetesError(
                    code: 422, reason: "Invalid", message: "value hunter33 (aHVudGVyMzM=) is bad", request: "apply")
            }
        }
        let next = try await plan(manifests(secret.replacing("hunter22", with: "hunter33")))
        let outcome = await engine.run(next)
        var told = "\(next.changes) \(outcome.objects)"
        dump(next.changes, to: &told)
        told += next.changes.flatMap(\.fields).map { "\($0)" }.joined()
        told += next.changes.map { "\(String(describing: $0.shownDesired)) \(String(describing: $0.shownLive))" }
            .joined()
        for value in ["hunter22", "hunter33", "aHVudGVyMzM=", "aHVudGVyMjI="] { #expect(!told.contains(value)) }
        #expect(told.contains("data.p"))
        #expect(outcome.objects.first?.error?.message.contains("hidden") == true)
    }

    // MARK: Definitions

    static let definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.com}
        spec:
          group: example.com
          scope: Namespaced
          names: {plural: widgets, kind: Widget}
          versions:
          - name: v1
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
        ---
        apiVersion: example.com/v1
        kind: Widget
        metadata: {name: w}
        spec: {size: 1}
        """

    @Test func establishesDefinitionsBeforeTheirObjects() async throws {
        let looks = Mutex(0)
        cluster.state.withLock { state in
            state.controllers = { object in
                guard object["kind"]?.string == "CustomResourceDefinition" else { return object }
                let count = looks.withLock { count in
                    count += 1
                    return count
                }
                if count < 3 { return object }
                var object = object
                object["status"] = ["conditions": [["type": "Established", "status": "True"]]]
                return object
            }
        }
        let first = try await plan(manifests(Self.definition))
        #expect(first.changes.map(\.awaitsKind) == [false, true])
        let outcome = await engine.run(first)
        #expect(outcome.status == .succeeded)
        #expect(cluster.object("Widget", "w")?[path: "spec", "size"] == 1)
        _ = cluster.takeRequests()
        #expect(await engine.run(try await plan(manifests(Self.definition))).writes == 0)
    }

    @Test func failsTheObjectsOfADefinitionThatFailed() async throws {
        cluster.state.withLock { state in
            state.fault = { request in
                guard request.description == "apply CustomResourceDefinition widgets.example.com" else { return nil }
                return KubernetesError(code: 422, reason: "Invalid", message: "bad schema", request: "apply")
            }
        }
        let outcome = await engine.run(try await plan(manifests(Self.definition)))
        #expect(
            outcome.objects.map { $0.error?.message } == [
                "CustomResourceDefinition widgets.example.com is refused: bad schema",
                "Widget default/w needs CustomResourceDefinition widgets.example.com, which failed",
            ])
    }

    // MARK: Adoption

    @Test func takesOverWhatKubectlAppliedSoThatLaterRemovalsWork() async throws {
        cluster.put(
            manifest(
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {x: '1', y: '2'}}"),
            by: "kubectl-client-side-apply")
        let adopting = try await plan(
            manifests("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '1'}}"))
        #expect(adopting.changes[0].takesOwnership)
        #expect(adopting.changes[0].fields.map(\.path.description).contains("data.y"))
        _ = await engine.run(adopting)
        #expect(cluster.object("ConfigMap", "a")?["data"] == ["x": "1"])
        _ = cluster.takeRequests()
        #expect(
            await engine.run(
                try await plan(manifests("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: '1'}}"))
            ).writes == 0)
    }

    // MARK: Doubts

    @Test func settlesADoubtByOneDryRunAndRemembersIt() async throws {
        let policy =
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n}, spec: {podSelector: {}, ingress: [{ports: [{port: 80}]}]}}"
        cluster.state.withLock { state in
            state.admission = { object in
                guard object["kind"]?.string == "NetworkPolicy" else { return object }
                var object = object
                object["spec"]?["ingress"] = [["ports": [["port": 80, "zone": "x"]]]]
                return object
            }
        }
        _ = await engine.run(try await plan(manifests(policy)))
        // Somebody without the digest in mind: it is gone, so that only the server can tell.
        cluster.edit("NetworkPolicy", "n", by: "x") { $0["metadata"]?["annotations"]?[Vocabulary.appliedDigest] = nil }
        _ = cluster.takeRequests()
        let engine = engine
        for _ in 1...2 {
            let plan = try await engine.plan(desired: manifests(policy), applySet: set, options: options())
            #expect(plan.changes.map(\.action) == [.unchanged])
        }
        #expect(cluster.takeRequests().filter { $0.verb == "apply --dry-run" }.count == 1)
    }

    // MARK: Health

    @Test func waitsUntilWorkloadsAreReadyAndSaysWhatIsNot() async throws {
        let desired = manifests(
            """
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: slow}, spec: {replicas: 1, selector: {matchLabels: {a: slow}}}}
            ---
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: stuck}, spec: {replicas: 1, selector: {matchLabels: {a: stuck}}}}
            """)
        for object in manifests(
            """
            {apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: stuck-1, namespace: default, uid: set, labels: {a: stuck}, ownerReferences: [{uid: uid of stuck, controller: true}]}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: stuck-1-a, namespace: default, labels: {a: stuck}, ownerReferences: [{uid: set, controller: true}]}, status: {containerStatuses: [{name: c, state: {waiting: {reason: ErrImagePull, message: no such image}}}]}}
            """)
        { cluster.put(object.value, by: "kubelet") }
        let looks = Mutex(0)
        cluster.state.withLock { state in
            state.controllers = { object in
                guard object["kind"]?.string == "Deployment" else { return object }
                var object = object
                let count = looks.withLock { count in
                    count += 1
                    return count
                }
                let name = KubernetesObject(object).name
                let isReady = name == "slow" && count > 6
                object["metadata"]?["uid"] = .string("uid of \(name)")
                object["status"] = [
                    "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": isReady ? 1 : 0,
                ]
                return object
            }
        }
        let events = Mutex<[String]>([])
        let plan = try await plan(
            desired,
            options {
                $0.wait = true
                $0.timeout = .seconds(30)
            })
        let outcome = await engine.run(plan) { event in
            switch event {
            case .healthy(let reference): events.withLock { $0.append("healthy \(reference.name)") }
            case .waiting(let reference, let health):
                events.withLock { $0.append("waiting \(reference.name): \(health.message)") }
            default: break
            }
        }
        #expect(outcome.status == .failed)
        #expect(outcome.objects[0].health?.status == .healthy)
        #expect(
            outcome.objects[1].error?.message
                == "Deployment default/stuck is not healthy after 30s: 0 of 1 replicas are available: pod stuck-1-a: container c: ErrImagePull (no such image)"
        )
        let told = events.withLock { $0 }
        #expect(told.contains("waiting slow: the rollout has not begun"))
        #expect(told.contains("healthy slow"))
        #expect(told.filter { $0.hasPrefix("waiting stuck") }.count == 3)
    }

    @Test func leavesReplicasToTheAutoscaler() async throws {
        func desired(_ image: String) -> [KubernetesObject] {
            manifests(
                """
                {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {a: b}}, template: {spec: {containers: [{name: c, image: '\(image)'}]}}}}
                ---
                {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 9}}
                """)
        }
        _ = await engine.run(try await plan(desired("1")))
        cluster.edit("Deployment", "web", by: "kube-controller-manager") { $0["spec"]?["replicas"] = 6 }
        _ = cluster.takeRequests()
        #expect(await engine.run(try await plan(desired("1"))).writes == 0)
        _ = await engine.run(try await plan(desired("2")))
        #expect(cluster.object("Deployment", "web")?[path: "spec", "replicas"] == 6)
    }

    // MARK: Interruption

    /// A sync that stops after any number of requests is finished by the next one, and nothing is lost or left over.
    @Test func isFinishedByTheNextSyncWhereverItStops() async throws {
        for limit in 0..<24 {
            let cluster = FakeCluster()
            cluster.put(manifest("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), by: "kube-apiserver")
            let engine = SyncEngine(cluster: cluster, clock: JumpingClock())
            let before = maps(["a", "b", "c"])
            let after =
                maps(["b", "c", "d"])
                + manifests("{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {x: y}}")
            _ = await engine.run(try await engine.plan(desired: before, applySet: set, options: options()))

            cluster.cut(afterWrites: limit, reason: KubernetesError.Reason.unreachable, message: "cut")
            _ = await engine.run(
                try await engine.plan(desired: after, applySet: set, options: options { $0.concurrency = 1 }))
            cluster.state.withLock { $0.fault = { _ in nil } }

            let next = SyncEngine(cluster: cluster, clock: JumpingClock())
            let outcome = await next.run(try await next.plan(desired: after, applySet: set, options: options()))
            #expect(outcome.status == .succeeded)
            #expect(
                cluster.names == [
                    "Namespace/default", "ConfigMap/app", "ConfigMap/b", "ConfigMap/c", "ConfigMap/d", "Secret/s",
                ], "limit \(limit)")
            _ = cluster.takeRequests()
            _ = await next.run(try await next.plan(desired: after, applySet: set, options: options()))
            #expect(cluster.takeWrites() == [], "limit \(limit)")
        }
    }

    /// What a stopped sync left of a kind and a namespace that were never there before is found, and goes with the next
    /// one.
    @Test func losesNothingThatAStoppedSyncCreated() async throws {
        for limit in 0..<8 {
            let cluster = FakeCluster()
            for name in ["default", "far"] {
                cluster.put(
                    manifest("{apiVersion: v1, kind: Namespace, metadata: {name: \(name)}}"), by: "kube-apiserver")
            }
            let engine = SyncEngine(cluster: cluster, clock: JumpingClock())
            let before = maps(["a"])
            _ = await engine.run(try await engine.plan(desired: before, applySet: set, options: options()))
            let more =
                before
                + manifests(
                    """
                    {apiVersion: v1, kind: Secret, metadata: {name: s, namespace: far}, stringData: {x: y}}
                    ---
                    {apiVersion: v1, kind: Service, metadata: {name: w}, spec: {ports: [{port: 1}]}}
                    """)
            cluster.cut(afterWrites: limit, reason: KubernetesError.Reason.unreachable, message: "cut")
            _ = await engine.run(
                try await engine.plan(desired: more, applySet: set, options: options { $0.concurrency = 1 }))
            cluster.state.withLock { $0.fault = { _ in nil } }
            _ = await engine.run(try await engine.plan(desired: before, applySet: set, options: options()))
            #expect(
                cluster.names == ["Namespace/default", "Namespace/far", "ConfigMap/app", "ConfigMap/a"],
                "limit \(limit)")
        }
    }

    /// Who stands before the cluster may let no write through any more, though nobody has cancelled the task: the sync
    /// has not succeeded then, wherever that was, and its next one does what is left.
    @Test(arguments: 0..<8)
    func stopsWhereItsWritesAreNotLetThrough(limit: Int) async throws {
        _ = await engine.run(try await plan(maps(["a", "b"])))
        let desired = manifests("{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {x: y}}")
        let plan = try await plan(desired, options { $0.concurrency = 1 })
        cluster.state.withLock { $0.requests = [] }
        cluster.cut(
            afterWrites: limit, reason: KubernetesError.Reason.cancelled, message: "another replica has it")
        let outcome = await engine.run(plan)
        // The parent, the Secret, two prunes, the parent again.
        #expect(outcome.status == (limit < 5 ? .stopped : .succeeded))
        #expect(outcome.failureCause == nil)
        let told = outcome.diagnostics.map { "\($0.severity) \($0.rule ?? "") \($0.message)" }
        #expect(
            told == (limit < 5 ? ["warning handover the sync was given up: another replica has it"] : []),
            "limit \(limit)")

        cluster.state.withLock { $0.fault = { _ in nil } }
        #expect(await engine.run(try await self.plan(desired)).status == .succeeded)
        #expect(cluster.names == ["Namespace/default", "ConfigMap/app", "Secret/s"])
    }

    /// A clock whose sleeper is cancelled.
    private struct BrokenClock: SyncClock {
        func now() -> Duration { .zero }
        func sleep(for duration: Duration) async throws(CancellationError) { throw CancellationError() }
    }

    @Test func anObjectWhoseKindWasAwaitedWhenTheRunWasCancelledHasNotFailed() async throws {
        cluster.state.withLock { state in
            state.fault = { request in
                request.verb == "apply"
                    ? KubernetesError(
                        code: 404, reason: KubernetesError.Reason.unknownKind, message: "not served", request: "apply")
                    : nil
            }
        }
        var change = PlannedChange(reference: KubernetesObject(maps(["a"])[0].value).reference, action: .create)
        change.desired = maps(["a"])[0].value
        change.awaitsKind = true
        let writer = ObjectWriter(cluster: cluster, clock: BrokenClock(), options: options()) { _ in }
        let written = await writer.write(change)
        #expect(written.outcome.result == .notReached)
        #expect(written.outcome.error == nil)
    }

    @Test func stopsBetweenWritesWhenItIsCancelled() async throws {
        let plan = try await plan(maps(["a", "b", "c"]), options { $0.concurrency = 1 })
        let engine = engine
        let run = Mutex<Task<Outcome, Never>?>(nil)
        let task = Task {
            await engine.run(plan) { event in
                if case .applied = event { run.withLock { $0?.cancel() } }
            }
        }
        run.withLock { $0 = task }
        let outcome = await task.value
        #expect(outcome.status == .cancelled || outcome.status == .succeeded)
        #expect(outcome.objects.count == 3)
    }

    @Test func aDryRunWritesNothing() async throws {
        let outcome = await engine.run(try await plan(maps(["a"]), options { $0.dryRun = true }))
        #expect(outcome.status == .succeeded)
        #expect(outcome.count(.created) == 1)
        #expect(cluster.takeWrites() == [])
        #expect(cluster.object("ConfigMap", "a") == nil)
    }
}
