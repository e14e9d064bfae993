// The mark that keeps an Application until its objects are gone.

import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncEngine

struct Finalizer: Sendable {
    let cluster: any KubernetesAPI
    let registry: ApplicationRegistry
    let log: Logger

    private static let name = Vocabulary.objectsFinalizer
    /// A manager of its own: what it does not say any more goes.
    private static let fieldManager = "gitopsctl-finalizer"

    func isSet(_ registered: RegisteredApplication) -> Bool {
        registered.value[path: "metadata", "finalizers"]?.array?.contains(.string(Self.name)) ?? false
    }

    /// Sets it where the objects of an application go with it, or keep it, and takes it away where they do not.
    func settle(_ application: Application, _ registered: RegisteredApplication) async {
        let isWanted = application.deletionPolicy != .orphan
        if isWanted != isSet(registered) { await write(isWanted ? [.string(Self.name)] : [], application) }
    }

    /// Lets an Application go.
    func take(from application: Application) async {
        await write([], application)
    }

    private func write(_ finalizers: [Value], _ application: Application) async {
        var metadata: Object = ["name": .string(application.name), "namespace": .string(application.namespace)]
        if !finalizers.isEmpty { metadata["finalizers"] = .array(finalizers) }
        let object: Value = [
            "apiVersion": .string("\(Application.group)/\(Application.version)"), "kind": .string(Application.kind),
            "metadata": .object(metadata),
        ]
        do throws(KubernetesError) {
            let options = ApplyOptions(fieldManager: Self.fieldManager, force: true)
            registry.wrote(try await cluster.apply(object, options: options).object)
        } catch {
            if !error.isNotFound { log.warning("\(error)", metadata: application.logged) }
        }
    }
}
