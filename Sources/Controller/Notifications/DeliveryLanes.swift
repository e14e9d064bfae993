// Deliveries in their order: one at a time for each receiver of each application, tried again after a while, and none
// kept for ever.

/// What waits to be delivered. A value: the clock is the caller's, and nothing here waits.
struct DeliveryLanes<Content: Sendable>: Sendable {
    /// A receiver of an application, to which everything goes in order: the state of a commit that came last is to stay
    /// last.
    struct Lane: Sendable, Hashable {
        var application: ApplicationKey
        var receiver: String
        var secret: String
    }

    struct Delivery: Sendable {
        var lane: Lane
        var content: Content
        /// How often it was tried.
        var tries = 0
    }

    /// So many wait for one receiver; the oldest goes when another comes.
    static var bound: Int { 20 }
    /// So many wait for all of them.
    static var totalBound: Int { 2000 }
    static var maximumTries: Int { 6 }

    private struct Line {
        var waiting: [Delivery] = []
        var isBusy = false
        var due = Duration.zero
    }

    private var lines: [Lane: Line] = [:]

    var count: Int { lines.values.reduce(0) { $0 + $1.waiting.count } }

    /// Adds a delivery.
    ///
    /// - Returns: whether another one had to go for it, or itself.
    mutating func add(_ content: Content, to lane: Lane) -> Bool {
        var line = lines[lane] ?? Line()
        let isFull = line.waiting.count >= Self.bound
        if isFull {
            // The first may be under way.
            line.waiting.remove(at: line.isBusy ? 1 : 0)
        } else if count >= Self.totalBound {
            return true
        }
        line.waiting.append(Delivery(lane: lane, content: content))
        lines[lane] = line
        return isFull
    }

    /// The next delivery, which is then under way until `finish`; nil where none is due.
    mutating func next(at now: Duration) -> Delivery? {
        let due = lines.filter { !$1.isBusy && $1.due <= now && !$1.waiting.isEmpty }
        guard let lane = due.min(by: { $0.value.due < $1.value.due })?.key else { return nil }
        lines[lane]?.isBusy = true
        return lines[lane]?.waiting.first
    }

    /// When the next one becomes due; nil where none waits but those under way.
    var nextDue: Duration? { lines.values.filter { !$0.isBusy && !$0.waiting.isEmpty }.map(\.due).min() }

    /// Ends a try.
    ///
    /// - Parameter wait: how long to leave the receiver alone before the next try; nil where there is to be none.
    /// - Returns: whether it will be tried again.
    mutating func finish(_ lane: Lane, retryAfter wait: Duration?, at now: Duration) -> Bool {
        guard var line = lines[lane], !line.waiting.isEmpty else { return false }
        line.isBusy = false
        line.waiting[0].tries += 1
        let isRetried = wait != nil && line.waiting[0].tries < Self.maximumTries
        line.due = isRetried ? now + (wait ?? .zero) : .zero
        if !isRetried { line.waiting.removeFirst() }
        lines[lane] = line.waiting.isEmpty ? nil : line
        return isRetried
    }

    /// How long to wait before a try, by how many there were: 1 s, 3 s, 9 s, …
    static func backoff(after tries: Int) -> Duration { .seconds((0..<tries).reduce(1) { wait, _ in wait * 3 }) }
}
