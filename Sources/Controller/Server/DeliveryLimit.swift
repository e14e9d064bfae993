// How often somebody may knock at the webhook: so much at once, and then at a pace. Of one address only that counts which
// turns out to be nobody's, and by its size, for it was kept, and digested with every secret: a push to a thousand
// repositories is a thousand deliveries, and an ingress is one address for all who come through it.

import SyncEngine
import Synchronization

final class DeliveryLimit: Sendable {
    private struct State {
        var peers = RateLimit<String>(burst: 100, refill: .milliseconds(50))
        /// Not asked before the peer's own, so that one who knocks too often takes nothing from the others.
        var all = RateLimit<Bool>(burst: 2000, refill: .milliseconds(2))
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

    /// Counts a delivery no more, as one that somebody has signed.
    func giveBack(_ peer: String) { state.withLock { $0.peers.giveBack(peer) } }

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
