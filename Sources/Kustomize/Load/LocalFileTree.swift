// A folder on the disk as a tree.

internal import Manifest

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The files below a folder. Symbolic links are resolved inside the folder; one that leads out of it is an error.
///
/// Object ids are those that Git would give: nothing is hashed until one is asked for.
package struct LocalFileTree: FileTree {
    /// The folder, absolute and without a final slash; empty for `/`.
    private let root: String
    /// The folder from which people look at it: paths below are shown relative to it.
    private let viewpoint: String?

    /// - Parameters:
    ///   - root: an absolute path of a folder.
    ///   - viewpoint: an absolute path; messages show what lies below it relative to it, and the rest absolute.
    package init(root: String, viewpoint: String? = nil) {
        func trimmed(_ path: String) -> String {
            var path = path[...]
            while path.utf8.last == UInt8(ascii: "/") { path = path.dropLast() }
            return String(path)
        }
        self.root = trimmed(root)
        self.viewpoint = viewpoint.map(trimmed)
    }

    package func display(_ path: String) -> String {
        let absolute = root + "/" + path
        guard let viewpoint else { return path.isEmpty ? "." : path }
        if absolute == viewpoint || absolute == viewpoint + "/" { return "." }
        return absolute.hasPrefix(viewpoint + "/") ? String(absolute.dropFirst(viewpoint.count + 1)) : absolute
    }

    package func resolve(_ path: String, below directory: String) throws(FileTreeError) -> ResolvedPath {
        var pending = path.pieces(at: UInt8(ascii: "/")).map(String.init)
        var resolved = ""
        if !directory.isEmpty, TreePath.isInside(path, directory) {
            resolved = directory
            pending.removeFirst(directory.utf8.count { $0 == UInt8(ascii: "/") } + 1)
        }
        var links: [String] = []
        var kind = ResolvedPath.Kind.directory
        pending.reverse()
        while let part = pending.popLast() {
            if kind == .file { throw FileTreeError(path, links.isEmpty ? .notFound : .brokenLink) }
            if part == "." { continue }
            // The system would read the name up to there.
            if part.utf8.contains(0) { throw FileTreeError(path, .notFound) }
            if part == ".." {
                if resolved.isEmpty { throw FileTreeError(path, .leavesTree) }
                resolved = TreePath.parent(resolved)
                continue
            }
            let candidate = resolved.isEmpty ? part : resolved + "/" + part
            var status = stat()
            guard lstat(root + "/" + candidate, &status) == 0 else {
                // Nothing can stand at a name that is too long for this file system.
                guard [ENOENT, ENOTDIR, ENAMETOOLONG].contains(errno) else {
                    throw FileTreeError(path, .unreadable(Self.systemMessage()))
                }
                throw FileTreeError(path, links.isEmpty ? .notFound : .brokenLink)
            }
            switch status.st_mode & S_IFMT {
            case S_IFLNK:
                links.append(candidate)
                if links.count > 40 { throw FileTreeError(path, .tooManyLinks) }
                var target = try linkTarget(candidate)
                if target.utf8.first == UInt8(ascii: "/") {
                    guard target == root || target.hasPrefix(root + "/") else { throw FileTreeError(path, .leavesTree) }
                    target = String(target.dropFirst(root.count))
                    resolved = ""
                }
                pending.append(contentsOf: target.split(separator: "/").map(String.init).reversed())
                kind = .directory
            case S_IFDIR:
                resolved = candidate
                kind = .directory
            default:
                resolved = candidate
                kind = .file
            }
        }
        return ResolvedPath(path: resolved, kind: kind, links: links)
    }

    package func read(_ path: String) throws(FileTreeError) -> [UInt8] {
        let descriptor = open(root + "/" + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw FileTreeError(path, errno == ENOENT ? .notFound : .unreadable(Self.systemMessage()))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileTreeError(path, .unreadable(Self.systemMessage())) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileTreeError(
                path, status.st_mode & S_IFMT == S_IFDIR ? .notAFile : .unreadable("it is no regular file"))
        }
        let size = Int(status.st_size)
        guard size <= FileTreeError.fileSizeLimit else { throw FileTreeError(path, .tooLarge) }
        var failure: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = Self.systemMessage() }
                if got <= 0 { break }
                count += got
            }
        }
        if let failure { throw FileTreeError(path, .unreadable(failure)) }
        return bytes
    }

    package func names(in path: String) throws(FileTreeError) -> [String] {
        guard let directory = opendir(root + "/" + path) else {
            throw FileTreeError(
                path,
                errno == ENOTDIR ? .notADirectory : errno == ENOENT ? .notFound : .unreadable(Self.systemMessage()))
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    package func objectID(of path: String) throws(FileTreeError) -> String {
        var status = stat()
        guard lstat(root + "/" + path, &status) == 0 else { throw FileTreeError(path, .notFound) }
        let content = status.st_mode & S_IFMT == S_IFLNK ? Array(try linkTarget(path).utf8) : try read(path)
        var digest = SHA1()
        digest.update(Array("blob \(content.count)\0".utf8))
        digest.update(content)
        return SHA256.hexadecimal(digest.finalize())
    }

    private func linkTarget(_ path: String) throws(FileTreeError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink(root + "/" + path, &buffer, buffer.count)
        guard length >= 0 else { throw FileTreeError(path, .unreadable(Self.systemMessage())) }
        return String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func systemMessage() -> String {
        strerror(errno).map { String(cString: $0) } ?? "error \(errno)"
    }
}
