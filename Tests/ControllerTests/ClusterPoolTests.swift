// What is counted of the requests to other clusters.

import HTTPClient
import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncEngine
import Testing

@testable import Controller

@Suite struct ClusterPoolTests {
    @Test func requestsToAnotherClusterAreCounted() async throws {
        let exporter = PrometheusExporter(help: ControllerMetrics.help)
        let pool = ClusterPool(
            connector: ClusterConnector(http: HTTPClient(), guarding: nil), clock: SystemClock(),
            metrics: ControllerMetrics(exporter),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let application = try Application(
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
                "metadata": ["name": "web", "namespace": "shop"],
                "spec": [
                    "source": ["repository": "https://git.example.com/shop"], "destination": ["cluster": "remote"],
                ],
            ], source: nil)
        // Nobody listens there: a request without an answer is one, too.
        let kubeconfig = """
            apiVersion: v1
            kind: Config
            current-context: c
            clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
            users: [{name: u, user: {token: t}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            """
        let cluster = try await pool.cluster(
            of: application, secret: ["data": ["kubeconfig": .string(Base64.encode(Array(kubeconfig.utf8)))]])
        let pods = APIResource(group: "", version: "v1", kind: "Pod", name: "pods", isNamespaced: true)
        _ = cluster.access.own.watch(pods, namespace: nil, labelSelector: nil, fieldSelector: nil, from: nil)
        #expect(
            exporter.text().contains(#"gitops_kubernetes_requests_total{verb="watch",code="2xx"} 1"#),
            "\(exporter.text())")
        let acting = cluster.access.api(as: .serviceAccount("deployer", namespace: "shop"))
        _ = acting.watch(pods, namespace: nil, labelSelector: nil, fieldSelector: nil, from: nil)
        #expect(
            exporter.text().contains(#"gitops_kubernetes_requests_total{verb="watch",code="2xx"} 2"#),
            "\(exporter.text())")
    }
}
