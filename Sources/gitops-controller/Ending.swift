// SIGTERM and SIGINT: what is under way ends cleanly, and what has begun is recorded.

import Dispatch

#if canImport(Glibc)
    import Glibc
#endif

enum Ending {
    /// Runs until the work is done or a signal cancels it. A second signal ends the process at once.
    static func onSignal(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await work() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if task.isCancelled { _exit(128 + number) }
                task.cancel()
            }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        do {
            try await task.value
        } catch is CancellationError {
            return
        } catch  where task.isCancelled {
            return
        }
    }
}
