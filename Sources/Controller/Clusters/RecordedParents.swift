// The Applications as the parents of their sets. They are the controller's to write: a tenant who delivers through one
// must not have to be allowed to change it, and a manifest of an Application is an object like any other.

import KubernetesClient
import Manifest
import Reconciler
import SyncEngine

struct RecordedParents: ApplySetParents {
    /// The cluster of the Applications, under the controller's own rights.
    let home: any KubernetesAPI
    let registry: ApplicationRegistry
    /// The Application that is worked on.
    let key: ApplicationKey
    /// Whether it is worked on under the rights of a service account, which sees no Applications of other namespaces.
    let isTenant: Bool
    let fence: WriteFence

    func parent(_ reference: ObjectReference) async throws(KubernetesError) -> Value? {
        if isTenant, reference.namespace != key.namespace { return nil }
        return registry.value(of: reference)
    }

    func record(_ parent: Value, options: ApplyOptions) async throws(KubernetesError) {
        try fence.require("record the objects of \(key)")
        guard KubernetesObject(parent).reference == Application.reference(of: key) else {
            throw KubernetesError(
                code: 403, reason: "Forbidden", message: "only its own Application is written for an application",
                request: "apply \(KubernetesObject(parent).reference)")
        }
        registry.wrote(try await home.apply(parent, options: options).object)
    }

    /// An Application is deleted by whoever wants it gone; the objects go before it does.
    func remove(_ reference: ObjectReference) {}
}
