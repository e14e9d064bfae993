// Replica counts that an autoscaler sets: they are the autoscaler's, whatever Git says.

package import Manifest

/// The workloads that an autoscaler among some objects scales.
package struct ScaledWorkloads: Sendable {
    private var targets: Set<ObjectIdentity> = []

    package init(in objects: some Sequence<Value>) {
        for value in objects {
            let object = KubernetesObject(value)
            let scales =
                object.gvk.group == "autoscaling" && object.kind == "HorizontalPodAutoscaler"
                || object.gvk.group == "keda.sh" && object.kind == "ScaledObject"
            guard scales, let target = value[path: "spec", "scaleTargetRef"], let name = target["name"]?.string else {
                continue
            }
            let gvk = GroupVersionKind(
                apiVersion: target["apiVersion"]?.string ?? "apps/v1", kind: target["kind"]?.string ?? "Deployment")
            targets.insert(ObjectIdentity(group: gvk.group, kind: gvk.kind, namespace: object.namespace, name: name))
        }
    }

    /// The desired object with the replica count of the live one, where an autoscaler sets it. A count that is still
    /// ours stays with us at its live value: to let go of it would reset it to 1.
    package func adjusted(_ desired: Value, live: Value?, reference: ObjectReference, ownership: Ownership) -> Value {
        guard targets.contains(reference.identity), let live, desired[path: "spec", "replicas"] != nil else {
            return desired
        }
        var desired = desired
        let isOurs = ownership.ours.contains(FieldPath(fields: "spec", "replicas"))
        desired["spec"]?["replicas"] = isOurs ? live[path: "spec", "replicas"] : nil
        return desired
    }
}
