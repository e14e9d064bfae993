// A commit as the tree that the renderer reads from.

package import GitSource
package import Kustomize

/// A snapshot as a `FileTree`: what Kustomize asks for, answered from the object database.
package struct SnapshotTree: FileTree {
    private let snapshot: Snapshot

    package init(_ snapshot: Snapshot) {
        self.snapshot = snapshot
    }

    package func resolve(_ path: String, below directory: String) throws(FileTreeError) -> Kustomize.ResolvedPath {
        do throws(GitError) {
            guard let found = try snapshot.resolve(path) else { throw GitError(.pathNotFound, "does not exist") }
            switch found.entry.mode {
            case .directory: return Kustomize.ResolvedPath(path: found.path, kind: .directory, links: found.links)
            case .file, .executable, .symlink:
                return Kustomize.ResolvedPath(path: found.path, kind: .file, links: found.links)
            case .submodule: throw GitError(.submodule, "it is a submodule, whose files are in another repository")
            }
        } catch {
            throw FileTreeError(path, error)
        }
    }

    package func read(_ path: String) throws(FileTreeError) -> [UInt8] {
        do throws(GitError) {
            return try snapshot.read(path, limit: FileTreeError.fileSizeLimit).bytes
        } catch {
            throw FileTreeError(path, error)
        }
    }

    package func names(in path: String) throws(FileTreeError) -> [String] {
        do throws(GitError) {
            return try snapshot.list(path).map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        } catch {
            throw FileTreeError(path, error)
        }
    }

    package func objectID(of path: String) throws(FileTreeError) -> String {
        do throws(GitError) {
            guard let entry = try snapshot.entry(path, followingLinks: false) else {
                throw GitError(.pathNotFound, "does not exist")
            }
            return entry.oid.description
        } catch {
            throw FileTreeError(path, error)
        }
    }
}

extension FileTreeError {
    fileprivate init(_ path: String, _ error: GitError) {
        switch error.code {
        case .pathNotFound: self.init(path, .notFound)
        case .outsideTree: self.init(path, .leavesTree)
        case .brokenLink: self.init(path, .brokenLink)
        case .linkLoop: self.init(path, .tooManyLinks)
        case .tooLarge: self.init(path, .tooLarge)
        default: self.init(path, .unreadable(error.message))
        }
    }
}
