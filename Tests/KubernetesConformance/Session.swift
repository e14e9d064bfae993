// A behaviour on its way through a server: requests in order, answers held against what is asked of them.

import HTTPClient
import KubernetesClient
import Manifest

/// A server under test.
struct ServerUnderTest: Sendable {
    let connection: ClusterConnection
    let client: HTTPClient
    /// The minor version that it says it is.
    let minor: Int

    /// - Throws: when the server cannot be reached.
    init(kubeconfig: String) async throws {
        connection = try Kubeconfig.load(path: kubeconfig)
        client = HTTPClient(options: HTTPClient.Options(userAgent: "conformance/1.0"))
        let version = try await client.send(Self.request("GET", "/version", connection))
        minor = (try JSON.read(version.body))["minor"]?.string.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
    }

    static func request(_ method: String, _ path: String, _ connection: ClusterConnection) -> HTTPRequest {
        var request = HTTPRequest(method: method, url: connection.server + path)
        request.tls = connection.tls
        request.deadline = .seconds(60)
        return request
    }
}

/// One run of one behaviour against one server.
struct Session {
    private let server: ServerUnderTest
    private var bindings = Bindings()
    /// The definitions that the behaviour made; they go when it is over.
    private var definitions: [String] = []

    init(_ server: ServerUnderTest) {
        self.server = server
    }

    /// - Returns: what was not as it should be, with the place in the file and the whole answer. Empty when all is
    ///   well.
    /// - Throws: when the server cannot be reached.
    mutating func run(_ behaviour: Behaviour) async throws -> [String] {
        let namespace = "c-\(UInt64.random(in: 1 << 40 ..< 1 << 50))"
        bindings["ns"] = .string(namespace)
        bindings["id"] = .string(String(namespace.dropFirst(2)))
        _ = try await send("POST", "/api/v1/namespaces", [], Array(#"{"metadata":{"name":"\#(namespace)"}}"#.utf8))
        var findings: [String] = []
        for exchange in behaviour.exchanges {
            findings += try await run(exchange, behaviour)
            if !findings.isEmpty { break }
            if let written = WatchedByTheServer(exchange) {
                try await Settling(server: server, namespace: namespace).wait(for: written)
            }
        }
        for definition in definitions { _ = try await send("DELETE", "\(Definition.path)/\(definition)", [], []) }
        _ = try await send("DELETE", "/api/v1/namespaces/\(namespace)", [], [])
        return findings
    }

    private mutating func run(_ exchange: Behaviour.Exchange, _ behaviour: Behaviour) async throws -> [String] {
        let minor = server.minor
        let expectation = exchange.expectations.filter { minor < $0.olderThan ?? .max }
            .min { $0.olderThan ?? .max < $1.olderThan ?? .max }
        guard let expectation else {
            return ["\(behaviour.chapter).txt:\(exchange.line): nothing is asked of the answer"]
        }
        let place = "\(behaviour.chapter).txt:\(expectation.line)"
        if exchange.method == "WATCH" { return try await watch(exchange, expectation, place) }
        var exchange = exchange
        if exchange.method == "SETTLE" {
            let pattern = try Self.yaml(bindings.filled(exchange.body))
            (exchange.method, exchange.body) = ("GET", "")
            try await Settling(server: server, namespace: "").wait(for: path(exchange.path), toBeLike: pattern)
        }
        let types = [
            "MERGE": "application/merge-patch+json", "STRATEGIC": "application/strategic-merge-patch+json",
            "JSONPATCH": "application/json-patch+json", "APPLY": "application/apply-patch+yaml",
        ]
        var headers = exchange.headers.map { ($0.name, bindings.filled($0.value)) }
        let isTyped = headers.contains { $0.0.lowercased() == "content-type" }
        if !isTyped, !exchange.body.isEmpty || types[exchange.method] != nil {
            headers.append(("Content-Type", types[exchange.method] ?? "application/json"))
        }
        let method = exchange.method == "DEFINE" ? "POST" : types[exchange.method] == nil ? exchange.method : "PATCH"
        let answer = try await send(method, path(exchange.path), headers, try body(exchange))
        if exchange.path == Definition.path, answer.status == 201, let definition = try? JSON.read(answer.body) {
            definitions.append(definition[path: "metadata", "name"]?.string ?? "")
            try await Settling(server: server, namespace: bindings["ns"]?.string ?? "").waitDefined(definition)
        }
        let text = String(decoding: answer.body, as: UTF8.self)
        var findings: [String] = []
        if answer.status != expectation.status {
            findings.append("the status is \(answer.status), and should be \(expectation.status)")
        }
        if !expectation.body.isEmpty {
            let pattern = try Self.yaml(expectation.body)
            let found = (try? JSON.read(answer.body)) ?? .string(text.hasSuffix("\n") ? String(text.dropLast()) : text)
            findings += bindings.mismatches(pattern, found)
        }
        for header in expectation.headers {
            let values = answer.headers.values(of: header.name)
            let wanted = bindings.filled(header.value)
            if !values.contains(where: { Bindings.matches($0, wanted) }) {
                findings.append("the header \(header.name) is \(values), and should be \(wanted)")
            }
        }
        guard !findings.isEmpty else { return [] }
        return findings.map { "\(place): \($0)" } + ["answer \(answer.status): \(text.prefix(6000))"]
    }

    private func send(_ method: String, _ path: String, _ headers: [(String, String)], _ body: [UInt8]) async throws
        -> HTTPResponse
    {
        var request = ServerUnderTest.request(method, path, server.connection)
        for (name, value) in headers { request.headers.add(name, value) }
        if !body.isEmpty { request.body = body }
        return try await server.client.send(request)
    }

    private func path(_ text: String) -> String {
        let text = bindings.filled(text)
        if text.hasPrefix("/") { return text }
        let namespace = "namespaces/\(bindings["ns"]?.string ?? "")"
        let head = text.prefix { $0 != "?" }
        guard let colon = head.firstIndex(of: ":") else { return "/api/v1/\(namespace)/\(text)" }
        return "/apis/\(text[..<colon])/\(namespace)/\(text[text.index(after: colon)...])"
    }

    private func body(_ exchange: Behaviour.Exchange) throws -> [UInt8] {
        let text = bindings.filled(exchange.body)
        if exchange.method == "DEFINE" {
            return JSON.write(
                Definition.whole(try Self.yaml(text), group: "x\(bindings["id"]?.string ?? "").example.com"))
        }
        return exchange.isRaw || text.isEmpty ? Array(text.utf8) : JSON.write(try Self.yaml(text))
    }

    private static func yaml(_ text: String) throws -> Value {
        try YAML.read(Array(text.utf8), file: "behaviour").first ?? .null
    }

    // MARK: Watches

    private mutating func watch(
        _ exchange: Behaviour.Exchange, _ expectation: Behaviour.Expectation, _ place: String
    ) async throws -> [String] {
        let path = path(exchange.path)
        var request = ServerUnderTest.request(
            "GET", path + (path.contains("?") ? "&" : "?") + "watch=true", server.connection)
        request.dedicatedConnection = true
        // The whole watch: an event that does not come ends it.
        request.deadline = .seconds(30)
        for header in exchange.headers { request.headers.add(header.name, bindings.filled(header.value)) }
        let stream = try await server.client.stream(request)
        var findings: [String] = []
        if stream.status != expectation.status {
            findings.append("the status is \(stream.status), and should be \(expectation.status)")
        }
        var lines = LineReader(stream.body)
        for event in expectation.events where findings.isEmpty {
            let line = await lines.next()
            guard let type = event.type else {
                if let line { findings.append("the watch goes on with \(line)") }
                continue
            }
            guard let line, let found = try? JSON.read(Array(line.utf8)) else {
                findings.append("the watch ended before \(type)")
                continue
            }
            var pattern: Value = ["type": .string(type)]
            if !event.body.isEmpty { pattern["object"] = try Self.yaml(event.body) }
            findings += bindings.mismatches(pattern, found)
            if !findings.isEmpty { findings.append("event: \(line)") }
        }
        return findings.map { "\(place): \($0)" }
    }
}

/// The lines of a stream, as they come.
private struct LineReader {
    private var iterator: HTTPStream.Body.AsyncIterator
    private var buffer: [UInt8] = []

    init(_ body: HTTPStream.Body) {
        iterator = body.makeAsyncIterator()
    }

    /// The next line; nil when the stream ends, or when none came in time.
    mutating func next() async -> String? {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = String(decoding: buffer[..<end], as: UTF8.self)
                buffer.removeSubrange(...end)
                return line
            }
            guard let bytes = try? await iterator.next() else { return nil }
            buffer += bytes
        }
    }
}
