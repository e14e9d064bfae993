// The state of a streamed response between the loop, which fills it, and the reader, who empties it. No I/O, no locks.

/// A streamed response as a state machine: what has arrived, who waits for it, and whether the transfer is held back.
///
/// The waiters stand for the reader's continuations. Each method returns what its caller must do next.
struct BodyBuffer<HeadWaiter, ChunkWaiter> {
    /// Bytes held before the transfer is paused. It goes on when the reader has taken them, all at once.
    let highWater: Int

    private var head: ResponseHead?
    private var headWaiter: HeadWaiter?
    private var chunkWaiter: ChunkWaiter?
    private var buffered: [UInt8] = []
    private var isPaused = false
    private var end: Result<Void, HTTPError>?

    init(highWater: Int) {
        self.highWater = highWater
    }

    enum HeadAnswer {
        case head(ResponseHead)
        case failed(HTTPError)
        case wait
    }

    /// The reader asks for the head; on `.wait`, `waiter` is kept.
    mutating func awaitHead(_ waiter: HeadWaiter) -> HeadAnswer {
        if let head { return .head(head) }
        if case .failure(let error) = end { return .failed(error) }
        headWaiter = waiter
        return .wait
    }

    enum ChunkAnswer {
        /// Bytes, and whether the transfer must be told to go on.
        case chunk([UInt8], resume: Bool)
        case ended(HTTPError?)
        case wait
    }

    /// The reader asks for bytes; on `.wait`, `waiter` is kept. What arrived before a failure is handed out first.
    mutating func awaitChunk(_ waiter: ChunkWaiter) -> ChunkAnswer {
        if !buffered.isEmpty {
            let chunk = buffered
            buffered = []
            let resume = isPaused
            isPaused = false
            return .chunk(chunk, resume: resume)
        }
        switch end {
        case .success: return .ended(nil)
        case .failure(let error): return .ended(error)
        case nil:
            chunkWaiter = waiter
            return .wait
        }
    }

    /// The head arrived; answers who waits for it.
    mutating func receive(head: ResponseHead) -> HeadWaiter? {
        self.head = head
        defer { headWaiter = nil }
        return headWaiter
    }

    enum Receipt {
        case taken
        case pause
        /// The reader was waiting: they are its, and were not buffered.
        case hand(ChunkWaiter)
    }

    /// Bytes arrived. On `.pause` they were not taken and must be offered again.
    mutating func receive(_ bytes: [UInt8]) -> Receipt {
        if let waiter = chunkWaiter {
            chunkWaiter = nil
            return .hand(waiter)
        }
        guard buffered.isEmpty || buffered.count + bytes.count <= highWater else {
            isPaused = true
            return .pause
        }
        if buffered.isEmpty { buffered = bytes } else { buffered += bytes }
        return .taken
    }

    /// Whether the transfer may begin anew: nobody has seen any of it.
    mutating func restart() -> Bool { head == nil && buffered.isEmpty }

    /// The transfer ended; answers who waits.
    mutating func finish(_ error: HTTPError?) -> (head: HeadWaiter?, chunk: ChunkWaiter?) {
        if end == nil { end = error.map { .failure($0) } ?? .success(()) }
        defer { (headWaiter, chunkWaiter) = (nil, nil) }
        return (headWaiter, chunkWaiter)
    }
}
