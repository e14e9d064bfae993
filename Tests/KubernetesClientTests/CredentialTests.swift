// Credentials that change: token files, plugins, refusals.

import FoundationEssentials
import HTTPClient
import Manifest
import Synchronization
import TestServer
import Testing

@testable import KubernetesClient

@Suite(.timeLimit(.minutes(1)))
struct CredentialTests {
    /// A clock, a file and a plugin that tests turn by hand.
    private final class World: Sendable {
        let state = Mutex((now: Date(timeIntervalSince1970: 1_000_000), file: "one\n" as String?, runs: 0, output: ""))

        func source(_ credentials: Credentials) -> CredentialSource {
            CredentialSource(
                ClusterConnection(server: "https://h", credentials: credentials),
                readFile: { _ in self.state.withLock { $0.file.map { Array($0.utf8) } } },
                runPlugin: { _, _ in
                    await Task.yield()
                    return self.state.withLock {
                        $0.runs += 1
                        return Array($0.output.replacing("RUN", with: "\($0.runs)").utf8)
                    }
                }, now: { self.state.withLock { $0.now } })
        }

        func pass(_ seconds: TimeInterval) { state.withLock { $0.now += seconds } }
    }

    private let plugin = Credentials.plugin(ExecPlugin(command: "login"))

    @Test func basicAuthentication() async throws {
        let credential = try await World().source(.basic(user: "Aladdin", password: Secret("open sesame"))).credential()
        #expect(credential.authorization?.value == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }

    @Test func aTokenFileIsReadAgainAfterAMinute() async throws {
        let world = World()
        let source = world.source(.tokenFile(path: "/t", fallback: nil))
        #expect(try await source.credential().authorization?.value == "Bearer one")
        world.state.withLock { $0.file = "two" }
        world.pass(59)
        #expect(try await source.credential().authorization?.value == "Bearer one")
        world.pass(1)
        #expect(try await source.credential().authorization?.value == "Bearer two")
    }

    @Test func aTokenFileThatIsNotThere() async throws {
        let world = World()
        world.state.withLock { $0.file = nil }
        let fallback = world.source(.tokenFile(path: "/t", fallback: Secret("other")))
        #expect(try await fallback.credential().authorization?.value == "Bearer other")
        do {
            _ = try await world.source(.tokenFile(path: "/t", fallback: nil)).credential()
            Issue.record("no error")
        } catch {
            #expect(error.reason == KubernetesError.Reason.configuration)
            #expect(error.message == "no token in /t")
        }
    }

    @Test func aPluginRunsOnceForAllAndAgainWhenItsTokenEnds() async throws {
        let world = World()
        world.state.withLock {
            // 1970-01-12T13:46:40Z is the beginning.
            $0.output =
                #"{"kind":"ExecCredential","status":{"token":"t-RUN","expirationTimestamp":"1970-01-12T13:56:40Z"}}"#
        }
        let source = world.source(plugin)
        let tokens = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try? await source.credential().authorization?.value } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(tokens == ["Bearer t-1"])
        world.pass(589)
        #expect(try await source.credential().authorization?.value == "Bearer t-1")
        world.pass(1)
        #expect(try await source.credential().authorization?.value == "Bearer t-2")
        #expect(world.state.withLock { $0.runs } == 2)
    }

    @Test func refusedCredentialsAreFetchedAnew() async throws {
        let world = World()
        world.state.withLock { $0.output = #"{"kind":"ExecCredential","status":{"token":"t-RUN"}}"# }
        let source = world.source(plugin)
        let first = try await source.credential()
        await source.invalidate(first)
        let second = try await source.credential()
        #expect(second.authorization?.value == "Bearer t-2")
        await source.invalidate(first)
        #expect(try await source.credential().authorization?.value == "Bearer t-2")
    }

    @Test func aPluginMayGiveACertificate() async throws {
        let world = World()
        world.state.withLock {
            $0.output = #"{"kind":"ExecCredential","status":{"clientCertificateData":"C","clientKeyData":"K"}}"#
        }
        let credential = try await world.source(plugin).credential()
        #expect(credential.authorization == nil)
        #expect(credential.clientCertificatePEM == Array("C".utf8))
        #expect(credential.clientKeyPEM == Array("K".utf8))
    }

    @Test(arguments: [
        ("", "no ExecCredential"), ("{}", "no ExecCredential"),
        (#"{"kind":"ExecCredential","status":{}}"#, "neither a token"),
        (#"{"kind":"ExecCredential","status":{"clientKeyData":"K","token":"geheim"}}"#, "a certificate or a key alone"),
        (#"{"kind":"ExecCredential","status":{"token":"geheim","expirationTimestamp":"soon"}}"#, "no RFC 3339 time"),
    ])
    func whatAPluginMayNotPrint(output: String, expected: String) async throws {
        let world = World()
        world.state.withLock { $0.output = output }
        do {
            _ = try await world.source(plugin).credential()
            Issue.record("no error")
        } catch {
            #expect(error.message.contains(expected), "\(error)")
            #expect(!error.message.contains("geheim"))
        }
    }

    // MARK: Real programs

    private func script(_ text: String) -> ExecPlugin {
        ExecPlugin(
            command: "sh", arguments: ["-c", text], environment: ["EXTRA": Secret("more")], providesClusterInfo: true)
    }

    @Test func aRealPluginSeesItsEnvironment() async throws {
        let connection = ClusterConnection(
            server: "https://h:6443", tls: TLSOptions(caPEM: Array("CA".utf8), serverName: "s"))
        let output = try await ExecPlugin.run(
            script(#"printf '{"extra":"%s","info":%s}' "$EXTRA" "$KUBERNETES_EXEC_INFO""#), for: connection)
        let value = try JSON.read(output)
        #expect(value["extra"] == "more")
        #expect(
            value["info"] == [
                "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                "spec": [
                    "interactive": false,
                    "cluster": [
                        "server": "https://h:6443", "tls-server-name": "s", "certificate-authority-data": "Q0E=",
                    ],
                ],
            ])
    }

    @Test func aPluginThatFailsIsQuoted() async throws {
        do {
            _ = try await ExecPlugin.run(
                script("echo please log in >&2; exit 3"), for: ClusterConnection(server: "https://h"))
            Issue.record("no error")
        } catch {
            #expect(error.message.contains("please log in"))
            #expect(error.reason == KubernetesError.Reason.configuration)
        }
    }

    @Test func aPluginThatIsNotInstalledComesWithItsHint() async throws {
        let plugin = ExecPlugin(command: "no-such-plugin-anywhere", installHint: "Install it from x")
        do {
            _ = try await ExecPlugin.run(plugin, for: ClusterConnection(server: "https://h"))
            Issue.record("no error")
        } catch {
            #expect(error.message.contains("no-such-plugin-anywhere"))
            #expect(error.message.contains("Install it from x"))
        }
    }

    @Test func aRefusedTokenIsRenewedOnceARequest() async throws {
        let fake = FakeServer { request, connection in
            if request.header("Authorization") == "Bearer good" {
                connection.respond(json: configMap("a"))
            } else {
                connection.respond(401, json: status(401, "Unauthorized"))
            }
        }
        defer { fake.server.stop() }
        let calls = Counter()
        let connection = ClusterConnection(server: fake.server.url, proxy: "", credentials: plugin)
        let transport = APITransport(
            connection: connection, http: HTTPClient(),
            credentials: CredentialSource(
                connection,
                runPlugin: { _, _ in
                    Array(
                        #"{"kind":"ExecCredential","status":{"token":"\#(calls.next() == 1 ? "old" : "good")"}}"#.utf8)
                }),
            retry: .never, requestTimeout: .seconds(10), clock: InstantClock(), random: { 0 })
        let value = try await transport.value(APICall("get x", path: "/api/v1/namespaces/default/configmaps/a"))
        #expect(value["kind"] == "ConfigMap")
        #expect(fake.requests.map { $0.header("Authorization") } == ["Bearer old", "Bearer good"])

        let bad = fake.client(credentials: .token(Secret("bad")))
        do {
            _ = try await bad.get(reference("ConfigMap", "a"))
            Issue.record("no error")
        } catch {
            #expect(error.isUnauthorized)
            #expect(!String(reflecting: error).contains("Bearer"))
        }
    }
}
