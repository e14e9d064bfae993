import KubernetesClient
import Manifest
import Synchronization
import Testing

@testable import SyncEngine

/// Objects that ask to be written or deleted in another way than by server-side apply.
@Suite struct ApplyModeTests {
    let cluster = FakeCluster()
    let set = ApplySet(configMap: "app", namespace: "default")
    var engine: SyncEngine { SyncEngine(cluster: cluster, clock: JumpingClock()) }

    init() {
        cluster.put(manifest("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), by: "kube-apiserver")
        // The fields of a Deployment that no server lets anybody change.
        cluster.state.withLock { state in
            state.refusal = { live, new in
                guard live["kind"]?.string == "Deployment",
                    live[path: "spec", "selector"] != new[path: "spec", "selector"]
                else { return nil }
                return KubernetesError(
                    code: 422, reason: "Invalid", message: "Deployment.apps \"web\" is invalid",
                    causes: [
                        .init(
                            field: "spec.selector", message: "Invalid value: v1.LabelSelector{}: field is immutable",
                            reason: "FieldValueInvalid")
                    ], request: "apply Deployment default/web")
            }
        }
    }

    private func map(_ value: String, _ options: String = "", name: String = "a") -> String {
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: \(name), annotations: {\(options)}}
        data: {a: \(value)}
        """
    }

    private func deployment(selecting app: String, _ options: String = "", image: String = "web:1") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, annotations: {\(options)}}
        spec:
          selector: {matchLabels: {app: \(app)}}
          template:
            metadata: {labels: {app: \(app)}}
            spec: {containers: [{name: web, image: '\(image)'}]}
        """
    }

    private func plan(_ text: String, _ change: (inout SyncOptions) -> Void = { _ in }) async throws -> Plan {
        try await engine.plan(desired: manifests(text), applySet: set, options: SyncTests.options(change))
    }

    @discardableResult
    private func sync(_ text: String, _ change: (inout SyncOptions) -> Void = { _ in }) async throws -> Outcome {
        await engine.run(try await plan(text, change))
    }

    private func words(_ outcome: Outcome) -> [String] { outcome.objects.map { "\($0.reference.name) \($0.result)" } }

    // MARK: Replace

    private static let replaced = "argocd.argoproj.io/sync-options: 'Replace=true'"

    @Test func aReplacedObjectLosesWhatGitDoesNotSayAndThePlanShowsIt() async throws {
        try await sync(map("one", Self.replaced))
        cluster.edit("ConfigMap", "a") { $0["data"]?["foreign"] = "x" }
        // What somebody added is no reason to write, as everywhere.
        #expect(try await plan(map("one", Self.replaced)).isEmpty)

        let plan = try await plan(map("two", Self.replaced))
        #expect(
            plan.changes.first?.fields.map { "\($0.path) \($0.live?.string ?? "-") \($0.desired?.string ?? "-")" } == [
                "data.a one two", "data.foreign x -",
            ])
        _ = cluster.takeRequests()
        #expect(words(await engine.run(plan)) == ["a configured"])
        #expect(cluster.takeWrites() == ["replace ConfigMap default/a"])
        #expect(cluster.object("ConfigMap", "a")?["data"] == ["a": "two"])
        #expect(try await self.plan(map("two", Self.replaced)).isEmpty)
    }

    @Test func aReplacedObjectIsRepairedWhereSomebodyChangedIt() async throws {
        try await sync(map("one", Self.replaced))
        try await sync(map("two", Self.replaced))
        cluster.edit("ConfigMap", "a") { $0["data"]?["a"] = "drifted" }
        let plan = try await plan(map("two", Self.replaced))
        #expect(
            plan.changes.first?.fields.first?.cause
                == .cluster(manager: "kubectl-edit", time: "2026-01-01T00:00:000006Z"))
        await #expect(engine.run(plan).status == .succeeded)
        #expect(cluster.object("ConfigMap", "a")?[path: "data", "a"] == "two")
    }

    @Test func aReplacementKeepsOwnersAndFinalizersAndTakesTheObjectAsItIsNow() async throws {
        try await sync(map("one", Self.replaced))
        cluster.edit("ConfigMap", "a") { $0["metadata"]?["finalizers"] = ["example.com/hold"] }
        let plan = try await plan(map("two", Self.replaced))
        // Somebody writes between the plan and its run.
        cluster.edit("ConfigMap", "a") { $0["metadata"]?["labels"]?["late"] = "yes" }
        #expect(words(await engine.run(plan)) == ["a configured"])
        let live = try #require(cluster.object("ConfigMap", "a"))
        #expect(live[path: "metadata", "finalizers"] == ["example.com/hold"])
        #expect(KubernetesObject(live).label("late") == nil)
    }

    @Test func anObjectThatIsReplacedNoLongerIsAppliedAgainAndLosesWhatGitTakesAway() async throws {
        try await sync(map("one", Self.replaced))
        let two =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {\(Self.replaced)}}\ndata: {a: two, b: two}"
        try await sync(two)
        let applied = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: two, b: two}"
        try await sync(applied)
        #expect(try await plan(applied).isEmpty)
        try await sync(map("two"))
        #expect(cluster.object("ConfigMap", "a")?["data"] == ["a": "two"])
    }

    // MARK: Create only, ignore

    @Test(arguments: ["gitopsctl.dev/sync-options: CreateOnly=true", "kustomize.toolkit.fluxcd.io/ssa: IfNotPresent"])
    func anObjectThatIsCreatedOnlyIsLeftAsItIs(_ annotation: String) async throws {
        try await sync(map("one", annotation))
        cluster.edit("ConfigMap", "a") { $0["data"]?["a"] = "grown" }
        #expect(try await plan(map("two", annotation)).isEmpty)
        #expect(cluster.object("ConfigMap", "a")?[path: "data", "a"] == "grown")
        // It was created by this application: without a place in Git it goes.
        try await sync(map("other", name: "b"))
        #expect(cluster.object("ConfigMap", "a") == nil)
    }

    @Test(arguments: [
        "gitopsctl.dev/sync-options: Sync=false", "kustomize.toolkit.fluxcd.io/ssa: Ignore",
        "kustomize.toolkit.fluxcd.io/reconcile: disabled",
    ])
    func anObjectThatIsLeftAloneIsNeitherCreatedNorChangedNorPruned(_ annotation: String) async throws {
        let none = try await plan(map("one", annotation))
        #expect(none.changes.map(\.action) == [.skip(.leftAlone)])
        #expect(cluster.object("ConfigMap", "a") == nil)
        try await sync(map("one"))
        try await sync(map("two", annotation))
        #expect(cluster.object("ConfigMap", "a")?[path: "data", "a"] == "one")
        try await sync(map("three"))
        #expect(cluster.object("ConfigMap", "a")?[path: "data", "a"] == "three")
    }

    // MARK: Recreation

    @Test func anImmutableChangeWithoutTheOptionNamesTheFieldAndTheOption() async throws {
        try await sync(deployment(selecting: "one"))
        let outcome = try await sync(deployment(selecting: "two"))
        let error = try #require(outcome.objects.first?.error)
        #expect(error.message == "Deployment default/web: spec.selector cannot be changed on an existing object")
        #expect(error.cure?.contains("gitopsctl.dev/sync-options: Force=true") == true)
        #expect(cluster.object("Deployment", "web")?[path: "spec", "selector", "matchLabels", "app"] == "one")
    }

    @Test(arguments: [
        ("gitopsctl.dev/sync-options: Force=true", DeleteOptions.Propagation.background),
        ("gitopsctl.dev/sync-options: Force=orphan", .orphan),
        ("argocd.argoproj.io/sync-options: 'Force=true,PrunePropagationPolicy=foreground'", .foreground),
        ("argocd.argoproj.io/sync-options: 'Force=true,Replace=true'", .background),
        ("kustomize.toolkit.fluxcd.io/force: enabled", .background),
    ])
    func anImmutableChangeWithTheOptionIsPlannedAndDoneAsARecreation(
        _ annotation: String, _ propagation: DeleteOptions.Propagation
    ) async throws {
        try await sync(deployment(selecting: "one", annotation))
        let before = cluster.object("Deployment", "web").flatMap { KubernetesObject($0).uid }
        let plan = try await plan(deployment(selecting: "two", annotation))
        #expect(plan.changes.map(\.action) == [.recreate])
        #expect(plan.changes.first?.fields.isEmpty == false)
        let outcome = await engine.run(plan)
        #expect(words(outcome) == ["web recreated"])
        #expect(outcome.writes == 1)
        #expect(cluster.state.withLock { $0.propagations["web"] } == propagation)
        let after = try #require(cluster.object("Deployment", "web"))
        #expect(after[path: "spec", "selector", "matchLabels", "app"] == "two")
        #expect(KubernetesObject(after).uid != before)
        #expect(try await self.plan(deployment(selecting: "two", annotation)).isEmpty)
    }

    @Test func aChangeThatTheServerTakesIsNoRecreation() async throws {
        let force = "gitopsctl.dev/sync-options: Force=true"
        try await sync(deployment(selecting: "one", force))
        #expect(words(try await sync(deployment(selecting: "one", force, image: "web:2"))) == ["web configured"])
        #expect(cluster.state.withLock { $0.propagations.isEmpty })
    }

    @Test func recreationsCountAmongTheDeletionsThatAGuardHoldsBack() async throws {
        let names = (1...8).map { "web\($0)" }
        func all(_ app: String) -> String {
            names.map {
                deployment(selecting: app, "gitopsctl.dev/sync-options: Force=true").replacing(
                    "{name: web, ", with: "{name: \($0), ")
            }
            .joined(separator: "\n---\n")
        }
        try await sync(all("one"))
        let held = try await plan(all("two"))
        #expect(held.guards == [.share(pruned: 8, inventory: 8, recreated: 8)])
        let refused = await engine.run(held)
        #expect(refused.status == .refused)
        #expect(
            refused.diagnostics.first?.message
                == "8 of 8 objects would be deleted (100 %), 8 of them to be created again")
        let confirmed = try await plan(all("two")) { $0.confirmedPlan = held.digest }
        #expect(await engine.run(confirmed).count(.recreated) == 8)
    }

    @Test func aDryRunOfARecreationDeletesNothing() async throws {
        let force = "gitopsctl.dev/sync-options: Force=true"
        try await sync(deployment(selecting: "one", force))
        let outcome = try await sync(deployment(selecting: "two", force)) { $0.dryRun = true }
        #expect(words(outcome) == ["web recreated"])
        #expect(cluster.object("Deployment", "web")?[path: "spec", "selector", "matchLabels", "app"] == "one")
    }

    @Test func whatKeepsAnObjectFromBeingRecreatedIsNamed() async throws {
        let force = "gitopsctl.dev/sync-options: Force=true"
        try await sync(deployment(selecting: "one", force))
        cluster.edit("Deployment", "web") { $0["metadata"]?["finalizers"] = ["example.com/hold"] }
        let outcome = try await sync(deployment(selecting: "two", force))
        #expect(
            outcome.objects.first?.error?.message.contains("still being deleted, and waits for example.com/hold")
                == true)
    }

    @Test func aWholeApplicationMayBeForcedButForItsData() async throws {
        let claim = """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data}
            spec: {storageClassName: SLOW}
            """
        cluster.state.withLock { state in
            state.refusal = { live, new in
                guard live["spec"] != new["spec"] else { return nil }
                return KubernetesError(
                    code: 422, reason: "Invalid", message: "invalid",
                    causes: [
                        .init(
                            field: "spec", message: "Forbidden: is immutable after creation except resources.requests",
                            reason: "FieldValueForbidden")
                    ],
                    request: "apply")
            }
        }
        try await sync(claim)
        let outcome = try await sync(claim.replacing("SLOW", with: "fast")) { $0.objects.recreation = .allowed }
        #expect(words(outcome) == ["data failed"])
        #expect(
            outcome.objects.first?.error?.message
                == "PersistentVolumeClaim default/data: spec.storageClassName cannot be changed on an existing object")
        let told = claim.replacing("SLOW", with: "fast").replacing(
            "{name: data}", with: "{name: data, annotations: {\(force)}}")
        #expect(words(try await sync(told)) == ["data recreated"])
    }

    private let force = "gitopsctl.dev/sync-options: Force=true"

    // MARK: Validation

    @Test func fieldsThatTheServerLeavesOutAreNoDriftWhereTheyAreAllowed() async throws {
        cluster.state.withLock { state in
            state.admission = { object in
                var object = object
                if object["kind"]?.string == "ConfigMap" { object["unknown"] = nil }
                return object
            }
        }
        let text = map("one", "argocd.argoproj.io/sync-options: Validate=false") + "\nunknown: x"
        try await sync(text)
        #expect(try await plan(text).isEmpty)
    }

    // MARK: Words

    @Test func wordsThatAreNoOptionsAreToldAtTheirPlace() async throws {
        await #expect(throws: DiagnosticsError.self) {
            try await self.plan(map("one", "gitopsctl.dev/sync-options: 'Forse=true'"))
        }
        let plan = try await plan(map("one", "argocd.argoproj.io/sync-options: 'Prune=false, SomethingNew=true'"))
        #expect(plan.diagnostics.map(\.message) == ["SomethingNew=true is no sync option of an object"])
        #expect(plan.diagnostics.map(\.severity) == [.warning])
    }

    // MARK: The namespace of the application

    @Test func theNamespaceOfTheApplicationIsCreatedWithItsLabelsAndNeverPruned() async throws {
        let template = NamespaceTemplate(labels: ["team": "shop"])
        let outcome = try await sync(map("one")) {
            $0.namespace = "new"
            $0.createsNamespace = template
        }
        #expect(words(outcome) == ["new created", "a created"])
        let namespace = try #require(cluster.object("Namespace", "new"))
        #expect(KubernetesObject(namespace).label("team") == "shop")
        #expect(KubernetesObject(namespace).label(Vocabulary.partOf) == nil)
        let again = try await plan(map("one")) {
            $0.namespace = "new"
            $0.createsNamespace = template
        }
        #expect(again.isEmpty)
        let nothing = try await engine.plan(
            desired: [], applySet: set, options: SyncTests.options { $0.isDeletion = true })
        let deleted = await engine.run(nothing)
        #expect(deleted.count(.pruned) == 1)
        #expect(cluster.object("Namespace", "new") != nil)
    }

    @Test func aNamespaceThatIsThereIsLeftAsItIs() async throws {
        let plan = try await plan(map("one")) { $0.createsNamespace = NamespaceTemplate() }
        #expect(plan.changes.map(\.reference.kind) == ["ConfigMap"])
    }
}
