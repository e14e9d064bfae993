// How many plugins run at a time, and the threads on which their pipes are served.

import Dispatch

/// Hands out a bounded number of slots, first come first served.
actor ProcessSlots {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) {
        free = count
    }

    private func acquire() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func release() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }

    /// Runs a piece of work that blocks, on a thread that is not of the cooperative pool, once a slot is free.
    nonisolated func run<Success: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Success
    ) async throws(Failure) -> Success {
        await acquire()
        let result: Result<Success, Failure> = await withCheckedContinuation { continuation in
            Self.threads.async {
                do throws(Failure) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        await release()
        return try result.get()
    }

    private static let threads = DispatchQueue(label: "gitopsctl.plugins", attributes: .concurrent)
}
