// Where the parents of sets are kept, which need not be where their members are, nor written by whoever writes those.

package import KubernetesClient
package import Manifest

/// Keeps the parents of sets.
package protocol ApplySetParents: Sendable {
    /// A parent as it stands; nil where there is none.
    func parent(_ reference: ObjectReference) async throws(KubernetesError) -> Value?
    /// Applies what a parent says.
    func record(_ parent: Value, options: ApplyOptions) async throws(KubernetesError)
    func remove(_ reference: ObjectReference) async throws(KubernetesError)
}

/// Keeps them in the cluster of their members, as whoever writes those.
struct ClusterParents: ApplySetParents {
    let cluster: any KubernetesAPI

    func parent(_ reference: ObjectReference) async throws(KubernetesError) -> Value? {
        try await cluster.get(reference)
    }

    func record(_ parent: Value, options: ApplyOptions) async throws(KubernetesError) {
        _ = try await cluster.apply(parent, options: options)
    }

    func remove(_ reference: ObjectReference) async throws(KubernetesError) {
        _ = try await cluster.delete(reference)
    }
}
