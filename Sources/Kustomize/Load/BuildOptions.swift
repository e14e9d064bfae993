// What a caller decides about a build.

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
    /// Whether configurations may run programs.
    package var allowsExec = false
    package var allowsHelm = false
    /// Label every object with the tool that built it, as `buildMetadata: [managedByLabel]` does.
    package var addsManagedByLabel = false
    /// The version that the label names.
    package var managedByVersion = "v5.8.1"

    package init() {}
}
