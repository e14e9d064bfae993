// HTTP as the controller serves it: one request after the other on a connection, each read whole within limits, and
// answered whole. What is answered is a desk's business. Over TLS where there is a certificate, in the clear otherwise.

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

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
    static func plain(_ status: Int) -> ServerAnswer {
        ServerAnswer(status, HTTPResponseStatus(statusCode: status).reasonPhrase + "\n")
    }
}

/// Answers requests.
protocol Desk: Sendable {
    /// The largest body that is read, in bytes.
    var bodyLimit: Int { get }
    func answer(_ request: ServerRequest) async -> ServerAnswer
    /// The answer to what is larger than anything that is read: 413 or 431.
    func refusal(_ status: Int) -> ServerAnswer
}

/// Serves until its task is cancelled.
struct HTTPService: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    private static let headerLimit = 32 << 10
    /// How long a connection may say nothing before it is closed.
    private static let patience = TimeAmount.seconds(30)

    let host: String
    /// 0 takes any port that is free.
    let port: Int
    /// As whom TLS is spoken; nil for plain HTTP.
    var certificate: ServedCertificate?
    let desk: any Desk
    /// Told the port once it is bound.
    let bound: @Sendable (Int) -> Void

    /// - Throws: why the port cannot be had.
    func run() async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let certificate {
                        try pipeline.addHandlers(
                            PlainRequestRefusal(), NIOSSLServerHandler(context: certificate.context))
                    }
                    // Behind TLS, so that a handshake that does not end is silence, too.
                    try pipeline.addHandler(IdleStateHandler(readTimeout: Self.patience))
                    try pipeline.addHandler(IdleCloser())
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        bound(server.channel.localAddress?.port ?? port)
        try await withThrowingDiscardingTaskGroup { group in
            if let certificate { group.addTask { await certificate.keepCurrent() } }
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await serve(connection) }
                }
            }
        }
    }

    /// A connection that breaks concerns nobody but its client.
    private func serve(_ connection: Connection) async {
        let peer = connection.channel.remoteAddress?.ipAddress ?? ""
        try? await connection.executeThenClose { parts, output in
            var head: HTTPRequestHead?
            var body = ByteBuffer()
            for try await part in parts {
                switch part {
                case .head(let next):
                    head = next
                    body.clear()
                case .body(let bytes):
                    // One byte more than is read tells that there was too much.
                    let room = desk.bodyLimit + 1 - body.readableBytes
                    var bytes = bytes
                    if let some = bytes.readSlice(length: min(bytes.readableBytes, max(room, 0))) {
                        body.writeImmutableBuffer(some)
                    }
                    if room <= 0 { return try await Self.write(desk.refusal(413), to: output, closes: true) }
                case .end:
                    guard let request = head else { return }
                    let answer = await self.answer(request, body, from: peer)
                    try await Self.write(
                        answer, to: output, closes: !request.isKeepAlive, hasBody: request.method != .HEAD)
                    if !request.isKeepAlive { return }
                }
            }
        }
    }

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer, from peer: String) async -> ServerAnswer {
        let size = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        if size > Self.headerLimit { return desk.refusal(431) }
        if body.readableBytes > desk.bodyLimit { return desk.refusal(413) }
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var request = ServerRequest(
            method: head.method.rawValue, path: parts.first.map(String.init) ?? "",
            query: parts.count > 1 ? String(parts[1]) : "",
            body: Array(body.readableBytesView), peer: peer)
        for (name, value) in head.headers {
            request.headers.merge([name.lowercased(): value]) { "\($0), \($1)" }
        }
        return await desk.answer(request)
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
