// The instant at which an operation has to be over.

struct Deadline: Sendable, Hashable {
    let instant: ContinuousClock.Instant
    let duration: Duration

    /// A duration that no one will see the end of is cut to one that a clock can hold.
    init(after duration: Duration) {
        self.duration = min(duration, .seconds(10 * 365 * 86400))
        instant = ContinuousClock.now + self.duration
    }

    /// Never below zero.
    var remaining: Duration { max(.zero, instant - ContinuousClock.now) }
    var hasPassed: Bool { ContinuousClock.now >= instant }

    /// `30s`, `1.5s`, `200ms`.
    var text: String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        if milliseconds % 1000 == 0 { return "\(milliseconds / 1000)s" }
        return "\(milliseconds)ms"
    }

    func error(while doing: String) -> GitError {
        GitError(
            .timeout, "no answer within \(text) while \(doing)",
            cure: "check the network and the server, or allow more time")
    }
}
