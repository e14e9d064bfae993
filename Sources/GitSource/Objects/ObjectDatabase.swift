// The object database of one repository, read by id.
//
// libgit2's threading contract (docs/threading.md; for git_odb since 1.2): "Unless otherwise specified, libgit2 objects
// cannot be safely accessed by multiple threads simultaneously. […] Use an object from a single thread at a time. […]
// The `git_odb` object uses locking internally, and is thread-safe to use from multiple threads simultaneously." So
// this class shares a `git_odb` and nothing else, and what it returns are copies.

internal import CGit2
internal import Synchronization

/// The four kinds of Git objects.
enum ObjectKind: Sendable, Hashable {
    case commit, tree, blob, tag

    fileprivate init?(_ type: git_object_t) {
        switch type {
        case GIT_OBJECT_COMMIT: self = .commit
        case GIT_OBJECT_TREE: self = .tree
        case GIT_OBJECT_BLOB: self = .blob
        case GIT_OBJECT_TAG: self = .tag
        default: return nil
        }
    }
}

/// Why an object could not be read.
enum ObjectFailure: Error, Hashable {
    case missing(ObjectID)
    case damaged(ObjectID, String)
    case tooLarge(ObjectID, size: Int, limit: Int)
    case notA(ObjectKind, ObjectID)
}

/// Reads objects by id, from any number of threads at once. Trees are kept parsed; everything else is read when asked
/// for.
final class ObjectDatabase: @unchecked Sendable {
    private let odb: OpaquePointer
    private let trees = Mutex<[ObjectID: TreeObject]>([:])

    /// Trees kept parsed; past this many the cache starts afresh.
    private static let treeCacheCapacity = 8192

    /// Commits, trees and tags beyond this size are not believed.
    private static let metadataLimit = 64 << 20

    /// Takes ownership of `odb`.
    init(owning odb: OpaquePointer) {
        self.odb = odb
    }

    deinit {
        git_odb_free(odb)
    }

    func contains(_ id: ObjectID) -> Bool {
        withUnsafePointer(to: id.oid) { git_odb_exists(odb, $0) == 1 }
    }

    /// Calls `body` with the object's raw bytes, which are valid during the call only. libgit2 checks them against the
    /// id.
    func withObject<Result>(
        _ id: ObjectID, limit: Int, _ body: (ObjectKind, UnsafeRawBufferPointer) throws(ObjectFailure) -> Result
    ) throws(ObjectFailure) -> Result {
        var oid = id.oid
        var size = 0
        var type = GIT_OBJECT_INVALID
        try check(git_odb_read_header(&size, &type, odb, &oid), reading: id)
        guard size <= limit else { throw .tooLarge(id, size: size, limit: limit) }

        var object: OpaquePointer?
        try check(git_odb_read(&object, odb, &oid), reading: id)
        guard let object else { throw .missing(id) }
        defer { git_odb_object_free(object) }
        guard let kind = ObjectKind(git_odb_object_type(object)) else { throw .damaged(id, "unknown kind of object") }
        let bytes = UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object))
        return try body(kind, bytes)
    }

    private func check(_ code: Int32, reading id: ObjectID) throws(ObjectFailure) {
        do {
            try LibGit2.check(code)
        } catch {
            throw error.isNotFound ? .missing(id) : .damaged(id, error.message)
        }
    }

    func blob(_ id: ObjectID, limit: Int) throws(ObjectFailure) -> [UInt8] {
        try withObject(id, limit: limit) { kind, bytes throws(ObjectFailure) in
            guard kind == .blob else { throw .notA(.blob, id) }
            return [UInt8](bytes)
        }
    }

    func tree(_ id: ObjectID) throws(ObjectFailure) -> TreeObject {
        if let tree = trees.withLock({ $0[id] }) { return tree }
        let tree = try withObject(id, limit: Self.metadataLimit) { kind, bytes throws(ObjectFailure) in
            guard kind == .tree else { throw .notA(.tree, id) }
            guard let tree = TreeObject(raw: bytes) else { throw .damaged(id, "the tree cannot be parsed") }
            return tree
        }
        trees.withLock { trees in
            if trees.count >= Self.treeCacheCapacity { trees.removeAll() }
            trees[id] = tree
        }
        return tree
    }

    func commit(_ id: ObjectID) throws(ObjectFailure) -> CommitObject {
        try withObject(id, limit: Self.metadataLimit) { kind, bytes throws(ObjectFailure) in
            guard kind == .commit else { throw .notA(.commit, id) }
            guard let commit = CommitObject(raw: bytes) else { throw .damaged(id, "the commit cannot be parsed") }
            return commit
        }
    }

    /// The commit that `id` stands for: itself, or what an annotated tag (of a tag, …) points to.
    func peel(_ id: ObjectID) throws(ObjectFailure) -> ObjectID {
        var id = id
        for _ in 0..<16 {
            let next = try withObject(id, limit: Self.metadataLimit) {
                kind, bytes throws(ObjectFailure) -> ObjectID? in
                switch kind {
                case .commit: return nil
                case .tag:
                    guard let tag = TagObject(raw: bytes) else { throw .damaged(id, "the tag cannot be parsed") }
                    return tag.target
                case .tree, .blob: throw .notA(.commit, id)
                }
            }
            guard let next else { return id }
            id = next
        }
        throw .notA(.commit, id)
    }

    /// The object that begins with `digits`: nil when none does; throws when several do.
    func object(beginningWith digits: String) throws(LibGit2.Failure) -> ObjectID? {
        var short = git_oid()
        try LibGit2.check(git_oid_fromstrn(&short, digits, digits.utf8.count))
        var found = git_oid()
        do throws(LibGit2.Failure) {
            try LibGit2.check(git_odb_exists_prefix(&found, odb, &short, digits.utf8.count))
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
        return ObjectID(found)
    }

    /// Looks for packs that came since the database was opened.
    func refresh() {
        git_odb_refresh(odb)
    }
}
