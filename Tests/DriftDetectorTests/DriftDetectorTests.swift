import DriftDetector
import Manifest
import Testing

/// Desired and live objects in YAML, as the pipeline hands them over.
private func objects(_ text: String) throws -> [Value] { try YAML.read(Array(text.utf8), file: "test.yaml") }

/// A Deployment of which kubectl took replicas and image.
private let drifted = """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: shop
      labels: {applyset.kubernetes.io/part-of: x}
      managedFields:
      - manager: gitopsctl
        operation: Apply
        apiVersion: apps/v1
        time: "2026-11-21T01:00:00Z"
        fieldsV1: {"f:spec": {"f:paused": {}, "f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:name": {}}}}}}}
      - manager: kubectl-edit
        operation: Update
        apiVersion: apps/v1
        time: "2026-11-21T02:00:00Z"
        fieldsV1: {"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:image": {}}}}}}}
    spec:
      replicas: 5
      paused: true
      template: {spec: {containers: [{name: web, image: "web:evil"}]}}
    """

private let desired = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      replicas: 3
      paused: false
      template: {spec: {containers: [{name: web, image: "web:1"}]}}
    """

@Suite struct DriftDetectorTests {
    private func drift(_ desired: String, _ live: String, rules: [DriftRule] = []) throws -> [Drift] {
        DriftDetector(rules: DriftRules(rules)).drift(desired: try objects(desired), live: try objects(live))
    }

    @Test func tellsFieldValueAuthorAndTimeTheWorstFirst() throws {
        let found = try drift(desired, drifted)
        #expect(
            found.map(\.words) == [
                "spec.template.spec.containers[name=web].image is web:evil and should be web:1, changed by kubectl-edit at 2026-11-21T02:00:00Z",
                "spec.replicas is 5 and should be 3, changed by kubectl-edit at 2026-11-21T02:00:00Z",
            ])
        #expect(found.map(\.severity) == [.critical, .major])
    }

    @Test func whatGitChangedAndIsStillOursIsNoDrift() throws {
        // `paused` differs and is in our entry.
        #expect(try drift(desired, drifted).allSatisfy { $0.path != FieldPath(fields: "spec", "paused") })
    }

    @Test func anObjectThatWasNeverAppliedDidNotDrift() throws {
        #expect(try drift(desired, drifted.replacing("gitopsctl", with: "helm")).isEmpty)
    }

    @Test func equalByMeaningIsEqual() throws {
        let wanted = desired.replacing("replicas: 3", with: "replicas: 5").replacing("web:1", with: "web:evil")
        #expect(try drift(wanted, drifted).isEmpty)
    }

    @Test func replicasUnderAnAutoscalerAreNone() throws {
        let autoscaler = """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: web, namespace: shop}
            spec: {scaleTargetRef: {kind: Deployment, name: web}}
            """
        let found = try drift(desired, drifted + "\n---\n" + autoscaler)
        #expect(found.map(\.severity) == [.critical])
    }

    @Test func replicasThatTheControllerScaledAreNone() throws {
        let live = drifted.replacing(
            "manager: kubectl-edit", with: "subresource: scale\n    manager: kube-controller-manager")
        #expect(try drift(desired, live).map(\.severity) == [.critical])
    }

    @Test func goneAndUnexpectedObjectsAreTold() throws {
        let found = try drift(desired, drifted.replacing("name: web\n", with: "name: other\n"))
        #expect(
            Set(found.map { "\($0.object) \($0.words)" }) == [
                "Deployment shop/web is gone from the cluster",
                "Deployment shop/other is in the cluster, and nothing in Git asks for it",
            ])
    }

    @Test func whoMadeAnObjectThatNothingAsksForIsTold() throws {
        let live = drifted.replacing("name: web\n", with: "name: other\n").replacing(
            "manager: gitopsctl", with: "manager: kubectl-create")
        #expect(
            try drift("", live).map(\.words) == [
                "is in the cluster, and nothing in Git asks for it, made by kubectl-create at 2026-11-21T01:00:00Z"
            ])
    }

    @Test func anUnlabelledStrangerIsNotOurs() throws {
        let live = drifted.replacing("name: web\n", with: "name: other\n").replacing(
            "applyset.kubernetes.io/part-of", with: "app")
        #expect(try drift(desired, live).map(\.words) == ["is gone from the cluster"])
    }

    @Test func aFieldThatSomebodyTookAwayIsDriftWhereThatStateWasApplied() throws {
        let digest = "annotations: {gitopsctl.dev/applied-digest: abc}"
        let live = drifted.replacing("  replicas: 5\n", with: "").replacing("\"f:replicas\": {}, ", with: "")
            .replacing("  labels:", with: "  \(digest)\n  labels:")
        let wanted = desired.replacing("{name: web, namespace: shop}", with: "{name: web, namespace: shop, \(digest)}")
        #expect(
            try drift(wanted, live).last?.words
                == "spec.replicas is gone and should be 3, changed by kubectl-edit at 2026-11-21T02:00:00Z")
    }

    @Test(arguments: [
        ("rbac.authorization.k8s.io/v1", "ClusterRole", DriftSeverity.critical), ("v1", "Secret", .critical),
        ("networking.k8s.io/v1", "NetworkPolicy", .critical), ("v1", "ConfigMap", .major),
    ])
    func kindsThatLetPeopleInAreCritical(_ apiVersion: String, _ kind: String, _ severity: DriftSeverity) {
        let object = ObjectReference(
            gvk: GroupVersionKind(apiVersion: apiVersion, kind: kind), namespace: nil, name: "x")
        #expect(DriftRules().judge(object, FieldPath(fields: "data", "x"), manager: nil).severity == severity)
    }

    @Test(arguments: [
        ("spec.replicas", true), ("spec", true), ("**.image", false), ("spec.*", true), ("**.replicas", true),
        ("replicas", false),
        ("spec.replicas.x", false), ("**", true),
    ])
    func patternsOfFields(_ pattern: String, _ fits: Bool) throws {
        let rule = DriftRule(fields: [pattern], severity: .minor)
        let found = try drift(desired, drifted, rules: [rule])
        let replicas = found.first { $0.path == FieldPath(fields: "spec", "replicas") }
        #expect((replicas?.severity == .minor) == fits)
    }

    @Test func theFirstRuleThatSaysSomethingCounts() throws {
        let rules = [
            DriftRule(kinds: ["Deployment.apps"], fields: ["spec.replicas"], policy: .repair),
            DriftRule(managers: ["kubectl-edit"], severity: .minor, policy: .repairAfter(seconds: 60)),
        ]
        let found = try drift(desired, drifted, rules: rules)
        #expect(found.map(\.severity) == [.minor, .minor])
        #expect(found.map(\.policy) == [.repair, .repairAfter(seconds: 60)])
    }

    @Test func theFunctionAnswersWithResults() throws {
        func marked(_ text: String, _ state: String) throws -> Value {
            var value = try objects(text)[0]
            value["metadata"]?["annotations"] = ["gitopsctl.dev/state": .string(state)]
            return value
        }
        let list = ResourceList(items: [try marked(desired, "desired"), try marked(drifted, "live")])
        let results = DriftDetectorFunction.observe(list).results
        #expect(results.map(\.severity) == [.error, .warning])
        #expect(results[1].field == FunctionResult.Field(path: "spec.replicas", currentValue: 5, proposedValue: 3))
        #expect(results[1].message.hasPrefix("Deployment shop/web spec.replicas is 5 and should be 3"))
        #expect(results[1].tag("manager") == "kubectl-edit")
        #expect(results[1].tag("time") == "2026-11-21T02:00:00Z")
        #expect(DriftDetectorFunction.observe(list).items == list.items)
    }

    @Test func mistakesInTheRulesAreTold() throws {
        let configuration = try objects(
            "spec: {rules: [{severity: worst, policy: fix, when: now}, {policy: repair, quietTime: soon}]}")[0]
        let results = DriftDetectorFunction.observe(ResourceList(functionConfig: configuration)).results
        #expect(
            results.map(\.message) == [
                "rules[0].when is not a field of a drift rule", "worst is no severity", "fix is no policy",
                "quietTime must be a duration",
            ])
    }
}

@Suite struct FightWatchTests {
    private func drift(_ policy: DriftPolicy) -> Drift {
        let object = ObjectReference(
            gvk: GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment"), namespace: "shop", name: "web")
        return Drift(
            object: object, change: .field(FieldPath(fields: "spec", "replicas"), expected: 3, actual: 5),
            manager: "hpa", severity: .major,
            policy: policy)
    }

    @Test func aQuietTimeIsWaitedFor() {
        var watch = FightWatch()
        let drift = drift(.repairAfter(seconds: 60))
        #expect(watch.observe([drift], at: 100)[0].verdict == .wait(until: 160))
        #expect(watch.observe([drift], at: 159)[0].verdict == .wait(until: 160))
        #expect(watch.observe([drift], at: 160)[0].verdict == .repair)
        _ = watch.observe([], at: 170)
        #expect(watch.observe([drift], at: 180)[0].verdict == .wait(until: 240))
    }

    @Test func theFourthFlipInTenMinutesIsAFightThatIsToldOnce() {
        var watch = FightWatch()
        let drift = drift(.repair)
        for flip in 0..<3 {
            #expect(watch.observe([drift], at: flip * 60)[0].verdict == .repair)
            _ = watch.observe([], at: flip * 60 + 1)
        }
        #expect(watch.observe([drift], at: 180)[0].verdict == .fight(isNew: true))
        #expect(watch.observe([drift], at: 190)[0].verdict == .fight(isNew: false))
    }

    @Test func slowFlipsAreNoFight() {
        var watch = FightWatch()
        for flip in 0..<10 {
            #expect(watch.observe([drift(.repair)], at: flip * 250)[0].verdict == .repair)
            _ = watch.observe([], at: flip * 250 + 1)
        }
    }

    @Test func whatIsOnlyReportedIsNeverFought() {
        var watch = FightWatch()
        for flip in 0..<10 {
            #expect(watch.observe([drift(.report)], at: flip)[0].verdict == .report)
            _ = watch.observe([], at: flip)
        }
    }
}
