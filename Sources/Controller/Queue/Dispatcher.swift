// Hands out work to whoever does it: the queue with a clock, and with no more at a time than the machine can bear.

package import SyncEngine
import Synchronization

/// A place among those that are busy. Given back once, and at its end at the latest.
package final class BusyPlace: Sendable {
    private let isHeld = Mutex(true)
    private let giveBack: @Sendable () -> Void

    fileprivate init(giveBack: @escaping @Sendable () -> Void) {
        self.giveBack = giveBack
    }

    deinit { leave() }

    /// Says that the work only waits from now on, and lets the next begin.
    package func leave() {
        let wasHeld = isHeld.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
        if wasHeld { giveBack() }
    }
}

/// The one queue of a controller.
package actor Dispatcher {
    private var queue = WorkQueue()
    private let clock: any SyncClock
    private let signal = Signal()
    /// How many more may be busy.
    private let free: Places
    /// Whose turn the work on an application is: lines take turns.
    private let line: @Sendable (ApplicationKey) -> String

    private final class Places: Sendable {
        let count: Mutex<Int>

        init(_ count: Int) { self.count = Mutex(count) }
    }

    /// - Parameters:
    ///   - concurrency: how many pieces of work at a time, those that only wait not counted.
    ///   - line: in which line the work on an application stands; lines take turns.
    package init(
        concurrency: Int, clock: any SyncClock, line: @escaping @Sendable (ApplicationKey) -> String = { _ in "" }
    ) {
        free = Places(concurrency)
        self.clock = clock
        self.line = line
    }

    package var depth: Int { queue.count }

    package func add(_ key: ApplicationKey, _ reasons: WorkReasons, after delay: Duration = .zero) {
        queue.add(key, reasons, project: line(key), at: clock.now(), after: delay)
        signal.call()
    }

    package func remove(_ key: ApplicationKey) {
        queue.remove(key)
    }

    /// The next piece of work, as soon as it is due and there is a place for it; nil once the task is cancelled. For
    /// one caller.
    package func next() async -> (work: Work, place: BusyPlace)? {
        while !Task.isCancelled {
            let now = clock.now()
            let hasRoom = free.count.withLock { $0 > 0 }
            if hasRoom, let work = queue.next(at: now) {
                free.count.withLock { $0 -= 1 }
                let (free, signal) = (free, signal)
                return (
                    work,
                    BusyPlace {
                        free.count.withLock { $0 += 1 }
                        signal.call()
                    }
                )
            }
            let clock = clock
            let wait = hasRoom ? queue.nextDue.map { max($0 - now, .zero) } : nil
            await signal.wait(atMost: wait) { try? await clock.sleep(for: $0) }
        }
        return nil
    }

    /// Ends a piece of work.
    package func finish(_ key: ApplicationKey, hold: Duration? = nil) {
        queue.finish(key, at: clock.now(), hold: hold)
        signal.call()
    }
}
