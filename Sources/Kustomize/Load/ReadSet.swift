// What a build read: the files and links with their object ids, the directories it listed, and the paths it looked for
// in vain. A commit in which all of these are the same builds the same output.

/// The inputs of a build, comparable across commits.
package struct ReadSet: Sendable, Hashable {
    /// Object ids of the files and symbolic links that were read, by path.
    package var files: [String: String]
    /// Which of the files are symbolic links: a link and a file can have one object id.
    package var links: Set<String>
    /// The names in the directories that were listed, by path.
    package var listings: [String: [String]]
    /// Paths where nothing was; a later file at one of them changes the build.
    package var misses: Set<String>
    /// Paths that were found to be directories.
    package var directories: Set<String>
    /// What came from elsewhere: commits by `repository@reference`, digests of files by URL.
    package var remotes: [String: String]

    package init(
        files: [String: String] = [:], links: Set<String> = [], listings: [String: [String]] = [:],
        misses: Set<String> = [],
        directories: Set<String> = [], remotes: [String: String] = [:]
    ) {
        self.remotes = remotes
        self.files = files
        self.links = links
        self.listings = listings
        self.misses = misses
        self.directories = directories
    }

    /// Whether a build of another state of the tree would read the same. What came from elsewhere counts as changed,
    /// unless it was named by its commit.
    package func isUnchanged(in tree: any FileTree) -> Bool {
        if !isPinned { return false }
        for path in misses where (try? tree.resolve(path, below: "")) != nil { return false }
        for path in directories {
            guard let found = try? tree.resolve(path, below: ""), found.kind == .directory, found.path == path else {
                return false
            }
        }
        for (path, names) in listings where (try? tree.names(in: path)) != names { return false }
        return files.allSatisfy { path, id in
            guard (try? tree.objectID(of: path)) == id, let found = try? tree.resolve(path, below: "") else {
                return false
            }
            return found.links.contains(path) == links.contains(path)
        }
    }

    /// Whether everything that came from elsewhere was named by its commit, and so can never mean anything else.
    package var isPinned: Bool { remotes.allSatisfy { name, commit in name.hasSuffix("@" + commit) } }
}

/// A tree that notes what is read from it. One for each build, and used by that build alone.
final class RecordingTree {
    let tree: any FileTree
    private(set) var files: Set<String> = []
    private(set) var links: Set<String> = []
    private(set) var listed: [String: [String]] = [:]
    private(set) var misses: Set<String> = []
    private(set) var directories: Set<String> = []

    /// Where the tree is, for trees that are not the build's own: `https://github.com/org/repo@v1`.
    private let place: String?

    init(_ tree: any FileTree, place: String? = nil) {
        self.tree = tree
        self.place = place
    }

    func resolve(_ path: String, below directory: String) throws(FileTreeError) -> ResolvedPath {
        do {
            let found = try tree.resolve(path, below: directory)
            links.formUnion(found.links)
            if found.kind == .directory { directories.insert(found.path) }
            return found
        } catch {
            misses.insert(path)
            throw error
        }
    }

    func read(_ path: String) throws(FileTreeError) -> [UInt8] {
        files.insert(path)
        return try tree.read(path)
    }

    func names(in path: String) throws(FileTreeError) -> [String] {
        let names = try tree.names(in: path)
        listed[path] = names
        return names
    }

    func display(_ path: String) -> String {
        guard let place else { return tree.display(path) }
        return path.isEmpty ? place : "\(place)//\(path)"
    }
}
