// Applications of one cluster whose objects go to another, by the kubeconfig in a Secret.

import Foundation
import Testing

@Suite(.ownThread, .serialized) struct ClusterTests {
    /// A kubeconfig as a Secret, which knows the cluster by this name.
    private func register(_ kubeconfig: String, as name: String, of tenant: Tenant) throws {
        let text = try String(contentsOfFile: kubeconfig, encoding: .utf8)
        try tenant.apply(
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: \(name), namespace: \(tenant.name)}
            data: {kubeconfig: \(Data(text.utf8).base64EncodedString())}
            """)
    }

    private func kubectl(_ kubeconfig: String, _ words: String...) throws -> CommandResult {
        try Command(program: "kubectl", environment: Workplace.environment, folder: "/").run(
            ["--kubeconfig", kubeconfig] + words)
    }

    private func describe(_ tenant: Tenant, extra: String = "") throws {
        try tenant.apply(
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata: {name: \(tenant.name), namespace: \(tenant.name)}
            spec:
              source: {repository: "\(tenant.controller.delivery.repository)", revision: main, path: \(tenant.name)}
              destination: {cluster: remote, namespace: \(tenant.name)}
              sync: {automated: true, selfHeal: true, interval: 1s, retry: {limit: 0}}
              \(extra)
            """)
    }

    @Test(arguments: TestCluster.all)
    func deliversToAnotherCluster(cluster: TestCluster) throws {
        let remote = SandboxProcess()
        let controller = try RunningController(on: cluster)
        let tenant = try Tenant(controller)
        defer { tenant.remove() }
        try register(remote.kubeconfig, as: "remote", of: tenant)
        try #require(try kubectl(remote.kubeconfig, "create", "namespace", tenant.name).status == 0)
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "one"))
        try describe(tenant)
        func value() throws -> String {
            try kubectl(
                remote.kubeconfig, "get", "configmap", "settings", "-n", tenant.name, "-o", "jsonpath={.data.value}",
                "--ignore-not-found"
            ).output
        }
        try tenant.until("it is there") { try value() == "one" }
        try tenant.until("Ready") { try tenant.condition("Ready").hasPrefix("True") }
        #expect(try tenant.value() == "", "the controller's own cluster has nothing of it")
        #expect(try tenant.status().contains("\"history\""))

        _ = try kubectl(
            remote.kubeconfig, "patch", "configmap", "settings", "-n", tenant.name, "-p",
            #"{"data":{"value":"drifted"}}"#)
        try tenant.until("drift is changed back there, too") { try value() == "one" }
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "two"))
        try tenant.until("a commit is synced") { try value() == "two" }

        // A service account that acts there has the rights that it has there: none.
        try describe(tenant, extra: "serviceAccountName: deployer")
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "three"))
        try tenant.until("a service account reads no Secret that it may not") {
            try tenant.condition("Ready").contains("forbidden")
        }
        #expect(try value() == "two")

        _ = try controller.delivery.kubectl("delete", "application", tenant.name, "-n", tenant.name)
        try tenant.until("a cluster that nobody uses is let go") { controller.log.contains("msg=disconnected") }
    }

    @Test(arguments: TestCluster.all)
    func oneThatDoesNotAnswerHoldsUpNobodyElse(cluster: TestCluster) throws {
        let remote = SandboxProcess()
        let controller = try RunningController(on: cluster, options: ["--concurrency", "1"])
        let (tenant, other) = (try Tenant(controller), try Tenant(controller))
        defer {
            tenant.remove()
            other.remove()
        }
        // Nobody listens at this port.
        let text = try String(contentsOfFile: remote.kubeconfig, encoding: .utf8)
        let dead = text.replacing(#/https://127\.0\.0\.1:\d+/#, with: "https://127.0.0.1:1")
        let file = controller.delivery.folder + "/dead.yaml"
        try dead.write(toFile: file, atomically: true, encoding: .utf8)
        try register(file, as: "remote", of: tenant)
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "one"))
        try other.commit(Tenant.configMap("settings", in: other.name, value: "one"))
        try describe(tenant)
        try tenant.until("it is told") {
            try tenant.condition("Ready").hasPrefix("Unknown")
                && tenant.condition("Ready").contains("the cluster remote does not answer")
        }
        try other.describe()
        try other.until("another is synced") { try other.value() == "one" }

        try #require(try kubectl(remote.kubeconfig, "create", "namespace", tenant.name).status == 0)
        try register(remote.kubeconfig, as: "remote", of: tenant)
        try tenant.until("and goes on with a kubeconfig that works", seconds: 120) {
            try tenant.condition("Ready").hasPrefix("True")
        }
    }

    @Test(arguments: TestCluster.all)
    func refusesKubeconfigsThatReachIntoTheController(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster, allowsPrivateAddresses: false)
        func refused(_ user: String, _ words: String, server: String = "https://203.0.113.7:6443") throws {
            let tenant = try Tenant(controller)
            defer { tenant.remove() }
            let file = controller.delivery.folder + "/\(UUID().uuidString).yaml"
            try """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "\(server)"}}]
            users: [{name: u, user: \(user)}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            current-context: x
            """.write(toFile: file, atomically: true, encoding: .utf8)
            try register(file, as: "remote", of: tenant)
            try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "one"))
            try describe(tenant)
            try tenant.until("\(user) is refused") { try tenant.condition("Stalled").contains(words) }
        }
        let marker = controller.delivery.folder + "/ran"
        try refused(
            "{exec: {apiVersion: client.authentication.k8s.io/v1, command: touch, args: [\"\(marker)\"]}}",
            "runs the program touch")
        #expect(!FileManager.default.fileExists(atPath: marker))
        try refused("{tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token}", "names a file with a token")
        try refused("{client-certificate: /etc/hostname, client-key: /etc/hostname}", "names the file /etc/hostname")
        try refused("{token: x}", "address of a private network", server: "https://169.254.169.254")
        try refused("{token: x}", "address of a private network", server: "https://localhost:6443")
    }
}
