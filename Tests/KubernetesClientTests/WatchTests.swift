// Watches over a server that ends, breaks and forgets them.

import HTTPClient
import KubernetesClient
import Manifest
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WatchTests {
    private static func event(_ type: String, _ name: String, _ version: Int) -> String {
        #"{"type":"\#(type)","object":\#(configMap(name, version: version))}"# + "\n"
    }

    private static func bookmark(_ version: Int) -> String {
        #"{"type":"BOOKMARK","object":{"kind":"ConfigMap","metadata":{"resourceVersion":"\#(version)"}}}"# + "\n"
    }

    private func words(_ event: WatchEvent?) -> String {
        switch event {
        case .added(let object): "added \(object[path: "metadata", "name"]?.string ?? "")"
        case .modified(let object): "modified \(object[path: "metadata", "name"]?.string ?? "")"
        case .deleted(let object): "deleted \(object[path: "metadata", "name"]?.string ?? "")"
        case .bookmark(let version): "bookmark \(version)"
        case .tooOld: "too old"
        case nil: "end"
        }
    }

    /// The first events of a watch, in words.
    private func events(
        _ count: Int, of fake: FakeServer, from version: String?, options: KubernetesClient.Options? = nil
    ) async throws -> [String] {
        let watch = fake.client(options: options).watch(
            configMaps, namespace: nil, labelSelector: "a=b", fieldSelector: nil, from: version)
        var iterator = watch.makeAsyncIterator()
        var seen: [String] = []
        while seen.count < count { seen.append(words(try await iterator.next())) }
        return seen
    }

    @Test func goesOnFromTheLastVersionWhenItsStreamEnds() async throws {
        let calls = Counter()
        let fake = FakeServer { _, connection in
            connection.beginChunks()
            switch calls.next() {
            case 1:
                connection.chunk(Self.event("ADDED", "a", 11) + Self.event("MODIFIED", "a", 12))
                connection.endChunks()
            case 2:
                connection.chunk(Self.bookmark(20))
                // In the middle of an event.
                connection.chunk(String(Self.event("MODIFIED", "a", 21).prefix(30)))
                connection.cut()
            default:
                connection.chunk(Self.event("DELETED", "a", 22))
                connection.waitForClose()
            }
        }
        defer { fake.server.stop() }
        let seen = try await events(4, of: fake, from: "10")
        #expect(seen == ["added a", "modified a", "bookmark 20", "deleted a"])
        #expect(fake.requests.map { $0.query["resourceVersion"] } == ["10", "12", "20"])
        let query = try #require(fake.requests.first).query
        #expect(query["watch"] == "true")
        #expect(query["allowWatchBookmarks"] == "true")
        #expect(query["labelSelector"] == "a=b")
        #expect(Int(query["timeoutSeconds"] ?? "").map { 300..<600 ~= $0 } == true)
    }

    @Test func eachWatchHasAConnectionOfItsOwn() async throws {
        let fake = FakeServer { _, connection in
            connection.beginChunks()
            connection.chunk(Self.event("ADDED", "a", 11))
            connection.waitForClose()
        }
        defer { fake.server.stop() }
        let client = fake.client()
        var iterators: [AsyncThrowingStream<WatchEvent, any Error>.AsyncIterator] = []
        for _ in 0..<5 {
            var iterator = client.watch(configMaps, namespace: nil, labelSelector: nil, fieldSelector: nil, from: "1")
                .makeAsyncIterator()
            _ = try await iterator.next()
            iterators.append(iterator)
        }
        #expect(Set(fake.requests.map(\.connection)).count == 5)
    }

    @Test func withoutAVersionItBeginsWithWhatIsThere() async throws {
        let fake = FakeServer { request, connection in
            if request.query["watch"] == nil {
                connection.respond(
                    json:
                        #"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[\#(configMap("a")),\#(configMap("b"))]}"#
                )
            } else {
                connection.beginChunks()
                connection.chunk(Self.event("ADDED", "c", 8))
                connection.waitForClose()
            }
        }
        defer { fake.server.stop() }
        let seen = try await events(3, of: fake, from: nil)
        #expect(seen == ["added a", "added b", "added c"])
        #expect(fake.requests.last?.query["resourceVersion"] == "7")
    }

    @Test(arguments: [true, false])
    func endsWithTooOldWhenTheVersionIsGone(isStatus: Bool) async throws {
        let fake = FakeServer { _, connection in
            if isStatus {
                connection.respond(410, json: status(410, "Expired"))
            } else {
                connection.beginChunks()
                connection.chunk(#"{"type":"ERROR","object":\#(status(410, "Expired"))}"# + "\n")
                connection.waitForClose()
            }
        }
        defer { fake.server.stop() }
        let seen = try await events(3, of: fake, from: "1")
        #expect(seen == ["too old", "end", "end"])
        #expect(fake.requests.count == 1)
    }

    @Test func overloadAndSilenceAreOvercome() async throws {
        let calls = Counter()
        let fake = FakeServer { _, connection in
            switch calls.next() {
            case 1: connection.respond(429, headers: [("Retry-After", "3")])
            case 2: connection.waitForClose()
            case 3: connection.cut(reset: true)
            case 4: connection.respond(500, json: status(500, "InternalError"))
            default:
                connection.beginChunks()
                connection.chunk(Self.event("ADDED", "a", 2))
                connection.waitForClose()
            }
        }
        defer { fake.server.stop() }
        let clock = InstantClock()
        let options = KubernetesClient.Options(watchSilence: .seconds(1), clock: clock, random: { 1 })
        #expect(try await events(1, of: fake, from: "1", options: options) == ["added a"])
        #expect(clock.waits == [.seconds(3), .milliseconds(400), .milliseconds(800), .milliseconds(1600)])
        #expect(fake.requests.map { $0.query["resourceVersion"] } == ["1", "1", "1", "1", "1"])
    }

    @Test func aRefusalEndsItWithTheError() async throws {
        let fake = FakeServer { _, connection in
            connection.respond(403, json: status(403, "Forbidden", "may not watch"))
        }
        defer { fake.server.stop() }
        do {
            _ = try await events(1, of: fake, from: "1")
            Issue.record("no error")
        } catch let error as KubernetesError {
            #expect(error.description == "watch ConfigMap: may not watch")
        }
    }

    @Test func lettingGoClosesTheConnection() async throws {
        let (closed, continuation) = AsyncStream.makeStream(of: Void.self)
        let fake = FakeServer { _, connection in
            connection.beginChunks()
            connection.chunk(Self.event("ADDED", "a", 2))
            connection.waitForClose()
            continuation.finish()
        }
        defer { fake.server.stop() }
        let client = fake.client()
        do {
            var iterator = client.watch(configMaps, namespace: nil, labelSelector: nil, fieldSelector: nil, from: "1")
                .makeAsyncIterator()
            _ = try await iterator.next()
        }
        for await _ in closed {}
    }

    @Test func cancellingTheReaderEndsIt() async throws {
        let (opened, continuation) = AsyncStream.makeStream(of: Void.self)
        let fake = FakeServer { _, connection in
            connection.beginChunks()
            continuation.finish()
            connection.waitForClose()
        }
        defer { fake.server.stop() }
        let client = fake.client()
        let task = Task {
            for try await _ in client.watch(
                configMaps, namespace: nil, labelSelector: nil, fieldSelector: nil, from: "1")
            {
                Issue.record("an event")
            }
        }
        for await _ in opened {}
        task.cancel()
        // Whether the cancelled reader sees the end or the error is its runtime's choice; it must not hang.
        _ = await task.result
    }
}
