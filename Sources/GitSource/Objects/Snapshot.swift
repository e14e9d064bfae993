// A commit and its tree, read straight from the object database. Nothing is checked out, so there is no file system
// that a path or a symbolic link could lead into.

/// A blob's bytes and its id.
package struct FileContent: Sendable, Hashable {
    package let bytes: [UInt8]
    package let oid: ObjectID
}

/// Where a path leads.
package struct ResolvedPath: Sendable, Hashable {
    /// The path without links, `.` and `..`; empty for the root.
    package let path: String
    package let entry: TreeEntry
    /// The paths of the symbolic links that were followed, in order; each depends on its own object too.
    package let links: [String]
}

/// One commit of a repository. A value: it may be copied and read from any task, and stays readable while it is held.
///
/// Paths are relative to the tree's root, with `/` between names; `""`, `.` and `..` inside the tree are understood.
/// Symbolic links are followed inside the tree.
package struct Snapshot: Sendable {
    /// The commit's id as 40 hexadecimal digits.
    package var commit: String { commitID.description }
    package let commitID: ObjectID
    /// The root tree.
    package let tree: ObjectID
    package let author: Signature
    package let committer: Signature
    /// The first paragraph of the commit message, on one line.
    package let subject: String
    /// The ref that the revision resolved to, such as `refs/heads/main` or `refs/tags/v1.4.2`; nil for a commit by id.
    package let reference: String?
    /// The printed form of the repository.
    package let repository: String

    let objects: ObjectDatabase
    /// Told when an object turns out to be damaged.
    private let onDamage: @Sendable () -> Void

    /// Files beyond this size are not read unless the caller allows it.
    package static let defaultFileLimit = 64 << 20

    init(
        commit id: ObjectID, reference: String?, repository: String, objects: ObjectDatabase,
        onDamage: @escaping @Sendable () -> Void
    ) throws(ObjectFailure) {
        let commit = try objects.commit(id)
        commitID = id
        tree = commit.tree
        author = commit.author
        committer = commit.committer
        subject = commit.subject
        self.reference = reference
        self.repository = repository
        self.objects = objects
        self.onDamage = onDamage
    }

    /// What stands at `path`; nil when there is nothing. The root is a directory without a name.
    ///
    /// - Parameter followingLinks: whether a symbolic link at the end of the path is followed. Those on the way always
    ///   are.
    /// - Throws: `GitError` for a path or link that leads out of the tree, for a broken link, and for a path through a
    ///   submodule. A submodule itself is returned as an entry.
    package func entry(_ path: String, followingLinks: Bool = true) throws(GitError) -> TreeEntry? {
        var walk = PathWalk(root: tree, path: path, followsLast: followingLinks)
        do {
            return try walk.resolve(in: objects)?.entry
        } catch {
            throw describe(error, path: path)
        }
    }

    /// What `path` comes to when its links are followed; nil when there is nothing.
    ///
    /// - Throws: as `entry` does.
    package func resolve(_ path: String) throws(GitError) -> ResolvedPath? {
        var walk = PathWalk(root: tree, path: path)
        do {
            guard let (entry, place) = try walk.resolve(in: objects) else { return nil }
            return ResolvedPath(path: place, entry: entry, links: walk.links.map(\.path))
        } catch {
            throw describe(error, path: path)
        }
    }

    /// What the symbolic link at `path` says.
    ///
    /// - Throws: `GitError` when there is no link.
    package func linkTarget(_ path: String) throws(GitError) -> String {
        guard let entry = try entry(path, followingLinks: false) else { throw notFound(path) }
        guard entry.mode == .symlink else { throw error(.invalidPath, "is not a symbolic link", path: path) }
        do {
            return String(decoding: try objects.blob(entry.oid, limit: PathWalk.linkLength), as: UTF8.self)
        } catch {
            throw describe(.object(error), path: path)
        }
    }

    /// The bytes of the file at `path`, symbolic links followed.
    ///
    /// - Throws: `GitError` when there is no file, or it is larger than `limit` bytes.
    package func read(_ path: String, limit: Int = defaultFileLimit) throws(GitError) -> FileContent {
        guard let entry = try entry(path) else { throw notFound(path) }
        switch entry.mode {
        case .directory: throw error(.invalidPath, "is a directory, not a file", path: path)
        case .submodule: throw submodule(path)
        case .file, .executable, .symlink: break
        }
        do {
            return FileContent(bytes: try objects.blob(entry.oid, limit: limit), oid: entry.oid)
        } catch {
            throw describe(.object(error), path: path)
        }
    }

    /// The entries of the directory at `path` in Git's order, as they stand there: links are not followed.
    ///
    /// - Throws: `GitError` when there is no directory.
    package func list(_ path: String) throws(GitError) -> [TreeEntry] {
        guard let entry = try entry(path) else { throw notFound(path) }
        switch entry.mode {
        case .directory: break
        case .submodule: throw submodule(path)
        case .file, .executable, .symlink: throw error(.invalidPath, "is a file, not a directory", path: path)
        }
        do {
            return try objects.tree(entry.oid).entries
        } catch {
            throw describe(.object(error), path: path)
        }
    }

    private func notFound(_ path: String) -> GitError {
        error(.pathNotFound, "no such file or directory in the commit", path: path)
    }

    private func submodule(_ path: String) -> GitError {
        error(
            .submodule, "is a submodule, whose files are in another repository", path: path,
            cure: "refer to that repository directly, or commit its files")
    }

    private func error(_ code: GitError.Code, _ message: String, path: String, cure: String? = nil) -> GitError {
        GitError(
            code, message, repository: repository, revision: commitID.abbreviated, path: path.isEmpty ? "." : path,
            cure: cure)
    }

    func describe(_ failure: PathFailure, path: String) -> GitError {
        switch failure {
        case .escapes(let link):
            let what = link.map { "the symbolic link \($0.path) -> \($0.target) leads" } ?? "the path leads"
            return error(.outsideTree, "\(what) out of the repository", path: path)
        case .brokenLink(let link):
            return error(
                .brokenLink, "the symbolic link \(link.path) -> \(link.target) leads to nothing in the commit",
                path: path)
        case .linkLoop(let link):
            return error(
                .linkLoop, "too many symbolic links, the last one \(link.path) -> \(link.target)", path: path)
        case .throughSubmodule(let submodulePath):
            return error(
                .submodule, "\(submodulePath) is a submodule, whose files are in another repository", path: path,
                cure: "refer to that repository directly, or commit its files")
        case .object(let failure):
            return describe(failure, path: path)
        }
    }

    func describe(_ failure: ObjectFailure, path: String? = nil) -> GitError {
        if case .tooLarge = failure {} else { onDamage() }
        var error = GitError(failure)
        error.repository = repository
        error.revision = commitID.abbreviated
        error.path = path
        return error
    }
}

extension GitError {
    init(_ failure: ObjectFailure) {
        switch failure {
        case .missing(let id):
            self.init(
                .damaged, "object \(id) is missing from the object database",
                cure:
                    "sync again, which replaces a mirror; a repository here may be a partial clone or damaged (git fsck)"
            )
        case .damaged(let id, let reason):
            self.init(
                .damaged, "object \(id) is damaged: \(reason)",
                cure: "sync again: a mirror is replaced; check a repository on this machine with git fsck")
        case .tooLarge(_, let size, let limit):
            self.init(.tooLarge, "\(size) bytes are more than the limit of \(limit)")
        case .notA(let kind, let id):
            self.init(.damaged, "object \(id) is not a \(kind)")
        }
    }
}
