// Two replicas as an installation describes them, with the arguments, the volumes and the rights that their pods would
// have and no others: they share applications of a Git server, and one goes on alone when the other is killed.

import Foundation
import Testing

@Suite(.ownThread, .serialized, .enabled(if: PodProcess.isPossible, "no process may have mounts of its own here"))
struct HighAvailabilityTests {
    /// Under whose rights objects are written.
    enum Rights: String, CaseIterable, Sendable {
        /// The controller's own, which may do everything: what `gitopsctl install` brings.
        case clusterAdmin
        /// Those of an account of the application's namespace.
        case tenants
    }

    /// The real server where there is one: nothing of this is the sandbox's alone.
    private static let cluster = Array(TestCluster.all.suffix(1))

    @Test(arguments: cluster, Rights.allCases)
    func oneGoesOnAloneWithTheRightsThatWereInstalled(cluster: TestCluster, rights: Rights) throws {
        let turn = ControllerTurn(on: cluster)
        defer { withExtendedLifetime(turn) {} }
        let delivery = try Delivery(on: cluster)
        let system = delivery.name + "-system"
        defer {
            _ = try? delivery.kubectl("delete", "namespace", system, "--wait=false")
            _ = try? delivery.kubectl(
                "delete", "clusterrole,clusterrolebinding", "gitops-controller", "gitops-controller-cluster-admin",
                "gitops-controller-tenants", delivery.name, "--ignore-not-found", "--wait=false")
        }
        switch rights {
        case .clusterAdmin:
            let done = try delivery.gitopsctl("install", "--replicas", "2", "-n", system, "--no-wait")
            try #require(done.status == 0, "\(done.all)")
        case .tenants: try install("tenants", in: system, by: delivery)
        }
        let deployment = try InstalledDeployment("gitops-controller", in: system, by: delivery.kubectl)
        #expect(deployment.spec.replicas == 2 && deployment.spec.template.spec.containers[0].args.contains("--share"))

        let team = try Team(delivery, count: 12)
        let program = URL(filePath: Workplace.gitopsctl).deletingLastPathComponent().appending(
            path: "gitops-controller"
        ).path
        // Two processes have one network, so that none can have the Deployment's port.
        let pods = try ["gitops-controller-one", "gitops-controller-other"].map { name in
            try PodProcess(
                name, of: deployment, on: cluster, in: delivery.folder, program: program,
                extra: ["--listen=127.0.0.1:0"])
        }
        let (one, other) = (pods[0], pods[1])
        try until("they know of one another", pods) {
            pods.allSatisfy { $0.log.contains("members=\"\(one.name)-") && $0.log.contains(" \(other.name)-") }
        }
        try team.release("first")
        try team.describe()
        try until("all are synced", pods) { try team.values() == ["first"] }
        for pod in pods { #expect(pod.count("msg=synced") > 0, "\(pod.name) had none to sync: \(pod.log)") }
        _ = try delivery.kubectl(
            "patch", "configmap", team.names[0], "-n", delivery.name, "-p", #"{"data":{"value":"drifted"}}"#)
        try until("drift is repaired", pods) { try team.values() == ["first"] }

        try until("Events tell of it", pods) {
            try Set(team.names)
                == Set(
                    delivery.kubectl(
                        "get", "events", "-n", delivery.name, "--field-selector", "reason=Synced", "-o",
                        "jsonpath={.items[*].involvedObject.name}"
                    ).output.split(separator: " ").map(String.init))
        }
        for pod in pods { #expect(try pod.refusals() == []) }

        let before = team.names.filter { one.count("msg=synced", "application=\(delivery.name)/\($0)") > 0 }
        one.kill()
        try team.release("second")
        try until("the other has all", pods) { try team.values() == ["second"] }
        for name in before { #expect(other.count("msg=synced", "application=\(delivery.name)/\(name)") > 0, "\(name)") }
        try until("and says so", pods) { try team.ready() == Set(team.names) }
        #expect(try other.refusals() == [])
        for pod in pods {
            #expect(!pod.log.lowercased().contains("forbidden") && pod.count("level=error") == 0, "\(pod.log)")
        }
        let ended = try other.end()
        #expect(ended.status == 0, "\(ended.errors)")
    }

    /// An overlay that the command does not bring, made for two replicas, in a namespace of its own.
    private func install(_ overlay: String, in namespace: String, by delivery: Delivery) throws {
        let deploy = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy/controller")
            .standardized
        let folder = URL(filePath: delivery.folder + "/deploy")
        try FileManager.default.copyItem(at: deploy, to: folder)
        try FileManager.default.createDirectory(at: folder.appending(path: "mine"), withIntermediateDirectories: true)
        try """
        namespace: \(namespace)
        resources: [../overlays/\(overlay)]
        components: [../components/high-availability]
        patches:
        - target: {kind: (Cluster)?RoleBinding}
          patch: '[{"op": "replace", "path": "/subjects/0/namespace", "value": "\(namespace)"}]'
        """.write(to: folder.appending(path: "mine/kustomization.yaml"), atomically: true, encoding: .utf8)
        let built = try delivery.gitopsctl("build", folder.path + "/mine")
        try #require(built.status == 0, "\(built.all)")
        // Nothing evicts a process; servers before 1.21 have budgets under another version.
        let objects = built.output.components(separatedBy: "\n---\n").filter {
            !$0.contains("kind: PodDisruptionBudget")
        }
        let file = delivery.folder + "/installation.yaml"
        try objects.joined(separator: "\n---\n").write(toFile: file, atomically: true, encoding: .utf8)
        _ = try delivery.kubectl("create", "namespace", namespace)
        let applied = try delivery.kubectl("apply", "--validate=false", "-f", file)
        try #require(applied.status == 0, "\(applied.all)")
    }

    private func until(_ what: String, _ pods: [PodProcess], _ isSo: () throws -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 120)
        while Date() < deadline {
            if try isSo() { return }
            usleep(100_000)
        }
        Issue.record("never: \(what)\n\(pods.map { "\($0.name):\n\($0.log.suffix(8000))" }.joined(separator: "\n"))")
        throw CancellationError()
    }
}

/// A team with a namespace, an account that may see it and write ConfigMaps in it, and applications of a Git server.
private final class Team {
    let delivery: Delivery
    let names: [String]
    private let server: GitServer

    init(_ delivery: Delivery, count: Int) throws {
        self.delivery = delivery
        names = (0..<count).map { "web-\($0)" }
        server = try GitServer(root: delivery.folder, in: delivery.folder, delivery.git.environment)
        // A Git server on this machine is one that the Project has to name.
        try apply(
            """
            apiVersion: v1
            kind: Namespace
            metadata: {name: \(delivery.name)}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: gitops, namespace: \(delivery.name)}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: gitops, namespace: \(delivery.name)}
            rules: [{apiGroups: [""], resources: [configmaps], verbs: [get, list, create, patch, delete]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: gitops, namespace: \(delivery.name)}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: gitops}
            subjects: [{kind: ServiceAccount, name: gitops, namespace: \(delivery.name)}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: \(delivery.name)}
            rules: [{apiGroups: [""], resources: [namespaces], resourceNames: [\(delivery.name)], verbs: [get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: \(delivery.name)}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \(delivery.name)}
            subjects: [{kind: ServiceAccount, name: gitops, namespace: \(delivery.name)}]
            ---
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Project
            metadata: {name: default, namespace: \(delivery.name)}
            spec: {sources: ["\(server.address)**"], destinations: [{namespace: \(delivery.name)}], kinds: [ConfigMap]}
            """)
    }

    deinit {
        _ = try? delivery.kubectl("delete", "applications,projects", "--all", "-n", delivery.name, "--wait=false")
    }

    private func apply(_ text: String) throws {
        let file = delivery.folder + "/team.yaml"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let applied = try delivery.kubectl("apply", "-f", file)
        try #require(applied.status == 0, "\(applied.all)")
    }

    func describe() throws {
        try apply(
            names.map { name in
                """
                apiVersion: gitopsctl.dev/v1alpha1
                kind: Application
                metadata: {name: \(name), namespace: \(delivery.name)}
                spec:
                  source: {repository: "\(server.url("repository"))", revision: main, path: \(name)}
                  destination: {namespace: \(delivery.name)}
                  sync: {automated: true, selfHeal: true, interval: 1s}

                """
            }.joined(separator: "---\n"))
    }

    /// Commits a value of each application.
    func release(_ value: String) throws {
        for name in names {
            try delivery.write("\(name)/kustomization.yaml", "resources: [settings.yaml]\n")
            try delivery.write(
                "\(name)/settings.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata: {value: \(value)}\n")
        }
        try delivery.commit("Release \(value)")
    }

    /// The values that the applications' objects have in the cluster.
    func values() throws -> Set<String> {
        let objects = try names.map { name in
            try delivery.kubectl(
                "get", "configmap", name, "-n", delivery.name, "-o", "jsonpath={.data.value}", "--ignore-not-found"
            ).output
        }
        return Set(objects)
    }

    /// The applications that are synced and healthy.
    func ready() throws -> Set<String> {
        let rows =
            #"jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}"#
        let said = try delivery.kubectl("get", "applications", "-n", delivery.name, "-o", rows).output
        return Set(
            said.split(separator: "\n").filter { $0.hasSuffix(" True") }.map { String($0.prefix { $0 != " " }) })
    }
}
