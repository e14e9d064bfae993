// HTTP/2 against nghttpd, where Debian's nghttp2-server is installed and libcurl is one that is trusted with it.

import Foundation
import Glibc
import HTTPClient
import Testing

@Suite(
    .serialized, .timeLimit(.minutes(1)),
    .enabled(
        if: Certificates.shared != nil && NGHTTPServer.isInstalled, "nghttpd (Debian's nghttp2-server) is not installed"
    ),
    .enabled(if: Libcurl.multiplexes, "this libcurl loses streams (see Libcurl.multiplexes)"))
struct HTTP2Tests {
    private let certificates: Certificates

    init() throws {
        certificates = try #require(Certificates.shared)
    }

    private func request(_ server: NGHTTPServer, _ path: String) -> HTTPRequest {
        HTTPRequest(
            url: server.url + path, deadline: .seconds(30), tls: TLSOptions(caPEM: certificates.pem("ca")), proxy: "")
    }

    @Test func manyRequestsAreStreamsOfOneConnection() async throws {
        let server = try await NGHTTPServer(certificates, files: ["a": [UInt8](repeating: 65, count: 1000)])
        defer { server.stop() }
        let client = HTTPClient()
        let request = request(server, "/a")
        try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            for _ in 0..<500 { group.addTask { try await client.send(request) } }
            for try await response in group {
                #expect(response.status == 200)
                #expect(response.body.count == 1000)
            }
        }
        #expect(server.connectionCount == 1)
    }

    /// Streams whose bytes come in while another stream reads, and while further requests begin, are all read at once:
    /// none lies in a buffer until a timer runs out.
    @Test func requestsThatBeginWhileOthersAreAnsweredAreAllAnswered() async throws {
        let server = try await NGHTTPServer(certificates, files: ["a": [UInt8](repeating: 65, count: 200)])
        defer { server.stop() }
        var request = request(server, "/a")
        request.connectTimeout = .seconds(60)
        for _ in 0..<150 {
            let client = HTTPClient()
            _ = try await client.send(request)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<40 {
                    group.addTask { [request] in try await client.send(request).body.count }
                }
                var sum = 0
                for try await count in group { sum += count }
                #expect(sum == 40 * 200)
            }
            await client.shutdown()
        }
    }

    /// A stream whose body is larger than libcurl's buffer holds up the whole connection until it is read on.
    @Test func largeBodiesBesideOneAnotherAllComeToTheirEnd() async throws {
        let sizes = ["a": 200, "b": 20_000, "c": 70_000, "d": 300_000]
        let server = try await NGHTTPServer(certificates, files: sizes.mapValues { [UInt8](repeating: 65, count: $0) })
        defer { server.stop() }
        for _ in 0..<100 {
            let client = HTTPClient()
            _ = try await client.send(request(server, "/a"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<12 {
                    let name = ["a", "b", "c", "d"][index % 4]
                    var request = request(server, "/" + name)
                    request.connectTimeout = .seconds(60)
                    group.addTask { [request] in
                        let response = try await client.send(request)
                        #expect(response.body.count == sizes[name])
                    }
                }
                try await group.waitForAll()
            }
            await client.shutdown()
        }
    }

    @Test func bodiesComeBackAsTheyWereSent() async throws {
        let server = try await NGHTTPServer(certificates, options: ["--echo-upload"])
        defer { server.stop() }
        let client = HTTPClient()
        for size in [0, 1, 16384, 100_000, 3_000_000] {
            var echo = request(server, "/echo")
            echo.method = "POST"
            echo.body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let response = try await client.send(echo)
            #expect(response.body == echo.body, "\(size) bytes")
        }
    }

    @Test func aSlowReaderOfOneStreamGetsItAll() async throws {
        let file = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 / 251) }
        let server = try await NGHTTPServer(certificates, files: ["large": file, "a": [1]])
        defer { server.stop() }
        let client = HTTPClient(options: HTTPClient.Options(streamBufferSize: 100_000))
        let stream = try await client.stream(request(server, "/large"))
        var received: [UInt8] = []
        var pieces = 0
        for try await chunk in stream.body {
            received += chunk
            pieces += 1
            if pieces % 20 == 0 { usleep(5000) }
        }
        #expect(received == file)
        let other = try await client.send(request(server, "/a"))
        #expect(other.body == [1])
    }

    @Test func abandonedStreamsLeaveTheConnectionToOthers() async throws {
        let server = try await NGHTTPServer(
            certificates, files: ["large": [UInt8](repeating: 7, count: 20_000_000), "a": [1]])
        defer { server.stop() }
        let client = HTTPClient()
        for _ in 0..<10 {
            _ = try await client.stream(request(server, "/large"))
            let response = try await client.send(request(server, "/a"))
            #expect(response.body == [1])
        }
        #expect(server.connectionCount == 1)
    }
}

/// A running nghttpd.
final class NGHTTPServer {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/sbin/nghttpd")

    let url: String
    private let process = Process()
    private let folder: String

    init(_ certificates: Certificates, options: [String] = [], files: [String: [UInt8]] = [:]) async throws {
        folder = NSTemporaryDirectory() + "gitopsctl-nghttpd-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, bytes) in files {
            _ = FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data(bytes))
        }
        let log = "\(folder)/log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let port = Int.random(in: 20000..<32000)
        url = "https://127.0.0.1:\(port)"
        process.executableURL = URL(fileURLWithPath: "/usr/sbin/nghttpd")
        process.arguments =
            options + [
                "-v", "-a", "127.0.0.1", "-d", folder, "\(port)", certificates.keyPath("server"),
                certificates.path("server"),
            ]
        process.standardOutput = FileHandle(forWritingAtPath: log)
        process.standardError = FileHandle.nullDevice
        try process.run()
        // Up when it answers anything.
        let probe = HTTPRequest(url: url + "/up", tls: TLSOptions(insecureSkipVerify: true), proxy: "")
        let client = HTTPClient()
        while process.isRunning, (try? await client.send(probe)) == nil { usleep(10_000) }
        probes = connections()
    }

    private var probes = 0

    /// Connections since it was up, by the identifiers in its log: `[id=3] [  1.234] …`.
    var connectionCount: Int { connections() - probes }

    private func connections() -> Int {
        let text =
            FileManager.default.contents(atPath: "\(folder)/log").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let ids = text.split(separator: "\n").compactMap { line -> Substring? in
            guard line.hasPrefix("[id="), let end = line.firstIndex(of: "]") else { return nil }
            return line[..<end]
        }
        return Set(ids).count
    }

    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
