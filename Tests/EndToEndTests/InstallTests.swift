// The controller, installed by its own command line, and its whole life from there: applications over a real Git
// server, a signed push, drift, a rollback and the end.

import Foundation
import Testing

@Suite(.ownThread, .serialized, .wholePlatforms) struct InstallTests {
    @Test func whatIsExportedIsWhatTheOverlayRenders() throws {
        let overlay = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../deploy/controller/overlays/cluster-admin").standardized.path
        let gitopsctl = Command(program: Workplace.gitopsctl, environment: Workplace.environment, folder: "/")
        let exported = try gitopsctl("install", "--export")
        let theirs = try Command(program: "kubectl", environment: Workplace.environment, folder: "/")(
            "kustomize", overlay)
        #expect(exported.status == 0 && exported.output == theirs.output, "\(exported.errors)\(theirs.errors)")
    }

    @Test(arguments: TestCluster.all)
    func isInstalledAndToldAsAnApplicationOfItsOwn(cluster: TestCluster) throws {
        // Bindings of the whole cluster say for which namespace's account they are.
        let turn = ControllerTurn(on: cluster)
        defer { withExtendedLifetime(turn) {} }
        let delivery = try Delivery(on: cluster)
        let namespace = delivery.name
        let first = try delivery.gitopsctl("install", "-n", namespace, "--no-wait")
        #expect(first.status == 0, "\(first.all)")
        defer {
            _ = try? delivery.kubectl(
                "delete", "clusterrolebinding", "gitops-controller", "gitops-controller-cluster-admin")
        }
        let second = try delivery.gitopsctl("install", "-n", namespace, "--no-wait")
        #expect(second.status == 0 && second.output.contains("nothing to do"), "\(second.all)")

        let status = try delivery.gitopsctl("status", "gitops-controller", "-n", namespace)
        #expect(status.status == 0 && status.output.contains("synced"), "\(status.all)")
        #expect(
            try delivery.gitopsctl("tree", "gitops-controller", "-n", namespace).output.contains(
                "Deployment \(namespace)/gitops-controller"))

        let patched = try delivery.kubectl(
            "label", "service", "gitops-controller", "-n", namespace, "app.kubernetes.io/part-of=other", "--overwrite")
        try #require(patched.status == 0, "\(patched.all)")
        #expect(try delivery.gitopsctl("status", "gitops-controller", "-n", namespace).output.contains("1 out of sync"))
        let repaired = try delivery.gitopsctl("install", "-n", namespace, "--no-wait")
        #expect(repaired.status == 0 && repaired.output.contains("1 configured"), "\(repaired.all)")
    }

    /// A server takes what the command makes of every choice, and what one brought goes with the next.
    @Test(arguments: TestCluster.all)
    func goesFromOneChoiceToAnother(cluster: TestCluster) throws {
        let turn = ControllerTurn(on: cluster)
        defer { withExtendedLifetime(turn) {} }
        let delivery = try Delivery(on: cluster)
        defer {
            _ = try? delivery.kubectl(
                "delete", "clusterrole,clusterrolebinding", "gitops-controller", "gitops-controller-cluster-admin",
                "gitops-controller-read-only", "--ignore-not-found")
        }
        for (options, ports, budgets) in [
            (["--api", "--replicas", "2"], "80 9293", 1), (["--read-only"], "80", 0), (["--api"], "80 9293", 0),
            ([], "80", 0),
        ] {
            let installed = try delivery.gitopsctl.run(["install", "-n", delivery.name, "--no-wait"] + options)
            #expect(installed.status == 0, "\(options): \(installed.all)")
            let service = try delivery.kubectl(
                "get", "service", "gitops-controller", "-n", delivery.name, "-o", "jsonpath={.spec.ports[*].port}")
            #expect(service.output == ports, "\(options)")
            let found = try delivery.kubectl("get", "poddisruptionbudgets", "-n", delivery.name, "-o", "name").output
            #expect(found.split(separator: "\n").count == budgets, "\(options)")
        }
    }
}

/// A platform of the fleet in a repository of its own, as an Application of a cluster.
private struct ServedPlatform {
    let name: String
    let repository: String
    let git: Command
    let controller: RunningController

    /// Copies what the first Application of a platform delivers. Jobs, which somebody would have to end, and kinds that
    /// the cluster does not serve are left out.
    init(_ environment: FleetEnvironment, in root: String, of controller: RunningController) throws {
        self.controller = controller
        name = "\(controller.delivery.name)-\(environment.platform)"
        repository = root + "/" + name
        git = Command(program: "git", environment: controller.delivery.git.environment, folder: repository)
        try FileManager.default.createDirectory(atPath: repository + "/app", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: environment.folder, toPath: repository + "/tree")
        let path = try #require(environment.paths.first)
        let built = try controller.delivery.gitopsctl("build", "\(environment.folder)/\(path)")
        try #require(built.status == 0, "\(built.errors)")
        let objects = BuiltObject.all(in: built.output)
        var removed: [BuiltObject] = []
        for kind in Dictionary(grouping: objects, by: { "\($0.apiVersion) \($0.kind)" }).values {
            if let first = kind.first, try first.kind == "Job" || !isServed(first) { removed.append(first) }
        }
        try """
        resources:
        - ../tree/\(path)
        - release.yaml
        patches:

        """.appending(
            removed.map { object in
                "- target: {kind: \(object.kind)}\n"
                    + "  patch: \"{apiVersion: \(object.apiVersion), kind: \(object.kind), metadata: {name: any}, $patch: delete}\"\n"
            }.joined()
        )
        .write(toFile: repository + "/app/kustomization.yaml", atomically: true, encoding: .utf8)
        try run("init", "-q", "-b", "main")
        try run("config", "user.name", "Test")
        try run("config", "user.email", "test@localhost")
        try release("one")
    }

    private func isServed(_ object: BuiltObject) throws -> Bool {
        let path = object.apiVersion == "v1" ? "/api/v1" : "/apis/\(object.apiVersion)"
        let list = try controller.delivery.kubectl("get", "--raw", path)
        return list.status == 0
            && (list.output.contains("\"kind\":\"\(object.kind)\"")
                || list.output.contains("\"kind\": \"\(object.kind)\""))
    }

    private func run(_ words: String...) throws {
        let result = try git.run(words)
        try #require(result.status == 0, "git \(words.joined(separator: " ")): \(result.all)")
    }

    /// Commits another value of the ConfigMap that is this test's own.
    func release(_ value: String) throws {
        try
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name), namespace: default}\ndata: {release: \(value)}\n"
            .write(toFile: repository + "/app/release.yaml", atomically: true, encoding: .utf8)
        try run("add", "-A")
        try run("commit", "-q", "-m", "Release \(value)")
    }

    /// An Application that looks at its repository when it is told to. Workloads count as healthy, and so do those of
    /// operators, whose definitions another test may have installed: a bare API server runs none.
    func describe(_ url: String) throws {
        let kinds = [
            "apps Deployment", "apps StatefulSet", "apps DaemonSet", "batch CronJob", " Service",
            " PersistentVolumeClaim",
            "databases.spotahome.com RedisFailover",
        ]
        let health = kinds.map { kind in
            let parts = kind.split(separator: " ", omittingEmptySubsequences: false)
            let group = parts[0].isEmpty ? "" : "group: \(parts[0]), "
            return "  - {\(group)kind: \(parts[1]), healthy: \"true\"}\n"
        }
        let file = repository + "/../\(name).yaml"
        try """
        apiVersion: gitopsctl.dev/v1alpha1
        kind: Application
        metadata: {name: \(name), namespace: default}
        spec:
          source: {repository: "\(url)", revision: main, path: app}
          destination: {namespace: default}
          sync: {automated: true, selfHeal: true, interval: 1h}
          deletionPolicy: Delete
          health:
        \(health.joined())
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let applied = try controller.delivery.kubectl("apply", "-f", file)
        try #require(applied.status == 0, "\(applied.all)")
    }

    func released() throws -> String {
        try controller.delivery.kubectl("get", "configmap", name, "-o", "jsonpath={.data.release}").output
    }
}

@Suite(.ownThread, .serialized, .wholePlatforms) struct WholeLifeTests {
    @Test(arguments: TestCluster.all)
    func fromItsInstallationToTheEndOfItsApplications(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        let user = try controller.user()

        // Installed by its own command line; the program itself runs beside, for no cluster here runs containers.
        let installed = try user("install", "--no-wait")
        try #require(installed.status == 0, "\(installed.all)")
        defer {
            _ = try? delivery.kubectl("delete", "namespace", "gitops-system", "--wait=false")
            _ = try? delivery.kubectl(
                "delete", "clusterrolebinding", "gitops-controller", "gitops-controller-cluster-admin")
        }
        #expect(try user("status", "gitops-controller").output.contains("synced"))
        let secret = try delivery.kubectl(
            "create", "secret", "generic", "webhook-\(delivery.name)", "-n", "gitops-system",
            "--from-literal=token=sesame")
        try #require(secret.status == 0, "\(secret.all)")
        _ = try delivery.kubectl(
            "label", "secret", "webhook-\(delivery.name)", "-n", "gitops-system", "gitopsctl.dev/webhook=")

        // Four platforms, each out of a repository of its own, over a real Git server.
        let root = delivery.folder + "/git"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let server = try GitServer(root: root, in: delivery.folder, delivery.git.environment)
        let environments = Fleet.platforms.compactMap { name in FleetEnvironment.all.first { $0.platform == name } }
        #expect(environments.count >= 4)
        let platforms = try environments.map { try ServedPlatform($0, in: root, of: controller) }
        defer {
            for platform in platforms {
                _ = try? delivery.kubectl(
                    "patch", "application", platform.name, "--type=merge", "-p", #"{"metadata":{"finalizers":null}}"#)
                _ = try? delivery.kubectl("delete", "application", platform.name, "--ignore-not-found", "--wait=false")
            }
        }
        for platform in platforms { try platform.describe(server.url(platform.name)) }
        for platform in platforms {
            let waited = try user("wait", platform.name, "--timeout", "120s")
            #expect(waited.status == 0, "\(waited.all)")
        }

        // A commit, and a push that its server signs; nobody looks at the repository otherwise within the hour.
        let platform = try #require(platforms.first)
        try platform.release("two")
        let body = #"{"repository": "\#(server.url(platform.name))"}"#
        #expect(try push(body, signedWith: "guess", to: controller) == "401")
        #expect(try push(body, signedWith: "sesame", to: controller) == "202")
        try controller.until("the pushed commit is synced") { try platform.released() == "two" }
        #expect(try user("wait", platform.name, "--timeout", "60s").status == 0)

        _ = try delivery.kubectl(
            "patch", "configmap", platform.name, "--type=merge", "-p", #"{"data":{"release":"drifted"}}"#)
        try controller.until("drift is repaired") { try platform.released() == "two" }

        let back = try user("rollback", platform.name)
        #expect(back.status == 0 && back.output.contains("configured"), "\(back.all)")
        #expect(try platform.released() == "one")
        try platform.release("three")
        #expect(try push(body, signedWith: "sesame", to: controller, id: "second") == "202")
        try controller.until("another commit ends the hold") { try platform.released() == "three" }

        for platform in platforms.reversed() {
            let deleted = try user("delete", platform.name, "--yes", "--timeout", "60s")
            #expect(deleted.status == 0, "\(deleted.all)")
            #expect(try delivery.kubectl("get", "configmap", platform.name).status != 0)
        }
        let ended = try controller.end()
        #expect(ended.status == 0, "\(ended.errors)")
    }

    /// Delivers a push in the form of our own.
    ///
    /// - Returns: the status of the answer.
    private func push(_ body: String, signedWith key: String, to controller: RunningController, id: String = "first")
        throws -> String
    {
        let environment = controller.delivery.git.environment
        let sum = try Command(program: "sh", environment: environment, folder: "/")(
            "-c", #"printf %s "$1" | openssl dgst -sha256 -hmac "$2" | sed 's/.* //'"#, "sh", body, key)
        let signature = sum.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let said = controller.log.components(separatedBy: "address=").dropFirst().first?.prefix { !$0.isWhitespace }
        return try Command(program: "curl", environment: environment, folder: "/")(
            "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "10", "-X", "POST", "-H",
            "X-Gitopsctl-Signature: sha256=\(signature)",
            "-H", "X-Gitopsctl-Delivery: \(id)-\(key)", "--data-binary", body, "http://\(try #require(said))/webhook"
        ).output
    }
}
