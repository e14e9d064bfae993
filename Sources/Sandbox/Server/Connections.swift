// The connections that are open, so that a restart or a fault can cut them.

import NIOCore
import Synchronization

/// Stands before TLS in a connection's pipeline, and closes the socket itself: no goodbye, as when a process dies.
final class ConnectionCutter: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }
    func cut() { context?.close(promise: nil) }

    /// Cuts the connection that a channel is, or is a stream of. To be called on its event loop.
    static func cut(_ channel: any Channel) {
        let cutter = try? channel.pipeline.syncOperations.handler(type: ConnectionCutter.self)
        cutter?.cut()
    }
}

final class Connections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { _ in
            _ = self.channels.withLock { $0.removeValue(forKey: id) }
        }
    }

    /// Cuts all that are open, and waits until they are closed.
    func cutAll() async throws {
        for channel in channels.withLock({ Array($0.values) }) {
            try await channel.eventLoop.submit { ConnectionCutter.cut(channel) }.get()
            try await channel.closeFuture.get()
        }
    }
}
