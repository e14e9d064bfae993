// Discovery in both of its forms, with groups that fail.

import KubernetesClient
import Manifest
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DiscoveryTests {
    private func client(_ server: TestServer) -> KubernetesClient {
        KubernetesClient(
            ClusterConnection(server: server.url, proxy: ""),
            options: KubernetesClient.Options(retry: .never, clock: InstantClock()))
    }

    private static func aggregated(_ items: String) -> String {
        #"{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[\#(items)]}"#
    }

    private static func resource(_ name: String, _ kind: String, scope: String = "Namespaced", more: String = "")
        -> String
    {
        #"{"resource":"\#(name)","responseKind":{"group":"","version":"","kind":"\#(kind)"},"scope":"\#(scope)","verbs":["get","list"]\#(more)}"#
    }

    @Test func aggregatedDiscoveryTakesTwoRequests() async throws {
        let server = TestServer { request, connection in
            let items =
                request.path == "/api"
                ? #"{"metadata":{},"versions":[{"version":"v1","resources":[\#(Self.resource("nodes", "Node", scope: "Cluster"))]}]}"#
                : """
                {"metadata":{"name":"apps"},"versions":[{"version":"v1","freshness":"Current","resources":[
                \(Self.resource("deployments", "Deployment", more: #","singularResource":"deployment","shortNames":["deploy"],"categories":["all"],"subresources":[{"subresource":"status"},{"subresource":"scale"}]"#))]}]},
                {"metadata":{"name":"x.dev"},"versions":[
                {"version":"v2","freshness":"Stale","resources":[\(Self.resource("things", "Thing"))]},
                {"version":"v1","resources":[\(Self.resource("things", "Thing"))]}]}
                """
            connection.respond(json: Self.aggregated(items))
        }
        defer { server.stop() }
        let client = client(server)
        let discovery = try await client.discovery()
        #expect(Set(server.requests.map(\.target)) == ["/api", "/apis"])
        #expect(server.requests.allSatisfy { $0.header("Accept")?.contains("g=apidiscovery.k8s.io;v=v2;") == true })
        let deployment = try #require(
            discovery.resource(for: GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment")))
        #expect(
            deployment
                == APIResource(
                    group: "apps", version: "v1", kind: "Deployment", name: "deployments", shortNames: ["deploy"],
                    isNamespaced: true, verbs: ["get", "list"], categories: ["all"], subresources: ["status", "scale"]))
        #expect(discovery.resource(for: GroupKind(group: "", kind: "Node"))?.isNamespaced == false)
        #expect(discovery.resource(for: GroupKind(group: "x.dev", kind: "Thing"))?.version == "v2")
        #expect(discovery.failures.map(\.groupVersion) == ["x.dev/v2"])
        _ = try await client.discovery()
        #expect(server.requests.count == 2)
        _ = try await client.discovery(refresh: true)
        #expect(server.requests.count == 4)
    }

    @Test func aGroupThatFailsLeavesTheOthersAsTheyAre() async throws {
        let server = TestServer { request, connection in
            switch request.path {
            case "/api": connection.respond(json: #"{"versions":["v1"]}"#)
            case "/apis":
                connection.respond(
                    json: """
                        {"kind":"APIGroupList","groups":[
                        {"name":"metrics.k8s.io","versions":[{"groupVersion":"metrics.k8s.io/v1"}]},
                        {"name":"x.dev","versions":[{"groupVersion":"x.dev/v1"},{"groupVersion":"x.dev/v2"}],
                         "preferredVersion":{"groupVersion":"x.dev/v2"}}]}
                        """)
            case "/apis/metrics.k8s.io/v1":
                connection.respond(503, json: status(503, "ServiceUnavailable", "unable to handle"))
            case "/apis/x.dev/v1", "/apis/x.dev/v2":
                connection.respond(
                    json: #"{"resources":[{"name":"things","kind":"Thing","namespaced":true,"verbs":["get"]}]}"#)
            default: connection.respond(json: FakeServer.core)
            }
        }
        defer { server.stop() }
        let client = client(server)
        let discovery = try await client.discovery()
        #expect(discovery.failures == [.init(groupVersion: "metrics.k8s.io/v1", message: "unable to handle")])
        #expect(discovery.resource(for: GroupKind(group: "x.dev", kind: "Thing"))?.version == "v2")
        #expect(discovery.resource(for: GroupVersionKind(apiVersion: "x.dev/v1", kind: "Thing")) != nil)
        #expect(discovery.resource(for: GroupKind(group: "", kind: "Namespace"))?.subresources == ["status"])
        #expect(discovery.resources(named: "CM").map(\.kind) == ["ConfigMap"])
        #expect(discovery.resources(named: "things.x.dev").map(\.version) == ["v2"])

        let metrics = ObjectReference(
            gvk: GroupVersionKind(apiVersion: "metrics.k8s.io/v1", kind: "PodMetrics"), namespace: nil, name: "p")
        do {
            _ = try await client.get(metrics)
            Issue.record("no error")
        } catch {
            #expect(error.code == 503)
            #expect(!error.isUnknownKind)
        }
    }

    @Test func aKindThatIsNotKnownIsLookedForOnceMore() async throws {
        let calls = Counter()
        let server = TestServer { request, connection in
            switch request.path {
            case "/api": connection.respond(json: #"{"versions":[]}"#)
            case "/apis":
                let groups = calls.next() == 1 ? "" : #"{"name":"x.dev","versions":[{"groupVersion":"x.dev/v1"}]}"#
                connection.respond(json: #"{"groups":[\#(groups)]}"#)
            case "/apis/x.dev/v1":
                connection.respond(
                    json: #"{"resources":[{"name":"things","kind":"Thing","namespaced":false,"verbs":["get"]}]}"#)
            default: connection.respond(json: #"{"kind":"Thing"}"#)
            }
        }
        defer { server.stop() }
        let client = client(server)
        _ = try await client.discovery()
        let gvk = GroupVersionKind(apiVersion: "x.dev/v1", kind: "Thing")
        let thing = try await client.get(ObjectReference(gvk: gvk, namespace: nil, name: "t"))
        #expect(thing == ["kind": "Thing"])
        #expect(server.requests.last?.path == "/apis/x.dev/v1/things/t")
        do {
            _ = try await client.get(
                ObjectReference(gvk: GroupVersionKind(apiVersion: "x.dev/v1", kind: "No"), namespace: nil, name: "t"))
            Issue.record("no error")
        } catch {
            #expect(error.isUnknownKind)
            #expect(!error.isNotFound)
            #expect(error.message == "the server does not serve x.dev/v1 No")
        }
    }

    @Test func manyWhoAskAtOnceShareTheAnswer() async throws {
        let server = TestServer { request, connection in
            connection.respond(json: request.path == "/api" ? #"{"versions":[]}"# : #"{"groups":[]}"#)
        }
        defer { server.stop() }
        let client = client(server)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { _ = try await client.discovery() } }
            try await group.waitForAll()
        }
        #expect(server.requests.count == 2)
    }
}
