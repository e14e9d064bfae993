// The client: a door to the one thread that runs every exchange.

internal import CCurl
import Synchronization

/// Sends HTTP requests over libcurl's multi interface, on one thread of its own.
///
/// Requests to one host share connections: over HTTP/2 they are streams of one connection, over HTTP/1.1 (see
/// `Libcurl.multiplexes`) they take turns on a few. A client is meant to live as long as the process or the thing it
/// serves; `shutdown` ends its thread, and so does letting go of the last reference.
package final class HTTPClient: Sendable {
    package struct Options: Sendable {
        /// How many requests to one host (scheme, name and port) run at once; the others wait in order. Requests with a
        /// dedicated connection do not count. nil is 64 where they share a connection (`Libcurl.multiplexes`), 8
        /// otherwise: a stream costs nothing, a connection a TLS handshake.
        package var maximumRequestsPerHost: Int?
        /// How many bytes of a streamed body are held for a slow reader before its transfer is paused.
        package var streamBufferSize: Int
        /// Sent as `User-Agent` where the request has none.
        package var userAgent: String
        /// Whether an address (4 or 16 bytes in network order) may be connected to; nil for all. It is asked of the
        /// very address that a connection is made to, after every redirect and whatever a name meant a moment before.
        /// Where there is a proxy, the address is the proxy's.
        package var allowsAddress: (@Sendable ([UInt8]) -> Bool)?

        package init(
            maximumRequestsPerHost: Int? = nil, streamBufferSize: Int = 1 << 20, userAgent: String = "gitopsctl",
            allowsAddress: (@Sendable ([UInt8]) -> Bool)? = nil
        ) {
            self.allowsAddress = allowsAddress
            self.maximumRequestsPerHost = maximumRequestsPerHost
            self.streamBufferSize = streamBufferSize
            self.userAgent = userAgent
        }
    }

    private let options: Options
    private let loop = Mutex<Mailbox?>(nil)

    /// The thread starts with the first request. A process that makes none does not load libcurl, and may end at any
    /// time: while libcurl begins on one thread, `exit` on another tears down under it what OpenSSL just set up.
    package init(options: Options = Options()) {
        self.options = options
    }

    deinit { loop.withLock { $0 }?.post(.shutdown) }

    /// The way to the thread.
    var mailbox: Mailbox {
        loop.withLock { mailbox in
            if let mailbox { return mailbox }
            let started = TransferLoop.start(options: options)
            mailbox = started
            return started
        }
    }

    /// Sends a request and waits for the whole response. Cancelling the task aborts the transfer.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let transfer = Transfer(request: request)
        let result: Result<HTTPResponse, HTTPError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(transfer, to: ResponseCollector(continuation: continuation))
            }
        } onCancel: {
            mailbox.cancel(transfer)
        }
        return try result.get()
    }

    /// Sends a request and waits for the response's head; the body is read from the stream.
    package func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStream {
        let transfer = Transfer(request: request)
        let channel = StreamChannel(highWater: options.streamBufferSize)
        let reader = StreamReader(channel: channel, transfer: transfer, client: self)
        submit(transfer, to: channel)
        let head = try await reader.head()
        return HTTPStream(
            status: head.status, headers: head.headers, url: head.url, body: HTTPStream.Body(reader: reader))
    }

    /// Aborts what is under way, ends the thread and waits for it. Requests sent later fail.
    package func shutdown() async {
        await mailbox.awaitShutdown()
    }

    private func submit(_ transfer: Transfer, to sink: any ResponseSink) {
        transfer.sink = sink
        if !mailbox.post(.start(transfer)) {
            sink.finish(HTTPError(.cancelled, "the HTTP client was shut down", url: transfer.request.url))
        }
    }
}
