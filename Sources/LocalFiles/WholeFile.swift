// Files that are read and replaced whole.

import Glibc

/// A file of modest size, read and replaced in one piece. What it writes only its owner may read.
package enum WholeFile {
    /// The file's bytes; nil when it cannot be read or is larger than `limit` bytes.
    package static func read(_ path: String, limit: Int = 1 << 20) -> [UInt8]? {
        try? contents(of: path, limit: limit)
    }

    /// The file's bytes.
    /// - Throws: why it cannot be read; EFBIG where it is larger than `limit` bytes.
    package static func contents(of path: String, limit: Int = 1 << 20) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("read", path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("read", path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError("read", path, status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        guard status.st_size <= limit else { throw FileError("read", path, EFBIG) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var length = 0
        while length < bytes.count {
            let count = bytes[length...].withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError("read", path, errno) }
            // Another process cut it short.
            guard count > 0 else { break }
            length += count
        }
        return Array(bytes[..<length])
    }

    /// Replaces the file in one step: readers see the old bytes or the new, whatever befalls this process.
    package static func replace(_ path: String, with bytes: some Collection<UInt8>) throws(FileError) {
        // One draft each: two tasks of a process may replace the same file at once.
        let draft = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max)).new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", draft, errno) }
        let code = write(Array(bytes), to: descriptor)
        close(descriptor)
        guard code == 0 else {
            unlink(draft)
            throw FileError("write", draft, code)
        }
        guard rename(draft, path) == 0 else {
            let code = errno
            unlink(draft)
            throw FileError("replace", path, code)
        }
    }

    /// The number of the error that kept it from writing all, or zero.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : ENOSPC }
            rest = rest.dropFirst(count)
        }
        return 0
    }
}
