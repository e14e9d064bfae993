// One opened repository: its refs behind a lock, its object database without.

internal import CGit2
internal import Synchronization

/// A `git_repository`. libgit2 forbids its use by two threads at once (docs/threading.md, quoted at `ObjectDatabase`),
/// so every use of the handle is under the lock; the object database is safe to share and handed out.
final class RepositoryHandle: Sendable {
    private struct Pointer: @unchecked Sendable {
        let repository: OpaquePointer
    }

    private let handle: Mutex<Pointer>
    let objects: ObjectDatabase
    /// The folder that holds `objects` and `refs`.
    let folder: String

    /// Opens the repository in `folder` (a `.git` folder or a bare repository).
    ///
    /// `git_repository_open_bare` reads neither hooks nor the working tree and does not mind who owns the folder; only
    /// objects and refs are read, so an owner's configuration has nothing to run.
    convenience init(folder: String) throws(LibGit2.Failure) {
        _ = LibGit2.start
        var repository: OpaquePointer?
        try LibGit2.check(git_repository_open_bare(&repository, folder))
        try self.init(owning: repository, folder: folder)
    }

    /// Makes an empty bare repository in `folder`, which must be empty or absent.
    convenience init(creatingBareIn folder: String) throws(LibGit2.Failure) {
        _ = LibGit2.start
        var repository: OpaquePointer?
        try LibGit2.check(git_repository_init(&repository, folder, 1))
        try self.init(owning: repository, folder: folder)
    }

    private init(owning repository: OpaquePointer?, folder: String) throws(LibGit2.Failure) {
        guard let repository else { throw LibGit2.Failure(code: -1, message: "no repository") }
        var odb: OpaquePointer?
        do {
            try LibGit2.check(git_repository_odb(&odb, repository))
        } catch {
            git_repository_free(repository)
            throw error
        }
        guard let odb else {
            git_repository_free(repository)
            throw LibGit2.Failure(code: -1, message: "no object database")
        }
        handle = Mutex(Pointer(repository: repository))
        objects = ObjectDatabase(owning: odb)
        self.folder = folder
    }

    deinit {
        handle.withLock { git_repository_free($0.repository) }
    }

    /// The ref of this full name (or `HEAD`), symbolic refs followed; nil when it does not exist.
    func ref(named name: String) throws(LibGit2.Failure) -> Ref? {
        try withRepository { repository throws(LibGit2.Failure) in
            var reference: OpaquePointer?
            do throws(LibGit2.Failure) {
                try LibGit2.check(git_reference_lookup(&reference, repository, name))
            } catch {
                // A name that Git does not allow is a name that no ref has.
                guard error.isNotFound || error.code == GIT_EINVALIDSPEC.rawValue else { throw error }
                return nil
            }
            defer { git_reference_free(reference) }
            var resolved: OpaquePointer?
            do throws(LibGit2.Failure) {
                try LibGit2.check(git_reference_resolve(&resolved, reference))
            } catch {
                guard error.isNotFound else { throw error }
                return nil
            }
            defer { git_reference_free(resolved) }
            guard let oid = git_reference_target(resolved) else { return nil }
            let target = git_reference_symbolic_target(reference).map { String(cString: $0) }
            let peeled = git_reference_target_peel(reference).map { ObjectID($0.pointee) }
            return Ref(name: name, oid: ObjectID(oid.pointee), peeled: peeled, target: target)
        }
    }

    /// The full names of all refs that begin with `prefix`.
    func refNames(beginningWith prefix: String) throws(LibGit2.Failure) -> [String] {
        try withRepository { repository throws(LibGit2.Failure) in
            var iterator: OpaquePointer?
            try LibGit2.check(git_reference_iterator_new(&iterator, repository))
            defer { git_reference_iterator_free(iterator) }
            var names: [String] = []
            var name: UnsafePointer<CChar>?
            while true {
                let code = git_reference_next_name(&name, iterator)
                if code == GIT_ITEROVER.rawValue { return names }
                try LibGit2.check(code)
                if let name {
                    let text = String(cString: name)
                    if text.hasPrefix(prefix) { names.append(text) }
                }
            }
        }
    }

    /// Points the ref of this name at an object that the repository has; the file is replaced in one step.
    func setRef(named name: String, to id: ObjectID) throws(LibGit2.Failure) {
        try withRepository { repository throws(LibGit2.Failure) in
            var oid = id.oid
            var reference: OpaquePointer?
            try LibGit2.check(git_reference_create(&reference, repository, name, &oid, 1, nil))
            git_reference_free(reference)
        }
    }

    /// Removes the ref of this name, if there is one.
    func removeRef(named name: String) throws(LibGit2.Failure) {
        try withRepository { repository throws(LibGit2.Failure) in
            let code = git_reference_remove(repository, name)
            if code != GIT_ENOTFOUND.rawValue { try LibGit2.check(code) }
        }
    }

    /// The value of a configuration key of the repository, such as `extensions.objectformat`.
    func configuration(_ key: String) -> String? {
        handle.withLock { handle in
            var configuration: OpaquePointer?
            guard git_repository_config_snapshot(&configuration, handle.repository) == 0 else { return nil }
            defer { git_config_free(configuration) }
            var value: UnsafePointer<CChar>?
            guard git_config_get_string(&value, configuration, key) == 0 else { return nil }
            return value.map { String(cString: $0) }
        }
    }

    private func withRepository<Result: Sendable>(
        _ body: (OpaquePointer) throws(LibGit2.Failure) -> Result
    ) throws(LibGit2.Failure) -> Result {
        try handle.withLock { handle throws(LibGit2.Failure) in try body(handle.repository) }
    }
}
