// How long to wait before looking again.

/// Intervals that grow by half each time, up to a limit.
package struct Backoff: Sendable, Hashable {
    private var interval: Duration
    private let limit: Duration

    package init(first: Duration = .milliseconds(100), limit: Duration = .seconds(2)) {
        interval = first
        self.limit = limit
    }

    package mutating func next() -> Duration {
        let current = interval
        interval = min(interval * 3 / 2, limit)
        return current
    }
}
