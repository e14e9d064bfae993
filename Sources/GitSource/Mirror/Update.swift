// One fetch into a mirror: the attempts, in order, until one works.

internal import Glibc

/// Brings a target into a mirror. Incremental first; then the commit alone; then a fresh repository beside the old one,
/// which recovers from whatever is wrong with the old one.
struct Update: Sendable {
    private let mirror: RemoteMirror
    /// Nil when only the beginning of a commit's id is known.
    private let target: Target?
    private let revision: Revision
    private let deadline: Deadline

    init(of mirror: RemoteMirror, to target: Target?, _ revision: Revision, deadline: Deadline) {
        self.mirror = mirror
        self.target = target
        self.revision = revision
        self.deadline = deadline
    }

    /// Fetches `target` under the mirror's lock; another process may have done it meanwhile.
    func run(over session: any Session) async throws(GitError) -> Snapshot {
        guard let target else { throw GitError(.invalid, "nothing to fetch") }
        return try await locked { () throws(GitError) in
            if let snapshot = mirror.present(target) { return snapshot }
            do throws(GitError) {
                return try await attempt(Self.attempts(at: target, in: usable()), target, over: session)
            } catch  where target.reference == nil && Self.mayHelpToDoOtherwise(error) {
                // The server does not give commits by id, or has no such commit: look for it in all of the history.
                return try await everything(for: target, because: error)
            }
        }
    }

    /// Fetches all history, because a commit is known by the first digits of its id only.
    func run(
        over session: any Session, commitBeginningWith digits: String, _ refs: [Ref]
    ) async throws(GitError) -> Snapshot {
        try await locked { () throws(GitError) in
            if let found = try find(digits) { return found }
            try await receiveEverything(refs, over: session)
            if let found = try find(digits) { return found }
            throw mirror.notFound(revision, refs)
        }
    }

    private func locked(_ body: () async throws(GitError) -> Snapshot) async throws(GitError) -> Snapshot {
        try mirror.folder.create()
        return try await mirror.folder.lock.hold(deadline: deadline) { () throws(GitError) in
            mirror.folder.prune(now: time(nil))
            return try await body()
        }
    }

    // MARK: Attempts

    private enum Attempt {
        case into(RepositoryHandle, FetchCommand.History, since: ObjectID?)
        case afresh
    }

    private static func attempts(at target: Target, in handle: RepositoryHandle?) -> [Attempt] {
        guard let handle else { return [.afresh] }
        if MirrorFolder.shallow(of: handle.folder).isEmpty { return [.into(handle, .missing, since: nil), .afresh] }
        var attempts: [Attempt] = [.into(handle, .depth(1), since: nil), .afresh]
        // A merge brings history in from the side. Cut by depth, the commits between would be lost; uncut, all of the
        // side branch's history would come. So: what happened since the commit that is here.
        if let name = target.reference, let old = (try? handle.ref(named: name))?.oid,
            let commit = try? handle.objects.commit(old)
        {
            attempts.insert(.into(handle, .since(commit.committer.seconds), since: old), at: 0)
        }
        return attempts
    }

    private func attempt(
        _ attempts: [Attempt], _ target: Target, over first: any Session
    ) async throws(GitError) -> Snapshot {
        var session: (any Session)? = first
        var lastError = GitError(.server, "nothing was tried")
        for attempt in attempts {
            let current: any Session
            if let session { current = session } else { current = try mirror.open(deadline: deadline) }
            let result: Result<Snapshot, GitError>
            do throws(GitError) {
                result = .success(try await self.attempt(attempt, target, over: current))
            } catch {
                result = .failure(error)
            }
            // The first one belongs to the caller.
            if session == nil { await current.close() }
            session = nil
            switch result {
            case .success(let snapshot): return snapshot
            case .failure(let error):
                guard Self.mayHelpToDoOtherwise(error) else { throw error }
                lastError = error
            }
        }
        throw lastError
    }

    /// Whether the failure may lie in what was asked for, or in what is here.
    private static func mayHelpToDoOtherwise(_ error: GitError) -> Bool {
        switch error.code {
        case .server, .protocolViolation, .damaged, .unreachable, .unsupported: true
        default: false
        }
    }

    private func attempt(_ attempt: Attempt, _ target: Target, over session: any Session) async throws(GitError)
        -> Snapshot
    {
        switch attempt {
        case .into(let handle, let history, let old):
            try await receive([target.oid], history, into: handle, over: session)
            return try await settle(target, in: handle, against: old)
        case .afresh:
            return try await afresh { handle throws(GitError) in
                try await receive([target.oid], .depth(1), into: handle, over: session)
                return try await settle(target, in: handle, against: nil)
            }
        }
    }

    /// Fills a new repository beside the one in use, and puts it in its place when it is whole.
    private func afresh<Result>(
        _ fill: (RepositoryHandle) async throws(GitError) -> Result
    ) async throws(GitError) -> Result {
        let path = mirror.folder.nextRepository()
        do throws(GitError) {
            let handle: RepositoryHandle
            do {
                handle = try RepositoryHandle(creatingBareIn: path)
            } catch {
                throw GitError(.storage, "the mirror cannot be made: \(error.message)")
            }
            let result = try await fill(handle)
            if let old = mirror.folder.repository { MirrorFolder.markReplaced(old) }
            try mirror.folder.use(path)
            return result
        } catch {
            FolderTree.remove(path)
            throw error
        }
    }

    // MARK: All of the history

    private func everything(for target: Target, because refusal: GitError) async throws(GitError) -> Snapshot {
        let session = try mirror.open(deadline: deadline)
        let result: Result<Snapshot, GitError>
        do throws(GitError) {
            let refs = try await session.refs(under: [Revision.branches, Revision.tags])
            guard !refs.isEmpty else { throw mirror.notFound(revision, refs) }
            try await receiveEverything(refs, over: session)
            guard let snapshot = mirror.present(target) else { throw mirror.notFound(revision, refs) }
            result = .success(snapshot)
        } catch {
            result = .failure(error)
        }
        await session.close()
        return try result.get()
    }

    private func receiveEverything(_ refs: [Ref], over session: any Session) async throws(GitError) {
        let wants = Array(Set(refs.map(\.oid)))
        if let handle = usable() {
            let isShallow = !MirrorFolder.shallow(of: handle.folder).isEmpty
            try await receive(wants, isShallow ? .unlimited : .missing, into: handle, over: session)
        } else {
            try await afresh { handle throws(GitError) in
                try await receive(wants, .missing, into: handle, over: session)
            }
        }
    }

    private func find(_ digits: String) throws(GitError) -> Snapshot? {
        guard let handle = mirror.handle() else { return nil }
        let id: ObjectID?
        do {
            id = try handle.objects.object(beginningWith: digits)
        } catch {
            guard error.isAmbiguous else { throw GitError(.damaged, error.message) }
            throw GitError(
                .ambiguousRevision, "several objects begin with `\(digits)`", cure: "write more digits of the commit id"
            )
        }
        guard let id, (try? handle.objects.commit(id)) != nil else { return nil }
        return try mirror.snapshot(of: Target(reference: nil, oid: id, commit: id), in: handle)
    }

    // MARK: Receiving

    /// The repository in use, unless it is damaged or has grown too many packs.
    private func usable() -> RepositoryHandle? {
        guard let handle = mirror.handle(), MirrorFolder.packCount(of: handle.folder) < mirror.options.maximumPacks
        else {
            return nil
        }
        return handle
    }

    private static let maximumHaves = 32

    private func receive(
        _ wants: [ObjectID], _ history: FetchCommand.History, into handle: RepositoryHandle, over session: any Session
    ) async throws(GitError) {
        var shallow = Set(MirrorFolder.shallow(of: handle.folder))
        let command = FetchCommand(wants: wants, haves: haves(in: handle), shallow: shallow.sorted(), history: history)
        let writer = try PackWriter(
            into: handle.folder, objects: handle.objects, limit: mirror.options.packLimit, deadline: deadline)
        try await session.fetch(command) { event throws(GitError) in
            switch event {
            case .shallow(let id): shallow.insert(id)
            case .unshallow(let id): shallow.remove(id)
            case .pack(let bytes): try await writer.append(bytes)
            case .end: break
            }
        }
        mirror.didSpeak(session)
        // First where history ends, then the objects: the other way round, a crash between would leave commits that
        // promise parents which are not here.
        try MirrorFolder.setShallow(shallow, of: handle.folder)
        try await writer.commit()
    }

    private func haves(in handle: RepositoryHandle) -> [ObjectID] {
        var names = (try? handle.refNames(beginningWith: "refs/")) ?? []
        if let own = target?.reference, let position = names.firstIndex(of: own) { names.swapAt(0, position) }
        var haves: [ObjectID] = []
        for name in names.prefix(Self.maximumHaves) {
            if let id = (try? handle.ref(named: name))?.oid, !haves.contains(id) { haves.append(id) }
        }
        return haves
    }

    /// Checks that the commit came with all of its tree, and points the ref at it.
    private func settle(
        _ target: Target, in handle: RepositoryHandle, against old: ObjectID?
    ) async throws(GitError) -> Snapshot {
        let snapshot = try mirror.snapshot(of: target, in: handle)
        let objects = handle.objects
        try await BlockingQueue("gitopsctl.connectivity").run { () throws(GitError) in
            do throws(ObjectFailure) {
                var known: ObjectID?
                if let old { known = try objects.commit(old).tree }
                try Connectivity(objects: objects).check(tree: snapshot.tree, against: known)
            } catch {
                throw GitError(error)
            }
        }
        let name = target.reference ?? "refs/commits/\(snapshot.commit)"
        do {
            try handle.placeRef(named: name, at: snapshot.commitID)
        } catch {
            throw GitError(.storage, "the ref \(name) cannot be written: \(error.message)")
        }
        return snapshot
    }
}
