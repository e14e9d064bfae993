// What the renderer reads from: a tree of files, whether a commit in an object database or a folder on a disk.

/// A tree of files, read-only and addressed from its own root.
///
/// Paths are relative to the root, with `/` between names, without `.` and `..`; the root itself is the empty path.
/// There is nothing above the root: a symbolic link that leads out of the tree is an error, whatever lies there.
package protocol FileTree: Sendable {
    /// Follows symbolic links and says what stands at a path.
    ///
    /// - Parameter directory: a leading part of `path` that is known to be a directory and free of links; it need not
    ///   be looked at again.
    func resolve(_ path: String, below directory: String) throws(FileTreeError) -> ResolvedPath
    /// The bytes of a file, named by a path that `resolve` returned.
    func read(_ path: String) throws(FileTreeError) -> [UInt8]
    /// The names in a directory, sorted bytewise, the directory named by a path that `resolve` returned.
    func names(in path: String) throws(FileTreeError) -> [String]
    /// The Git object id (40 hexadecimal digits) of the file or symbolic link at a path; the link itself is not
    /// followed.
    func objectID(of path: String) throws(FileTreeError) -> String
    /// A path as people should see it in messages.
    func display(_ path: String) -> String
}

extension FileTree {
    package func display(_ path: String) -> String { path.isEmpty ? "." : path }
}

/// What stands at a path once every symbolic link has been followed.
package struct ResolvedPath: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case file, directory }

    /// The path without links.
    package var path: String
    package var kind: Kind
    /// The symbolic links that were followed on the way.
    package var links: [String]

    package init(path: String, kind: Kind, links: [String] = []) {
        self.path = path
        self.kind = kind
        self.links = links
    }
}

/// Why a tree could not be read.
package struct FileTreeError: Error, Sendable, Hashable {
    package enum Reason: Sendable, Hashable {
        case notFound, notAFile, notADirectory
        /// A symbolic link that leads out of the tree.
        case leavesTree
        /// A symbolic link that leads to nothing.
        case brokenLink
        /// More links than any honest tree has.
        case tooManyLinks
        /// Larger than any file that a build reads.
        case tooLarge
        /// The operating system's or the object database's own words.
        case unreadable(String)
    }

    /// Files beyond this size are `tooLarge` in every tree: 256 MiB.
    package static let fileSizeLimit = 256 << 20

    package var path: String
    package var reason: Reason

    package init(_ path: String, _ reason: Reason) {
        self.path = path
        self.reason = reason
    }

    /// The reason as the end of a sentence about the path.
    package var explanation: String {
        switch reason {
        case .notFound: "does not exist"
        case .notAFile: "is a directory, not a file"
        case .notADirectory: "is a file, not a directory"
        case .leavesTree: "is a symbolic link that leads out of the tree"
        case .brokenLink: "is a symbolic link that leads to nothing"
        case .tooManyLinks: "goes through too many symbolic links"
        case .tooLarge: "is too large to be a manifest"
        case .unreadable(let words): "cannot be read: \(words)"
        }
    }
}

extension FileTreeError: CustomStringConvertible {
    package var description: String { "`\(path)` \(explanation)" }
}
