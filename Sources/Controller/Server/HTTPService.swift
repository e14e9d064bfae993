// HTTP as the controller serves it: one request after the other on a connection, each read whole within limits, and
// answered whole. What is answered is a desk's business. Over TLS where there is a certificate, in the clear otherwise.

import Manifest
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#endif

/// A request, read whole.
struct ServerRequest: Sendable {
    /// `GET`
    var method: String
    /// Without the query.
    var path: String
    var query = ""
    /// Names in lower case. What was sent several times is one value, parted by commas.
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// The address that it came from; of an ingress, where there is one.
    var peer = ""
}

struct ServerAnswer: Sendable {
    var status: Int
    var body: [UInt8]
    var contentType = "text/plain; charset=utf-8"
    /// Beside its type and length.
    var headers: [(name: String, value: String)] = []

    init(_ status: Int, _ text: String) {
        self.status = status
        body = Array(text.utf8)
    }

    init(_ status: Int, _ body: [UInt8], contentType: String) {
        self.status = status
        self.body = body
        self.contentType = contentType
    }

    /// The words of a status, and nothing else.
    static func plain(_ status: Int, retryAfter wait: Duration? = nil) -> ServerAnswer {
        var answer = ServerAnswer(status, HTTPResponseStatus(statusCode: status).reasonPhrase + "\n")
        if let wait { answer.headers.append(("retry-after", "\(wait.wholeSeconds)")) }
        return answer
    }
}

extension Duration {
    /// As `Retry-After` has it: never too few, and never none.
    var wholeSeconds: Int { max(1, Int((self / .seconds(1)).rounded(.up))) }
}

/// Answers requests.
protocol Desk: Sendable {
    /// The largest body that is read, in bytes.
    var bodyLimit: Int { get }
    func answer(_ request: ServerRequest) async -> ServerAnswer
    /// The answer to what is not read to its end: 408, 413 or 431 for what it is itself, 503 for want of room.
    func refusal(_ status: Int) -> ServerAnswer
    /// The answer to a request of which nothing but the head was read; nil to read on.
    func refusal(of request: ServerRequest) -> ServerAnswer?
}

extension Desk {
    func refusal(of request: ServerRequest) -> ServerAnswer? { nil }
}

/// Serves until its task is cancelled.
struct HTTPService: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    let host: String
    /// 0 takes any port that is free.
    let port: Int
    /// As whom TLS is spoken; nil for plain HTTP.
    var certificate: ServedCertificate?
    let desk: any Desk
    var limits = ServiceLimits()
    /// Told the port once it is bound.
    let bound: @Sendable (Int) -> Void

    /// - Throws: why the port cannot be had.
    func run() async throws {
        let server: NIOAsyncChannel<Connection, Never>
        do {
            server = try await listen()
        } catch let error as IOError {
            throw DiagnosticsError(
                "cannot listen on \(host):\(port): \(String(cString: strerror(error.errnoCode)))",
                cure: "Name an address of this host, and a port that nobody else has")
        }
        bound(server.channel.localAddress?.port ?? port)
        let load = ServiceLoad(limits)
        try await withThrowingDiscardingTaskGroup { group in
            if let certificate { group.addTask { await certificate.keepCurrent() } }
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await serve(connection, load) }
                }
            }
        }
    }

    private func listen() async throws -> NIOAsyncChannel<Connection, Never> {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let certificate {
                        try pipeline.addHandlers(
                            PlainRequestRefusal(), NIOSSLServerHandler(context: certificate.context))
                    }
                    // Behind TLS, so that a handshake that does not end is silence, too.
                    try pipeline.addHandler(IdleStateHandler(readTimeout: TimeAmount(limits.patience)))
                    try pipeline.addHandler(IdleCloser())
                    try addHTTP(to: pipeline)
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func addHTTP(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        let arrival = RequestArrival(limits) { [desk] in desk.refusal($0) }
        // Headers are counted as bytes, before they are read: what the decoder finds too large it calls malformed.
        var fields = NIOHTTPDecoderLimitConfiguration()
        fields.maxHeaderFieldSize = limits.headers + (128 << 10)
        fields.maxHeaderFieldCount = limits.headers
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: fields)
        try pipeline.addHandlers(
            arrival, HTTPResponseEncoder(), ByteToMessageHandler(decoder), RequestProgress(arrival),
            HTTPServerPipelineHandler(), NIOHTTPResponseHeadersValidator(),
            HTTPServerProtocolErrorHandler())
    }

    /// A connection that breaks concerns nobody but its client.
    private func serve(_ connection: Connection, _ load: ServiceLoad) async {
        let peer = connection.channel.remoteAddress?.ipAddress ?? ""
        guard load.open(peer) else {
            try? await connection.executeThenClose { _, _ in }
            return
        }
        defer { load.close(peer) }
        try? await connection.executeThenClose { parts, output in
            var head: HTTPRequestHead?
            var request = ServerRequest(method: "", path: "")
            var kept = 0
            defer { load.release(kept) }
            for try await part in parts {
                var refusal: ServerAnswer?
                switch (part, head) {
                case (.head(let next), _):
                    head = next
                    request = ServerRequest(next, from: peer)
                    refusal = self.refusal(of: next) ?? desk.refusal(of: request)
                // Somebody who was refused is let speak until the end: who hangs up on them takes the answer along.
                case (.body, nil): continue
                case (.end, nil): return
                case (.body(let bytes), _):
                    if request.body.count + bytes.readableBytes > desk.bodyLimit {
                        refusal = desk.refusal(413)
                    } else if !load.take(bytes.readableBytes) {
                        refusal = desk.refusal(503)
                    } else {
                        kept += bytes.readableBytes
                        request.body.append(contentsOf: bytes.readableBytesView)
                    }
                case (.end, let asked?):
                    let answer = await desk.answer(request)
                    request.body = []
                    load.release(kept)
                    kept = 0
                    try await Self.write(answer, to: output, closes: !asked.isKeepAlive, hasBody: asked.method != .HEAD)
                    if !asked.isKeepAlive { return }
                }
                if let refusal {
                    try await Self.write(refusal, to: output, closes: true, hasBody: head?.method != .HEAD)
                    head = nil
                    request.body = []
                }
            }
        }
    }

    /// Why a request is not read on, by its head.
    private func refusal(of head: HTTPRequestHead) -> ServerAnswer? {
        let size = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        if size + head.uri.utf8.count > limits.headers { return desk.refusal(431) }
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        return length > desk.bodyLimit ? desk.refusal(413) : nil
    }

    private static func write(
        _ answer: ServerAnswer, to output: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>, closes: Bool,
        hasBody: Bool = true
    ) async throws {
        var headers = HTTPHeaders([("content-type", answer.contentType), ("content-length", "\(answer.body.count)")])
        for (name, value) in answer.headers { headers.add(name: name, value: value) }
        if closes { headers.add(name: "connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: answer.status)
        try await output.write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
        if hasBody { try await output.write(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))) }
        try await output.write(.end(nil))
    }
}

extension ServerRequest {
    /// What a head says.
    fileprivate init(_ head: HTTPRequestHead, from peer: String) {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            method: head.method.rawValue, path: parts.first.map(String.init) ?? "",
            query: parts.count > 1 ? String(parts[1]) : "", peer: peer)
        for (name, value) in head.headers {
            headers.merge([name.lowercased(): value]) { "\($0), \($1)" }
        }
    }
}

/// Closes a connection on which nothing arrives.
private final class IdleCloser: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
