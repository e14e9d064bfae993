// The way into the loop's thread: a locked list of commands.

import Synchronization

/// What other threads ask of the loop.
enum LoopCommand: Sendable {
    case start(Transfer)
    case cancel(Transfer)
    case resume(Transfer)
    case shutdown
}

/// Commands on their way to the loop, in order.
final class Mailbox: Sendable {
    private struct State {
        var commands: [LoopCommand] = []
        var isOpen = true
        var shutdownWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let wakeup: Wakeup

    init(wakeup: Wakeup) {
        self.wakeup = wakeup
    }

    /// Hands a command to the loop. False when the loop has ended, and the command came to nothing.
    @discardableResult
    func post(_ command: LoopCommand) -> Bool {
        state.withLock { state in
            guard state.isOpen else { return false }
            state.commands.append(command)
            if state.commands.count == 1 { wakeup.raise() }
            return true
        }
    }

    /// Aborts a transfer, whether or not its start has reached the loop.
    func cancel(_ transfer: Transfer) {
        transfer.isCancelled.store(true, ordering: .releasing)
        post(.cancel(transfer))
    }

    /// Takes all commands.
    func take() -> [LoopCommand] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Refuses further commands and answers those that were not taken.
    func close() -> [LoopCommand] {
        state.withLock { state in
            state.isOpen = false
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Waits until the loop has ended.
    func awaitShutdown() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.isOpen else { return true }
                state.shutdownWaiters.append(continuation)
                return false
            }
            if isOver { continuation.resume() } else { post(.shutdown) }
        }
    }

    func announceShutdown() {
        let waiters = state.withLock { state in
            defer { state.shutdownWaiters = [] }
            return state.shutdownWaiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
