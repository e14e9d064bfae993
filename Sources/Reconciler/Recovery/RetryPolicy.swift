// When a sync that failed is tried again: `spec.sync.retry`, with the names and the defaults of Argo CD's.

package import SyncEngine

/// How often and how soon a failed sync is tried again.
package struct RetryPolicy: Sendable, Hashable {
    /// How many tries follow the first.
    package var limit = 5
    package var first = Duration.seconds(5)
    /// By what each wait is longer than the one before, one of `factors`.
    package var factor = 2
    package var longest = Duration.seconds(180)

    /// The factors that an Application may have: by the greatest, the longest wait that it may have is still a
    /// duration.
    static let factors = 1...100

    package init() {}
}

/// The tries of one sync. A value: the clock and the dice are the caller's.
package struct RetrySchedule: Sendable, Hashable {
    private let policy: RetryPolicy
    private var tries = 0
    private var wait: Duration

    package init(_ policy: RetryPolicy) {
        self.policy = policy
        wait = policy.first
    }

    /// How long to wait before the next try; nil where there is none.
    ///
    /// - Parameter random: in `0..<1`. A wait is shortened by up to a fifth, so that what failed together does not come
    ///   back together.
    package mutating func next(after cause: SyncFailureCause, random: Double) -> Duration? {
        guard tries < policy.limit, cause != .refused else { return nil }
        tries += 1
        let current = min(wait, policy.longest)
        wait = min(wait * policy.factor, policy.longest)
        return .milliseconds(Int64(current / .milliseconds(1) * (1 - random / 5)))
    }
}
