// Waiting longer after each failure, with chance mixed in so that many clients do not come back at once.

/// Exponential back-off as a value: `next` answers how long to wait now.
package struct Backoff: Sendable, Hashable {
    package let base: Duration
    package let limit: Duration
    private var exponent = 0

    package init(base: Duration, limit: Duration) {
        self.base = base
        self.limit = limit
    }

    /// The next wait: between half and the whole of `base` doubled with every call, up to `limit`.
    ///
    /// - Parameter random: a number in `0..<1`.
    package mutating func next(random: Double) -> Duration {
        let doubled = min(base * (1 << exponent), limit)
        if doubled < limit { exponent += 1 }
        return doubled * (0.5 + random / 2)
    }

    package mutating func reset() { exponent = 0 }
}
