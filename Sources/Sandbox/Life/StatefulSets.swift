// StatefulSets: numbered pods with claims of their own, in order.

import Manifest

extension GroupResource {
    static let statefulSets = GroupResource(group: "apps", resource: "statefulsets")
    static let controllerRevisions = GroupResource(group: "apps", resource: "controllerrevisions")
}

extension Life {
    private static let revisionLabel = "controller-revision-hash"

    mutating func reconcileStatefulSet(_ set: StoredObject) -> Timestamp? {
        guard !set.isBeingDeleted else { return nil }
        let spec = set.value["spec"] ?? [:]
        let wanted = spec["replicas"]?.int ?? 1
        let update = "\(set.key.name)-\(templateHash(spec["template"] ?? [:]))"
        recordRevision(set, update)
        var pods: [Int: StoredObject] = [:]
        for pod in controlled(.pods, by: set) where !pod.isBeingDeleted {
            if let ordinal = ordinal(of: pod, set) { pods[ordinal] = pod }
        }
        let isOrdered = spec["podManagementPolicy"]?.string != "Parallel"
        // Each pod waits for the one before it.
        for ordinal in 0..<max(0, wanted) {
            if let pod = pods[ordinal] {
                if isOrdered, !pod.isReady { break }
                continue
            }
            createClaims(set, ordinal)
            pods[ordinal] = createPod(set, ordinal, revision: update)
            if isOrdered { break }
        }
        let excess = pods.keys.filter { $0 >= wanted }.sorted(by: >)
        for ordinal in isOrdered ? Array(excess.prefix(1)) : excess {
            if let pod = pods.removeValue(forKey: ordinal) { delete(WorkItem(resource: .pods, key: pod.key)) }
        }
        if excess.isEmpty { roll(set, &pods, wanted: wanted, update: update) }
        updateStatus(set, pods, wanted: wanted, update: update)
        return nil
    }

    private func ordinal(of pod: StoredObject, _ set: StoredObject) -> Int? {
        guard pod.key.name.hasPrefix(set.key.name + "-") else { return nil }
        return Int(pod.key.name.dropFirst(set.key.name.count + 1))
    }

    /// Replaces one pod of an older template at a time, from the last to the partition, when all are ready.
    private func roll(_ set: StoredObject, _ pods: inout [Int: StoredObject], wanted: Int, update: String) {
        guard set.value[path: "spec", "updateStrategy", "type"]?.string != "OnDelete", pods.count == wanted else {
            return
        }
        let partition = set.value[path: "spec", "updateStrategy", "rollingUpdate", "partition"]?.int ?? 0
        let outdated = pods.keys.filter { $0 >= partition && pods[$0]?.labels[Self.revisionLabel] != update }
        guard let last = outdated.max(), let pod = pods[last] else { return }
        let othersReady = pods.allSatisfy { $0.key == last || $0.value.isReady }
        guard othersReady else { return }
        delete(WorkItem(resource: .pods, key: pod.key))
        pods[last] = nil
    }

    private func createPod(_ set: StoredObject, _ ordinal: Int, revision: String) -> StoredObject? {
        let template = set.value[path: "spec", "template"] ?? [:]
        let name = "\(set.key.name)-\(ordinal)"
        var pod = podValue(
            template: template, owner: set, name: name,
            labels: [
                (Self.revisionLabel, revision), ("statefulset.kubernetes.io/pod-name", name),
                ("apps.kubernetes.io/pod-index", String(ordinal)),
            ])
        pod["spec"]?["hostname"] = .string(name)
        if let service = set.value[path: "spec", "serviceName"], service.string != "" {
            pod["spec"]?["subdomain"] = service
        }
        let claims = (set.value[path: "spec", "volumeClaimTemplates"]?.array ?? []).compactMap {
            $0[path: "metadata", "name"]?.string
        }
        let volumes = (template[path: "spec", "volumes"]?.array ?? []).filter {
            !claims.contains($0["name"]?.string ?? "")
        }
        let own: [Value] = claims.map { claim in
            ["name": .string(claim), "persistentVolumeClaim": ["claimName": .string("\(claim)-\(name)")]]
        }
        if !(volumes + own).isEmpty { pod["spec"]?["volumes"] = .array(own + volumes) }
        return create(.pods, namespace: set.key.namespace, pod)
    }

    private func createClaims(_ set: StoredObject, _ ordinal: Int) {
        for template in set.value[path: "spec", "volumeClaimTemplates"]?.array ?? [] {
            let name = "\(template[path: "metadata", "name"]?.string ?? "")-\(set.key.name)-\(ordinal)"
            guard api.store.object(.claims, ObjectKey(namespace: set.key.namespace, name: name)) == nil else {
                continue
            }
            var metadata: Object = ["name": .string(name)]
            var labels = template[path: "metadata", "labels"] ?? [:]
            for entry in set.value[path: "spec", "selector", "matchLabels"]?.object?.entries ?? [] {
                labels[entry.key] = entry.value
            }
            metadata["labels"] = labels
            metadata["annotations"] = template[path: "metadata", "annotations"]
            create(
                .claims, namespace: set.key.namespace, ["metadata": .object(metadata), "spec": template["spec"] ?? [:]])
        }
    }

    private func recordRevision(_ set: StoredObject, _ name: String) {
        let key = ObjectKey(namespace: set.key.namespace, name: name)
        guard api.store.object(.controllerRevisions, key) == nil else { return }
        let known = controlled(.controllerRevisions, by: set)
        let number = (known.compactMap { $0.value["revision"]?.int }.max() ?? 0) + 1
        create(
            .controllerRevisions, namespace: set.key.namespace,
            [
                "metadata": [
                    "name": .string(name), "labels": set.value[path: "spec", "template", "metadata", "labels"] ?? [:],
                    "ownerReferences": [set.value.asController()],
                ], "revision": .int(number), "data": ["spec": ["template": set.value[path: "spec", "template"] ?? [:]]],
            ])
    }

    private func updateStatus(_ set: StoredObject, _ pods: [Int: StoredObject], wanted: Int, update: String) {
        let ready = pods.values.count { $0.isReady }
        let updated = pods.values.count { $0.labels[Self.revisionLabel] == update }
        let before = set.value[path: "status", "currentRevision"]?.string ?? update
        let isDone = updated == wanted && ready == wanted && pods.count == wanted
        let current = isDone ? update : before
        let onCurrent = pods.values.count { $0.labels[Self.revisionLabel] == current }
        setStatus(.statefulSets, set.key) { status in
            status["observedGeneration"] = set.value[path: "metadata", "generation"]
            status["replicas"] = .int(pods.count)
            status["readyReplicas"] = ready == 0 ? nil : .int(ready)
            status["availableReplicas"] = .int(ready)
            status["currentReplicas"] = onCurrent == 0 ? nil : .int(onCurrent)
            status["updatedReplicas"] = updated == 0 ? nil : .int(updated)
            status["currentRevision"] = .string(current)
            status["updateRevision"] = .string(update)
            status["collisionCount"] = 0
        }
    }
}
