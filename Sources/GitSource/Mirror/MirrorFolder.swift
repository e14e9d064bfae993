// The cache folder of one remote repository.
//
//     <name>-<digest of the address>/
//         lock            held while something is written
//         server          what the server said of itself (its capabilities)
//         current -> g3   the repository in use; replaced by rename, so it is always whole
//         g3/             a bare repository
//         g2/             its predecessor, kept for an hour for those that still read it

internal import CGit2
internal import Glibc
internal import LocalFiles

struct MirrorFolder: Sendable {
    let path: String

    /// How long a replaced repository is kept, in seconds.
    private static let retention = 3600

    /// The folder for `address` below `cacheFolder`; nothing is created yet.
    init(for address: String, below cacheFolder: String) {
        _ = LibGit2.start
        let last = address.split(whereSeparator: { $0 == "/" || $0 == ":" }).last ?? "repository"
        let name = last.unicodeScalars.prefix(40).map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)) ? Character(scalar) : "-"
        }
        var digest = git_oid()
        var bytes = Array(address.utf8)
        git_odb_hash(&digest, &bytes, bytes.count, GIT_OBJECT_BLOB)
        path = "\(cacheFolder)/\(String(name))-\(ObjectID(digest).description.prefix(16))"
    }

    var lock: FileLock { FileLock(path: path + "/lock") }
    var server: String { path + "/server" }
    private var current: String { path + "/current" }

    /// Creates the folder and those above it, for this user only.
    func create() throws(GitError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix.hasSuffix("/") ? part : "/\(part)"
            guard mkdir(prefix, 0o700) == 0 || errno == EEXIST else {
                // Folders above that exist may be on a read-only file system, which says so first.
                var status = stat()
                let reason = errno
                if stat(prefix, &status) == 0 { continue }
                throw GitError(
                    .storage, "the cache folder \(prefix) cannot be made: \(String(cString: strerror(reason)))",
                    cure: "name a folder that can be written")
            }
        }
    }

    /// The folder of the repository in use, by its own name; nil when there is none.
    var repository: String? {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink(current, &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        return path + "/" + String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A path for the next repository to be built at, under the lock.
    func nextRepository() -> String {
        let newest = generations().map(\.number).max() ?? 0
        return "\(path)/g\(newest + 1)"
    }

    /// Makes `repository` the one in use, in one step.
    func use(_ repository: String) throws(GitError) {
        let link = current + ".new"
        unlink(link)
        let name = String(repository.dropFirst(path.count + 1))
        guard symlink(name, link) == 0, rename(link, current) == 0 else {
            throw GitError(.storage, "\(current) cannot be replaced: \(String(cString: strerror(errno)))")
        }
    }

    /// Removes what no one needs, under the lock: unfinished packs and repositories at once, replaced ones an hour
    /// later.
    ///
    /// - Parameter now: seconds since 1970.
    func prune(now: Int) {
        let inUse = repository
        if let inUse {
            // The indexer's temporary files, left by a process that was killed.
            for name in FolderTree.names(in: inUse + "/objects/pack") where name.hasPrefix("pack_git2_") {
                unlink("\(inUse)/objects/pack/\(name)")
            }
        }
        for generation in generations() where generation.path != inUse {
            var status = stat()
            guard stat(generation.path + "/replaced", &status) == 0 else {
                // Never finished: it was not marked as it was replaced.
                FolderTree.remove(generation.path)
                continue
            }
            if now - status.st_mtim.tv_sec > Self.retention { FolderTree.remove(generation.path) }
        }
    }

    private func generations() -> [(number: Int, path: String)] {
        FolderTree.names(in: path).compactMap { name in
            guard name.hasPrefix("g"), let number = Int(name.dropFirst()) else { return nil }
            return (number, "\(path)/\(name)")
        }
    }

    // MARK: Marks in a repository's folder

    /// Whether someone found the repository damaged.
    static func isDamaged(_ repository: String) -> Bool {
        access(repository + "/damaged", F_OK) == 0
    }

    static func markDamaged(_ repository: String) {
        try? WholeFile.replace(repository + "/damaged", with: [])
    }

    static func markReplaced(_ repository: String) {
        try? WholeFile.replace(repository + "/replaced", with: [])
    }

    /// The commits whose parents are missing (gitformat `shallow`): a line each.
    static func shallow(of repository: String) -> [ObjectID] {
        let lines = WholeFile.read(repository + "/shallow", limit: 16 << 20).map { String(decoding: $0, as: UTF8.self) }
        return lines?.split(separator: "\n").compactMap { ObjectID($0) } ?? []
    }

    static func setShallow(_ ids: some Sequence<ObjectID>, of repository: String) throws(GitError) {
        let text = ids.sorted().map { "\($0)\n" }.joined()
        do throws(FileError) {
            if !text.isEmpty {
                try WholeFile.replace(repository + "/shallow", with: text.utf8)
            } else if unlink(repository + "/shallow") != 0, errno != ENOENT {
                throw FileError("remove", repository + "/shallow", errno)
            }
        } catch {
            throw GitError(.storage, error.description)
        }
    }

    static func packCount(of repository: String) -> Int {
        FolderTree.names(in: repository + "/objects/pack").count { $0.hasSuffix(".pack") }
    }
}

/// Folders as trees of files.
enum FolderTree {
    /// The names in a folder; none when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a file or a folder with everything in it; symbolic links are removed, not followed.
    static func remove(_ path: String) {
        if unlink(path) == 0 || errno == ENOENT { return }
        for name in names(in: path) {
            remove("\(path)/\(name)")
        }
        rmdir(path)
    }
}
