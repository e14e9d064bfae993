// A repository on this machine, read where it stands: a poll is a few system calls, and nothing is copied.

internal import Glibc
internal import LocalFiles
internal import Synchronization

/// Resolves revisions of a repository at a path, bare or with a working tree (whose uncommitted files are not seen).
final class LocalRepository: Sendable {
    /// The address, for errors.
    let name: String
    private let path: String
    private let opened = Mutex<RepositoryHandle?>(nil)

    init(path: String, name: String) {
        self.path = path
        self.name = name
    }

    func snapshot(of revision: Revision) throws(GitError) -> Snapshot {
        do {
            return try snapshot(of: revision, in: handle())
        } catch  where error.code == .damaged || error.code == .storage {
            // A repack may have taken away packs that this handle knows: look once more with a new one.
            opened.withLock { $0 = nil }
            return try snapshot(of: revision, in: handle())
        }
    }

    private func snapshot(of revision: Revision, in handle: RepositoryHandle) throws(GitError) -> Snapshot {
        let resolved = try resolve(revision, in: handle)
        do {
            return try Snapshot(
                commit: resolved.commit, reference: resolved.reference, repository: name, objects: handle.objects,
                onDamage: { [weak self] in self?.opened.withLock { $0 = nil } })
        } catch {
            throw GitError(error).about(repository: name, revision: revision.description)
        }
    }

    private func resolve(
        _ revision: Revision, in handle: RepositoryHandle
    ) throws(GitError) -> (commit: ObjectID, reference: String?) {
        if let ref = try find(revision, in: handle) {
            return (try peel(ref, revision, in: handle), ref.target ?? ref.name)
        }
        if let digits = revision.commitDigits, let id = try commit(beginningWith: digits, revision, in: handle) {
            return (id, nil)
        }
        throw notFound(revision, in: handle)
    }

    private func peel(_ ref: Ref, _ revision: Revision, in handle: RepositoryHandle) throws(GitError) -> ObjectID {
        do {
            return try handle.objects.peel(ref.peeled ?? ref.oid)
        } catch {
            throw GitError(error).about(repository: name, revision: revision.description)
        }
    }

    private func find(_ revision: Revision, in handle: RepositoryHandle) throws(GitError) -> Ref? {
        do {
            if case .semver = revision {
                let tags = try handle.refNames(beginningWith: Revision.tags)
                guard let name = revision.select(fromNames: tags) else { return nil }
                return try handle.ref(named: name)
            }
            for name in revision.candidates {
                if let ref = try handle.ref(named: name) { return ref }
            }
            return nil
        } catch {
            throw describe(error, revision, in: handle)
        }
    }

    private func commit(
        beginningWith digits: String, _ revision: Revision, in handle: RepositoryHandle
    ) throws(GitError) -> ObjectID? {
        do {
            guard let id = try handle.objects.object(beginningWith: digits) else { return nil }
            return try? handle.objects.peel(id)
        } catch {
            throw describe(error, revision, in: handle)
        }
    }

    private func handle() throws(GitError) -> RepositoryHandle {
        if let handle = opened.withLock({ $0 }) { return handle }
        let folder = try Self.gitFolder(of: path, name: name)
        do {
            let handle = try RepositoryHandle(folder: folder)
            opened.withLock { $0 = handle }
            return handle
        } catch {
            throw GitError(.repositoryNotFound, error.message, repository: name)
        }
    }

    /// Where the repository at `path` keeps its refs: itself when bare, its `.git`, or what a `.git` file of a linked
    /// worktree or submodule points to (gitrepository-layout(5)).
    private static func gitFolder(of path: String, name: String) throws(GitError) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let reason = errno
            if reason == ENOENT, !path.hasSuffix(".git"), stat(path + ".git", &status) == 0 { return path + ".git" }
            throw GitError(
                .repositoryNotFound, "the path cannot be read: \(String(cString: strerror(reason)))", repository: name,
                cure: "give the path of a Git repository on this machine, or an https or ssh address")
        }
        let dotGit = path.hasSuffix("/") ? path + ".git" : path + "/.git"
        guard stat(dotGit, &status) == 0 else { return path }
        guard status.st_mode & S_IFMT == S_IFREG else { return dotGit }
        guard let text = WholeFile.read(dotGit, limit: 4096).map({ String(decoding: $0, as: UTF8.self) }),
            text.hasPrefix("gitdir: ")
        else { return path }
        let line = text.dropFirst("gitdir: ".count).prefix { $0 != "\n" && $0 != "\r" && $0 != "\r\n" }
        return line.hasPrefix("/") ? String(line) : "\(path)/\(line)"
    }

    // MARK: What went wrong

    private func notFound(_ revision: Revision, in handle: RepositoryHandle) -> GitError {
        let branches = (try? handle.refNames(beginningWith: Revision.branches)) ?? []
        let tags = (try? handle.refNames(beginningWith: Revision.tags)) ?? []
        return GitError.notFound(revision, branches: branches, tags: tags, repository: name)
    }

    private func describe(_ failure: LibGit2.Failure, _ revision: Revision, in handle: RepositoryHandle) -> GitError {
        if failure.isAmbiguous {
            return GitError(
                .ambiguousRevision, "several objects begin with `\(revision)`", repository: name,
                revision: revision.description, cure: "write more digits of the commit id")
        }
        if let format = handle.configuration("extensions.objectformat"), format != "sha1" {
            return GitError(
                .unsupported, "the repository's objects are named by \(format)", repository: name,
                cure: "use a repository with SHA-1 objects")
        }
        if let storage = handle.configuration("extensions.refstorage"), storage != "files" {
            return GitError(
                .unsupported, "the repository keeps its refs as \(storage)", repository: name,
                cure: "convert it: git refs migrate --ref-format=files")
        }
        return GitError(.damaged, failure.message, repository: name, revision: revision.description)
    }
}

extension GitError {
    /// The revision does not exist; `branches` and `tags` are the full names that do.
    static func notFound(_ revision: Revision, branches: [String], tags: [String], repository: String) -> GitError {
        if branches.isEmpty, tags.isEmpty {
            return GitError(
                .emptyRepository, "the repository has no commits", repository: repository,
                cure: "push a branch to it first")
        }
        let branchNames = branches.map { String($0.dropFirst(Revision.branches.count)) }
        let tagNames = tags.map { String($0.dropFirst(Revision.tags.count)) }
        let (what, has): (String, String)
        switch revision {
        case .head:
            (what, has) = ("the default branch does not exist", list(branchNames, "branch", "branches"))
        case .branch(let name):
            (what, has) = ("branch `\(name)` not found", list(branchNames, "branch", "branches"))
        case .tag(let name):
            (what, has) = ("tag `\(name)` not found", list(tagNames, "tag", "tags"))
        case .semver(let range):
            (what, has) = ("no tag is a version in `\(range)`", list(tagNames, "tag", "tags"))
        case .commit(let digits):
            (what, has) = ("commit \(digits) not found", list(branchNames, "branch", "branches"))
        case .reference(let name):
            (what, has) = ("ref `\(name)` not found", list(branchNames, "branch", "branches"))
        case .name(let name):
            (what, has) = (
                "no branch, tag or commit `\(name)` found",
                list(branchNames, "branch", "branches")
                    + (tagNames.isEmpty ? "" : " and " + list(tagNames, "tag", "tags"))
            )
        }
        return GitError(
            .revisionNotFound, "\(what); the repository has \(has)", repository: repository,
            revision: revision.description)
    }

    private static func list(_ names: [String], _ one: String, _ many: String) -> String {
        if names.isEmpty { return "no \(many)" }
        let shown = names.sorted().prefix(8).joined(separator: ", ")
        let rest = names.count > 8 ? " and \(names.count - 8) more" : ""
        return "\(names.count == 1 ? one : many) \(shown)\(rest)"
    }
}
