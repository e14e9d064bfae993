// A cluster as the controller reaches it: as itself, or as a service account whose rights it borrows.

package import KubernetesClient

package struct ClusterAccess: Sendable {
    /// The address of its API server, by which the history knows it.
    package var address: String
    /// The cluster under the rights of the connection.
    package var own: any KubernetesAPI
    package var acting: @Sendable (Impersonation) -> any KubernetesAPI

    package init(_ client: KubernetesClient) {
        address = client.connection.server
        own = client
        acting = { client.acting(as: $0) }
    }

    func api(as identity: Impersonation?) -> any KubernetesAPI { identity.map(acting) ?? own }

    /// The same with every request counted.
    func metered(by metrics: ControllerMetrics) -> ClusterAccess {
        var access = self
        access.own = MeteredCluster(server: own, metrics: metrics)
        access.acting = { [acting] in MeteredCluster(server: acting($0), metrics: metrics) }
        return access
    }
}
