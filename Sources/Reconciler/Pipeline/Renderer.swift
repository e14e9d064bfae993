// From a commit to manifests: the renderer with a memory of what it read, so that a commit that changes none of it
// renders nothing.

package import GitSource
package import Kustomize
package import Manifest
import Synchronization

/// The manifests of an application at a commit.
package struct Rendering: Sendable {
    package var objects: [KubernetesObject]
    /// Warnings.
    package var diagnostics: [Diagnostic]
    /// Whether the manifests are those of an earlier commit, from which this one differs in nothing that they depend
    /// on.
    package var isRemembered: Bool
    /// The texts of the files with what SOPS encrypted, whose checksums are over the files and not over what is
    /// rendered of them: by path, as far as they are at hand. What the history keeps was checked when it was first
    /// synced.
    package var files: [String: String] = [:]

    package init(objects: [KubernetesObject], diagnostics: [Diagnostic], isRemembered: Bool) {
        self.objects = objects
        self.diagnostics = diagnostics
        self.isRemembered = isRemembered
    }

    /// The same with the encrypted files of the tree that it was rendered from.
    func withEncryptedFiles(of tree: some FileTree) -> Rendering {
        var rendering = self
        for object in objects where object.value["sops"] != nil {
            guard let path = object.origin?.file, rendering.files[path] == nil, let bytes = try? tree.read(path) else {
                continue
            }
            rendering.files[path] = String(decoding: bytes, as: UTF8.self)
        }
        return rendering
    }
}

/// Renders overlays, and remembers the last render of each: within this process, and beyond it in a cache folder.
package final class Renderer: Sendable {
    private struct Key: Hashable {
        let repository: String
        let path: String

        init(repository: String, path: String) {
            self.repository = repository
            self.path = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        }
    }

    private let memory = Mutex<[Key: PackedRender]>([:])
    private let remembers: Bool
    private let store: RenderStore?
    private let options: BuildOptions
    private let remotes: BuildAnswerer?

    /// - Parameters:
    ///   - remembers: whether this process renders overlays again and again, and keeps their last renders in memory.
    ///   - store: keeps renders for the next process; nil where none may be kept. It belongs to these options.
    ///   - remotes: fetches the bases that overlays name in other repositories; nil where none may be fetched.
    package init(
        remembers: Bool, store: RenderStore? = nil, options: BuildOptions = BuildOptions(),
        remotes: BuildAnswerer? = nil
    ) {
        self.remembers = remembers
        self.store = store
        self.options = options
        self.remotes = remotes
    }

    /// Builds the overlay at a path of a commit.
    ///
    /// - Throws: everything that is wrong with it, at file, line and column of the commit.
    package func render(_ snapshot: Snapshot, path: String) async throws(DiagnosticsError) -> Rendering {
        let key = Key(repository: snapshot.repository, path: path)
        let path = key.path
        let tree = SnapshotTree(snapshot)
        if let last = last(key, unchangedIn: tree) {
            return Self.rendering(last.objects, last.diagnostics, of: snapshot, isRemembered: true).withEncryptedFiles(
                of: tree)
        }
        try Self.requireKustomization(in: tree, at: path, of: snapshot)
        do throws(DiagnosticsError) {
            let result = try await build(tree, path)
            if remembers || store != nil {
                keep(
                    KeptRender(readSet: result.readSet, objects: result.objects, diagnostics: result.diagnostics), key)
            }
            return Self.rendering(result.objects, result.diagnostics, of: snapshot, isRemembered: false)
                .withEncryptedFiles(of: tree)
        } catch {
            throw DiagnosticsError(error.diagnostics.map { $0.at(commit: snapshot.commit) })
        }
    }

    /// Whether two commits are known to render to the same: what was read last, from whichever commit, is in both.
    func rendersAlike(_ one: Snapshot, _ other: Snapshot, path: String) -> Bool {
        guard let readSet = readSet(Key(repository: one.repository, path: path)) else { return false }
        return readSet.isUnchanged(in: SnapshotTree(one)) && readSet.isUnchanged(in: SnapshotTree(other))
    }

    /// Forgets the last render of an overlay that nobody delivers any more.
    func forget(repository: String, path: String) {
        memory.withLock { $0[Key(repository: repository, path: path)] = nil }
    }

    private func readSet(_ key: Key) -> ReadSet? {
        memory.withLock { $0[key] }?.readSet ?? store?.load(repository: key.repository, path: key.path)?.readSet
    }

    private func last(_ key: Key, unchangedIn tree: SnapshotTree) -> KeptRender? {
        if let packed = memory.withLock({ $0[key] }) {
            return packed.readSet.isUnchanged(in: tree) ? packed.unpacked() : nil
        }
        let kept = store?.load(repository: key.repository, path: key.path)
        return kept.flatMap { $0.readSet.isUnchanged(in: tree) ? $0 : nil }
    }

    private func keep(_ render: KeptRender, _ key: Key) {
        if remembers {
            let packed = PackedRender(render)
            memory.withLock { $0[key] = packed }
        }
        store?.save(render, repository: key.repository, path: key.path)
    }

    func build(_ tree: some FileTree & Sendable, _ path: String) async throws(DiagnosticsError) -> BuildResult {
        guard let remotes else { return try KustomizeBuild(tree: tree, options: options).build(path: path) }
        var options = options
        options.allowsRemote = true
        return try await KustomizeBuild(tree: tree, options: options).build(path) { await remotes.answer($0) }
    }

    private static func rendering(
        _ objects: [KubernetesObject], _ diagnostics: [Diagnostic], of snapshot: Snapshot, isRemembered: Bool
    ) -> Rendering {
        let objects = objects.map { object in
            var object = object
            object.origin?.commit = snapshot.commit
            return object
        }
        return Rendering(
            objects: objects, diagnostics: diagnostics.map { $0.at(commit: snapshot.commit) },
            isRemembered: isRemembered)
    }

    /// What `spec.source.path` gets wrong most often deserves better words than a renderer has for it.
    private static func requireKustomization(
        in tree: SnapshotTree, at path: String, of snapshot: Snapshot
    ) throws(DiagnosticsError) {
        let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"]
        let place = SourceLocation(file: path.isEmpty ? "." : path, commit: snapshot.commit)
        let found: Kustomize.ResolvedPath
        do {
            found = try tree.resolve(path, below: "")
        } catch {
            let parent = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : ""
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let siblings = (try? tree.names(in: parent)) ?? []
            let nearest = NearestName.find(name, among: siblings, slips: 1).map {
                parent.isEmpty ? $0 : "\(parent)/\($0)"
            }
            throw DiagnosticsError(
                "the folder of the application \(error.explanation)", at: place,
                cure: nearest.map { "Did you mean \($0)?" } ?? "Correct spec.source.path, or commit the folder")
        }
        guard found.kind == .directory else {
            throw DiagnosticsError(
                "spec.source.path names a file, not a folder", at: place,
                cure: "Name the folder that holds the kustomization file")
        }
        let entries = (try? tree.names(in: found.path)) ?? []
        if entries.contains(where: names.contains) { return }
        // A folder whose kustomizations stand one level below is an overlay's parent: say which there are.
        let below = entries.filter { entry in
            let inside = (try? tree.names(in: found.path.isEmpty ? entry : "\(found.path)/\(entry)")) ?? []
            return inside.contains(where: names.contains)
        }
        let prefix = path.isEmpty ? "" : path + "/"
        throw DiagnosticsError(
            "there is no kustomization file in the application's folder", at: place,
            cure: below.isEmpty
                ? "Add a kustomization.yaml that lists its manifests under resources, or correct spec.source.path"
                : "Set spec.source.path to \(below.prefix(4).map { prefix + $0 }.joined(separator: " or "))")
    }
}

extension Diagnostic {
    /// The finding with the commit that its file was read from.
    func at(commit: String) -> Diagnostic {
        var diagnostic = self
        if diagnostic.location?.commit == nil { diagnostic.location?.commit = commit }
        return diagnostic
    }
}
