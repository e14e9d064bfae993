// A clock that a test sets.

import SyncEngine
import Synchronization

final class SetClock: SyncClock {
    private let moment = Mutex(Duration.zero)
    func now() -> Duration { moment.withLock { $0 } }
    func set(_ duration: Duration) { moment.withLock { $0 = duration } }
    func sleep(for duration: Duration) async throws(CancellationError) {}
}
