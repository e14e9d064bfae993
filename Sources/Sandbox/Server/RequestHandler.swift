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
    private var watched: AccessAttributes?
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
            // What restores a whole sandbox may be larger.
            let isControl = head?.uri.hasPrefix("/sandbox/") ?? false
            if body.count + buffer.readableBytes > (isControl ? 1 << 30 : Self.bodyLimit) {
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
        if isTooLarge {
            let response = APIResponse.error(
                StatusError(
                    code: 413, reason: "RequestEntityTooLarge",
                    message: "Request entity too large: limit is \(Self.bodyLimit)"))
            return write(response, head, context)
        }
        let request = APIRequest(
            method: head.method.rawValue, uri: head.uri,
            headers: head.headers.map { ($0.name.lowercased(), $0.value) }, body: bytes, user: user)
        api.requests.note(request)
        let strike = api.faults.strike(request)
        if strike.isHarmless { return answer(request, head, context) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        timers.append(
            context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(strike.delay)) {
                handler.value.suffer(strike, request, head, bound.value)
            })
    }

    private func answer(_ request: APIRequest, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let response = api.handle(request)
        if case .watch = response.body { watched = AccessAttributes(request, user: user ?? .anonymous) }
        write(response, head, context)
    }

    /// Answers a request that faults strike, or does not.
    private func suffer(
        _ strike: FaultPlan.Strike, _ request: APIRequest, _ head: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        if strike.cutsBefore { return cut(context) }
        if let refusal = strike.refusal { return write(.error(refusal), head, context) }
        if strike.expires {
            let error = StatusError.expired(
                "too old resource version: \(request.parameter("resourceVersion") ?? "") (\(api.store.revision))")
            guard request.flag("watch") else { return write(.error(error), head, context) }
            let stream = WatchStream.refused(GroupResource(group: "", resource: ""), error)
            return write(APIResponse(status: 200, contentType: "application/json", body: .watch(stream)), head, context)
        }
        guard strike.cutsAfter else { return answer(request, head, context) }
        if case .watch(let stream) = api.handle(request).body { stream.end() }
        cut(context)
    }

    /// Cuts the connection, with all that goes over it.
    private func cut(_ context: ChannelHandlerContext) {
        stopWatching()
        if let connection = isHTTP2 ? context.channel.parent : context.channel { ConnectionCutter.cut(connection) }
    }

    private func write(_ response: APIResponse, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let (keepAlive, isHead, version) = (head.isKeepAlive, head.method == .HEAD, head.version)
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
        if let watched, api.faults.silences(watched) { return }
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
        for timer in timers { timer.cancel() }
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
