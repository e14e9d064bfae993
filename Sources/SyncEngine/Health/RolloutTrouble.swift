// Why a workload does not come up: asked of its pods, once it is clear that it did not.

import KubernetesClient
import Manifest

struct RolloutTrouble {
    let cluster: any KubernetesAPI

    /// What the pods of a workload suffer from, nil for what has no pods or whose pods have no trouble to tell.
    func found(for live: Value) async -> String? {
        let object = KubernetesObject(live)
        guard ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"].contains(object.kind),
            let selector = Self.selector(of: live),
            let pods = try? await cluster.list(Self.pods, namespace: object.namespace, labelSelector: selector)
        else { return nil }
        let troubles = pods.items.compactMap { pod in
            PodTrouble.found(in: pod).map { "pod \(KubernetesObject(pod).name): \($0)" }
        }
        return troubles.first
    }

    private static let pods = APIResource(group: "", version: "v1", kind: "Pod", name: "pods", isNamespaced: true)

    static func selector(of live: Value) -> String? {
        guard let labels = live[path: "spec", "selector", "matchLabels"]?.object, !labels.isEmpty else { return nil }
        return labels.entries.compactMap { entry in entry.value.scalar.map { "\(entry.key)=\($0.text)" } }.joined(
            separator: ",")
    }
}
