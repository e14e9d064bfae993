// The HTTP side of a controller: its webhook, its probes, its metrics. Plain HTTP: TLS ends before it, at an ingress.

import NIOCore
import NIOHTTP1
import NIOPosix

/// What the server answers from.
struct ServerDesk: Sendable {
    /// Judges a delivery; what it tells is looked at after the answer.
    var webhook: @Sendable (WebhookRequest) -> WebhookAnswer
    /// Whether everything is known that there is to know at the start.
    var isReady: @Sendable () -> Bool
    var metrics: @Sendable () async -> String
}

/// An answer of the server.
private struct Answer {
    var status: HTTPResponseStatus
    var body: String
    var contentType = "text/plain; charset=utf-8"

    static func status(_ status: HTTPResponseStatus) -> Answer { Answer(status: status, body: status.reasonPhrase + "\n") }
}

/// Serves until its task is cancelled.
struct ControllerServer: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    private static let headerLimit = 32 << 10
    /// How long a connection may say nothing before it is closed.
    private static let patience = TimeAmount.seconds(30)

    let host: String
    let port: Int
    let desk: ServerDesk
    /// Told the port once it is bound.
    let bound: @Sendable (Int) -> Void

    /// - Throws: why the port cannot be had.
    func run() async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(readTimeout: Self.patience))
                    try pipeline.addHandler(IdleCloser())
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        bound(server.channel.localAddress?.port ?? port)
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await serve(connection) }
                }
            }
        }
    }

    /// A connection that breaks concerns nobody but its client.
    private func serve(_ connection: Connection) async {
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
                    let room = WebhookReceiver.bodyLimit + 1 - body.readableBytes
                    var bytes = bytes
                    if let some = bytes.readSlice(length: min(bytes.readableBytes, max(room, 0))) { body.writeImmutableBuffer(some) }
                    if room <= 0 { return try await Self.write(.status(.payloadTooLarge), closes: true, to: output) }
                case .end:
                    guard let request = head else { return }
                    let answer = await self.answer(request, body)
                    try await Self.write(answer, closes: !request.isKeepAlive, to: output)
                    if !request.isKeepAlive { return }
                }
            }
        }
    }

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer) async -> Answer {
        let size = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        if size > Self.headerLimit { return .status(.requestHeaderFieldsTooLarge) }
        let path = head.uri.prefix { $0 != "?" }
        switch (head.method, path) {
        case (.GET, "/healthz"), (.HEAD, "/healthz"): return Answer(status: .ok, body: "ok\n")
        case (.GET, "/readyz"), (.HEAD, "/readyz"):
            return desk.isReady() ? Answer(status: .ok, body: "ok\n") : .status(.serviceUnavailable)
        case (.GET, "/metrics"):
            return Answer(status: .ok, body: await desk.metrics(), contentType: "text/plain; version=0.0.4; charset=utf-8")
        case (.POST, "/webhook"):
            var headers: [String: String] = [:]
            for (name, value) in head.headers { headers[name.lowercased()] = value }
            let answer = desk.webhook(WebhookRequest(headers: headers, body: Array(body.readableBytesView)))
            return Answer(status: HTTPResponseStatus(statusCode: answer.status), body: answer.message + "\n")
        case (_, "/healthz"), (_, "/readyz"), (_, "/metrics"), (_, "/webhook"): return .status(.methodNotAllowed)
        default: return .status(.notFound)
        }
    }

    private static func write(
        _ answer: Answer, closes: Bool, to output: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        var headers = HTTPHeaders([("content-type", answer.contentType), ("content-length", "\(answer.body.utf8.count)")])
        if closes { headers.add(name: "connection", value: "close") }
        try await output.write(.head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)))
        try await output.write(.body(.byteBuffer(ByteBuffer(string: answer.body))))
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
