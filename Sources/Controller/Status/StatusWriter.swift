// Writes the status of Applications, where there is something new to say.

import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct StatusWriter: Sendable {
    let cluster: any KubernetesAPI
    let registry: ApplicationRegistry
    let now: @Sendable () -> Timestamp
    let log: Logger

    /// - Parameter synced: who has the history of the application, where that has a new sync of it.
    /// - Returns: whether the status is what it should be, and what was read of the history; nil where nothing was.
    @discardableResult
    func write(
        _ facts: ApplicationFacts, of key: ApplicationKey, synced: Reconciler?
    ) async -> (isWritten: Bool, history: [SyncRecord]?) {
        guard let registered = registry[key] else { return (true, nil) }
        let application = try? registered.application.get()
        var history: [SyncRecord]?
        if let synced, let application {
            history = try? await synced.syncs(of: application, limit: StatusDocument.listed)
        }
        let previous = registered.value["status"]
        var status = StatusDocument.make(
            facts, previous: previous, history: Array((history ?? []).prefix(application?.historyLimit ?? 0)),
            cluster: application?.destination.cluster, now: now())
        // Where it cannot be read, what stands there is all that is left of it.
        if history == nil, let known = previous?["history"] { status["history"] = known }
        return (previous == status ? true : await write(status, of: key), history)
    }

    private func write(_ status: Value, of key: ApplicationKey) async -> Bool {
        let object: Value = [
            "apiVersion": .string(Application.resourceKind.apiVersion), "kind": .string(Application.kind),
            "metadata": ["name": .string(key.name), "namespace": .string(key.namespace)], "status": status,
        ]
        do throws(KubernetesError) {
            let options = ApplyOptions(
                fieldManager: Vocabulary.FieldManager.controller, force: true, subresource: "status")
            registry.wrote(try await cluster.apply(object, options: options).object)
            return true
        } catch {
            // Nobody reads the status of one that is gone.
            if error.isNotFound { return true }
            log.warning("\(error)", metadata: ["application": "\(key)"])
            return false
        }
    }
}
