// The states of an application that can be compared with one another: a revision, the working tree, a recorded sync,
// and what the cluster has.

import Kustomize
package import Manifest
package import SyncEngine
package import SyncHistory

/// One side of a comparison, as a user names it.
package enum ComparedState: Sendable, Hashable {
    /// A revision of the application's source, or the application's own with nil.
    case revision(String?)
    /// The overlay as it stands in the folder that the user is in.
    case workingTree
    /// What the cluster has.
    case live
    /// What a sync rendered, by its number in the history; nil for the last one that succeeded.
    case sync(SyncRecord.ID?)

    /// Reads `live`, `worktree` or `.`, `sync:12`, `sync:last`; anything else is a revision.
    package init(parsing text: String) {
        switch text {
        case "live", "cluster": self = .live
        case "worktree", "working-tree", ".": self = .workingTree
        case "sync:last": self = .sync(nil)
        default:
            if text.hasPrefix("sync:"), let number = Int64(text.dropFirst(5)) {
                self = .sync(number)
            } else {
                self = .revision(text)
            }
        }
    }
}

/// The manifests of a state that is not the cluster's, as they were before any secret was opened.
package struct ComparedManifests: Sendable {
    package var rendering: Rendering
    /// The commit that they are of; nil for those of a working tree.
    package var commit: SourceCommit?
    /// The sync that they were recorded by.
    package var sync: SyncRecord?

    package init(rendering: Rendering, commit: SourceCommit? = nil, sync: SyncRecord? = nil) {
        self.rendering = rendering
        self.commit = commit
        self.sync = sync
    }
}

extension Renderer {
    /// Builds the overlay at a path of a folder on this machine, as it stands.
    func render(folder: String, path: String) async throws(DiagnosticsError) -> Rendering {
        let path = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        let tree = LocalFileTree(root: folder)
        let result = try await build(tree, path)
        return Rendering(objects: result.objects, diagnostics: result.diagnostics, isRemembered: false)
            .withEncryptedFiles(of: tree)
    }
}

extension SourceStage {
    /// The manifests of the overlay of an application in the repository that a folder is in, as they stand there.
    package func renderWorkingTree(_ application: Application, from folder: String) async throws(DiagnosticsError)
        -> Rendering
    {
        guard let repository = RepositoryRoot.above(folder) else {
            throw DiagnosticsError(
                "\(folder) is in no Git repository, so that there is no working tree to compare",
                cure: "Run this inside the application's repository")
        }
        return try await renderer.render(folder: repository, path: application.source.path)
    }
}

extension Reconciler {
    /// The manifests of a state; nil for the cluster's own.
    ///
    /// - Parameter folder: where the user is.
    package func manifests(
        of application: Application, in state: ComparedState, from folder: String
    ) async throws(DiagnosticsError) -> ComparedManifests? {
        switch state {
        case .live: return nil
        case .workingTree:
            return ComparedManifests(rendering: try await source.renderWorkingTree(application, from: folder))
        case .revision(let revision):
            let (commit, rendering) = try await source.render(application, revision: revision)
            return ComparedManifests(rendering: rendering, commit: commit)
        case .sync(let id): return try await recorded(application, id)
        }
    }

    private func recorded(_ application: Application, _ id: SyncRecord.ID?) async throws(DiagnosticsError)
        -> ComparedManifests
    {
        let known = try await syncs(of: application, limit: 1000)
        let record = known.first { id == nil ? $0.result == .succeeded && !$0.isDeletion : $0.id == id }
        guard let record, let digest = record.manifestDigest, let values = try await history.manifests(digest) else {
            throw DiagnosticsError(
                id.map { "sync \($0) of \(application.name) is not recorded here, or rendered nothing" }
                    ?? "no sync of \(application.name) that succeeded is recorded here",
                cure: "See which there are with `gitopsctl history \(application.name)`")
        }
        let objects = values.map { KubernetesObject($0) }
        var rendering = Rendering(objects: objects, diagnostics: [], isRemembered: true)
        guard objects.contains(where: \.isOpenSecret) else {
            return ComparedManifests(rendering: rendering, sync: record)
        }
        // The history keeps no values of Secrets: the commit still has them.
        let again = try? await source.render(application, revision: record.revision.commit)
        let secrets = Dictionary((again?.rendering.objects ?? []).filter(\.isOpenSecret).map { ($0.identity, $0) }) {
            first, _ in first
        }
        rendering.objects = objects.compactMap { object in
            guard object.isOpenSecret else { return object }
            if let secret = secrets[object.identity], secret.value.withoutSecretValues == object.value { return secret }
            rendering.diagnostics.append(
                .warning(
                    "\(object.reference) is not compared: the history has no values of Secrets, and its commit is not at hand"
                ))
            return nil
        }
        return ComparedManifests(rendering: rendering, sync: record)
    }

    /// What a sync of some manifests would do.
    package func compare(
        _ application: Application, with manifests: ComparedManifests, request: SyncRequest
    ) async throws(DiagnosticsError) -> (plan: Plan, diagnostics: [Diagnostic]) {
        let steps = PluginSteps(host: surroundings.plugins, application: application)
        let desired = try await steps.desired(manifests.rendering)
        let plan = try await plan(desired.objects, of: application, request)
        return (plan, manifests.rendering.diagnostics + desired.diagnostics + plan.diagnostics)
    }
}
