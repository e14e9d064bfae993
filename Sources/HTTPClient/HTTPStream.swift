// A response whose body is read while it arrives.

import Synchronization

/// A response with a streaming body.
///
/// The transfer is paused while the reader is behind and aborted when the last reference to the stream or its body goes
/// away, or when the reading task is cancelled.
package struct HTTPStream: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    /// Where the response came from, after redirects; credentials removed.
    package let url: String
    package let body: Body

    /// The body in pieces as they come, never empty ones. One pass: all iterators draw from the same transfer, and only
    /// one task may read at a time.
    package struct Body: AsyncSequence, Sendable {
        package typealias Element = [UInt8]
        package typealias Failure = HTTPError

        let reader: StreamReader

        package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }

        package struct AsyncIterator: AsyncIteratorProtocol {
            let reader: StreamReader

            /// The next piece, nil at the end of a complete body.
            package mutating func next() async throws(HTTPError) -> [UInt8]? {
                try await reader.next()
            }

            package mutating func next(isolation actor: isolated (any Actor)?) async throws(HTTPError) -> [UInt8]? {
                try await reader.next()
            }
        }

        /// Reads the rest of the body into one array.
        package func collect(upTo limit: Int = .max) async throws(HTTPError) -> [UInt8] {
            var bytes: [UInt8] = []
            while let chunk = try await reader.next() {
                guard bytes.count + chunk.count <= limit else {
                    reader.cancel()
                    throw HTTPError(.tooLarge, "the response is larger than \(limit) bytes", url: reader.url)
                }
                bytes += chunk
            }
            return bytes
        }
    }
}

/// The reader's end of a streamed transfer. The transfer lives no longer than this.
final class StreamReader: Sendable {
    private let channel: StreamChannel
    private let transfer: Transfer
    /// Kept, so that the loop runs as long as somebody reads.
    private let client: HTTPClient

    init(channel: StreamChannel, transfer: Transfer, client: HTTPClient) {
        self.channel = channel
        self.transfer = transfer
        self.client = client
    }

    deinit { cancel() }

    var url: String { transfer.request.url }

    func cancel() { client.mailbox.cancel(transfer) }

    func head() async throws(HTTPError) -> ResponseHead {
        let result = await withTaskCancellationHandler {
            await channel.head()
        } onCancel: {
            cancel()
        }
        return try result.get()
    }

    func next() async throws(HTTPError) -> [UInt8]? {
        let result = await withTaskCancellationHandler {
            await channel.next { client.mailbox.post(.resume(transfer)) }
        } onCancel: {
            cancel()
        }
        return try result.get()
    }
}

/// The loop's end of a streamed transfer: a `BodyBuffer` behind a lock, with continuations resumed outside it.
final class StreamChannel: ResponseSink {
    typealias HeadContinuation = CheckedContinuation<Result<ResponseHead, HTTPError>, Never>
    typealias ChunkContinuation = CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>

    private let buffer: Mutex<BodyBuffer<HeadContinuation, ChunkContinuation>>

    init(highWater: Int) {
        buffer = Mutex(BodyBuffer(highWater: highWater))
    }

    func head() async -> Result<ResponseHead, HTTPError> {
        await withCheckedContinuation { continuation in
            switch buffer.withLock({ $0.awaitHead(continuation) }) {
            case .head(let head): continuation.resume(returning: .success(head))
            case .failed(let error): continuation.resume(returning: .failure(error))
            case .wait: break
            }
        }
    }

    func next(resume: () -> Void) async -> Result<[UInt8]?, HTTPError> {
        await withCheckedContinuation { continuation in
            switch buffer.withLock({ $0.awaitChunk(continuation) }) {
            case .chunk(let bytes, let mustResume):
                if mustResume { resume() }
                continuation.resume(returning: .success(bytes))
            case .ended(let error): continuation.resume(returning: error.map { .failure($0) } ?? .success(nil))
            case .wait: break
            }
        }
    }

    func receive(head: ResponseHead) {
        buffer.withLock { $0.receive(head: head) }?.resume(returning: .success(head))
    }

    func receive(bytes: UnsafeRawBufferPointer) -> BodyDemand {
        let chunk = Array(bytes)
        switch buffer.withLock({ $0.receive(chunk) }) {
        case .taken: return .more
        case .pause: return .pause
        case .hand(let continuation):
            continuation.resume(returning: .success(chunk))
            return .more
        }
    }

    func restart() -> Bool { buffer.withLock { $0.restart() } }

    func finish(_ error: HTTPError?) {
        let waiters = buffer.withLock { $0.finish(error) }
        // A head waiter is only left when no head came, and then there is an error.
        if let head = waiters.head, let error { head.resume(returning: .failure(error)) }
        waiters.chunk?.resume(returning: error.map { .failure($0) } ?? .success(nil))
    }
}
