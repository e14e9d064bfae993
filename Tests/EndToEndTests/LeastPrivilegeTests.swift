// The controller with the rights that deploy/controller gives it where it delivers nothing under rights of its own, and
// with no others: all that it does for itself is allowed, and nobody misses anything.

import Foundation
import Testing

@Suite(.ownThread, .serialized) struct LeastPrivilegeTests {
    @Test(arguments: TestCluster.all)
    func theRightsOfTheOverlayAreEnough(cluster: TestCluster) throws {
        let restricted = try RestrictedController(
            as: "tenants", on: cluster,
            options: [
                "--default-service-account", "deployer", "--api", "127.0.0.1:0", "--share", "--lease-duration", "3",
            ])
        // Its rights go with it, and must not go before the test ends.
        defer { withExtendedLifetime(restricted) {} }
        let controller = restricted.controller
        let delivery = controller.delivery
        let tenant = try Tenant(
            controller,
            rules: """
                [{apiGroups: [""], resources: [configmaps], verbs: [get, list, create, patch, delete]}, \
                {apiGroups: [gitopsctl.dev], resources: [applications], verbs: [get, list, patch]}]
                """)
        defer { tenant.remove() }
        try tenant.commit(Tenant.configMap("settings", in: tenant.name, value: "one"))
        try tenant.describe(serviceAccount: nil, extra: "deletionPolicy: Delete")
        try tenant.until("it is synced") { try tenant.condition("Ready").hasPrefix("True") }

        let token = try delivery.kubectl("create", "token", "deployer", "-n", tenant.name).output.trimmingCharacters(
            in: .whitespacesAndNewlines)
        let place = try controller.place(" api=")
        func call(_ method: String, _ path: String) throws -> String {
            try Command(program: "curl", environment: delivery.gitopsctl.environment, folder: "/")(
                "-s", "--max-time", "20", "-X", method, "-H", "Authorization: Bearer \(token)", "-w", "%{http_code}",
                "http://\(place)/api/v1/namespaces/\(tenant.name)/applications/\(tenant.name)\(path)"
            ).output
        }
        let tree = try call("GET", "/tree")
        #expect(tree.hasSuffix("200") && tree.contains("settings"), "\(tree)")
        #expect(try call("POST", "/sync").hasSuffix("202"))
        try tenant.until("the request is answered") { try tenant.status().contains("\"lastHandledRequest\"") }
        _ = try delivery.kubectl("delete", "application", tenant.name, "-n", tenant.name, "--wait=false")
        try tenant.until("its objects go with it") { try tenant.value() == "" }
        let events = try delivery.kubectl("get", "events", "-n", tenant.name, "-o", "jsonpath={.items[*].reason}")
            .output
        #expect(events.contains("Synced"), "\(events)")
        #expect(!controller.log.contains("forbidden") && !controller.log.contains("review failed"), "\(controller.log)")
    }

    /// The overlay's rights and its flag belong together: nothing is tried that would be refused.
    @Test(arguments: TestCluster.all)
    func aReadOnlyControllerComparesAndTells(cluster: TestCluster) throws {
        let restricted = try RestrictedController(as: "read-only", on: cluster, options: ["--read-only"])
        // Its rights go with it, and must not go before the test ends.
        defer { withExtendedLifetime(restricted) {} }
        let controller = restricted.controller
        let delivery = controller.delivery
        try controller.commit(value: "one")
        try controller.describe("automated: true, selfHeal: true, interval: 1s", "deletionPolicy: Delete")
        try controller.until("what a sync would do is told") {
            try controller.condition("Synced").hasPrefix("False create")
        }
        _ = try delivery.kubectl("annotate", "application", delivery.name, "gitopsctl.dev/requested-at=now")
        try controller.until("whoever asks is told why") {
            try controller.condition("Synced").contains("this controller only compares")
        }
        #expect(try controller.value() == "")
        #expect(!controller.log.contains("orbidden"), "\(controller.log)")
        _ = try delivery.kubectl("delete", "application", delivery.name)
    }
}

/// A controller that has the rights of an overlay's account and no others. They go with it.
private final class RestrictedController {
    let controller: RunningController
    private let name: String
    private let folder: String

    init(as overlay: String, on cluster: TestCluster, options: [String]) throws {
        name = "least-" + UUID().uuidString.prefix(6).lowercased()
        folder = FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let kubeconfig = try Self.kubeconfig(name, as: overlay, on: cluster, in: folder)
        controller = try RunningController(
            on: cluster, options: ["--kubeconfig", kubeconfig, "--namespace", name] + options)
    }

    deinit {
        _ = try? controller.delivery.kubectl("delete", "-f", folder + "/rights.yaml", "--wait=false")
        _ = try? controller.delivery.kubectl("delete", "namespace", name, "--wait=false")
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A kubeconfig of the account that an overlay gives the controller, under names of the test's own.
    private static func kubeconfig(
        _ name: String, as overlay: String, on cluster: TestCluster, in folder: String
    ) throws -> String {
        let kubectl = Command(program: "kubectl", environment: Workplace.environment, folder: "/")
        func run(_ words: String...) throws -> String {
            let done = try kubectl.run(["--kubeconfig", cluster.kubeconfig] + words)
            try #require(done.status == 0, "\(done.all)")
            return done.output
        }
        let overlay = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../deploy/controller/overlays/\(overlay)").standardized.path
        let gitopsctl = Command(program: Workplace.gitopsctl, environment: Workplace.environment, folder: "/")
        let rights = try gitopsctl("build", overlay).output.components(separatedBy: "\n---\n")
            .filter {
                $0.contains("\nkind: ServiceAccount\n") || $0.contains("kind: ServiceAccount\n")
                    || $0.contains("apiVersion: rbac.authorization.k8s.io")
            }
            .map { $0.replacing("gitops-controller", with: name).replacing("gitops-system", with: name) }
        #expect(rights.count == 7, "\(rights.count)")
        let file = folder + "/rights.yaml"
        try rights.joined(separator: "\n---\n").write(toFile: file, atomically: true, encoding: .utf8)
        _ = try run("create", "namespace", name)
        _ = try run("apply", "-f", file)
        let token = try run("create", "token", name, "-n", name).trimmingCharacters(in: .whitespacesAndNewlines)
        let copy = folder + "/kubeconfig"
        try run("config", "view", "--raw", "--minify", "--flatten").write(
            toFile: copy, atomically: true, encoding: .utf8)
        for words in [
            ["set-credentials", "controller", "--token", token], ["set-context", "--current", "--user", "controller"],
        ] {
            let done = try kubectl.run(["--kubeconfig", copy, "config"] + words)
            try #require(done.status == 0, "\(done.all)")
        }
        return copy
    }
}
