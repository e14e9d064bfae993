// Stands before TLS: whoever speaks plain HTTP to a port that wants TLS is told so, in words instead of an alert's bytes.

import NIOCore

final class PlainRequestRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The type of a record that a handshake begins with (RFC 8446 §5.1).
    private static let handshake: UInt8 = 22
    private static let words = "This port speaks TLS: use https.\n"
    private static let answer =
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: \(words.utf8.count)\r\n"
        + "connection: close\r\n\r\n\(words)"

    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRefused { return }
        if unwrapInboundIn(data).readableBytesView.first == Self.handshake {
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            return
        }
        isRefused = true
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.value.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.answer))).whenComplete { _ in
            context.value.close(promise: nil)
        }
    }
}
