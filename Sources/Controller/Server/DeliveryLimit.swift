// How often somebody may knock at the webhook: each address and all together so much at once, and then at a pace. What
// turns out to be nobody's counts by its size as well, for it was kept, and digested with every secret.

import SyncEngine
import Synchronization

final class DeliveryLimit: Sendable {
    private struct State {
        var peers = RateLimit<String>(burst: 100, refill: .milliseconds(50))
        /// Not asked before the peer's own, so that one who knocks too often takes nothing from the others.
        var all = RateLimit<Bool>(burst: 400, refill: .milliseconds(10))
    }

    /// So many bytes of a delivery that is nobody's count as one more.
    private static let portion = 64 << 10

    private let clock: any SyncClock
    private let state = Mutex(State())

    init(clock: any SyncClock) {
        self.clock = clock
    }

    /// Counts a delivery before anything of it is read.
    ///
    /// - Returns: how long to wait where it is one too many.
    func take(_ peer: String) -> Duration? {
        let now = clock.now()
        return state.withLock { $0.peers.take(peer, at: now) ?? $0.all.take(true, at: now) }
    }

    /// Counts what was read of a delivery that nobody signed.
    func charge(_ peer: String, bytes: Int) {
        let now = clock.now()
        state.withLock { state in
            for _ in 0..<bytes / Self.portion {
                _ = state.peers.take(peer, at: now)
                _ = state.all.take(true, at: now)
            }
        }
    }
}
