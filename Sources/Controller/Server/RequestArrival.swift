// Stands before HTTP, and sees to it that requests arrive: whole within their time, and with a head that ends. Who sends
// a byte now and then keeps a connection, but not for ever.

import NIOCore
import NIOHTTP1

final class RequestArrival: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// No byte of a request is there.
        case between
        /// So many bytes are there, and the head has not ended.
        case head(Int)
        case body
        /// What still comes is passed over.
        case refused
    }

    /// How long somebody who was refused has to read it.
    private static let farewell = TimeAmount.seconds(2)

    private let limits: ServiceLimits
    private let refusal: (Int) -> ServerAnswer
    private var state = State.between
    private var isAnswered = false
    private var deadline: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    /// - Parameter refusal: the answer of a status: 408 or 431.
    init(_ limits: ServiceLimits, refusal: @escaping (Int) -> ServerAnswer) {
        self.limits = limits
        self.refusal = refusal
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data).readableBytes
        switch state {
        case .between:
            state = .head(bytes)
            isAnswered = false
            start(context)
        case .head(let before): state = .head(before + bytes)
        case .body: break
        case .refused: return
        }
        context.fireChannelRead(data)
        if case .head(let size) = state, size > limits.headers { refuse(431, context) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        isAnswered = true
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
        self.context = nil
    }

    /// Takes note of what the decoder has made of the bytes.
    fileprivate func note(_ part: HTTPServerRequestPart) {
        switch (part, state) {
        case (_, .refused), (.body, _): break
        case (.head, _):
            state = .body
            // It may have come with the last bytes of the one before.
            if deadline == nil, let context { start(context) }
        case (.end, _):
            state = .between
            deadline?.cancel()
            deadline = nil
        }
    }

    private func start(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(limits.arrival)) {
            let (arrival, context) = bound.value
            arrival.refuse(408, context)
        }
    }

    /// Answers in the place of HTTP, and closes the connection once that was read.
    private func refuse(_ status: Int, _ context: ChannelHandlerContext) {
        state = .refused
        deadline?.cancel()
        deadline = nil
        if isAnswered { return context.close(promise: nil) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let answer = refusal(status).closing(allocator: context.channel.allocator)
        context.writeAndFlush(wrapOutboundOut(answer)).whenComplete { _ in
            // A connection that is closed on bytes that nobody has read takes the answer along.
            bound.value.close(mode: .output, promise: nil)
        }
        context.eventLoop.scheduleTask(in: Self.farewell) { bound.value.close(promise: nil) }
    }
}

/// Stands behind HTTP, and tells the other of what has arrived.
final class RequestProgress: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let arrival: RequestArrival

    init(_ arrival: RequestArrival) {
        self.arrival = arrival
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        arrival.note(unwrapInboundIn(data))
        context.fireChannelRead(data)
    }
}

extension ServerAnswer {
    /// As it goes over the wire, the last on its connection.
    fileprivate func closing(allocator: ByteBufferAllocator) -> ByteBuffer {
        var text = "HTTP/1.1 \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n"
        for (name, value) in [
            ("content-type", contentType), ("content-length", "\(body.count)"), ("connection", "close"),
        ]
            + headers.map({ ($0.name, $0.value) })
        {
            text += "\(name): \(value)\r\n"
        }
        var buffer = allocator.buffer(capacity: text.utf8.count + 2 + body.count)
        buffer.writeString(text + "\r\n")
        buffer.writeBytes(body)
        return buffer
    }
}
