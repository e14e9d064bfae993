// The lease of a replica as an object of coordination.k8s.io/v1.

import Manifest
import SyncHistory

enum LeaseDocument {
    static let resourceKind = GroupVersionKind(group: "coordination.k8s.io", version: "v1", kind: "Lease")
    /// Marks the leases of replicas.
    static let label = "gitopsctl.dev/replica"
    /// Who joined last, in the lease of one who was there.
    static let joined = "gitopsctl.dev/joined"
    /// Another text after each renewal, whatever the clocks do.
    static let renewal = "gitopsctl.dev/renewal"
    /// The pushes that its holder was told of.
    static let pushes = "gitopsctl.dev/pushes"

    /// - Parameters:
    ///   - version: the one that it replaces; nil for a new lease.
    ///   - renewal: another one than ever before.
    ///   - pushes: nil for none.
    static func make(
        _ name: String, in namespace: String, version: String?, timing: LeaseTiming, renewal: String, pushes: String?,
        at moment: Timestamp
    ) -> Value {
        var annotations: Object = [Self.renewal: .string(renewal)]
        if let pushes { annotations[Self.pushes] = .string(pushes) }
        var metadata: Object = [
            "name": .string(name), "namespace": .string(namespace), "labels": [label: ""],
            "annotations": .object(annotations),
        ]
        if let version { metadata["resourceVersion"] = .string(version) }
        return [
            "apiVersion": .string(resourceKind.apiVersion), "kind": .string(resourceKind.kind),
            "metadata": .object(metadata),
            "spec": [
                "holderIdentity": .string(name), "leaseDurationSeconds": .int(Int(timing.duration.components.seconds)),
                // A MicroTime has six digits.
                "renewTime": .string("\(moment.description.dropLast()).000000Z"),
            ],
        ]
    }

    static func sight(_ value: Value) -> LeaseSight {
        let object = KubernetesObject(value)
        return LeaseSight(
            name: object.name, version: object.resourceVersion ?? "", renewal: object.annotation(renewal) ?? "",
            duration: .seconds(value[path: "spec", "leaseDurationSeconds"]?.int ?? 15),
            isReleased: value[path: "spec", "holderIdentity"]?.string?.isEmpty ?? true)
    }
}
