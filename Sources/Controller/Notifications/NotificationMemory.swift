// Which events a receiver is told: none twice in a row, and no more than anybody reads.

import Reconciler

/// What one receiver was told of one application. A value: the clock is the caller's.
struct NotificationMemory: Sendable {
    /// What a receiver may be told at once, and how long it takes to be told one more.
    static let burst = 20.0
    static let refill = Duration.seconds(60)

    private struct Told: Hashable {
        var reason: EventReason
        var message: String
        var commit: String?
    }

    private var last: [Aspect: Told] = [:]
    private var bucket = TokenBucket(burst: burst, at: .zero)

    /// What the last word counts of: that a sync succeeded says nothing of health.
    private enum Aspect {
        case sync, health, drift, end
    }

    /// Whether an event is worth telling.
    mutating func takes(_ event: ApplicationEvent, at now: Duration) -> Bool {
        let told = Told(reason: event.reason, message: event.message, commit: event.commit?.id)
        let aspect = Self.aspect(of: event.reason)
        if last[aspect] == told { return false }
        guard bucket.take(Self.burst, refill: Self.refill, at: now) == nil else { return false }
        last[aspect] = told
        return true
    }

    private static func aspect(of reason: EventReason) -> Aspect {
        switch reason {
        case .synced, .syncFailed, .pruneRefused, .rolledBack, .stalled: .sync
        case .degraded, .recovered: .health
        case .drifted, .driftFought: .drift
        case .deleted, .deletionRefused: .end
        }
    }
}
