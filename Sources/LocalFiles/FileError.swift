// What the file system refuses, and why.

import Glibc

/// What the file system refused.
package struct FileError: Error, Sendable, CustomStringConvertible {
    /// What was tried: `replace`.
    package let action: String
    package let path: String
    /// The number of the error, as in errno.
    package let code: Int32

    package init(_ action: String, _ path: String, _ code: Int32) {
        self.action = action
        self.path = path
        self.code = code
    }

    /// The words of the C library for the error.
    package var reason: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let start = buffer.baseAddress, strerror_r(code, start, buffer.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: start)
        }
    }

    package var description: String { "could not \(action) \(path): \(reason)" }
}
