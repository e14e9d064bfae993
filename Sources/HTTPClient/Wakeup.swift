// How other threads wake the loop's thread from its wait: a pipe that becomes readable.

internal import Glibc

/// A signal that stays up until it is cleared. `raise` may be called from any thread.
final class Wakeup: Sendable {
    /// Readable while the signal is up.
    let descriptor: Int32
    private let writer: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { fatalError("pipe: error \(errno)") }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        writer = ends[1]
    }

    deinit {
        close(descriptor)
        close(writer)
    }

    /// A full pipe is a signal that is up already.
    func raise() {
        var byte: UInt8 = 1
        while write(writer, &byte, 1) < 0, errno == EINTR {}
    }

    func clear() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while read(descriptor, buffer.baseAddress, buffer.count) == buffer.count {}
        }
    }
}
