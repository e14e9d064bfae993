// A lock between processes, and between tasks of this one.

internal import Glibc

/// An advisory lock on a file (flock(2)). The kernel releases it when its holder dies.
struct FileLock: Sendable {
    let path: String

    /// Runs `body` while holding the lock, for which it waits up to the deadline.
    func hold<Result>(
        deadline: Deadline, _ body: () async throws(GitError) -> Result
    ) async throws(GitError) -> Result {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw GitError(.storage, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        try await acquire(descriptor, deadline: deadline)
        return try await body()
    }

    /// flock(2) can wait but not give up, so it is asked again, ever less often.
    private func acquire(_ descriptor: Int32, deadline: Deadline) async throws(GitError) {
        var pause = Duration.milliseconds(2)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw GitError(.storage, "\(path) cannot be locked: \(String(cString: strerror(errno)))")
            }
            guard !deadline.hasPassed else {
                throw deadline.error(while: "waiting for another fetch of this repository")
            }
            do {
                try await Task.sleep(for: min(pause, deadline.remaining))
            } catch {
                throw GitError(.cancelled, "cancelled while waiting for another fetch of this repository")
            }
            pause = min(pause * 2, .milliseconds(100))
        }
    }
}
