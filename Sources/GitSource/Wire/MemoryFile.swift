// A file that exists in memory only, for programs that take secrets by file name.

internal import CGit2
internal import Glibc

/// Bytes behind a path that this user's processes can open while this value lives. Nothing of it reaches a disk.
final class MemoryFile: Sendable {
    private let descriptor: Int32

    /// The path to give to a child: it leads through this process, so the child need not inherit the descriptor (ssh
    /// closes those that it does).
    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    init(_ bytes: [UInt8]) throws(GitError) {
        descriptor = cgit2_memory_file("gitopsctl")
        guard descriptor >= 0 else {
            throw GitError(.storage, "no file in memory: \(String(cString: strerror(errno)))")
        }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw GitError(.storage, "no file in memory: \(String(cString: strerror(errno)))") }
            written += count
        }
    }

    deinit {
        close(descriptor)
    }
}
