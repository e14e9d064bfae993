// What happened between commits: which paths differ, and which commit changed a path.

/// One path that two snapshots differ in. Directories are told by what is in them.
package struct PathChange: Sendable, Hashable {
    package let path: String
    /// Nil when the path is new.
    package let old: TreeEntry?
    /// Nil when the path is gone.
    package let new: TreeEntry?
}

/// The commit that brought a path to its present state, as far as the history at hand tells.
package struct LastChange: Sendable, Hashable {
    package let commitID: ObjectID
    package let author: Signature
    package let subject: String
    /// False when history ends at this commit, so that the change may be older.
    package let isCertain: Bool

    /// The commit's id as 40 hexadecimal digits.
    package var commit: String { commitID.description }
}

extension Snapshot {
    /// The paths that differ from `older`, in Git's order. Trees that are equal are not read.
    ///
    /// - Throws: `GitError` when an object cannot be read.
    package func changes(since older: Snapshot) throws(GitError) -> [PathChange] {
        do {
            return try TreeDifference(old: older.objects, new: objects).changes(from: older.tree, to: tree)
        } catch {
            throw describe(error)
        }
    }

    /// How many commits are looked at before the search for a path's last change is given up.
    package static let defaultHistoryLimit = 10_000

    /// The newest commit, from this one backwards, that changed what stands at `path` (a file or a directory; links are
    /// not followed). Merges that took over one side unchanged lead to that side, as `git log -- path` does.
    ///
    /// Only history that the mirror has is searched; a mirror that is one commit deep answers that commit, uncertain.
    ///
    /// - Throws: `GitError` when an object of this commit cannot be read.
    package func lastChange(of path: String, limit: Int = defaultHistoryLimit) throws(GitError) -> LastChange {
        do {
            let components = path.names.filter { $0 != "." }
            let sought = try objects.entry(components, below: tree)
            var id = commitID
            var commit = try objects.commit(id)
            for _ in 0..<limit {
                // A parent that is not here, or not whole, is where history ends.
                let parents = commit.parents.compactMap { id in (try? objects.commit(id)).map { (id: id, commit: $0) } }
                let unchanged = parents.first { parent in
                    (try? objects.entry(components, below: parent.commit.tree)).map {
                        $0?.same(as: sought) ?? (sought == nil)
                    } == true
                }
                guard let unchanged else {
                    let isCertain = parents.count == commit.parents.count && (!parents.isEmpty || sought != nil)
                    return LastChange(
                        commitID: id, author: commit.author, subject: commit.subject, isCertain: isCertain)
                }
                (id, commit) = unchanged
            }
            return LastChange(commitID: id, author: commit.author, subject: commit.subject, isCertain: false)
        } catch {
            throw describe(error, path: path)
        }
    }
}

extension TreeEntry {
    fileprivate func same(as other: TreeEntry?) -> Bool { mode == other?.mode && oid == other?.oid }
}

extension ObjectDatabase {
    /// The entry at a path of plain names; nil when there is none. No names mean the tree itself.
    func entry(_ components: [Substring], below root: ObjectID) throws(ObjectFailure) -> TreeEntry? {
        var entry = TreeEntry(name: "", mode: .directory, oid: root)
        for component in components {
            guard entry.mode == .directory, let next = try tree(entry.oid).entry(named: String(component)) else {
                return nil
            }
            entry = next
        }
        return entry
    }
}

/// Compares two trees, which may be of different repositories.
struct TreeDifference {
    let old: ObjectDatabase
    let new: ObjectDatabase

    func changes(from oldTree: ObjectID, to newTree: ObjectID) throws(ObjectFailure) -> [PathChange] {
        var changes: [PathChange] = []
        // A list instead of recursion: how deep a tree is, others decide.
        var pending: [(path: String, old: TreeEntry?, new: TreeEntry?)] = [
            (
                "", TreeEntry(name: "", mode: .directory, oid: oldTree),
                TreeEntry(name: "", mode: .directory, oid: newTree)
            )
        ]
        while let (path, before, after) = pending.popLast() {
            if before?.oid == after?.oid, before?.mode == after?.mode { continue }
            let oldEntries = try before.flatMap { $0.mode == .directory ? $0.oid : nil }.entries(in: old)
            let newEntries = try after.flatMap { $0.mode == .directory ? $0.oid : nil }.entries(in: new)
            let file = (old: before?.mode == .directory ? nil : before, new: after?.mode == .directory ? nil : after)
            if file.old != nil || file.new != nil {
                changes.append(PathChange(path: path, old: file.old, new: file.new))
            }
            for name in Set(oldEntries.keys).union(newEntries.keys) {
                let below = path.isEmpty ? name.text : "\(path)/\(name.text)"
                pending.append((below, oldEntries[name], newEntries[name]))
            }
        }
        return changes.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}

/// A name compared by its bytes: Swift's strings hold spellings of one character to be equal, Git does not.
private struct EntryName: Hashable {
    let text: String

    static func == (left: EntryName, right: EntryName) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension ObjectID? {
    fileprivate func entries(in objects: ObjectDatabase) throws(ObjectFailure) -> [EntryName: TreeEntry] {
        guard let self else { return [:] }
        let entries = try objects.tree(self).entries.map { (EntryName(text: $0.name), $0) }
        return Dictionary(entries, uniquingKeysWith: { first, _ in first })
    }
}
