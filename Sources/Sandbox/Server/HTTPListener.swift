// The listener: TLS on loopback, HTTP/2 or HTTP/1.1 as ALPN settles it, every request handed to the API.
//
// It stands on swift-nio itself rather than on an HTTP framework: an answer is made on the event loop that read the
// request, without a hop to another thread or a task (the store is in memory, an answer takes microseconds), watches
// write straight into their stream's channel with its back-pressure, and a connection can be cut, stalled or given
// another certificate, which is what people rehearse with a sandbox.

import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL

/// A bound port that serves an API.
struct HTTPListener {
    private let channel: any Channel
    let port: Int

    /// - Parameter socket: bound to the port, and the listener's from now on.
    static func bind(
        socket: Int32, port: Int, group: MultiThreadedEventLoopGroup, tls: @escaping @Sendable () -> NIOSSLContext,
        api: KubernetesAPIServer, connections: Connections, bookmarkInterval: Duration
    ) async throws -> HTTPListener {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                connections.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        ConnectionCutter(), NIOSSLServerHandler(context: tls()))
                }.flatMap {
                    configure(channel, api, bookmarkInterval)
                }
            }
            .withBoundSocket(socket).get()
        return HTTPListener(channel: channel, port: port)
    }

    func close() async throws {
        try await channel.close()
    }

    private static func configure(
        _ channel: any Channel, _ api: KubernetesAPIServer, _ bookmarkInterval: Duration
    ) -> EventLoopFuture<Void> {
        channel.configureHTTP2SecureUpgrade(
            h2ChannelConfigurator: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let user = certificateUser(channel)
                    var connection = NIOHTTP2Handler.ConnectionConfiguration()
                    connection.initialSettings = [
                        HTTP2Setting(parameter: .maxConcurrentStreams, value: 1000),
                        HTTP2Setting(parameter: .maxHeaderListSize, value: 64 << 10),
                        HTTP2Setting(parameter: .initialWindowSize, value: 1 << 20),
                    ]
                    var stream = NIOHTTP2Handler.StreamConfiguration()
                    stream.targetWindowSize = 1 << 20
                    // Clients of a test reset hundreds of watches at once, and ping often: no attack here.
                    stream.streamResetFrameRateLimit.maximumCount = 1_000_000
                    stream.streamErrorRateLimit.maximumCount = 1_000_000
                    connection.controlFrameRateLimit.maximumCount = 1_000_000
                    connection.targetWindowSize = 8 << 20
                    stream.outboundBufferSizeHighWatermark = 256 << 10
                    stream.outboundBufferSizeLowWatermark = 64 << 10
                    _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                        mode: .server, connectionConfiguration: connection, streamConfiguration: stream
                    ) { stream in
                        stream.eventLoop.makeCompletedFuture {
                            try stream.pipeline.syncOperations.addHandlers(
                                HTTP2FramePayloadToHTTP1ServerCodec(),
                                RequestHandler(api: api, user: user, isHTTP2: true, bookmarkInterval: bookmarkInterval))
                        }
                    }
                }
            },
            http1ChannelConfigurator: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let user = certificateUser(channel)
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(
                        RequestHandler(api: api, user: user, isHTTP2: false, bookmarkInterval: bookmarkInterval))
                }
            })
    }

    private static func certificateUser(_ channel: any Channel) -> User? {
        guard let handler = try? channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self),
            let der = try? handler.peerCertificate?.toDERBytes()
        else { return nil }
        return user(ofCertificate: der)
    }
}
