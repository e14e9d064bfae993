// A real Git server over HTTP: `git http-backend` (a CGI program) behind a small HTTP/1.1 server in this process.

import Foundation
import Synchronization

final class GitHTTPServer: Sendable {
    /// How the server departs from what is right.
    struct Behaviour: Sendable {
        /// `user:password` that it wants; nil lets everyone in.
        var login: String?
        /// The `Authorization` header that it wants.
        var authorization: String?
        /// Ignores the wish for version 2.
        var isOld = false
        /// Sends no more than so many bytes of a fetch's answer, then nothing.
        var stallsAfter: Int?
        /// Sends no more than so many bytes of a fetch's answer, then closes.
        var breaksAfter: Int?
        /// Answers everything with this status.
        var status: Int?
        /// Redirects below this prefix to another place.
        var redirect: (from: String, to: String)?
        /// Answers with a page for people.
        var isWebsite = false
        /// Configuration of git for the server's side.
        var configuration: [String: String] = [:]
    }

    struct Request: Sendable, Hashable {
        let method: String
        let target: String
        let size: Int
        let body: String
        let authorization: String?
    }

    private final class Shared: Sendable {
        let behaviour = Mutex(Behaviour())
        let requests = Mutex<[Request]>([])
    }

    private let shared = Shared()
    private let server: SocketServer
    var port: Int { server.port }

    /// Serves the repositories below `root`.
    init(root: String, _ behaviour: Behaviour = Behaviour()) throws {
        shared.behaviour.withLock { $0 = behaviour }
        server = try SocketServer { [shared] connection in
            while let request = HTTPConnection.readRequest(from: connection) {
                var request = request
                // As a proxy it is asked for whole addresses; whatever the host, it answers itself.
                if request.target.hasPrefix("http://") {
                    request.target = "/" + request.target.split(separator: "/", maxSplits: 2)[2]
                }
                guard Self.answer(request, root: root, shared, on: connection) else { return }
            }
        }
    }

    func url(_ repository: String) -> String { "http://127.0.0.1:\(port)/\(repository)" }

    func behave(_ change: (inout Behaviour) -> Void) { shared.behaviour.withLock { change(&$0) } }

    /// The requests since the last call.
    func takeRequests() -> [Request] {
        shared.requests.withLock { requests in
            defer { requests = [] }
            return requests
        }
    }

    private static func answer(_ request: HTTPConnection.Request, root: String, _ shared: Shared, on connection: Int32)
        -> Bool
    {
        let behaviour = shared.behaviour.withLock { $0 }
        shared.requests.withLock { requests in
            requests.append(
                Request(
                    method: request.method, target: request.target, size: request.body.count,
                    body: String(decoding: request.body, as: UTF8.self), authorization: request.headers["authorization"]
                ))
        }
        if let status = behaviour.status { return reply(connection, status, []) }
        if let redirect = behaviour.redirect, request.target.hasPrefix(redirect.from) {
            let location = redirect.to + request.target.dropFirst(redirect.from.count)
            return reply(connection, 301, ["Location: \(location)"])
        }
        if behaviour.isWebsite { return reply(connection, 200, ["Content-Type: text/html"], Array("<html>".utf8)) }
        let wanted = behaviour.login.map { "Basic " + Data($0.utf8).base64EncodedString() } ?? behaviour.authorization
        if let wanted, request.headers["authorization"] != wanted {
            return reply(connection, 401, ["WWW-Authenticate: Basic realm=\"git\""])
        }
        guard let (status, headers, body) = runBackend(request, root: root, behaviour) else {
            return reply(connection, 500, [])
        }
        let isFetch = String(decoding: request.body.prefix(40), as: UTF8.self).contains("command=fetch")
        if isFetch, let count = behaviour.stallsAfter ?? behaviour.breaksAfter, count < body.count {
            let head = HTTPConnection.head(status, headers, length: body.count)
            SocketServer.send(Array(head.utf8) + body.prefix(count), to: connection)
            if behaviour.stallsAfter != nil {
                // Says nothing more until the client goes away.
                while SocketServer.receive(from: connection) != nil {}
            }
            return false
        }
        return reply(connection, status, headers, body)
    }

    private static func reply(_ connection: Int32, _ status: Int, _ headers: [String], _ body: [UInt8] = []) -> Bool {
        let head = HTTPConnection.head(status, headers, length: body.count)
        return SocketServer.send(Array(head.utf8) + body, to: connection)
    }

    private static func runBackend(
        _ request: HTTPConnection.Request, root: String, _ behaviour: Behaviour
    ) -> (Int, [String], [UInt8])? {
        let parts = request.target.split(separator: "?", maxSplits: 1)
        var environment = [
            "GIT_PROJECT_ROOT": root, "GIT_HTTP_EXPORT_ALL": "1", "REQUEST_METHOD": request.method,
            "PATH_INFO": String(parts[0]), "QUERY_STRING": parts.count > 1 ? String(parts[1]) : "",
            "CONTENT_TYPE": request.headers["content-type"] ?? "", "CONTENT_LENGTH": "\(request.body.count)",
            "REMOTE_ADDR": "127.0.0.1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_COUNT": "\(behaviour.configuration.count)",
        ]
        for (number, setting) in behaviour.configuration.enumerated() {
            environment["GIT_CONFIG_KEY_\(number)"] = setting.key
            environment["GIT_CONFIG_VALUE_\(number)"] = setting.value
        }
        if !behaviour.isOld, let version = request.headers["git-protocol"] { environment["GIT_PROTOCOL"] = version }
        let output = try? Shell.runBlocking(
            "/usr/lib/git-core/git-http-backend", [], input: request.body, environment: environment, mayFail: true)
        guard let output, let (head, body) = HTTPConnection.split(output) else { return nil }
        var headers = head.split(whereSeparator: \.isNewline).map(String.init)
        var status = 200
        if let line = headers.first(where: { $0.hasPrefix("Status: ") }) {
            status = Int(line.dropFirst(8).prefix(3)) ?? 500
            headers.removeAll { $0 == line }
        }
        return (status, headers, body)
    }
}

/// As much of HTTP/1.1 as the tests need.
enum HTTPConnection {
    struct Request: Sendable {
        var method: String
        var target: String
        var headers: [String: String]
        var body: [UInt8]
    }

    static func split(_ bytes: [UInt8]) -> (head: String, body: [UInt8])? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4,
            let position = (0...(bytes.count - 4)).first(where: { bytes[$0..<$0 + 4].elementsEqual(end) })
        else { return nil }
        return (String(decoding: bytes[..<position], as: UTF8.self), Array(bytes[(position + 4)...]))
    }

    static func head(_ status: Int, _ headers: [String], length: Int) -> String {
        (["HTTP/1.1 \(status) X"] + headers + ["Content-Length: \(length)"]).joined(separator: "\r\n") + "\r\n\r\n"
    }

    static func readRequest(from connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        while true {
            if let (head, rest) = split(bytes) {
                let lines = head.split(whereSeparator: \.isNewline)
                let first = lines[0].split(separator: " ")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    guard let colon = line.firstIndex(of: ":") else { continue }
                    headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                        in: .whitespaces)
                }
                var body = rest
                let length = headers["content-length"].flatMap { Int($0) } ?? 0
                while body.count < length {
                    guard let more = SocketServer.receive(from: connection) else { return nil }
                    body += more
                }
                return Request(method: String(first[0]), target: String(first[1]), headers: headers, body: body)
            }
            guard let more = SocketServer.receive(from: connection) else { return nil }
            bytes += more
        }
    }
}
