// Paths inside a tree: joined, cleaned and compared as text, the way the reference does it before it looks at any file.

/// Arithmetic on paths that are relative to the root of a tree.
enum TreePath {
    /// `path` as seen from `directory`, cleaned. A leading `/` means the root of the tree; nil when the path climbs
    /// above that root.
    static func join(_ directory: String, _ path: String) -> String? {
        var parts: [Substring] = path.utf8.first == UInt8(ascii: "/") ? [] : directory.pieces(at: UInt8(ascii: "/"))
        for part in path.pieces(at: UInt8(ascii: "/")) where part != "." {
            if part == ".." {
                if parts.isEmpty { return nil }
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        return parts.joined(separator: "/")
    }

    /// Whether `path` is `directory` itself or lies below it.
    static func isInside(_ path: String, _ directory: String) -> Bool {
        if directory.isEmpty || path == directory { return true }
        return path.utf8.count > directory.utf8.count && path.hasPrefix(directory)
            && path.utf8[path.utf8.index(path.utf8.startIndex, offsetBy: directory.utf8.count)] == UInt8(ascii: "/")
    }

    static func base(_ path: String) -> String {
        path.pieces(at: UInt8(ascii: "/")).last.map(String.init) ?? path
    }

    static func parent(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(path[..<slash])
    }

    /// `path` as seen from `directory`, climbing with `..` where needed.
    static func relative(_ path: String, to directory: String) -> String {
        let from = directory.pieces(at: UInt8(ascii: "/"))
        let to = path.pieces(at: UInt8(ascii: "/"))
        var shared = 0
        while shared < from.count, shared < to.count, from[shared] == to[shared] { shared += 1 }
        let climb = Array(repeating: Substring(".."), count: from.count - shared)
        let joined = (climb + to[shared...]).joined(separator: "/")
        return joined.isEmpty ? "." : joined
    }
}
