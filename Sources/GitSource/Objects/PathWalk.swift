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
    static let linkLength = 4096

    private struct Directory {
        var entry: TreeEntry
        var path: String
    }

    private var directories: [Directory]
    private var pending: [Substring]
    private let followsLast: Bool
    private(set) var links: [SymbolicLink] = []

    private var lastLink: SymbolicLink? { links.last }

    /// - Parameter followsLast: whether a link at the very end of the path is followed too.
    init(root: ObjectID, path: String, followsLast: Bool = true) {
        self.followsLast = followsLast
        directories = [Directory(entry: TreeEntry(name: "", mode: .directory, oid: root), path: "")]
        pending = path.names.reversed()
        if path.utf8.first == UInt8(ascii: "/") { pending.append("/") }
    }

    /// The entry at the end of the path and where it stands, or nil.
    mutating func resolve(in objects: ObjectDatabase) throws(PathFailure) -> (entry: TreeEntry, path: String)? {
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
                if !followsLast, pending.isEmpty { return (entry, path) }
                try follow(entry, at: path, in: objects)
            case .submodule:
                guard pending.isEmpty else { throw .throughSubmodule(path) }
                return (entry, path)
            case .file, .executable:
                guard pending.isEmpty else { return try absent() }
                return (entry, path)
            }
        }
        return directories.last.map { ($0.entry, $0.path) }
    }

    /// Nothing at that place: an answer for a plain path, an error for a link.
    private func absent() throws(PathFailure) -> (entry: TreeEntry, path: String)? {
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
        guard links.count < Self.linkLimit else { throw .linkLoop(link) }
        guard target.utf8.first != UInt8(ascii: "/") else { throw .escapes(link) }
        guard !target.isEmpty else { throw .brokenLink(link) }
        links.append(link)
        pending.append(contentsOf: target.names.reversed())
    }

    private func tree(_ id: ObjectID, in objects: ObjectDatabase) throws(PathFailure) -> TreeObject {
        do {
            return try objects.tree(id)
        } catch {
            throw .object(error)
        }
    }
}

extension String {
    /// The names between slashes. By bytes, not characters: a slash followed by a combining mark is a slash in a path.
    var names: [Substring] {
        utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
    }
}
