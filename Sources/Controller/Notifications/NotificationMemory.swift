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

    private struct Topic: Hashable {
        var rule: NotificationRule
        var aspect: Aspect
    }

    private var last: [Topic: Told] = [:]
    private var bucket = TokenBucket(burst: burst, at: .zero)

    /// What the last word counts of: that a sync succeeded says nothing of health.
    private enum Aspect {
        case sync, health, drift, end
    }

    /// Whether an event is worth telling. Two rules with one receiver say different things, and each says its own.
    mutating func takes(_ event: ApplicationEvent, by rule: NotificationRule, at now: Duration) -> Bool {
        let told = Told(reason: event.reason, message: event.message, commit: event.commit?.id)
        let topic = Topic(rule: rule, aspect: Self.aspect(of: event.reason))
        if let before = last[topic], before == told || event.isIdle && before.commit == told.commit { return false }
        guard bucket.take(Self.burst, refill: Self.refill, at: now) == nil else { return false }
        last[topic] = told
        return true
    }

    /// Forgets what rules were told that are no more.
    mutating func keep(_ rules: Set<NotificationRule>) { last = last.filter { rules.contains($0.key.rule) } }

    private static func aspect(of reason: EventReason) -> Aspect {
        switch reason {
        case .synced, .syncFailed, .pruneRefused, .rolledBack, .stalled: .sync
        case .degraded, .recovered: .health
        case .drifted, .driftFought: .drift
        case .deleted, .deletionRefused: .end
        }
    }
}
