// Following a remote repository: ask where the refs are, fetch what moved, keep it in a bare repository.

internal import Glibc
internal import HTTPClient
internal import LocalFiles
internal import Synchronization

/// A bare repository in a `MirrorFolder`, kept up with a remote one.
final class RemoteMirror: Sendable {
    let repository: RemoteRepository
    let options: Mirror.Options
    let folder: MirrorFolder
    private let http: HTTPClient
    private let state = Mutex(State())

    private struct State {
        var handle: RepositoryHandle?
        /// What the server said of itself; outlives the process in the mirror's folder.
        var server: KnownServer?
        /// Whether the server has let these credentials in since this value was made. Only then are commits shown that
        /// somebody else's credentials may have fetched.
        var isAuthorized = false
    }

    init(of repository: RemoteRepository, below cacheFolder: String, http: HTTPClient, options: Mirror.Options) {
        self.repository = repository
        self.http = http
        self.options = options
        folder = MirrorFolder(for: repository.url, below: cacheFolder)
    }

    func fetch(_ revision: Revision, deadline: Deadline) async throws(GitError) -> Snapshot {
        do {
            return try await resolveAndFetch(revision, deadline: deadline)
        } catch {
            throw error.about(repository: repository.url, revision: revision.description)
        }
    }

    private func resolveAndFetch(_ revision: Revision, deadline: Deadline) async throws(GitError) -> Snapshot {
        if let id = revision.wholeCommit {
            let target = Target(reference: nil, oid: id, commit: id)
            if state.withLock({ $0.isAuthorized }), let snapshot = present(target) { return snapshot }
        }
        let (session, target) = try await begin(revision, deadline: deadline)
        let result: Result<Snapshot, GitError>
        do throws(GitError) {
            result = .success(try await snapshot(of: target, revision, over: session, deadline: deadline))
        } catch {
            result = .failure(error)
        }
        await session.close()
        return try result.get()
    }

    private func snapshot(
        of target: Target?, _ revision: Revision, over session: any Session, deadline: Deadline
    ) async throws(GitError) -> Snapshot {
        if let target {
            if let snapshot = present(target) { return snapshot }
            return try await Update(of: self, to: target, revision, deadline: deadline).run(over: session)
        }
        // No ref has that name. It may be the beginning of a commit id.
        let all = try await session.refs(under: [Revision.branches, Revision.tags])
        guard let digits = revision.commitDigits else { throw notFound(revision, all) }
        let tips = Set(all.map { $0.peeled ?? $0.oid }.filter { $0.description.hasPrefix(digits) })
        if tips.count == 1, let tip = tips.first {
            let target = Target(reference: nil, oid: tip, commit: tip)
            if let snapshot = present(target) { return snapshot }
            return try await Update(of: self, to: target, revision, deadline: deadline).run(over: session)
        }
        guard !all.isEmpty else { throw notFound(revision, all) }
        let update = Update(of: self, to: nil, revision, deadline: deadline)
        return try await update.run(over: session, commitBeginningWith: digits, all)
    }

    // MARK: Asking

    /// Opens a session, asks it for the refs that matter, and chooses among them: nil when none is meant.
    private func begin(
        _ revision: Revision, deadline: Deadline
    ) async throws(GitError) -> (any Session, Target?) {
        let known = state.withLock { $0.server } ?? KnownServer(file: folder.server)
        if let known, case .http = repository.location {
            do {
                return try await begin(revision, known: known, deadline: deadline)
            } catch  where error.code != .timeout && error.code != .cancelled {
                // What was known may no longer hold: begin from the beginning.
                state.withLock { $0.server = nil }
            }
        }
        return try await begin(revision, known: nil, deadline: deadline)
    }

    private func begin(
        _ revision: Revision, known: KnownServer?, deadline: Deadline
    ) async throws(GitError) -> (any Session, Target?) {
        let session = try open(known: known, deadline: deadline)
        do {
            let target = try await ask(for: revision, session)
            didSpeak(session)
            return (session, target)
        } catch {
            await session.close()
            throw error
        }
    }

    private func ask(for revision: Revision, _ session: any Session) async throws(GitError) -> Target? {
        if let id = revision.wholeCommit {
            let target = Target(reference: nil, oid: id, commit: id)
            // Only to see whether these credentials may: what is here may have been fetched with others.
            if present(target) != nil { _ = try await session.refs(under: ["HEAD"]) }
            return target
        }
        var prefixes = revision.candidates
        if case .semver = revision { prefixes = [Revision.tags] }
        let refs = prefixes.isEmpty ? [] : try await session.refs(under: prefixes)
        guard let name = revision.select(fromNames: refs.map(\.name)), let ref = refs.first(where: { $0.name == name })
        else {
            return nil
        }
        return Target(reference: ref.target ?? ref.name, oid: ref.oid, commit: ref.peeled ?? ref.oid)
    }

    /// A new session, which knows what an earlier one learnt.
    func open(deadline: Deadline) throws(GitError) -> any Session {
        try open(known: state.withLock { $0.server }, deadline: deadline)
    }

    private func open(known: KnownServer?, deadline: Deadline) throws(GitError) -> any Session {
        switch repository.location {
        case .http(let url):
            return HTTPSession(repository: repository, url: url, client: http, deadline: deadline, known: known)
        case .ssh(let user, let host, let port, let path):
            var credentials: SSHCredentials?
            if case .ssh(let given) = repository.credentials { credentials = given }
            let address = SSHAddress(user: user, host: host, port: port, path: path)
            return try SSHSession(to: address, credentials: credentials, options: options.ssh, deadline: deadline)
        case .path:
            throw GitError(.unsupported, "a path has no server")
        }
    }

    /// The server answered: remember what it can do, and that it knows us.
    func didSpeak(_ session: any Session) {
        let known = (session as? HTTPSession)?.known
        state.withLock { state in
            state.isAuthorized = true
            state.server = known
        }
        if let known, KnownServer(file: folder.server) != known {
            // Without a folder yet there is nothing to save a request for.
            try? WholeFile.replace(folder.server, with: known.text.utf8)
        }
    }

    func notFound(_ revision: Revision, _ refs: [Ref]) -> GitError {
        let names = refs.map(\.name)
        return GitError.notFound(
            revision, branches: names.filter { $0.hasPrefix(Revision.branches) },
            tags: names.filter { $0.hasPrefix(Revision.tags) }, repository: repository.url)
    }

    // MARK: What is here

    /// The repository in use; nil when there is none that can be used.
    func handle() -> RepositoryHandle? {
        guard let path = folder.repository, !MirrorFolder.isDamaged(path) else { return nil }
        if let handle = state.withLock({ $0.handle }), handle.folder == path { return handle }
        guard let handle = try? RepositoryHandle(folder: path) else { return nil }
        state.withLock { $0.handle = handle }
        return handle
    }

    /// The snapshot of `target`, if its commit is here.
    func present(_ target: Target) -> Snapshot? {
        guard let handle = handle(), handle.objects.contains(target.commit) else { return nil }
        return try? snapshot(of: target, in: handle)
    }

    func snapshot(of target: Target, in handle: RepositoryHandle) throws(GitError) -> Snapshot {
        let folder = handle.folder
        do {
            let commit = try handle.objects.peel(target.commit)
            return try Snapshot(
                commit: commit, reference: target.reference, repository: repository.url, objects: handle.objects,
                onDamage: { MirrorFolder.markDamaged(folder) })
        } catch {
            MirrorFolder.markDamaged(folder)
            throw GitError(error)
        }
    }
}

/// What a revision turned out to mean.
struct Target: Sendable, Hashable {
    /// The ref's full name; nil for a commit by id.
    var reference: String?
    /// What to ask the server for; a tag object for an annotated tag.
    var oid: ObjectID
    var commit: ObjectID
}

extension RepositoryHandle {
    /// Sets a ref, under the mirror's lock, even where something stands in its way: a branch that is gone (`a` and
    /// `a/b` cannot both be), or the lock file of a process that was killed.
    func placeRef(named name: String, at id: ObjectID) throws(LibGit2.Failure) {
        do throws(LibGit2.Failure) {
            try setRef(named: name, to: id)
        } catch {
            unlink("\(folder)/\(name).lock")
            unlink("\(folder)/packed-refs.lock")
            for other in try refNames(beginningWith: "refs/")
            where other.hasPrefix(name + "/") || name.hasPrefix(other + "/") {
                unlink("\(folder)/\(other).lock")
                try removeRef(named: other)
            }
            try setRef(named: name, to: id)
        }
    }
}
