// The mark that keeps an Application until its objects are gone.

import KubernetesClient
import Manifest
import Reconciler
import SyncEngine

struct Finalizer: Sendable {
    let cluster: any KubernetesAPI
    let registry: ApplicationRegistry

    private static let name = Vocabulary.objectsFinalizer

    func isSet(_ registered: RegisteredApplication) -> Bool {
        registered.value[path: "metadata", "finalizers"]?.array?.contains(.string(Self.name)) ?? false
    }

    /// Sets it where the objects of an application go with it, or keep it, and takes it away where they do not.
    ///
    /// - Throws: where that could not be written. Nothing is delivered then: nobody would take it away again.
    func settle(_ application: Application, _ registered: RegisteredApplication) async throws(DiagnosticsError) {
        let isWanted = application.deletionPolicy != .orphan
        if isWanted != isSet(registered) { try await write(isWanted ? [.string(Self.name)] : [], registered) }
    }

    /// Lets an Application go.
    func take(from registered: RegisteredApplication) async throws(DiagnosticsError) {
        try await write([], registered)
    }

    private func write(_ finalizers: [Value], _ registered: RegisteredApplication) async throws(DiagnosticsError) {
        let value = registered.value
        let object = KubernetesObject(value)
        // With its identity: one that is gone is not made anew.
        var metadata: Object = [
            "name": .string(object.name), "namespace": .string(object.namespace ?? ""),
            "uid": value[path: "metadata", "uid"] ?? .null,
        ]
        if !finalizers.isEmpty { metadata["finalizers"] = .array(finalizers) }
        let patch: Value = [
            "apiVersion": .string(Application.resourceKind.apiVersion), "kind": .string(Application.kind),
            "metadata": .object(metadata),
        ]
        do throws(KubernetesError) {
            let options = ApplyOptions(fieldManager: Vocabulary.FieldManager.finalizer, force: true)
            registry.wrote(try await cluster.apply(patch, options: options).object)
        } catch {
            if !error.isNotFound { throw DiagnosticsError([error.diagnostic()]) }
        }
    }
}
