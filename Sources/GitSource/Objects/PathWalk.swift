// Finding a path in a tree, symbolic links followed as a file system would, but never out of the tree.

/// A symbolic link on the way: where it stands and what it says.
struct SymbolicLink: Error, Hashable {
    var path: String
    var target: String
}

/// Why a path could not be followed.
enum PathFailure: Error, Hashable {
    /// `..` above the root, or an absolute link.
    case escapes(SymbolicLink?)
    case brokenLink(SymbolicLink)
    case linkLoop(SymbolicLink)
    case throughSubmodule(String)
    case object(ObjectFailure)
}

/// The state of one walk: the directories entered so far and the names still to follow.
struct PathWalk {
    /// Linux gives up on the same number of links (path_resolution(7)).
    private static let linkLimit = 40
    /// PATH_MAX of Linux: a longer link cannot be one.
    private static let linkLength = 4096

    private struct Directory {
        var entry: TreeEntry
        var path: String
    }

    private var directories: [Directory]
    private var pending: [Substring]
    private var links = 0
    private var lastLink: SymbolicLink?

    init(root: ObjectID, path: String) {
        directories = [Directory(entry: TreeEntry(name: "", mode: .directory, oid: root), path: "")]
        pending = path.split(separator: "/").reversed()
        if path.utf8.first == UInt8(ascii: "/") { pending.append("/") }
    }

    /// The entry at the end of the path, or nil.
    mutating func resolve(in objects: ObjectDatabase) throws(PathFailure) -> TreeEntry? {
        while let name = pending.popLast() {
            switch name {
            case "/": throw .escapes(lastLink)
            case ".": continue
            case "..":
                guard directories.count > 1 else { throw .escapes(lastLink) }
                directories.removeLast()
                continue
            default: break
            }
            let directory = directories[directories.count - 1]
            guard let entry = try tree(directory.entry.oid, in: objects).entry(named: String(name)) else {
                return try absent()
            }
            let path = directory.path.isEmpty ? entry.name : "\(directory.path)/\(entry.name)"
            switch entry.mode {
            case .directory:
                directories.append(Directory(entry: entry, path: path))
            case .symlink:
                try follow(entry, at: path, in: objects)
            case .submodule:
                guard pending.isEmpty else { throw .throughSubmodule(path) }
                return entry
            case .file, .executable:
                guard pending.isEmpty else { return try absent() }
                return entry
            }
        }
        return directories.last?.entry
    }

    /// Nothing at that place: an answer for a plain path, an error for a link.
    private func absent() throws(PathFailure) -> TreeEntry? {
        if let lastLink { throw .brokenLink(lastLink) }
        return nil
    }

    private mutating func follow(_ entry: TreeEntry, at path: String, in objects: ObjectDatabase) throws(PathFailure) {
        let target: String
        do {
            target = String(decoding: try objects.blob(entry.oid, limit: Self.linkLength), as: UTF8.self)
        } catch {
            throw .object(error)
        }
        let link = SymbolicLink(path: path, target: target)
        links += 1
        guard links <= Self.linkLimit else { throw .linkLoop(link) }
        guard target.utf8.first != UInt8(ascii: "/") else { throw .escapes(link) }
        guard !target.isEmpty else { throw .brokenLink(link) }
        lastLink = link
        pending.append(contentsOf: target.split(separator: "/").reversed())
    }

    private func tree(_ id: ObjectID, in objects: ObjectDatabase) throws(PathFailure) -> TreeObject {
        do {
            return try objects.tree(id)
        } catch {
            throw .object(error)
        }
    }
}
