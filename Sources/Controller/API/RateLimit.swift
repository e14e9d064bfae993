// How often somebody may ask: so much at once, and then at a pace. A value: the clock is the caller's.

struct RateLimit<Key: Hashable & Sendable>: Sendable {
    private struct Bucket: Sendable {
        var tokens: Double
        var time: Duration
    }

    private let burst: Double
    /// How long it takes to have one more.
    private let refill: Duration
    private var buckets: [Key: Bucket] = [:]
    private var swept = Duration.zero

    init(burst: Int, refill: Duration) {
        self.burst = Double(burst)
        self.refill = refill
    }

    /// Takes one.
    ///
    /// - Returns: how long to wait where there is none; nil where there was one.
    mutating func take(_ key: Key, at now: Duration) -> Duration? {
        sweep(at: now)
        var bucket = buckets[key] ?? Bucket(tokens: burst, time: now)
        bucket.tokens = min(burst, bucket.tokens + (now - bucket.time) / refill)
        bucket.time = now
        defer { buckets[key] = bucket }
        if bucket.tokens < 1 { return refill * (1 - bucket.tokens) }
        bucket.tokens -= 1
        return nil
    }

    /// Forgets those who have everything again.
    private mutating func sweep(at now: Duration) {
        let fullAfter = refill * burst
        guard now - swept >= fullAfter else { return }
        swept = now
        buckets = buckets.filter { now - $0.value.time < fullAfter }
    }
}
