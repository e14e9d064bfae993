// ReplicaSets and DaemonSets: as many pods of one template as are wanted.

import Manifest

extension GroupResource {
    static let daemonSets = GroupResource(group: "apps", resource: "daemonsets")
}

extension Life {
    mutating func reconcileReplicaSet(_ set: StoredObject) -> Timestamp? {
        guard !set.isBeingDeleted else { return nil }
        let wanted = set.value[path: "spec", "replicas"]?.int ?? 1
        var pods = controlled(.pods, by: set).filter { !$0.isBeingDeleted && !$0.isFinished }
        if pods.count < wanted {
            let template = set.value[path: "spec", "template"] ?? [:]
            for _ in pods.count..<wanted {
                guard let pod = create(.pods, namespace: set.key.namespace, podValue(template: template, owner: set))
                else {
                    // The namespace is going away, or the pod is refused: tried again with the next change.
                    break
                }
                pods.append(pod)
            }
        } else if pods.count > wanted {
            // Those that are not ready go first.
            let doomed = pods.sorted { !$0.isReady && $1.isReady }.prefix(pods.count - wanted)
            for pod in doomed { delete(WorkItem(resource: .pods, key: pod.key)) }
            let gone = Set(doomed.map(\.key))
            pods.removeAll { gone.contains($0.key) }
        }
        let ready = pods.count { $0.isReady }
        let total = pods.count
        setStatus(.replicaSets, set.key) { status in
            status["observedGeneration"] = set.value[path: "metadata", "generation"]
            status["replicas"] = .int(total)
            status["fullyLabeledReplicas"] = total == 0 ? nil : .int(total)
            status["readyReplicas"] = ready == 0 ? nil : .int(ready)
            status["availableReplicas"] = ready == 0 ? nil : .int(ready)
        }
        return nil
    }

    mutating func reconcileDaemonSet(_ set: StoredObject) -> Timestamp? {
        guard !set.isBeingDeleted else { return nil }
        let template = set.value[path: "spec", "template"] ?? [:]
        let label = "controller-revision-hash"
        let hash = templateHash(template)
        let wanted = isSchedulable(template) ? 1 : 0
        var pods = controlled(.pods, by: set).filter { !$0.isBeingDeleted }
        let isRolling = set.value[path: "spec", "updateStrategy", "type"]?.string != "OnDelete"
        for pod in pods where wanted == 0 || (isRolling && pod.labels[label] != hash) {
            delete(WorkItem(resource: .pods, key: pod.key))
            pods.removeAll { $0.key == pod.key }
        }
        if pods.count < wanted {
            let value = podValue(
                template: template, owner: set,
                labels: [
                    (label, hash),
                    ("pod-template-generation", set.value[path: "metadata", "generation"]?.scalar?.text ?? "1"),
                ])
            if let pod = create(.pods, namespace: set.key.namespace, value) { pods.append(pod) }
        }
        let ready = pods.count { $0.isReady }
        let updated = pods.count { $0.labels[label] == hash }
        setStatus(.daemonSets, set.key) { status in
            status["observedGeneration"] = set.value[path: "metadata", "generation"]
            status["currentNumberScheduled"] = .int(pods.count)
            status["desiredNumberScheduled"] = .int(wanted)
            status["numberMisscheduled"] = 0
            status["numberReady"] = .int(ready)
            status["numberAvailable"] = ready == 0 ? nil : .int(ready)
            status["numberUnavailable"] = wanted > ready ? .int(wanted - ready) : nil
            status["updatedNumberScheduled"] = updated == 0 ? nil : .int(updated)
        }
        return nil
    }

    /// Whether the one node has the labels that a template asks for.
    private func isSchedulable(_ template: Value) -> Bool {
        let wanted = template[path: "spec", "nodeSelector"]?.object?.entries ?? []
        let labels = SandboxNode.object[path: "metadata", "labels"] ?? [:]
        return wanted.allSatisfy { labels[$0.key] == $0.value }
    }
}
