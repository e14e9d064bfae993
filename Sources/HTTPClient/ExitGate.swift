// Keeps the loops' threads out of libcurl while the process exits.
//
// `exit` runs OpenSSL's cleanup while other threads go on; one that is closing a TLS connection then works on memory
// that is gone. Handlers run in the reverse order of their registration, so this one, made after libcurl's, runs first:
// it waits for the loops to come out, and lets none in again.

internal import Glibc

enum ExitGate {
    private nonisolated(unsafe) static let lock: UnsafeMutablePointer<pthread_rwlock_t> = {
        let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
        pthread_rwlock_init(lock, nil)
        return lock
    }()

    /// Called once, after libcurl has been made ready.
    static func install() {
        _ = lock
        atexit { ExitGate.closeForEver() }
    }

    /// Runs `body` unless the process exits, in which case the thread stays here until it ends.
    static func pass<Result>(_ body: () -> Result) -> Result {
        pthread_rwlock_rdlock(lock)
        defer { pthread_rwlock_unlock(lock) }
        return body()
    }

    private static func closeForEver() {
        pthread_rwlock_wrlock(lock)
    }
}
