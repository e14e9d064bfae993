// A pack on its way from the server into a mirror, through libgit2's indexer.

internal import CGit2
internal import Synchronization

/// Takes a pack in pieces and puts it and its index beside the others when it is whole. A pack that was not finished
/// leaves nothing behind. One task uses a writer at a time.
final class PackWriter: Sendable {
    /// The indexer, used on the queue only; one thread at a time, as libgit2 demands.
    private struct Indexer: @unchecked Sendable {
        var pointer: OpaquePointer?
        /// libgit2 keeps its counts here from call to call.
        var progress = git_indexer_progress()
        var received = 0
        /// The first bytes: `PACK`, version, number of objects (gitformat-pack(5)).
        var header: [UInt8] = []
    }

    private static let headerLength = 12

    private let indexer: Mutex<Indexer>
    private let watch: Watch
    private let queue = BlockingQueue("gitopsctl.pack")
    private let limit: Int
    private let objects: ObjectDatabase

    /// What libgit2 asks while it works: whether to go on.
    private final class Watch: Sendable {
        let deadline: Deadline
        let isCancelled = Mutex(false)

        init(deadline: Deadline) {
            self.deadline = deadline
        }
    }

    /// - Parameters:
    ///   - folder: the repository's folder.
    ///   - limit: the largest pack that is taken, in bytes.
    init(into folder: String, objects: ObjectDatabase, limit: Int, deadline: Deadline) throws(GitError) {
        watch = Watch(deadline: deadline)
        self.limit = limit
        self.objects = objects
        var options = git_indexer_options()
        git_indexer_options_init(&options, UInt32(GIT_INDEXER_OPTIONS_VERSION))
        // The watch lives as long as this object does, and the indexer no longer.
        options.progress_cb_payload = Unmanaged.passUnretained(watch).toOpaque()
        options.progress_cb = { _, payload in
            guard let payload else { return 0 }
            let watch = Unmanaged<Watch>.fromOpaque(payload).takeUnretainedValue()
            return watch.deadline.hasPassed || watch.isCancelled.withLock({ $0 }) ? -1 : 0
        }
        var pointer: OpaquePointer?
        do {
            try LibGit2.check(git_indexer_new(&pointer, folder + "/objects/pack", 0, nil, &options))
        } catch {
            throw GitError(.storage, "the mirror cannot be written: \(error.message)")
        }
        indexer = Mutex(Indexer(pointer: pointer))
    }

    deinit {
        indexer.withLock { indexer in
            if let pointer = indexer.pointer { git_indexer_free(pointer) }
        }
    }

    func append(_ bytes: ArraySlice<UInt8>) async throws(GitError) {
        try await run { indexer throws(GitError) in
            indexer.received += bytes.count
            guard indexer.received <= self.limit else {
                throw GitError(
                    .tooLarge, "the pack is larger than the limit of \(self.limit) bytes",
                    cure: "allow larger packs, or point at a smaller repository")
            }
            if indexer.header.count < Self.headerLength {
                indexer.header += bytes.prefix(Self.headerLength - indexer.header.count)
            }
            let code = bytes.withUnsafeBytes {
                git_indexer_append(indexer.pointer, $0.baseAddress, $0.count, &indexer.progress)
            }
            try self.check(code)
        }
    }

    /// Checks the pack's digest, resolves its deltas, and makes its objects part of the repository.
    func commit() async throws(GitError) {
        try await run { indexer throws(GitError) in
            defer {
                git_indexer_free(indexer.pointer)
                indexer.pointer = nil
            }
            guard indexer.header.count == Self.headerLength else {
                throw GitError(.protocolViolation, "the server sent no pack")
            }
            // Nothing new: an empty pack is not worth a file.
            if indexer.header[8...].allSatisfy({ $0 == 0 }) { return }
            try self.check(git_indexer_commit(indexer.pointer, &indexer.progress))
            self.objects.refresh()
        }
    }

    private func check(_ code: Int32) throws(GitError) {
        do {
            try LibGit2.check(code)
        } catch {
            if watch.isCancelled.withLock({ $0 }) { throw GitError(.cancelled, "cancelled while receiving the pack") }
            if watch.deadline.hasPassed { throw watch.deadline.error(while: "receiving the pack") }
            throw GitError(.protocolViolation, "the pack cannot be used: \(error.message)")
        }
    }

    private func run(_ body: @escaping @Sendable (inout Indexer) throws(GitError) -> Void) async throws(GitError) {
        let result: Result<Void, GitError> = await withTaskCancellationHandler {
            do throws(GitError) {
                return .success(
                    try await queue.run { () throws(GitError) in
                        try self.indexer.withLock { indexer throws(GitError) in try body(&indexer) }
                    })
            } catch {
                return .failure(error)
            }
        } onCancel: {
            watch.isCancelled.withLock { $0 = true }
        }
        try result.get()
    }
}
