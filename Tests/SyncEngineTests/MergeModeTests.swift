import KubernetesClient
import Manifest
import Synchronization
import Testing

@testable import SyncEngine

/// Objects that ask to be merged here instead of being applied by the server.
@Suite struct MergeModeTests {
    let cluster = FakeCluster()
    let set = ApplySet(configMap: "app", namespace: "default")
    var engine: SyncEngine { SyncEngine(cluster: cluster, clock: JumpingClock()) }

    init() {
        cluster.put(manifest("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), by: "kube-apiserver")
    }

    private static let merged = "argocd.argoproj.io/sync-options: 'ServerSideApply=false'"

    private func map(_ data: String, _ options: String = merged, kind: String = "ConfigMap") -> String {
        "apiVersion: v1\nkind: \(kind)\nmetadata: {name: a, annotations: {\(options)}}\n\(kind == "Secret" ? "stringData" : "data"): \(data)\n"
    }

    private func plan(_ text: String, _ change: (inout SyncOptions) -> Void = { _ in }) async throws -> Plan {
        try await engine.plan(desired: manifests(text), applySet: set, options: SyncTests.options(change))
    }

    @discardableResult
    private func sync(_ text: String, _ change: (inout SyncOptions) -> Void = { _ in }) async throws -> Outcome {
        _ = cluster.takeRequests()
        return await engine.run(try await plan(text, change))
    }

    private var data: Value? { cluster.object("ConfigMap", "a")?["data"] }

    // MARK: How it is asked for

    @Test(arguments: ["gitopsctl.dev/sync-options: ServerSideApply=false", merged])
    func anObjectIsCreatedAndThenPatchedAndNeverApplied(_ annotation: String) async throws {
        try await sync(map("{a: one}", annotation))
        #expect(cluster.takeWrites().filter { $0.hasSuffix("default/a") } == ["create ConfigMap default/a"])
        #expect(try await plan(map("{a: one}", annotation)).isEmpty)
        _ = cluster.takeRequests()
        try await sync(map("{a: two}", annotation))
        let requests = cluster.takeRequests().filter { $0.target.hasSuffix("default/a") && $0.verb != "get" }
        #expect(requests.map(\.description) == ["patch ConfigMap default/a"])
        #expect(data == ["a": "two"])
        #expect(try await plan(map("{a: two}", annotation)).isEmpty)
    }

    @Test func aWholeApplicationMayAskForItAndAnObjectForTheOther() async throws {
        var options = ObjectOptions()
        #expect(options.read("ServerSideApply=false") && options.write == .merge)
        try await sync(map("{a: one}", "")) { $0.objects = options }
        #expect(cluster.takeWrites().contains("create ConfigMap default/a"))
        let plan = try await plan(map("{a: two}", "gitopsctl.dev/sync-options: ServerSideApply=true")) {
            $0.objects = options
        }
        #expect(plan.changes.first?.options.write == .apply)
        #expect(options.read("Replace=true") && options.read("ServerSideApply=false") && options.write == .replace)
    }

    // MARK: What it changes

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var first: String
        /// Keys that somebody sets, or takes away, after the first sync.
        var edits: [String: String?] = [:]
        var second: String
        var result: Value
        /// What the plan changes of the data.
        var planned: [String]

        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(name: "a change", first: "{a: one}", second: "{a: two}", result: ["a": "two"], planned: ["a"]),
        Row(
            name: "an addition", first: "{a: one}", second: "{a: one, b: two}", result: ["a": "one", "b": "two"],
            planned: ["b"]),
        Row(name: "a removal", first: "{a: one, b: two}", second: "{a: one}", result: ["a": "one"], planned: ["b"]),
        Row(
            name: "what we never had stays", first: "{a: one}", edits: ["x": "theirs"], second: "{a: two}",
            result: ["a": "two", "x": "theirs"], planned: ["a"]),
        Row(
            name: "nothing of ours changes", first: "{a: one}", edits: ["x": "theirs"], second: "{a: one}",
            result: ["a": "one", "x": "theirs"], planned: []),
        Row(
            name: "drift is set back", first: "{a: one}", edits: ["a": "drifted"], second: "{a: one}",
            result: ["a": "one"], planned: ["a"]),
        Row(
            name: "what was taken away comes back", first: "{a: one, b: two}", edits: ["b": nil],
            second: "{a: one, b: two}", result: ["a": "one", "b": "two"], planned: ["b"]),
        Row(
            name: "what another changed and Git gives up stays", first: "{a: one, b: two}", edits: ["b": "theirs"],
            second: "{a: one}", result: ["a": "one", "b": "theirs"], planned: []),
        Row(
            name: "what is gone already", first: "{a: one, b: two}", edits: ["b": nil], second: "{a: one}",
            result: ["a": "one"], planned: []),
    ])
    func mergesThreeWays(_ row: Row) async throws {
        try await sync(map(row.first))
        cluster.edit("ConfigMap", "a") { object in
            for (key, value) in row.edits { object["data"]?[key] = value.map { .string($0) } }
        }
        let plan = try await plan(map(row.second))
        #expect(plan.changes.first?.fields.map { "\($0.path)".replacing("data.", with: "") } == row.planned)
        await #expect(engine.run(plan).status == .succeeded)
        #expect(data == row.result)
        #expect(try await self.plan(map(row.second)).isEmpty)
    }

    private func deployment(_ containers: String, _ labels: String = "app: web") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, annotations: {\(Self.merged)}}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {\(labels)}}
            spec: {containers: [\(containers)]}
        """
    }

    /// A merge patch sends lists whole: what others have in them goes along.
    @Test func itemsOfOthersInAListStay() async throws {
        try await sync(
            deployment("{name: web, image: 'web:1', env: [{name: A, value: a}]}, {name: log, image: 'log:1'}"))
        cluster.edit("Deployment", "web", by: "injector") { object in
            var containers = object[path: "spec", "template", "spec", "containers"]?.array ?? []
            containers[0]["env"] = .array((containers[0]["env"]?.array ?? []) + [["name": "X", "value": "theirs"]])
            object["spec"]?["template"]?["spec"]?["containers"] = .array(
                containers + [["name": "sidecar", "image": "proxy:1"]])
        }
        try await sync(deployment("{name: web, image: 'web:2', env: [{name: A, value: a}]}"))
        let containers =
            cluster.object("Deployment", "web")?[path: "spec", "template", "spec", "containers"]?.array ?? []
        #expect(containers.compactMap { $0["image"]?.string } == ["web:2", "proxy:1"])
        #expect(containers.first?["env"]?.array?.compactMap { $0["name"]?.string } == ["A", "X"])
        #expect(try await plan(deployment("{name: web, image: 'web:2', env: [{name: A, value: a}]}")).isEmpty)
    }

    @Test func whatIsWrittenBetweenThePlanAndItsRunStays() async throws {
        try await sync(map("{a: one, b: two}"))
        let plan = try await plan(map("{a: two}"))
        cluster.edit("ConfigMap", "a") { $0["data"]?["late"] = "theirs" }
        let outcome = await engine.run(plan)
        #expect(outcome.objects.map { "\($0.reference.name) \($0.result)" } == ["a configured"])
        #expect(data == ["a": "two", "late": "theirs"])
    }

    @Test func anObjectThatGoesBetweenThePlanAndItsRunIsCreated() async throws {
        try await sync(map("{a: one}"))
        let plan = try await plan(map("{a: two}"))
        cluster.state.withLock { state in state.objects = state.objects.filter { $0.key.name != "a" } }
        await #expect(engine.run(plan).status == .succeeded)
        #expect(data == ["a": "two"])
    }

    @Test func fieldsOfOthersAreNotTakenOverWhereTheApplicationSaysSo() async throws {
        try await sync(map("{a: one}"))
        cluster.edit("ConfigMap", "a", by: "rival") { $0["data"]?["a"] = "theirs" }
        let outcome = try await sync(map("{a: two}")) { $0.forceConflicts = false }
        #expect(outcome.objects.first?.error?.message == "ConfigMap default/a: data.a belongs to rival")
        #expect(data == ["a": "theirs"])
    }

    // MARK: Whose fields they are

    @Test func whatToolsBeforeUsAppliedBecomesOursByTheSamePatch() async throws {
        cluster.put(
            manifest(
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {a: one, old: x}}"),
            by: "kubectl-client-side-apply")
        cluster.edit("ConfigMap", "a") { $0["data"]?["foreign"] = "theirs" }
        try await sync(map("{a: one, b: two}"))
        #expect(cluster.takeWrites().filter { $0.hasSuffix("default/a") } == ["patch ConfigMap default/a"])
        #expect(data == ["a": "one", "b": "two", "foreign": "theirs"])
        #expect(try await plan(map("{a: one, b: two}")).isEmpty)
        try await sync(map("{b: two}"))
        #expect(data == ["b": "two", "foreign": "theirs"])
    }

    /// What was as desired before we came is ours, and stays when another wants it, too.
    @Test func aFieldThatAnotherWantsAsWellStaysWhenGitGivesItUp() async throws {
        cluster.put(
            manifest(
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}, data: {a: one, b: two}}"),
            by: "operator")
        try await sync(map("{a: one, b: two}"))
        #expect(try await plan(map("{a: one, b: two}")).isEmpty)
        try await sync(map("{a: one}"))
        #expect(data == ["a": "one", "b": "two"])
        #expect(try await plan(map("{a: one}")).isEmpty)
    }

    @Test func anObjectGoesFromAppliedToMergedAndBackAndLosesWhatGitTakesAway() async throws {
        let applied = { (data: String) in map(data, "") }
        try await sync(applied("{a: one, b: one, c: one}"))
        try await sync(map("{a: one, b: one}"))
        #expect(data == ["a": "one", "b": "one"])
        try await sync(map("{a: two, b: one}"))
        try await sync(applied("{a: two}"))
        #expect(data == ["a": "two"])
        #expect(try await plan(applied("{a: two}")).isEmpty)
        #expect(
            KubernetesObject(try #require(cluster.object("ConfigMap", "a"))).annotation(Vocabulary.appliedFields) == nil
        )
    }

    @Test func aServerThatRecordsNoOwnersIsServedAsWell() async throws {
        cluster.state.withLock { $0.tracksOwners = false }
        try await sync(map("{a: one, b: one}"))
        cluster.edit("ConfigMap", "a") { $0["data"]?["foreign"] = "theirs" }
        #expect(try await plan(map("{a: one, b: one}")).isEmpty)
        cluster.edit("ConfigMap", "a") { $0["data"]?["a"] = "drifted" }
        try await sync(map("{a: one}"))
        #expect(data == ["a": "one", "foreign": "theirs"])
        #expect(try await plan(map("{a: one}")).isEmpty)
    }

    @Test func theRecordOfASecretHoldsNoValue() async throws {
        try await sync(map("{password: hidden-text}", kind: "Secret"))
        let secret = try #require(cluster.object("Secret", "a"))
        let record = try #require(KubernetesObject(secret).annotation(Vocabulary.appliedFields))
        #expect(
            record.contains("f:password") && !record.contains("hidden")
                && !record.contains(Base64.encode(Array("hidden-text".utf8))))
        #expect(KubernetesObject(secret).annotation(Vocabulary.appliedDigest) == nil)
        #expect(try await plan(map("{password: hidden-text}", kind: "Secret")).isEmpty)
    }

    // MARK: Beside other options

    @Test func anImmutableChangeIsARecreationWhereThatIsAskedFor() async throws {
        cluster.state.withLock { state in
            state.refusal = { live, new in
                guard live["data"] != new["data"] else { return nil }
                return KubernetesError(
                    code: 422, reason: "Invalid", message: "invalid",
                    causes: [
                        .init(
                            field: "data", message: "Forbidden: field is immutable when `immutable` is set",
                            reason: "FieldValueForbidden")
                    ],
                    request: "patch")
            }
        }
        let forced = "gitopsctl.dev/sync-options: 'ServerSideApply=false,Force=true'"
        try await sync(map("{a: one}", forced))
        let outcome = try await sync(map("{a: two}", forced))
        #expect(outcome.objects.map { "\($0.reference.name) \($0.result)" } == ["a recreated"])
        #expect(data == ["a": "two"])
    }

    @Test func aDryRunChangesNothing() async throws {
        try await sync(map("{a: one}"))
        let outcome = try await sync(map("{a: two}")) { $0.dryRun = true }
        #expect(outcome.objects.map(\.result) == [.configured])
        #expect(data == ["a": "one"])
    }
}
