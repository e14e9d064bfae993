// Trying again: after overload, after a broken connection, and not when it would do harm.

import HTTPClient
import KubernetesClient
import Manifest
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RetryingTests {
    private let object: Value = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"]]

    @Test func overloadIsWaitedOutAsLongAsTheServerAsks() async throws {
        let calls = Counter()
        let fake = FakeServer { _, connection in
            if calls.next() < 3 {
                connection.respond(429, headers: [("Retry-After", "4")], body: status(429, "TooManyRequests"))
            } else {
                connection.respond(201, json: configMap("a"))
            }
        }
        defer { fake.server.stop() }
        let clock = InstantClock()
        let client = fake.client(options: KubernetesClient.Options(clock: clock, random: { 0 }))
        let result = try await client.create(object, options: WriteOptions())
        #expect(result.wasCreated)
        #expect(fake.requests.count == 3)
        #expect(clock.waits == [.seconds(4), .seconds(4)])
    }

    /// A write that was permitted when it was sent first need not be when it is tried again.
    @Test func aTryThatIsNotPermittedAnyMoreIsNotMade() async throws {
        let calls = Counter()
        let fake = FakeServer { _, connection in
            _ = calls.next()
            connection.respond(429, headers: [("Retry-After", "4")], body: status(429, "TooManyRequests"))
        }
        defer { fake.server.stop() }
        let client = fake.client(options: KubernetesClient.Options(clock: InstantClock(), random: { 0 }))
        _ = try? await client.discovery()
        let before = fake.requests.count
        let permit = RequestPermit { fake.requests.count > before ? "the lease has run out" : nil }
        await RequestPermit.$current.withValue(permit) {
            do throws(KubernetesError) {
                _ = try await client.create(object, options: WriteOptions())
                Issue.record("no error")
            } catch {
                #expect(error.isCancelled)
                #expect(error.message == "the lease has run out")
            }
        }
        #expect(fake.requests.count == before + 1)
    }

    @Test func givesUpAndReportsTheLastAnswer() async throws {
        let fake = FakeServer { _, connection in
            connection.respond(503, json: status(503, "ServiceUnavailable", "etcd is away"))
        }
        defer { fake.server.stop() }
        let options = KubernetesClient.Options(retry: RetryPolicy(attempts: 3), clock: InstantClock())
        do {
            _ = try await fake.client(options: options).get(reference("ConfigMap", "a"))
            Issue.record("no error")
        } catch {
            #expect(error.code == 503)
            #expect(error.message == "etcd is away")
        }
        #expect(fake.requests.count == 3)
    }

    @Test(arguments: [(true, 3), (false, 1)])
    func aConnectionThatBreaksIsTriedAgainOnlyWhereThatIsSafe(isSafe: Bool, expected: Int) async throws {
        let calls = Counter()
        let fake = FakeServer { _, connection in
            if calls.next() < 3 { connection.cut(reset: true) } else { connection.respond(json: configMap("a")) }
        }
        defer { fake.server.stop() }
        let client = fake.client()
        do {
            if isSafe {
                _ = try await client.apply(object, options: ApplyOptions())
            } else {
                _ = try await client.create(object, options: WriteOptions())
            }
            #expect(isSafe)
        } catch {
            #expect(!isSafe)
            #expect(error.isUnreachable)
            #expect(error.transport?.code == .reset)
        }
        #expect(fake.requests.count == expected)
    }

    @Test func aServerThatIsAwayIsAnErrorThatSaysSo() async throws {
        let fake = FakeServer { _, _ in }
        let client = fake.client()
        fake.server.stop()
        do {
            _ = try await client.discovery()
            Issue.record("no error")
        } catch {
            #expect(error.isUnreachable)
            #expect(error.transport?.code == .connect)
            #expect(error.diagnostic().cure != nil)
        }
    }

    @Test func cancellingEndsTheWait() async throws {
        let calls = Counter()
        let fake = FakeServer { _, connection in
            _ = calls.next()
            connection.respond(429, headers: [("Retry-After", "20")])
        }
        defer { fake.server.stop() }
        let client = fake.client(options: KubernetesClient.Options())
        let task = Task {
            do throws(KubernetesError) {
                _ = try await client.get(reference("ConfigMap", "a"))
                Issue.record("no error")
            } catch {
                #expect(error.isCancelled)
            }
        }
        while fake.requests.isEmpty { await Task.yield() }
        task.cancel()
        await task.value
    }
}
