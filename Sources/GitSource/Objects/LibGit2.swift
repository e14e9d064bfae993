// The edge to libgit2: its one-time start, and its error codes as Swift values.

internal import CGit2

/// libgit2's state of the process.
enum LibGit2 {
    /// Starts the library once; every entry point of this room that opens a handle calls it first.
    static let start: Void = {
        git_libgit2_init()
        cgit2_ignore_outer_configuration()
    }()

    /// A failed call: the code that it returned and the message that the library keeps for the calling thread.
    struct Failure: Error {
        var code: Int32
        var message: String

        var isNotFound: Bool { code == GIT_ENOTFOUND.rawValue }
        var isAmbiguous: Bool { code == GIT_EAMBIGUOUS.rawValue }
    }

    /// Throws when `code` says that a call failed.
    ///
    /// "The error message is thread-local. The `git_error_last()` call must happen on the same thread as the error in
    /// order to get the message" (libgit2, docs/threading.md), so this must directly follow the call, without an
    /// `await` between.
    @discardableResult
    static func check(_ code: Int32) throws(Failure) -> Int32 {
        guard code < 0 else { return code }
        let message = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) }
        throw Failure(code: code, message: message ?? "libgit2 error \(code)")
    }
}
