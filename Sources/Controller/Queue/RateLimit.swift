// How often somebody may do something: so much at once, and then at a pace. Values: the clock is the caller's.

/// What one has left.
struct TokenBucket: Sendable {
    private var tokens: Double
    fileprivate private(set) var time: Duration

    init(burst: Double, at now: Duration) {
        tokens = burst
        time = now
    }

    /// Takes one.
    ///
    /// - Parameters:
    ///   - burst: how much one may have.
    ///   - refill: how long it takes to have one more.
    /// - Returns: how long to wait where there is none; nil where there was one.
    mutating func take(_ burst: Double, refill: Duration, at now: Duration) -> Duration? {
        tokens = min(burst, tokens + (now - time) / refill)
        time = now
        if tokens < 1 { return refill * (1 - tokens) }
        tokens -= 1
        return nil
    }

    /// Takes back what one has taken.
    fileprivate mutating func giveBack(_ burst: Double) { tokens = min(burst, tokens + 1) }
}

/// A bucket for each of many, as long as it is not full.
struct RateLimit<Key: Hashable & Sendable>: Sendable {
    private let burst: Double
    private let refill: Duration
    private var buckets: [Key: TokenBucket] = [:]
    private var swept = Duration.zero

    /// - Parameter refill: how long it takes to have one more.
    init(burst: Double, refill: Duration) {
        self.burst = burst
        self.refill = refill
    }

    /// Takes one.
    ///
    /// - Returns: how long to wait where there is none; nil where there was one.
    mutating func take(_ key: Key, at now: Duration) -> Duration? {
        sweep(at: now)
        return buckets[key, default: TokenBucket(burst: burst, at: now)].take(burst, refill: refill, at: now)
    }

    mutating func forget(_ key: Key) { buckets[key] = nil }

    /// Takes back what somebody has taken: it was not of the sort that is counted.
    mutating func giveBack(_ key: Key) { buckets[key]?.giveBack(burst) }

    /// Forgets those who have everything again.
    private mutating func sweep(at now: Duration) {
        let fullAfter = refill * burst
        guard now - swept >= fullAfter else { return }
        swept = now
        buckets = buckets.filter { now - $0.value.time < fullAfter }
    }
}
