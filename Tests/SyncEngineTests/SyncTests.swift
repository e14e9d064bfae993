import KubernetesClient
import Manifest
import Synchronization
import Testing

@testable import SyncEngine

/// Whole syncs against a cluster in memory.
@Suite struct SyncTests {
    let cluster = FakeCluster()
    let set = ApplySet(configMap: "shop", namespace: "shop")
    var engine: SyncEngine { SyncEngine(cluster: cluster, clock: JumpingClock()) }

    static let shop = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings, namespace: shop}
        data: {mode: fast, size: "3"}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: key, namespace: shop}
        stringData: {password: correct-horse}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: shop}
        spec:
          selector: {app: web}
          ports: [{port: 80, targetPort: 8080}]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: shop, labels: {tier: front}}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - name: web
                image: web:1
                resources: {requests: {cpu: 1000m, memory: 1024Mi}}
                ports: [{containerPort: 8080}]
        """

    static func options(_ change: (inout SyncOptions) -> Void = { _ in }) -> SyncOptions {
        var options = SyncOptions()
        options.wait = false
        change(&options)
        return options
    }

    @discardableResult
    private func sync(_ text: String, _ options: SyncOptions = SyncTests.options()) async throws -> Outcome {
        let plan = try await engine.plan(desired: manifests(text), applySet: set, options: options)
        return await engine.run(plan)
    }

    /// What a real server does to some of these objects on the way in.
    private func actAsServer() {
        cluster.state.withLock { state in
            state.admission = { object in
                var object = object
                switch object["kind"]?.string {
                case "Service":
                    let ports = object[path: "spec", "ports"]?.array ?? []
                    object["spec"]?["ports"] = .array(
                        ports.map { port in
                            var port = port
                            if port["protocol"] == nil { port["protocol"] = "TCP" }
                            return port
                        })
                    object["spec"]?["clusterIP"] = "10.0.0.1"
                case "Deployment":
                    if object[path: "spec", "replicas"] == nil { object["spec"]?["replicas"] = 1 }
                    object["spec"]?["template"]?["spec"]?["restartPolicy"] = "Always"
                    let containers = object[path: "spec", "template", "spec", "containers"]?.array ?? []
                    object["spec"]?["template"]?["spec"]?["containers"] = .array(
                        containers.map { container in
                            var container = container
                            container["resources"]?["requests"] = ["cpu": "1", "memory": "1Gi"]
                            container["imagePullPolicy"] = "Always"
                            return container
                        })
                default: break
                }
                return object
            }
        }
    }

    @Test func createsEverythingThenWritesNothing() async throws {
        actAsServer()
        let first = try await sync(Self.shop)
        #expect(first.status == .succeeded)
        #expect(first.count(.created) == 5)
        #expect(cluster.object("Secret", "key")?["data"] == ["password": "Y29ycmVjdC1ob3JzZQ=="])
        _ = cluster.takeRequests()

        let second = try await sync(Self.shop)
        #expect(second.status == .succeeded)
        #expect(second.count(.unchanged) == 5)
        #expect(cluster.takeRequests().filter { $0.isWrite || $0.verb.contains("dry-run") } == [])
    }

    @Test func namesExactlyTheTwoFieldsThatDifferAndWhoChangedThem() async throws {
        actAsServer()
        try await sync(Self.shop)
        cluster.edit("Deployment", "web", by: "kubectl-label") { $0["metadata"]?["labels"]?["tier"] = "back" }
        let changed = Self.shop.replacing("web:1", with: "web:2")
        let plan = try await engine.plan(desired: manifests(changed), applySet: set, options: Self.options())
        let update = try #require(plan.changes.first { $0.action == .update })
        #expect(plan.changes.filter(\.isWrite).count == 1)
        #expect(
            update.fields.map(\.path.description) == [
                "metadata.labels.tier", "spec.template.spec.containers[name=web].image",
            ])
        #expect(update.fields[0].cause == .cluster(manager: "kubectl-label", time: "2026-01-01T00:00:000007Z"))
        #expect(update.fields[0].live == "back")
        #expect(update.fields[0].desired == "front")
        #expect(update.fields[1].cause == .git)

        _ = cluster.takeRequests()
        let outcome = await engine.run(plan)
        #expect(outcome.writes == 1)
        #expect(cluster.takeWrites() == ["apply Deployment shop/web"])
        #expect(cluster.object("Deployment", "web")?[path: "metadata", "labels", "tier"] == "front")
    }

    @Test func neverTouchesWhatOnlyTheClusterHas() async throws {
        actAsServer()
        try await sync(Self.shop)
        cluster.edit("Deployment", "web", by: "kube-controller-manager") { object in
            object["spec"]?["replicas"] = 7
            object["metadata"]?["annotations"]?["deployment.kubernetes.io/revision"] = "3"
        }
        _ = cluster.takeRequests()
        #expect(try await sync(Self.shop).writes == 0)
        let changed = Self.shop.replacing("web:1", with: "web:2")
        try await sync(changed)
        #expect(cluster.object("Deployment", "web")?[path: "spec", "replicas"] == 7)
        #expect(
            cluster.object("Deployment", "web")?[path: "metadata", "annotations", "deployment.kubernetes.io/revision"]
                == "3")
    }

    @Test func prunesWhatIsNoLongerDesired() async throws {
        try await sync(Self.shop)
        let less = Self.shop.split(separator: "---\n").filter { !$0.contains("kind: ConfigMap") }.joined(
            separator: "---\n")
        _ = cluster.takeRequests()
        let outcome = try await sync(less)
        #expect(outcome.count(.pruned) == 1)
        #expect(cluster.object("ConfigMap", "settings") == nil)
        // The parent is a ConfigMap, too, but no member: the kind is recorded no longer.
        #expect(cluster.takeWrites() == ["delete ConfigMap shop/settings", "apply ConfigMap shop/shop"])
        let scope = ApplySetScope(of: try #require(cluster.object("ConfigMap", "shop")))
        #expect(scope.groupKinds.map(\.description).sorted() == ["Deployment.apps", "Namespace", "Secret", "Service"])
    }

    @Test func recordsThePartsOfTheSetBeforeTheFirstWriteIntoIt() async throws {
        try await sync(Self.shop)
        let writes = cluster.takeWrites()
        // The parent lies in a namespace of the set, which has to come first.
        #expect(
            writes.prefix(4) == [
                "apply ConfigMap shop/shop", "apply Namespace shop", "apply ConfigMap shop/shop",
                "apply ConfigMap shop/settings",
            ])
        let parent = try #require(cluster.object("ConfigMap", "shop"))
        #expect(KubernetesObject(parent).label(Vocabulary.applySetID) == set.id)
        #expect(KubernetesObject(parent).annotation(Vocabulary.additionalNamespaces) == "")
    }

    @Test func computesTheIdOfKEP3659() {
        // printf 'shop.shop.ConfigMap.' | openssl dgst -sha256 -binary | basenc --base64url | tr -d =
        #expect(set.id == "applyset-XH-PJYPzLD9nFYm7BNKLLSDNEG2L1ih90R3Ov_stz-s-v1")
    }
}
