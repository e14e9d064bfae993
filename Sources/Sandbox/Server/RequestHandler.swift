// One request on its channel: an HTTP/2 stream, or an HTTP/1.1 connection between two requests.

import NIOCore
import NIOHTTP1

/// Reads a request whole, has the API answer it, writes the answer or follows a watch.
///
/// Everything happens on the channel's event loop. The API only computes: nothing here waits.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// What the real server accepts at most, in bytes.
    private static let bodyLimit = 3 << 20

    private let api: KubernetesAPIServer
    private let user: User?
    private let isHTTP2: Bool
    private let bookmarkInterval: TimeAmount

    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var watch: WatchStream?
    private var timers: [Scheduled<Void>] = []
    private var repeated: RepeatedTask?

    init(api: KubernetesAPIServer, user: User?, isHTTP2: Bool, bookmarkInterval: Duration) {
        self.api = api
        self.user = user
        self.isHTTP2 = isHTTP2
        self.bookmarkInterval = TimeAmount(bookmarkInterval)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            isTooLarge = false
        case .body(let buffer):
            if body.count + buffer.readableBytes > Self.bodyLimit {
                isTooLarge = true
            } else {
                buffer.withUnsafeReadableBytes { body.append(contentsOf: $0) }
            }
        case .end:
            answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head else { return }
        self.head = nil
        let bytes = body
        body = []
        let response: APIResponse
        if isTooLarge {
            response = .error(
                StatusError(
                    code: 413, reason: "RequestEntityTooLarge",
                    message: "Request entity too large: limit is \(Self.bodyLimit)"))
        } else {
            let request = APIRequest(
                method: head.method.rawValue, uri: head.uri,
                headers: head.headers.map { ($0.name.lowercased(), $0.value) }, body: bytes, user: user)
            response = api.handle(request)
        }
        write(response, keepAlive: head.isKeepAlive, isHead: head.method == .HEAD, version: head.version, context)
    }

    private func write(
        _ response: APIResponse, keepAlive: Bool, isHead: Bool, version: HTTPVersion, _ context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: response.contentType)
        headers.add(name: "cache-control", value: "no-cache, private")
        for (name, value) in response.headers { headers.add(name: name, value: value) }
        let status = HTTPResponseStatus(statusCode: response.status)
        switch response.body {
        case .bytes(let bytes):
            headers.add(name: "content-length", value: String(bytes.count))
            if !isHTTP2, !keepAlive { headers.add(name: "connection", value: "close") }
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: version, status: status, headers: headers))),
                promise: nil)
            if !isHead, !bytes.isEmpty {
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
            }
            let channel = context.channel
            let closes = !isHTTP2 && !keepAlive
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
                if closes { channel.close(promise: nil) }
            }
        case .watch(let watch):
            if !isHTTP2 { headers.add(name: "transfer-encoding", value: "chunked") }
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: version, status: status, headers: headers))),
                promise: nil)
            follow(watch, context)
        }
    }

    // MARK: Watching

    private func follow(_ watch: WatchStream, _ context: ChannelHandlerContext) {
        self.watch = watch
        let eventLoop = context.eventLoop
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        let bound = NIOLoopBound(context, eventLoop: eventLoop)
        if watch.timeout > .zero {
            timers.append(
                eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(watch.timeout)) { [weak self] in
                    self?.watch?.end()
                    self?.drain(bound.value)
                })
        }
        repeated = eventLoop.scheduleRepeatedTask(initialDelay: bookmarkInterval, delay: bookmarkInterval) { _ in
            watch.requestBookmark()
        }
        watch.onReady {
            eventLoop.execute { handler.value.drain(bound.value) }
        }
    }

    private func drain(_ context: ChannelHandlerContext) {
        guard let watch, context.channel.isWritable else { return }
        let (bytes, isOver) = watch.take()
        if !bytes.isEmpty {
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        }
        if isOver {
            stopWatching()
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    private func stopWatching() {
        watch?.end()
        watch = nil
        timers.forEach { $0.cancel() }
        timers = []
        repeated?.cancel()
        repeated = nil
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        drain(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopWatching()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopWatching()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        stopWatching()
        context.close(promise: nil)
    }
}
