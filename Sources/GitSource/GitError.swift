// Why something about a Git repository did not work: what, of which repository and revision, why, and what to do.

/// An error of this room. It carries no credentials: repositories appear in their printed form.
package struct GitError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure, for callers that decide by it.
    package enum Code: String, Sendable, Hashable {
        /// The server cannot be reached, or the connection broke.
        case unreachable
        /// The deadline passed.
        case timeout
        /// The server does not accept the credentials, or wants some.
        case authentication
        /// The ssh host key is unknown or has changed.
        case hostKey
        /// The server's certificate is not trusted.
        case certificate
        /// There is no repository at that place.
        case repositoryNotFound
        /// The repository has no commit yet.
        case emptyRepository
        /// No branch, tag or commit of that name.
        case revisionNotFound
        /// An abbreviated commit id that several commits begin with.
        case ambiguousRevision
        /// The address, revision or range cannot be understood.
        case invalid
        /// The server said something that the protocol does not allow.
        case protocolViolation
        /// The server said that it failed.
        case server
        /// A pack or an object is larger than the limit.
        case tooLarge
        /// The object database is damaged; the next fetch replaces the mirror.
        case damaged
        /// No such path in the commit.
        case pathNotFound
        /// A path that leads to the wrong kind of entry.
        case invalidPath
        /// A path, or a symbolic link on it, that leads out of the tree.
        case outsideTree
        /// A symbolic link that leads to nothing.
        case brokenLink
        /// More symbolic links than any honest path has.
        case linkLoop
        /// A submodule, which holds another repository's files.
        case submodule
        /// The cache folder cannot be written or read.
        case storage
        /// Something that this implementation does not know, such as SHA-256 repositories.
        case unsupported
        /// The task was cancelled.
        case cancelled
    }

    package var code: Code
    /// What is wrong, in the user's words.
    package var message: String
    /// The printed form of the repository, without credentials.
    package var repository: String?
    /// The revision as the user wrote it, or a commit.
    package var revision: String?
    /// The path in the tree.
    package var path: String?
    /// What to do about it, where that is known.
    package var cure: String?

    package init(
        _ code: Code,
        _ message: String,
        repository: String? = nil,
        revision: String? = nil,
        path: String? = nil,
        cure: String? = nil
    ) {
        self.code = code
        self.message = message
        self.repository = repository
        self.revision = revision
        self.path = path
        self.cure = cure
    }

    /// The repository, revision and path that the message is about, such as `https://host/fleet.git at main,
    /// base/a.yaml`.
    package var subject: String? {
        var text = repository ?? ""
        if let revision {
            text += text.isEmpty ? revision : " at \(revision)"
        }
        if let path {
            text += text.isEmpty ? path : ", \(path)"
        }
        return text.isEmpty ? nil : text
    }

    package var description: String {
        var text = subject.map { "\($0): " } ?? ""
        text += message
        if let cure {
            text += "; \(cure)"
        }
        return text
    }

    /// Whether trying again later, with nothing changed, may help.
    package var isRetryable: Bool {
        switch code {
        case .unreachable, .timeout, .server, .damaged, .protocolViolation: true
        default: false
        }
    }

    /// The same error, told of this repository and revision unless it already names one.
    func about(repository: String, revision: String? = nil) -> GitError {
        var error = self
        error.repository = error.repository ?? repository
        error.revision = error.revision ?? revision
        return error
    }
}
