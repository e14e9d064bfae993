// Reading on behalf of one kustomization: paths are taken relative to its directory, files have to lie in or below it,
// and bases may not go round in circles.

import Manifest

/// The directory of a kustomization, and the way by which the build came to it.
struct Root {
    /// The tree that the directory is in.
    let tree: RecordingTree
    /// The directory without links.
    let directory: String
    /// The directories of the kustomizations of this tree that led here, the first one first.
    let referrers: [String]
    /// The repository that the tree was fetched from, nil for the build's own tree.
    let repository: RemoteBase?
    /// The repositories that led here, in the order in which they were entered.
    let repositories: [RemoteBase]

    init(tree: RecordingTree, directory: String) {
        self.init(tree: tree, directory: directory, referrers: [], repository: nil, repositories: [])
    }

    private init(
        tree: RecordingTree, directory: String, referrers: [String], repository: RemoteBase?, repositories: [RemoteBase]
    ) {
        self.tree = tree
        self.directory = directory
        self.referrers = referrers
        self.repository = repository
        self.repositories = repositories
    }

    /// Another directory of the same tree.
    func child(_ directory: String) -> Root {
        Root(
            tree: tree, directory: directory, referrers: referrers + [self.directory], repository: repository,
            repositories: repositories)
    }

    /// A directory of a repository that this kustomization names.
    func entering(_ repository: RemoteBase, tree: RecordingTree, directory: String) -> Root {
        Root(
            tree: tree, directory: directory, referrers: [], repository: repository,
            repositories: repositories + [repository])
    }
}

/// Why a path could not be followed, as one sentence, and what to do.
struct LoadFailure: Error {
    var reason: String
    var cure: String?
    /// The path is there, but it is a directory.
    var isDirectory = false
    var isMissing = false

    init(_ reason: String, cure: String? = nil) {
        self.reason = reason
        self.cure = cure
    }
}

struct Loader {
    let options: BuildOptions

    static let kustomizationNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

    /// Finds a file that a kustomization names.
    func file(_ path: String, from root: Root) throws(LoadFailure) -> (path: String, bytes: [UInt8]) {
        if path.isEmpty { throw LoadFailure("the path is empty") }
        guard let joined = TreePath.join(root.directory, path) else {
            throw LoadFailure("`\(path)` climbs above the root of the tree")
        }
        let found: ResolvedPath
        do {
            found = try root.tree.resolve(joined, below: root.directory)
        } catch {
            throw failure(error, path, joined, root.tree)
        }
        if found.kind == .directory {
            var failure = LoadFailure("`\(path)` is a directory, not a file")
            failure.isDirectory = true
            throw failure
        }
        if options.loadRestriction == .rootOnly || root.repository != nil,
            !TreePath.isInside(found.path, root.directory)
        {
            throw LoadFailure(
                "`\(path)` is not in or below `\(root.tree.display(root.directory))`, and a kustomization may only read files of its own",
                cure: "move the file, or turn its directory into a base with a kustomization of its own")
        }
        do {
            return (found.path, try root.tree.read(found.path))
        } catch {
            throw failure(error, path, joined, root.tree)
        }
    }

    /// Finds the directory of a base or component.
    func directory(_ path: String, from root: Root) throws(LoadFailure) -> Root {
        if path.isEmpty { throw LoadFailure("the path of a base cannot be empty") }
        if path.utf8.first == UInt8(ascii: "/") {
            throw LoadFailure(
                "the path of a base cannot be absolute: `\(path)`", cure: "write it relative to the kustomization")
        }
        guard let joined = TreePath.join(root.directory, path) else {
            throw LoadFailure("`\(path)` climbs above the root of the tree")
        }
        let found: ResolvedPath
        do {
            found = try root.tree.resolve(joined, below: root.directory)
        } catch {
            throw failure(error, path, joined, root.tree)
        }
        guard found.kind == .directory else {
            throw LoadFailure("`\(path)` is a file, not a directory with a kustomization")
        }
        for visited in [root.directory] + root.referrers.reversed() where TreePath.isInside(visited, found.path) {
            throw LoadFailure(
                "`\(path)` leads back to `\(root.tree.display(visited))`, which is being built: bases go round in a circle",
                cure: "a base may not contain, or lead to, a kustomization that uses it")
        }
        return root.child(found.path)
    }

    private func failure(
        _ error: FileTreeError, _ path: String, _ joined: String, _ tree: RecordingTree
    ) -> LoadFailure {
        guard error.reason == .notFound else { return LoadFailure("`\(path)` \(error.explanation)") }
        var nearest: String?
        if let names = try? tree.names(in: TreePath.parent(joined)) {
            nearest = NearestName.find(TreePath.base(joined), among: names)
        }
        var cure = nearest.map { "did you mean `\($0)`?" }
        let parent = TreePath.parent(joined)
        if cure == nil, let names = try? tree.names(in: parent), !names.isEmpty {
            cure = "correct it: `\(tree.display(parent))` holds \(Self.enumerate(names))"
        }
        var failure = LoadFailure("`\(path)` does not exist", cure: cure)
        failure.isMissing = true
        return failure
    }

    /// The kustomization file of a directory: its path and text.
    ///
    /// - Parameter name: the directory as the user wrote it.
    func kustomization(of root: Root, calling name: String) throws(LoadFailure) -> (path: String, bytes: [UInt8]) {
        let tree = root.tree
        let directory = root.directory
        var found: [String] = []
        for file in Self.kustomizationNames {
            let path = directory.isEmpty ? file : directory + "/" + file
            if let resolved = try? tree.resolve(path, below: directory), resolved.kind == .file {
                found.append(resolved.path)
            }
        }
        if found.count > 1 {
            let names = found.map { "`\(TreePath.base($0))`" }.joined(separator: " and ")
            throw LoadFailure("`\(name)` has several kustomization files: \(names)", cure: "keep one of them")
        }
        if let path = found.first {
            do {
                return (path, try tree.read(path))
            } catch {
                throw LoadFailure("`\(tree.display(path))` \(error.explanation)")
            }
        }
        let names = (try? tree.names(in: directory)) ?? []
        let manifests = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") || $0.hasSuffix(".json") }
        let what = names.isEmpty ? "is empty" : "holds " + Self.enumerate(names)
        var failure = LoadFailure("`\(name)` has no kustomization file; it \(what)")
        if manifests.isEmpty {
            failure.cure = "add a kustomization.yaml to it"
        } else {
            failure.cure =
                "reference \(manifests.count == 1 ? "that file" : "those files"), or add a kustomization.yaml that lists "
                + (manifests.count == 1 ? "it" : "them")
        }
        throw failure
    }

    private static func enumerate(_ names: [String]) -> String {
        if names.count <= 4 { return names.joined(separator: ", ") }
        return names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more"
    }
}
