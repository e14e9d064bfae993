// A wake-up call that is not lost when it comes before anybody waits for it.

import Synchronization

/// One waits, others call.
final class Signal: Sendable {
    private struct State {
        var isCalled = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Wakes who waits, or who waits next.
    func call() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.isCalled = state.waiter == nil
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Returns at the next call, or when the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCalled = state.withLock { state -> Bool in
                    if state.isCalled || Task.isCancelled {
                        state.isCalled = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isCalled { continuation.resume() }
            }
        } onCancel: {
            call()
        }
    }

    /// Returns at the next call, after a while, or when the task is cancelled.
    func wait(atMost limit: Duration?, sleep: @escaping @Sendable (Duration) async -> Void) async {
        guard let limit else { return await wait() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { await sleep(limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
