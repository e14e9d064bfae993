// A change of an Application of the cluster that somebody makes by a command.

import KubernetesClient
import Manifest
import Reconciler
import SyncEngine

struct ApplicationEdit: Sendable {
    let cluster: any KubernetesAPI
    let application: ClusterApplication

    /// Sets fields of the spec.
    ///
    /// - Returns: the Application as it is now.
    @discardableResult
    func write(_ spec: Value) async throws(DiagnosticsError) -> ClusterApplication {
        do {
            let written = try await cluster.patch(
                application.reference, type: .merge, body: ["spec": spec],
                options: WriteOptions(fieldManager: Vocabulary.FieldManager.edit))
            return ClusterApplication(written.object)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }
}
