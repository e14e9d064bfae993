// What a caller decides about a build.

package import Manifest

package struct BuildOptions: Sendable {
    /// Where the files of a kustomization may lie.
    package enum LoadRestriction: Sendable {
        /// In or below the kustomization's own directory.
        case rootOnly
        case none
    }

    /// The order of a build's objects where the kustomization does not say.
    package enum Order: Sendable {
        /// As accumulated.
        case none
        /// By kind, then type, namespace and name.
        case legacy
    }

    package var loadRestriction = LoadRestriction.rootOnly
    package var order = Order.legacy
    /// Whether resources may be fetched over the network.
    package var allowsRemote = false
    /// Whether generators and transformers may be programs of their own.
    package var allowsPlugins = false
    /// Whether such a program may be an executable of the repository.
    package var allowsExec = false
    /// Whether charts may be rendered by an installed helm.
    package var allowsHelm = false
    /// What `helm template` is told in addition.
    package var helmAPIVersions: [String] = []
    package var helmKubeVersion = ""
    package var helmDebug = false
    /// OpenAPI documents, v2 or v3, that stand in for the built-in schema of Kubernetes 1.21: a cluster's own, so that
    /// lists of newer types merge as it merges them. A kustomization's `openapi` goes before.
    package var schemas: [Value] = []
    /// Label every object with the tool that built it, as `buildMetadata: [managedByLabel]` does.
    package var addsManagedByLabel = false
    /// The version that the label names.
    package var managedByVersion = "v5.8.1"

    package init() {}
}
