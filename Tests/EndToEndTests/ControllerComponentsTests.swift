// The components of deploy/controller, as an overlay of a user's takes them.

import Foundation
import Testing

@Suite(.ownThread) struct ControllerComponentsTests {
    private static let deploy = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../deploy/controller"
    ).standardized

    private func build(_ components: [String]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "components-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: Self.deploy, to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let overlay = folder.appending(path: "mine")
        try FileManager.default.createDirectory(at: overlay, withIntermediateDirectories: true)
        let list = components.map { "  - ../components/\($0)\n" }.joined()
        try "resources:\n  - ../overlays/cluster-admin\ncomponents:\n\(list)"
            .write(to: overlay.appending(path: "kustomization.yaml"), atomically: true, encoding: .utf8)
        let gitopsctl = Command(program: Workplace.gitopsctl, environment: Workplace.environment, folder: folder.path)
        let built = try gitopsctl("build", "mine")
        try #require(built.status == 0, "\(built.all)")
        return built.output
    }

    @Test(arguments: [
        (
            "api",
            [
                "--api=0.0.0.0:9293", "containerPort: 9293", "port: 9293", "gitopsctl.dev/api: allowed",
                "secretName: gitops-controller-api",
            ]
        ),
        ("monitoring", ["kind: ServiceMonitor", "kind: PrometheusRule", "alert: GitopsControllerDown"]),
        ("dashboard", ["grafana_dashboard: \"1\"", "name: gitops-controller-dashboard", "gitops_application_synced"]),
        ("disruption-budget", ["kind: PodDisruptionBudget", "minAvailable: 1"]),
        ("network-policy", ["kubernetes.io/metadata.name: monitoring", "port: 9093"]),
    ])
    func eachRendersByItself(component: String, parts: [String]) throws {
        let built = try build([component])
        for part in parts { #expect(built.contains(part), "\(component) has no \(part)") }
    }

    @Test func allRenderTogether() throws {
        let built = try build(["api", "monitoring", "dashboard", "high-availability", "network-policy"])
        #expect(built.contains("kind: ServiceMonitor") && built.contains("kind: PodDisruptionBudget"))
        #expect(built.contains("--share") && built.contains("--api-tls-cert-file=/etc/gitopsctl/api/tls.crt"))
    }

    /// What takes tokens is served to those who ask for it, and with a certificate.
    @Test func theAPIIsNotServedByItself() throws {
        #expect(try !build(["monitoring"]).contains("9293"))
    }
}
