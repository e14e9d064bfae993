// Time, as the engine needs it: handed in, so that tests need not wait.

import KubernetesClient

/// A clock that only goes forward.
package protocol SyncClock: Sendable {
    /// Time since some fixed moment.
    func now() -> Duration
    /// Throws when the task is cancelled.
    func sleep(for duration: Duration) async throws(CancellationError)
}

/// The machine's clock.
package struct SystemClock: SyncClock {
    private let start = ContinuousClock.now

    package init() {}

    package func now() -> Duration { ContinuousClock.now - start }

    package func sleep(for duration: Duration) async throws(CancellationError) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw CancellationError()
        }
    }
}

extension SyncClock {
    /// Sleeps between two tries of a request.
    ///
    /// - Throws: the error of a request that is cancelled, where the task is.
    func pause(for duration: Duration, before request: String) async throws(KubernetesError) {
        do throws(CancellationError) {
            try await sleep(for: duration)
        } catch {
            throw KubernetesError(
                code: 0, reason: KubernetesError.Reason.cancelled, message: "cancelled", request: request)
        }
    }
}

extension Duration {
    /// `5m`, `90s`, `1500ms`.
    var inWords: String {
        let (seconds, attoseconds) = components
        if attoseconds != 0 { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        return seconds >= 60 && seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
    }
}
