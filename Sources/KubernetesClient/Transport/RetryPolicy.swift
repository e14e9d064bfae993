// Which failures are worth another try, how often, and after how long. A value; the client does the waiting.

import HTTPClient

/// The bounds of trying again.
package struct RetryPolicy: Sendable, Hashable {
    /// How often a request is sent at most.
    package var attempts: Int
    package var base: Duration
    package var limit: Duration
    /// The longest wait that a server may ask for; where it asks for more, its answer is handed to the caller.
    package var longestRetryAfter: Duration

    package init(
        attempts: Int = 5, base: Duration = .milliseconds(100), limit: Duration = .seconds(5),
        longestRetryAfter: Duration = .seconds(30)
    ) {
        self.attempts = attempts
        self.base = base
        self.limit = limit
        self.longestRetryAfter = longestRetryAfter
    }

    package static let never = RetryPolicy(attempts: 1)
}

/// One request's way through its tries.
struct Retry {
    enum Outcome {
        case status(Int, retryAfter: Duration?)
        /// Another write came between the server's own reading and writing of the object.
        case overtaken
        case transport(HTTPError)
    }

    private let policy: RetryPolicy
    private let isIdempotent: Bool
    private var backoff: Backoff
    private var tries = 0

    init(_ policy: RetryPolicy, isIdempotent: Bool) {
        self.policy = policy
        self.isIdempotent = isIdempotent
        backoff = Backoff(base: policy.base, limit: policy.limit)
    }

    /// How long to wait before the next try; nil to give up.
    ///
    /// - Parameter random: a number in `0..<1`.
    mutating func next(after outcome: Outcome, random: Double) -> Duration? {
        tries += 1
        guard tries < policy.attempts else { return nil }
        let wait = backoff.next(random: random)
        switch outcome {
        case .overtaken: return wait
        case .status(let code, let retryAfter):
            guard isWorthAnotherTry(code, retryAfter) else { return nil }
            guard let retryAfter else { return wait }
            // A little more than asked, by chance: those who were told the same come back one after the other.
            return retryAfter > policy.longestRetryAfter ? nil : max(wait, retryAfter + retryAfter * (random / 4))
        case .transport(let error):
            // A deadline that passed was the whole time there was.
            guard error.isRetryable, error.code != .timeout || !error.reachedServer else { return nil }
            return isIdempotent || !error.reachedServer ? wait : nil
        }
    }

    private func isWorthAnotherTry(_ code: Int, _ retryAfter: Duration?) -> Bool {
        switch code {
        // Refused before anything was done (API Priority and Fairness, max-in-flight).
        case 429: true
        case 503: isIdempotent || retryAfter != nil
        case 500, 502, 504: isIdempotent && (code != 500 || retryAfter != nil)
        default: false
        }
    }
}
