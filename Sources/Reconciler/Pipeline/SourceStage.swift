// The first half of the pipeline, which needs no cluster: from an application's source to its manifests.

import GitSource
package import KubernetesClient
package import Manifest

/// A commit that is at hand, with its tree.
package struct PolledSource: Sendable {
    package let commit: SourceCommit
    let snapshot: Snapshot
}

/// Fetches and renders the sources of applications.
package struct SourceStage: Sendable {
    /// How long a fetch may take.
    private static let fetchDeadline = Duration.seconds(120)

    private let fetcher: SourceFetcher
    let renderer: Renderer
    private let cluster: (any KubernetesAPI)?

    /// - Parameter cluster: holds the Secrets with the repositories' credentials.
    package init(fetcher: SourceFetcher, renderer: Renderer, cluster: (any KubernetesAPI)?) {
        self.fetcher = fetcher
        self.renderer = renderer
        self.cluster = cluster
    }

    /// The manifests of an application at its revision, or at another one.
    package func render(
        _ application: Application, revision: String? = nil, events: (ReconcilerEvent) -> Void = { _ in }
    ) async throws(DiagnosticsError) -> (commit: SourceCommit, rendering: Rendering) {
        let polled = try await fetch(application, revision: revision, events: events)
        return (polled.commit, try await render(polled.snapshot, of: application, events: events))
    }

    /// The commit that an application's revision, or another one, means now.
    func fetch(
        _ application: Application, revision: String?, events: (ReconcilerEvent) -> Void
    ) async throws(DiagnosticsError) -> PolledSource {
        try application.requireLimits()
        let revision = revision ?? application.source.revision
        events(.fetching(repository: application.source.repository, revision: revision))
        let secret = try await credentials(of: application)
        let snapshot = try await fetcher.fetch(
            application, revision: revision, secret: secret, deadline: Self.fetchDeadline)
        let commit = SourceCommit(snapshot, requested: revision)
        events(.fetched(commit))
        return PolledSource(commit: commit, snapshot: snapshot)
    }

    func render(
        _ snapshot: Snapshot, of application: Application, events: (ReconcilerEvent) -> Void
    ) async throws(DiagnosticsError) -> Rendering {
        events(.rendering(path: application.source.path))
        let rendering = try await renderer.render(snapshot, path: application.source.path)
        events(.rendered(objects: rendering.objects.count, isRemembered: rendering.isRemembered))
        return rendering
    }

    /// The Secret that the application names for its repository.
    private func credentials(of application: Application) async throws(DiagnosticsError) -> Value? {
        guard let name = application.source.credentialsSecret else { return nil }
        guard let cluster else {
            throw DiagnosticsError(
                "the credentials of \(application.source.repository) are in the Secret \(application.namespace)/\(name), and no cluster is at hand",
                at: application.origin, cure: "Name the kubeconfig and the context of the cluster that holds it")
        }
        let reference = ObjectReference(
            gvk: GroupVersionKind(group: "", version: "v1", kind: "Secret"), namespace: application.namespace,
            name: name)
        do throws(KubernetesError) {
            if let secret = try await cluster.get(reference) { return secret }
        } catch {
            throw DiagnosticsError([error.diagnostic(at: application.origin)])
        }
        throw DiagnosticsError(
            "there is no Secret \(application.namespace)/\(name) with the credentials of \(application.source.repository)",
            at: application.origin, cure: "Create it, or correct spec.source.credentials.secretName")
    }
}
