// What the status says while a sync waits for health, which may take many minutes: whom it waits for, and since when of
// which commit.

import Manifest
import SyncEngine
import Synchronization

/// Whom a sync waits for at the moment.
final class LongWait: Sendable {
    /// How long a sync waits before it is told: most that wait at all wait for less.
    static let patience = Duration.seconds(5)
    /// How often it is looked at afterwards; it is told where there is something new to say.
    static let interval = Duration.seconds(30)

    private let awaited = Mutex<[ObjectIdentity: (reference: ObjectReference, health: Health)]>([:])
    private let began = Signal()

    func note(_ reference: ObjectReference, _ health: Health) {
        awaited.withLock { $0[reference.identity] = (reference, health) }
        began.call()
    }

    func end(of reference: ObjectReference) {
        awaited.withLock { $0[reference.identity] = nil }
    }

    /// In words; nil while nobody is waited for.
    private var words: String? {
        awaited.withLock { awaited in
            guard let first = awaited.values.min(by: { "\($0.reference)" < "\($1.reference)" }) else { return nil }
            return "the sync waits for \(first.reference): \(first.health.message)\(awaited.andMore)"
        }
    }

    /// Tells of the wait from time to time, until the task is cancelled.
    func follow(_ clock: any SyncClock, _ tell: (String) async -> Void) async {
        await began.wait()
        var pause = Self.patience
        while !Task.isCancelled, (try? await clock.sleep(for: pause)) != nil {
            if let words { await tell(words) }
            pause = Self.interval
        }
    }
}
