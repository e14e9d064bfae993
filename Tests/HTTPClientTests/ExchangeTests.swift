// Whole exchanges: what is sent, what comes back, and how connections are shared.

import HTTPClient
import TestServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExchangeTests {
    @Test func sendsMethodHeadersAndBodyAndReturnsTheResponse() async throws {
        let server = TestServer { request, connection in
            connection.respond(201, headers: [("X-Answer", "yes")], body: request.body.reversed())
        }
        defer { server.stop() }
        let client = HTTPClient()
        let response = try await client.send(
            HTTPRequest(
                method: "PATCH", url: server.url + "/a/b?c=d%20e",
                headers: ["Content-Type": "application/json", "X-Empty": ""], body: [1, 2, 3]))
        #expect(response.status == 201)
        #expect(response.headers["x-answer"] == "yes")
        #expect(response.body == [3, 2, 1])
        let request = try #require(server.requests.first)
        #expect(request.method == "PATCH")
        #expect(request.target == "/a/b?c=d%20e")
        #expect(request.header("Content-Type") == "application/json")
        #expect(request.header("X-Empty") == "")
        #expect(request.header("User-Agent") == "gitopsctl")
        #expect(request.header("Expect") == nil)
        await client.shutdown()
    }

    @Test(
        arguments: [("GET", nil), ("HEAD", nil), ("DELETE", nil), ("POST", "0"), ("PUT", "0")] as [(String, String?)])
    func sendsALengthOnlyWithMethodsThatHaveABody(method: String, length: String?) async throws {
        let server = TestServer { _, connection in connection.respond(204) }
        defer { server.stop() }
        let response = try await HTTPClient().send(HTTPRequest(method: method, url: server.url + "/"))
        #expect(response.status == 204)
        #expect(server.requests.first?.method == method)
        #expect(server.requests.first?.header("Content-Length") == length)
        #expect(server.requests.first?.header("Content-Type") == nil)
    }

    @Test func oneAfterAnotherSharesAConnection() async throws {
        let server = TestServer { _, connection in connection.respond(body: "ok") }
        defer { server.stop() }
        let client = HTTPClient()
        for _ in 0..<20 { _ = try await client.send(HTTPRequest(url: server.url + "/")) }
        #expect(server.connectionCount == 1)
        #expect(server.requests.count == 20)
    }

    @Test func aDedicatedConnectionIsNeverShared() async throws {
        let server = TestServer { _, connection in connection.respond(body: "ok") }
        defer { server.stop() }
        let client = HTTPClient()
        for _ in 0..<3 { _ = try await client.send(HTTPRequest(url: server.url + "/", dedicatedConnection: true)) }
        #expect(server.connectionCount == 3)
    }

    @Test func noMoreRequestsThanAllowedRunAtOnce() async throws {
        let running = Peak()
        let server = TestServer { _, connection in
            running.enter()
            connection.respond(body: "ok")
            running.leave()
        }
        defer { server.stop() }
        let client = HTTPClient(options: HTTPClient.Options(maximumRequestsPerHost: 3))
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await client.send(HTTPRequest(url: server.url + "/")).status } }
            for try await status in group { #expect(status == 200) }
        }
        #expect(running.peak <= 3)
        #expect(server.connectionCount <= 3)
        #expect(server.requests.count == 50)
    }

    @Test func burstsOfLargeAndSmallBodiesAreAllAnsweredOnFewConnections() async throws {
        let sizes = [200, 20_000, 70_000, 300_000]
        let server = TestServer { request, connection in
            connection.respond(body: String(repeating: "A", count: Int(request.target.dropFirst()) ?? 0))
        }
        defer { server.stop() }
        let client = HTTPClient()
        for _ in 0..<10 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<40 {
                    let size = sizes[index % sizes.count]
                    let request = HTTPRequest(url: server.url + "/\(size)", deadline: .seconds(30))
                    group.addTask {
                        let response = try await client.send(request)
                        #expect(response.body.count == size)
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(server.connectionCount <= (Libcurl.multiplexes ? 64 : 8))
    }

    @Test func aFailureIsNotAStatus() async throws {
        let server = TestServer { _, connection in
            connection.respond(503, headers: [("Retry-After", "7")], body: "later")
        }
        defer { server.stop() }
        let response = try await HTTPClient().send(HTTPRequest(url: server.url + "/"))
        #expect(response.status == 503)
        #expect(response.headers["retry-after"] == "7")
    }

    @Test func informationalResponsesArePassedOver() async throws {
        let server = TestServer { _, connection in
            connection.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
            connection.respond(200, headers: [("X-Final", "1")], body: "ok")
        }
        defer { server.stop() }
        let response = try await HTTPClient().send(HTTPRequest(url: server.url + "/"))
        #expect(response.status == 200)
        #expect(response.headers["Link"] == nil)
        #expect(response.body == Array("ok".utf8))
    }

    @Test func redirectsAreHandedOutOrFollowedAsAsked() async throws {
        let server = TestServer { request, connection in
            if request.path == "/old" {
                connection.respond(307, headers: [("Location", "/new")], body: "moved")
            } else {
                connection.respond(body: "here")
            }
        }
        defer { server.stop() }
        let client = HTTPClient()
        let kept = try await client.send(HTTPRequest(url: server.url + "/old"))
        #expect(kept.status == 307)
        let followed = try await client.send(HTTPRequest(url: server.url + "/old", maximumRedirects: 3))
        #expect(followed.status == 200)
        #expect(followed.body == Array("here".utf8))
        #expect(followed.url == server.url + "/new")
    }

    @Test func aRedirectLoopIsAnError() async throws {
        let server = TestServer { _, connection in connection.respond(302, headers: [("Location", "/again")]) }
        defer { server.stop() }
        await expectError(.tooManyRedirects) {
            try await HTTPClient().send(HTTPRequest(url: server.url + "/", maximumRedirects: 3))
        }
    }

    @Test func compressedBodiesAreDecompressed() async throws {
        // printf hello | gzip -n
        let hello: [UInt8] = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0,
        ]
        let server = TestServer { _, connection in
            connection.respond(headers: [("Content-Encoding", "gzip")], body: hello)
        }
        defer { server.stop() }
        let response = try await HTTPClient().send(HTTPRequest(url: server.url + "/"))
        #expect(response.body == Array("hello".utf8))
        #expect(server.requests.first?.header("Accept-Encoding") == "gzip")
    }

    @Test(arguments: ["Content-Length: 5000\r\n", "Transfer-Encoding: chunked\r\n"])
    func aBodyBeyondTheLimitIsRefused(framing: String) async throws {
        let server = TestServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\n\(framing)\r\n")
            connection.chunk(String(repeating: "x", count: 5000))
            connection.waitForClose()
        }
        defer { server.stop() }
        await expectError(.tooLarge) {
            try await HTTPClient().send(HTTPRequest(url: server.url + "/", maximumBodySize: 4999))
        }
    }

    @Test(arguments: [
        HTTPRequest(url: "ftp://127.0.0.1/"), HTTPRequest(url: "file:///etc/passwd"), HTTPRequest(url: "http:///x"),
        HTTPRequest(url: "http://127.0.0.1/a b"), HTTPRequest(method: "GET /x", url: "http://127.0.0.1/"),
        HTTPRequest(url: "http://127.0.0.1/", headers: ["X": "a\r\nY: b"]),
        HTTPRequest(url: "http://127.0.0.1/", headers: ["X\r\nY": "a"]),
    ])
    func whatCannotBeSentIsRefused(request: HTTPRequest) async {
        await expectError(.invalidRequest) { try await HTTPClient().send(request) }
    }

    @Test func aShutClientRefusesRequests() async throws {
        let client = HTTPClient()
        await client.shutdown()
        await client.shutdown()
        await expectError(.cancelled) { try await client.send(HTTPRequest(url: "http://127.0.0.1:1/")) }
    }
}
