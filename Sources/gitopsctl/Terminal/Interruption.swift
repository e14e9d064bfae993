// SIGINT and SIGTERM: the first asks the work to end cleanly, the second ends the process.

import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Which signal asked the process to end.
struct Interruption: Error, Sendable {
    var signal: Int32

    /// What a shell reports for a process that a signal ended.
    var exitCode: Int32 { 128 + signal }
}

enum Interruptions {
    /// Runs some work such that SIGINT or SIGTERM cancels its task. A second signal ends the process at once, with the
    /// cursor shown.
    ///
    /// - Returns: what the work returned, and the signal that interrupted it, if one did.
    /// - Throws: what the work throws; the signal, where the work only throws that it was cancelled.
    static func watching<Result: Sendable>(
        _ console: Console, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> (result: Result, interruption: Interruption?) {
        let received = Received()
        let task = Task { try await work() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if received.record(number) {
                    task.cancel()
                } else {
                    if console.error.isTerminal { console.error.write(LiveRegion.showCursor) }
                    _exit(128 + number)
                }
            }
            source.resume()
            return (number, source)
        }
        defer {
            for (number, source) in sources {
                source.cancel()
                signal(number, SIG_DFL)
            }
        }
        let result = try await interrupted(by: { received.first }) { try await task.value }
        return (result, received.first)
    }

    /// Says which signal it was that work was cancelled by.
    static func interrupted<Result>(
        by signal: () -> Interruption?, _ work: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await work()
        } catch let error as CancellationError {
            if let interruption = signal() { throw interruption }
            throw error
        }
    }

    private final class Received: Sendable {
        private let state = Mutex<Int32?>(nil)

        /// True for the first signal.
        func record(_ number: Int32) -> Bool {
            state.withLock { first in
                guard first == nil else { return false }
                first = number
                return true
            }
        }

        var first: Interruption? { state.withLock { $0.map(Interruption.init) } }
    }
}
