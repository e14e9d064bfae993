// Bodies that are read while they arrive.

import HTTPClient
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    @Test func theHeadComesBeforeTheBody() async throws {
        let gate = Gate()
        let server = TestServer { _, connection in
            connection.beginChunks(200, headers: [("X-Head", "1")])
            gate.wait()
            connection.chunk("one")
            connection.chunk("two")
            connection.endChunks()
        }
        defer { server.stop() }
        let stream = try await HTTPClient().stream(HTTPRequest(url: server.url + "/"))
        #expect(stream.status == 200)
        #expect(stream.headers["X-Head"] == "1")
        gate.open()
        let body = try await stream.body.collect()
        #expect(body == Array("onetwo".utf8))
        let rest = try await stream.body.collect()
        #expect(rest == [])
    }

    @Test func aSlowReaderHoldsTheServerBack() async throws {
        let total = 64 << 20
        let held = Signal<Int>()
        let server = TestServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = [UInt8](repeating: 42, count: 65536)
            for _ in 0..<(total / piece.count) {
                if !connection.takesMore(withinMilliseconds: 3000) { held.send(connection.written) }
                connection.write(piece)
            }
        }
        defer { server.stop() }
        let stream = try await HTTPClient().stream(
            HTTPRequest(url: server.url + "/", stallTimeout: .seconds(2), dedicatedConnection: true))
        let written = await held.wait()
        #expect(try #require(written) < total / 2)
        var received = 0
        for try await chunk in stream.body {
            #expect(!chunk.isEmpty)
            received += chunk.count
        }
        #expect(received == total)
    }

    @Test func lettingGoOfAStreamClosesItsConnection() async throws {
        let closed = Signal<Void>()
        let server = TestServer { _, connection in
            connection.beginChunks()
            connection.chunk("hello")
            connection.waitForClose()
            closed.send()
        }
        defer { server.stop() }
        let client = HTTPClient()
        do { _ = try await client.stream(HTTPRequest(url: server.url + "/")) }
        await closed.wait()
    }

    @Test func cancellingTheReaderEndsTheStream() async throws {
        let closed = Signal<Void>()
        let server = TestServer { _, connection in
            connection.beginChunks()
            connection.chunk("hello")
            connection.waitForClose()
            closed.send()
        }
        defer { server.stop() }
        let stream = try await HTTPClient().stream(HTTPRequest(url: server.url + "/"))
        let read = Signal<Void>()
        let task = Task {
            await expectError(.cancelled) {
                for try await _ in stream.body { read.send() }
            }
        }
        await read.wait()
        task.cancel()
        await task.value
        await closed.wait()
    }

    @Test func streamsAndRequestsRunSideBySide() async throws {
        let server = TestServer { request, connection in
            if request.path == "/watch" {
                connection.beginChunks()
                connection.chunk("event")
                connection.waitForClose()
            } else {
                connection.respond(body: "ok")
            }
        }
        defer { server.stop() }
        let client = HTTPClient(options: HTTPClient.Options(maximumRequestsPerHost: 1))
        var watches: [HTTPStream] = []
        for _ in 0..<10 {
            watches.append(try await client.stream(HTTPRequest(url: server.url + "/watch", dedicatedConnection: true)))
        }
        for _ in 0..<10 {
            let response = try await client.send(HTTPRequest(url: server.url + "/"))
            #expect(response.status == 200)
        }
        #expect(server.connectionCount == 11)
        #expect(watches.count == 10)
    }
}
