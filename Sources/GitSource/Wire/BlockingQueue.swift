// A thread for calls that block or compute for long, away from the cooperative pool.

internal import Dispatch

/// Runs one piece of work at a time, in order, on a thread that is not of the cooperative pool.
struct BlockingQueue: Sendable {
    private let queue: DispatchQueue

    init(_ label: String) {
        queue = DispatchQueue(label: label)
    }

    func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws(GitError) -> Result
    ) async throws(GitError) -> Result {
        let result: Swift.Result<Result, GitError> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(GitError) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
