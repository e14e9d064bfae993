// Discovery kept in a file for the processes that come after.

import Foundation
import KubernetesClient
import Manifest
import Synchronization
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DiscoveryFileTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/discovery-\(UUID().uuidString)/kept"
    private let configMap = GroupVersionKind(apiVersion: "v1", kind: "ConfigMap")

    private func client(_ fake: FakeServer) -> KubernetesClient {
        fake.client(options: KubernetesClient.Options(retry: .never, discoveryFolder: folder, clock: InstantClock()))
    }

    private func rewrite(_ change: (String) -> String) throws {
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder).first)
        let path = "\(folder)/\(name)"
        try change(String(contentsOfFile: path, encoding: .utf8)).write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test func theNextProcessAsksForNothing() async throws {
        let fake = FakeServer { _, connection in connection.respond(404, json: "{}") }
        defer { fake.server.stop() }
        let told = try await client(fake).discovery()
        let count = fake.server.requests.count
        let kept = try await client(fake).discovery()
        #expect(fake.server.requests.count == count)
        #expect(kept.resources == told.resources)
        #expect(kept.resource(for: configMap)?.shortNames == ["cm"])
        _ = try await client(fake).discovery(refresh: true)
        #expect(fake.server.requests.count == 2 * count)
    }

    @Test(arguments: ["old", "from the future", "damaged", "of another form"])
    func whatIsNotFitForUseIsAskedForAnew(_ condition: String) async throws {
        let fake = FakeServer { _, connection in connection.respond(404, json: "{}") }
        defer { fake.server.stop() }
        _ = try await client(fake).discovery()
        let count = fake.server.requests.count
        try rewrite { text in
            switch condition {
            case "old": text.replacing(/"saved":\d+/, with: "\"saved\":1000000")
            case "from the future": text.replacing(/"saved":\d+/, with: "\"saved\":99999999999")
            case "damaged": String(text.dropLast(20))
            default: text.replacingOccurrences(of: "\"ConfigMap\"", with: "{}")
            }
        }
        let discovery = try await client(fake).discovery()
        #expect(discovery.resource(for: configMap) != nil)
        #expect(fake.server.requests.count == 2 * count)
    }

    @Test func anotherServersIsNotUsed() async throws {
        let fakes = (0..<2).map { _ in FakeServer { _, connection in connection.respond(404, json: "{}") } }
        defer { for fake in fakes { fake.server.stop() } }
        for fake in fakes { _ = try await client(fake).discovery() }
        #expect(fakes[0].server.requests.count == fakes[1].server.requests.count)
    }

    @Test func whatIsNotCompleteIsNotKept() async throws {
        let isDown = Mutex(true)
        let server = TestServer { request, connection in
            switch request.path {
            case "/api": connection.respond(json: #"{"versions":["v1"]}"#)
            case "/apis": connection.respond(json: #"{"groups":[]}"#)
            case _ where isDown.withLock { $0 }:
                connection.respond(503, json: status(503, "ServiceUnavailable", "unable to handle"))
            default: connection.respond(json: FakeServer.core)
            }
        }
        defer { server.stop() }
        func client() -> KubernetesClient {
            KubernetesClient(
                ClusterConnection(server: server.url, proxy: ""),
                options: KubernetesClient.Options(retry: .never, discoveryFolder: folder, clock: InstantClock()))
        }
        #expect(try await client().discovery().failures.count == 1)
        isDown.withLock { $0 = false }
        #expect(try await client().discovery().failures.isEmpty)
    }

    @Test func aPathThatIsNoLongerServedIsAnUnknownKind() async throws {
        let fake = FakeServer { request, connection in
            request.path.hasSuffix("/gone")
                ? connection.respond(404, json: "404 page not found\n")
                : connection.respond(
                    404,
                    json:
                        #"{"kind":"Status","reason":"NotFound","code":404,"details":{"kind":"configmaps","name":"a"}}"#)
        }
        defer { fake.server.stop() }
        let client = client(fake)
        #expect(try await client.get(ObjectReference(gvk: configMap, namespace: "n", name: "a")) == nil)
        let error = await #expect(throws: KubernetesError.self) {
            _ = try await client.get(ObjectReference(gvk: configMap, namespace: "n", name: "gone"))
        }
        #expect(error?.isUnknownKind == true)
        #expect(error?.isNotFound == false)
    }
}
