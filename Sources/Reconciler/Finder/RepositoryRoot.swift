// Which repository a folder is in.

#if canImport(Glibc)
    import Glibc
#endif

package enum RepositoryRoot {
    /// The nearest folder at or above a folder that holds `.git`, be it a folder or, as in a worktree, a file.
    package static func above(_ folder: String) -> String? {
        var folder = normalized(folder)[...]
        while true {
            var status = stat()
            if stat("\(folder)/.git", &status) == 0 { return folder.isEmpty ? "/" : String(folder) }
            guard let slash = folder.lastIndex(of: "/") else { return nil }
            folder = folder[..<slash]
        }
    }

    /// An absolute path without `.`, `..` and doubled slashes. Symbolic links are left as they are.
    package static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
