import Manifest
import Testing

@testable import SyncEngine

/// Fields that are left to others: no difference while an object is compared, and kept while the rest of it is applied.
@Suite struct IgnoredDifferencesTests {
    let cluster = FakeCluster()
    let set = ApplySet(configMap: "shop", namespace: "default")
    var engine: SyncEngine { SyncEngine(cluster: cluster, clock: JumpingClock()) }

    init() {
        cluster.put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "default"]], by: "test")
    }

    static let web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: default, annotations: {team: shop}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              tolerations: [{key: spot, operator: Exists}]
              containers:
              - {name: web, image: web:1, env: [{name: MODE, value: fast}]}
              - {name: proxy, image: proxy:1}
        """

    private func rule(pointers: [String] = [], paths: [String] = [], managers: [String] = []) throws
        -> IgnoredDifferences.Rule
    {
        IgnoredDifferences.Rule(
            group: "apps", kind: "Deployment",
            fields: try pointers.map { try FieldSelector(pointer: $0) }
                + paths.map { try FieldSelector(expression: $0) },
            managers: managers)
    }

    private func plan(_ text: String, _ rules: [IgnoredDifferences.Rule]) async throws -> Plan {
        let options = SyncTests.options { $0.ignoredDifferences = IgnoredDifferences(rules) }
        return try await engine.plan(desired: manifests(text), applySet: set, options: options)
    }

    /// The web with two fields of another manager: its replicas, and its proxy's image.
    private func syncAndEdit() async throws {
        _ = await engine.run(try await plan(Self.web, []))
        cluster.edit("Deployment", "web", by: "scaler") { $0["spec"]?["replicas"] = 7 }
        cluster.edit("Deployment", "web", by: "mesh") { web in
            var containers = web[path: "spec", "template", "spec", "containers"]?.array ?? []
            containers[1]["image"] = "proxy:2"
            web["spec"]?["template"]?["spec"]?["containers"] = .array(containers)
        }
    }

    private static let proxyImage = #".spec.template.spec.containers[] | select(.name == "proxy") | .image"#

    @Test(arguments: [
        ([], [], [], ["spec.replicas", "spec.template.spec.containers[name=proxy].image"]),
        (["/spec/replicas"], [], [], ["spec.template.spec.containers[name=proxy].image"]),
        ([], [".spec.replicas", proxyImage], [], []),
        (["/spec/template/spec/containers/1/image"], [], ["scaler"], []),
        ([], [], ["mesh", "scaler"], []),
        (["/spec"], [], [], []),
        ([""], [], [], []),
        (
            ["/spec/replicaz", "/status"], [".spec.template.spec.containers[0].image"], ["nobody"],
            ["spec.replicas", "spec.template.spec.containers[name=proxy].image"]
        ),
    ])
    func areNoDifferences(pointers: [String], paths: [String], managers: [String], expected: [String]) async throws {
        try await syncAndEdit()
        let plan = try await plan(Self.web, [rule(pointers: pointers, paths: paths, managers: managers)])
        #expect(plan.changes.flatMap(\.fields).map(\.path.description) == expected)
        #expect(plan.isEmpty == expected.isEmpty)
    }

    @Test func areOfTheObjectsThatTheRuleNames() async throws {
        try await syncAndEdit()
        let replicas = try [FieldSelector(pointer: "/spec/replicas")]
        for other in [
            IgnoredDifferences.Rule(group: "", kind: "Deployment", fields: replicas),
            .init(kind: "StatefulSet", fields: replicas), .init(namespace: "other", fields: replicas),
            .init(name: "db", fields: replicas),
        ] {
            #expect(try await plan(Self.web, [other]).changes.flatMap(\.fields).count == 2)
        }
        #expect(try await plan(Self.web, [.init(fields: replicas)]).changes.flatMap(\.fields).count == 1)
    }

    @Test func staysAsOthersSetThemWhileTheRestIsApplied() async throws {
        try await syncAndEdit()
        let rules = try [rule(pointers: ["/spec/replicas"], paths: [Self.proxyImage])]
        let next = Self.web.replacing("web:1", with: "web:2")
        let outcome = await engine.run(try await plan(next, rules))
        #expect(outcome.status == .succeeded)
        let live = try #require(cluster.object("Deployment", "web"))
        #expect(live[path: "spec", "replicas"]?.int == 7)
        let containers = live[path: "spec", "template", "spec", "containers"]?.array ?? []
        #expect(containers.compactMap { $0["image"]?.string } == ["web:2", "proxy:2"])
        #expect(try await plan(next, rules).isEmpty)
        // Theirs they are, and not ours as well.
        let ours = Ownership(of: live, manager: "gitopsctl").ours
        #expect(!ours.contains(FieldPath(fields: "spec", "replicas")))
    }

    @Test func keepsWhatIsOursAtItsLiveValue() async throws {
        _ = await engine.run(try await plan(Self.web, []))
        let rules = try [rule(pointers: ["/spec/replicas"])]
        // Another number in Git, and none: the field stays ours, and what it is.
        for text in [
            Self.web.replacing("replicas: 2", with: "replicas: 5"), Self.web.replacing("  replicas: 2\n", with: ""),
        ] {
            let plan = try await plan(text.replacing("web:1", with: "web:2"), rules)
            #expect(plan.changes.flatMap(\.fields).filter { $0.path.description.contains("replicas") }.isEmpty)
            _ = await engine.run(plan)
            #expect(cluster.object("Deployment", "web")?[path: "spec", "replicas"]?.int == 2)
        }
    }

    @Test func isCreatedWithAllThatGitSays() async throws {
        _ = await engine.run(try await plan(Self.web, [rule(pointers: [""])]))
        #expect(cluster.object("Deployment", "web")?[path: "spec", "replicas"]?.int == 2)
    }

    @Test func reachesIntoListsThatAreAtomic() async throws {
        _ = await engine.run(try await plan(Self.web, []))
        cluster.edit("Deployment", "web", by: "gitopsctl-test") { web in
            web["spec"]?["template"]?["spec"]?["tolerations"] = [["key": "spot", "operator": "Equal"]]
        }
        let rules = try [rule(pointers: ["/spec/template/spec/tolerations/0/operator"])]
        #expect(try await plan(Self.web, []).isEmpty == false)
        #expect(try await plan(Self.web, rules).changes.flatMap(\.fields).isEmpty)
    }

    @Test func leavesItsOwnMarksOnTheObject() async throws {
        try await syncAndEdit()
        let rules = try [rule(pointers: ["/metadata/annotations", "/metadata/labels"])]
        _ = await engine.run(try await plan(Self.web.replacing("web:1", with: "web:2"), rules))
        let live = KubernetesObject(try #require(cluster.object("Deployment", "web")))
        #expect(live.label(Vocabulary.partOf) == set.id)
        #expect(live.annotation(Vocabulary.appliedIdentity) != nil)
        #expect(live.annotation("team") == "shop")
    }
}

@Suite struct FieldSelectorTests {
    private static func keys(_ names: String...) -> [FieldSelector.Step] { names.map { .key($0) } }

    @Test(
        arguments: [
            ("", []), ("/", [.keyOrIndex("")]), ("/spec/0", [.keyOrIndex("spec"), .keyOrIndex("0")]),
            (
                "/metadata/annotations/a~1b~0c",
                [.keyOrIndex("metadata"), .keyOrIndex("annotations"), .keyOrIndex("a/b~c")]
            ),
        ] as [(String, [FieldSelector.Step])])
    func readsPointers(text: String, steps: [FieldSelector.Step]) throws {
        #expect(try FieldSelector(pointer: text).steps == steps)
    }

    @Test(
        arguments: [
            (".", []), (".spec.replicas", keys("spec", "replicas")), (#".a."b.c/d""#, keys("a", "b.c/d")),
            (#".a["b"][0][]?"#, keys("a", "b") + [.index(0), .each]), (".a.[1]", keys("a") + [.index(1)]),
            (".a[]|.b", keys("a") + [.each, .key("b")]),
            (
                #".a[] | select(.b.c == "x\"y") | .d"#,
                keys("a") + [.each, .select(.init(keys: ["b", "c"], test: .equals("x\"y"))), .key("d")]
            ),
            (
                #".a[] | select(.b != 5).d"#,
                keys("a") + [.each, .select(.init(keys: ["b"], test: .differs(from: "5"))), .key("d")]
            ),
            (
                #".a[]|select(.b|startswith("x"))"#,
                keys("a") + [.each, .select(.init(keys: ["b"], test: .startsWith("x")))]
            ),
        ] as [(String, [FieldSelector.Step])])
    func readsExpressions(text: String, steps: [FieldSelector.Step]) throws {
        #expect(try FieldSelector(expression: text).steps == steps)
    }

    @Test(arguments: [
        ("spec", "a path begins with a dot, or select(…) is expected, before spec"),
        ("", "a path begins with a dot, or select(…) is expected, at the end"),
        (".a[", "between [ and ] stands nothing, an index or a quoted key, at the end"),
        (".a[\"b]", "a closing quote is expected, at the end"),
        (".a b", "nothing that can stand there begins, before b"),
        (".a[] | select(.b == )", "a value is expected, before )"),
        (
            ".a[] | select(.b | test(\"x\"))",
            "the function test is not one of startswith, endswith and contains, before )"
        ),
        (".1", "a key is expected, before 1"),
    ])
    func saysWhereAnExpressionIsWrong(text: String, message: String) {
        let error = #expect(throws: FieldSelector.SyntaxError.self) { try FieldSelector(expression: text) }
        #expect(error?.message == message)
    }

    @Test(arguments: ["spec", "/a~2b"]) func refusesWhatIsNoPointer(text: String) {
        #expect(throws: FieldSelector.SyntaxError.self) { try FieldSelector(pointer: text) }
    }
}
