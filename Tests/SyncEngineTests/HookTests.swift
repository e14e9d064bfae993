import KubernetesClient
import Manifest
import Synchronization
import Testing

@testable import SyncEngine

/// What hooks a sync runs, when, and what becomes of them.
@Suite struct HookTests {
    let cluster = FakeCluster()
    let set = ApplySet(configMap: "app", namespace: "default")
    var engine: SyncEngine { SyncEngine(cluster: cluster, clock: JumpingClock()) }

    init() {
        cluster.put(manifest("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), by: "kube-apiserver")
        finish()
    }

    /// Jobs end as soon as somebody looks at them: well, but for those that are named.
    private func finish(failing: Set<String> = [], running: Set<String> = []) {
        cluster.state.withLock { state in
            state.controllers = { object in
                let name = KubernetesObject(object).name
                guard object["kind"]?.string == "Job", !running.contains(name) else { return object }
                var object = object
                object["status"] = [
                    "conditions": [
                        [
                            "type": failing.contains(name) ? "Failed" : "Complete", "status": "True",
                            "message": "told so",
                        ]
                    ]
                ]
                return object
            }
        }
    }

    static func job(_ name: String, _ annotations: String, ttl: String = "") -> String {
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: \(name), annotations: {\(annotations)}}
        spec: {\(ttl.isEmpty ? "" : "ttlSecondsAfterFinished: \(ttl), ")template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}

        """
    }

    static func map(_ name: String, _ annotations: String = "") -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name), annotations: {\(annotations)}}\ndata: {a: b}\n"
    }

    private func sync(
        _ texts: [String], control: RunControl = RunControl(), options change: (inout SyncOptions) -> Void = { _ in }
    ) async throws -> (outcome: Outcome, writes: [String]) {
        _ = cluster.takeRequests()
        let options = SyncTests.options { options in
            options.wait = true
            options.timeout = .seconds(30)
            change(&options)
        }
        let plan = try await engine.plan(
            desired: texts.flatMap { manifests($0) }, applySet: set, options: options)
        let outcome = await engine.run(plan, control: control)
        return (outcome, cluster.takeWrites().filter { !$0.contains("default/app") })
    }

    // MARK: Phases

    @Test func phasesFollowOneAnother() async throws {
        let (outcome, writes) = try await sync([
            Self.map("a"), Self.job("after", "gitopsctl.dev/hook: PostSync"),
            Self.job("before", "gitopsctl.dev/hook: PreSync"),
            Self.job("with", "gitopsctl.dev/hook: Sync"), Self.job("failure", "gitopsctl.dev/hook: SyncFail"),
        ])
        #expect(outcome.status == .succeeded)
        #expect(
            writes == [
                "apply Job default/before", "apply ConfigMap default/a", "apply Job default/with",
                "apply Job default/after",
            ])
        #expect(
            outcome.objects.map { "\($0.reference.name) \($0.hook?.rawValue ?? "-") \($0.result)" } == [
                "a - created", "before PreSync ran", "with Sync ran", "after PostSync ran",
            ])
    }

    @Test func aFailingPreSyncHookKeepsEverythingElseBack() async throws {
        finish(failing: ["before"])
        let (outcome, writes) = try await sync([
            Self.map("a"), Self.job("before", "gitopsctl.dev/hook: PreSync"),
            Self.job("after", "gitopsctl.dev/hook: PostSync"),
            Self.job("failure", "gitopsctl.dev/hook: SyncFail"),
        ])
        #expect(outcome.status == .failed)
        #expect(writes == ["apply Job default/before", "apply Job default/failure"])
        #expect(
            outcome.objects.compactMap(\.error?.message) == [
                "PreSync hook Job default/before failed: the job failed: told so"
            ])
        #expect(
            outcome.objects.map { "\($0.reference.name) \($0.result)" } == [
                "a notReached", "before failed", "failure ran",
            ])
        #expect(cluster.object("ConfigMap", "a") == nil)
    }

    @Test func hooksRunInTheirWaves() async throws {
        let (_, writes) = try await sync([
            Self.job("second", "gitopsctl.dev/hook: PreSync, gitopsctl.dev/sync-wave: '2'"),
            Self.job("first", "argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/sync-wave: '-1'"),
            Self.job("middle", "gitopsctl.dev/hook: Sync, gitopsctl.dev/sync-wave: '1'"),
            Self.map("late", "gitopsctl.dev/sync-wave: '2'"), Self.map("early"),
        ])
        #expect(
            writes == [
                "apply Job default/first", "apply Job default/second", "apply ConfigMap default/early",
                "apply Job default/middle",
                "apply ConfigMap default/late",
            ])
    }

    @Test func aFailingWaveIsFinishedAndTheNextDoesNotBegin() async throws {
        cluster.state.withLock { state in
            state.fault = { request in
                guard request.description == "apply ConfigMap default/b" else { return nil }
                return KubernetesError(code: 422, reason: "Invalid", message: "no", request: request.description)
            }
        }
        let (outcome, writes) = try await sync([
            Self.map("a"), Self.map("b"), Self.map("c"), Self.map("later", "gitopsctl.dev/sync-wave: '1'"),
            Self.job("failure", "gitopsctl.dev/hook: SyncFail"), Self.job("after", "gitopsctl.dev/hook: PostSync"),
        ])
        #expect(outcome.status == .failed)
        #expect(
            Set(writes) == [
                "apply ConfigMap default/a", "apply ConfigMap default/b", "apply ConfigMap default/c",
                "apply Job default/failure",
            ])
        #expect(outcome.diagnostics.map(\.message) == ["wave 0 failed: wave 1 with 1 object did not begin"])
    }

    @Test func aDeletionRunsItsHooksAroundThePrune() async throws {
        let all = [
            Self.map("a"), Self.job("before", "gitopsctl.dev/hook: PreSync"),
            Self.job("goodbye", "gitopsctl.dev/hook: PreDelete"),
            Self.job("gone", "argocd.argoproj.io/hook: PostDelete"),
        ]
        #expect(try await sync(all).outcome.status == .succeeded)
        let (outcome, writes) = try await sync(all) { $0.isDeletion = true }
        #expect(outcome.status == .succeeded)
        #expect(
            writes.prefix(3) == ["apply Job default/goodbye", "delete ConfigMap default/a", "apply Job default/gone"])
        // Nobody would put them away later.
        #expect(
            writes.dropFirst(3).sorted() == [
                "delete Job default/before", "delete Job default/gone", "delete Job default/goodbye",
            ])
    }

    // MARK: When

    @Test func hooksRunOnlyWhereThereIsSomethingToDo() async throws {
        let hook = Self.job("before", "gitopsctl.dev/hook: PreSync")
        #expect(try await sync([Self.map("a"), hook]).outcome.count(.ran) == 1)
        let second = try await sync([Self.map("a"), hook])
        #expect(second.writes == [] && second.outcome.count(.ran) == 0)
        // Another object, and another hook.
        #expect(try await sync([Self.map("a"), Self.map("b"), hook]).outcome.count(.ran) == 1)
        let changed = hook.replacing("image: b", with: "image: c")
        #expect(try await sync([Self.map("a"), Self.map("b"), changed]).outcome.count(.ran) == 1)
        #expect(try await sync([Self.map("a"), Self.map("b"), changed]).writes == [])
    }

    @Test func hooksOfAFailedSyncRunAgain() async throws {
        let all = [Self.map("a"), Self.job("after", "gitopsctl.dev/hook: PostSync")]
        finish(failing: ["after"])
        #expect(try await sync(all).outcome.status == .failed)
        finish()
        let again = try await sync(all)
        #expect(again.outcome.status == .succeeded)
        #expect(again.writes == ["delete Job default/after", "apply Job default/after"])
    }

    @Test func hooksAreNoMembersAndDoNotDrift() async throws {
        let all = [Self.map("a"), Self.job("before", "gitopsctl.dev/hook: PreSync")]
        _ = try await sync(all)
        let hook = try #require(cluster.object("Job", "before"))
        #expect(KubernetesObject(hook).label(Vocabulary.partOf) == nil)
        cluster.edit("Job", "before") { $0["spec"]?["suspend"] = true }
        let plan = try await engine.plan(desired: all.flatMap { manifests($0) }, applySet: set)
        #expect(plan.isEmpty && !plan.runsHooks)
        #expect(plan.changes.map(\.reference.name) == ["a"])
    }

    @Test func aDryRunRunsNone() async throws {
        let (outcome, writes) = try await sync([Self.map("a"), Self.job("before", "gitopsctl.dev/hook: PreSync")]) {
            $0.dryRun = true
        }
        #expect(writes == [] && outcome.status == .succeeded && outcome.count(.ran) == 0)
    }

    @Test func aStoppedSyncBeginsNoFurtherWave() async throws {
        let control = RunControl(closedWindow: {
            cluster.object("ConfigMap", "a") == nil ? nil : "the window “night” closed at 06:00"
        })
        let (outcome, writes) = try await sync(
            [
                Self.map("a"), Self.map("b", "gitopsctl.dev/sync-wave: '1'"),
                Self.job("failure", "gitopsctl.dev/hook: SyncFail"),
            ],
            control: control)
        #expect(outcome.status == .stopped)
        #expect(writes == ["apply ConfigMap default/a"])
        #expect(
            outcome.diagnostics.map(\.message) == [
                "the sync stopped between two steps: the window “night” closed at 06:00"
            ])
    }

    // MARK: Deleting

    @Test(arguments: [
        ("BeforeHookCreation", false, true), ("HookSucceeded", false, false), ("HookSucceeded", true, true),
        ("HookFailed", false, true), ("HookFailed", true, false), ("'HookSucceeded,HookFailed'", true, false),
    ]) func theDeletePolicyIsHeeded(policy: String, fails: Bool, stays: Bool) async throws {
        if fails { finish(failing: ["before"]) }
        _ = try await sync([
            Self.map("a"),
            Self.job("before", "gitopsctl.dev/hook: PreSync, gitopsctl.dev/hook-delete-policy: \(policy)"),
        ])
        #expect((cluster.object("Job", "before") != nil) == stays)
    }

    @Test func aHookThatStaysIsMadeAnew() async throws {
        let hook = Self.job("before", "gitopsctl.dev/hook: PreSync")
        _ = try await sync([Self.map("a"), hook])
        let uid = KubernetesObject(try #require(cluster.object("Job", "before"))).uid
        _ = try await sync([Self.map("b"), hook])
        #expect(KubernetesObject(try #require(cluster.object("Job", "before"))).uid != uid)
    }

    @Test func aHookThatAKilledSyncLeftRunningIsWaitedFor() async throws {
        let all = [Self.map("a"), Self.job("before", "gitopsctl.dev/hook: PreSync")]
        finish(running: ["before"])
        #expect(try await sync(all) { $0.timeout = .seconds(1) }.outcome.status == .failed)
        let looks = Mutex(0)
        cluster.state.withLock { state in
            state.controllers = { object in
                guard object["kind"]?.string == "Job",
                    looks.withLock({
                        $0 += 1
                        return $0 > 3
                    })
                else { return object }
                var object = object
                object["status"] = ["conditions": [["type": "Complete", "status": "True"]]]
                return object
            }
        }
        let (outcome, writes) = try await sync(all)
        #expect(outcome.status == .succeeded)
        #expect(writes == ["apply ConfigMap default/a"])
    }

    @Test func aJobThatWouldBeGoneAtOnceIsKeptUntilItWasSeen() async throws {
        _ = try await sync([Self.map("a"), Self.job("before", "gitopsctl.dev/hook: PreSync", ttl: "0")])
        let applied = cluster.state.withLock { state in state.patches }
        #expect(
            applied.map { String(decoding: JSON.write($0), as: UTF8.self) } == [
                #"{"spec":{"ttlSecondsAfterFinished":0}}"#
            ])
        #expect(cluster.object("Job", "before")?[path: "spec", "ttlSecondsAfterFinished"]?.int == 0)
    }

    @Test func aHookNamedByTheServerIsMadeEachTime() async throws {
        let hook = Self.job("x", "gitopsctl.dev/hook: PostSync").replacing("name: x", with: "generateName: report-")
        let first = try await sync([Self.map("a"), hook])
        #expect(first.writes == ["apply ConfigMap default/a", "create Job default/report-"])
        #expect(first.outcome.objects.last?.reference.name == "report-1")
        let second = try await sync([Self.map("b"), hook])
        #expect(second.writes.contains("delete Job default/report-1"))
        #expect(cluster.names.contains("Job/report-2") && !cluster.names.contains("Job/report-1"))
    }

    @Test func anObjectThatBecomesAHookIsNotPrunedAway() async throws {
        let job = Self.job("migrate", "")
        _ = try await sync([Self.map("a"), job])
        let (outcome, _) = try await sync([Self.map("a"), Self.job("migrate", "gitopsctl.dev/hook: PreSync")])
        #expect(outcome.status == .succeeded)
        #expect(cluster.object("Job", "migrate") != nil)
    }

    // MARK: Annotations

    @Test(arguments: [
        ("gitopsctl.dev/hook: 'PreSync, PostSync'", "PreSync PostSync", "BeforeHookCreation"),
        (
            "argocd.argoproj.io/hook: Sync, argocd.argoproj.io/hook-delete-policy: 'HookSucceeded,HookFailed'", "Sync",
            "HookSucceeded HookFailed"
        ),
        ("argocd.argoproj.io/hook: Skip", "", "BeforeHookCreation"),
        (
            "helm.sh/hook: 'pre-install,pre-upgrade', helm.sh/hook-delete-policy: hook-succeeded", "PreSync",
            "HookSucceeded"
        ),
        ("helm.sh/hook: 'post-install,post-upgrade'", "PostSync", "BeforeHookCreation"),
        ("helm.sh/hook: 'pre-delete,post-delete'", "PreDelete PostDelete", "BeforeHookCreation"),
        ("helm.sh/hook: test", "", "BeforeHookCreation"),
        // Ours goes before Argo CD's, and Argo CD's before Helm's.
        ("gitopsctl.dev/hook: PreSync, argocd.argoproj.io/hook: PostSync", "PreSync", "BeforeHookCreation"),
        ("argocd.argoproj.io/hook: PostSync, helm.sh/hook: pre-install", "PostSync", "BeforeHookCreation"),
    ]) func annotationsAreRead(annotations: String, phases: String, policies: String) throws {
        var problems: [Diagnostic] = []
        let hook = try #require(HookAnnotations(manifests(Self.job("a", annotations))[0], &problems))
        #expect(HookPhase.allCases.filter(hook.phases.contains).map(\.rawValue).joined(separator: " ") == phases)
        #expect(
            HookDeletePolicy.allCases.filter(hook.deletePolicies.contains).map(\.rawValue).joined(separator: " ")
                == policies)
        #expect(problems == [])
    }

    @Test(arguments: ["", "helm.sh/hook: crd-install", "helm.sh/hook-weight: '5'"])
    func anObjectLikeOthersIsNoHook(annotations: String) {
        var problems: [Diagnostic] = []
        #expect(HookAnnotations(manifests(Self.job("a", annotations))[0], &problems) == nil)
        #expect(problems == [])
    }

    @Test func helmsWeightIsTheWaveOfItsHooks() {
        #expect(
            SyncWave.number(of: manifests(Self.job("a", "helm.sh/hook: pre-install, helm.sh/hook-weight: '-5'"))[0])
                == -5)
        #expect(SyncWave.number(of: manifests(Self.job("a", "helm.sh/hook-weight: '-5'"))[0]) == 0)
    }

    @Test func whatCannotBeUnderstoodIsToldBeforeAnythingRuns() async {
        let error = await #expect(throws: DiagnosticsError.self) {
            try await sync([
                Self.job("a", "gitopsctl.dev/hook: Presync"),
                Self.job("b", "helm.sh/hook: pre-install, helm.sh/hook-delete-policy: never"),
            ])
        }
        #expect(
            error?.diagnostics.map(\.message) == [
                "Presync is no phase of a sync", "never is no delete policy of a hook",
            ])
        #expect(error?.diagnostics.first?.location?.position.line == 1)
    }
}

extension String {
    func replacing(_ part: String, with other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}
