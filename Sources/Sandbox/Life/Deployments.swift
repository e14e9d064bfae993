// Deployments: one ReplicaSet a template, rolled over within surge and unavailability.

import Manifest

extension GroupResource {
    static let deployments = GroupResource(group: "apps", resource: "deployments")
}

extension Life {
    private static let revision = "deployment.kubernetes.io/revision"
    private static let hashLabel = "pod-template-hash"

    mutating func reconcileDeployment(_ deployment: StoredObject) -> Timestamp? {
        guard !deployment.isBeingDeleted else { return nil }
        let spec = deployment.value["spec"] ?? [:]
        let sets = controlled(.replicaSets, by: deployment)
        let hash = templateHash(spec["template"] ?? [:])
        var current = sets.first { $0.value[path: "metadata", "labels"]?[Self.hashLabel]?.string == hash }
        let others = sets.filter { $0.key != current?.key }
        if spec["paused"]?.bool ?? false {
            updateStatus(deployment, current: current, all: sets)
            return nil
        }
        let revision = nextRevision(current, others)
        if current == nil {
            let wanted = spec["replicas"]?.int ?? 1
            let start =
                isRecreate(spec) && others.contains { replicas($0) > 0 }
                ? 0
                : min(wanted, max(0, wanted + surge(spec) - others.reduce(0) { $0 + replicas($1) }))
            current = createReplicaSet(deployment, hash: hash, revision: revision, replicas: start)
        }
        guard let current else { return now + pace }
        mark(current, deployment, revision: revision)
        roll(deployment, current, others)
        let fresh = controlled(.replicaSets, by: deployment)
        updateStatus(deployment, current: fresh.first { $0.key == current.key }, all: fresh)
        prune(deployment, fresh.filter { $0.key != current.key })
        return nil
    }

    /// A name for a pod template, stable over runs.
    func templateHash(_ template: Value) -> String {
        var hash = ContentHash()
        hash.add(template)
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        var bits = UInt64(hash.text, radix: 16) ?? 0
        var text = ""
        for _ in 0..<10 {
            text.append(alphabet[Int(bits % 27)])
            bits /= 27
        }
        return text
    }

    private func replicas(_ set: StoredObject) -> Int { set.value[path: "spec", "replicas"]?.int ?? 0 }
    private func available(_ set: StoredObject) -> Int { set.value[path: "status", "availableReplicas"]?.int ?? 0 }
    private func isRecreate(_ spec: Value) -> Bool { spec[path: "strategy", "type"]?.string == "Recreate" }

    /// A number or a percentage of the wanted replicas.
    private func resolve(_ value: Value?, of total: Int, roundsUp: Bool) -> Int {
        guard let scalar = value?.scalar else { return 0 }
        if let number = scalar.int { return number }
        guard let percent = Int(scalar.text.dropLast()) else { return 0 }
        return roundsUp ? (total * percent + 99) / 100 : total * percent / 100
    }

    private func surge(_ spec: Value) -> Int {
        resolve(spec[path: "strategy", "rollingUpdate", "maxSurge"], of: spec["replicas"]?.int ?? 1, roundsUp: true)
    }

    private func unavailable(_ spec: Value) -> Int {
        let allowed = resolve(
            spec[path: "strategy", "rollingUpdate", "maxUnavailable"], of: spec["replicas"]?.int ?? 1, roundsUp: false)
        // Both zero would never move; the real controller allows one.
        return allowed == 0 && surge(spec) == 0 ? 1 : allowed
    }

    private func revision(of set: StoredObject) -> Int {
        set.value[path: "metadata", "annotations"]?[Self.revision]?.string.flatMap { Int($0) } ?? 0
    }

    private func nextRevision(_ current: StoredObject?, _ others: [StoredObject]) -> Int {
        let newest = others.map { revision(of: $0) }.max() ?? 0
        if let current, revision(of: current) > newest { return revision(of: current) }
        return newest + 1
    }

    private func createReplicaSet(
        _ deployment: StoredObject, hash: String, revision: Int, replicas: Int
    ) -> StoredObject? {
        let spec = deployment.value["spec"] ?? [:]
        var template = spec["template"] ?? [:]
        template.fill("metadata", [:])
        template["metadata"]?.fill("labels", [:])
        template["metadata"]?["labels"]?[Self.hashLabel] = .string(hash)
        var selector = spec["selector"] ?? [:]
        selector.fill("matchLabels", [:])
        selector["matchLabels"]?[Self.hashLabel] = .string(hash)
        var annotations = deployment.value[path: "metadata", "annotations"] ?? [:]
        annotations["kubectl.kubernetes.io/last-applied-configuration"] = nil
        annotations[Self.revision] = .string(String(revision))
        annotations["deployment.kubernetes.io/desired-replicas"] = .string(String(spec["replicas"]?.int ?? 1))
        annotations["deployment.kubernetes.io/max-replicas"] = .string(
            String((spec["replicas"]?.int ?? 1) + surge(spec)))
        var setSpec: Object = ["replicas": .int(replicas), "selector": selector, "template": template]
        setSpec["minReadySeconds"] = spec["minReadySeconds"]
        return create(
            .replicaSets, namespace: deployment.key.namespace,
            [
                "metadata": [
                    "name": .string("\(deployment.key.name)-\(hash)"),
                    "labels": template[path: "metadata", "labels"] ?? [:], "annotations": annotations,
                    "ownerReferences": [deployment.value.asController()],
                ], "spec": .object(setSpec),
            ])
    }

    /// Writes the revision where `kubectl rollout history` reads it.
    private func mark(_ current: StoredObject, _ deployment: StoredObject, revision: Int) {
        let text = Value.string(String(revision))
        if self.revision(of: current) != revision {
            change(.replicaSets, current.key) { value in
                value["metadata"]?.fill("annotations", [:])
                value["metadata"]?["annotations"]?[Self.revision] = text
            }
        }
        if deployment.value[path: "metadata", "annotations"]?[Self.revision] != text {
            change(.deployments, deployment.key, subresource: "status") { value in
                value["metadata"]?.fill("annotations", [:])
                value["metadata"]?["annotations"]?[Self.revision] = text
            }
        }
    }

    private func scale(_ set: StoredObject, to count: Int) {
        guard replicas(set) != count else { return }
        if let owner = set.value.controllerUID.flatMap({ owners.item(uid: $0) }), let deployment = object(owner) {
            let way = count > replicas(set) ? "up" : "down"
            report(
                deployment, .deployments, reason: "ScalingReplicaSet",
                "Scaled \(way) replica set \(set.key.name) from \(replicas(set)) to \(count)",
                from: "deployment-controller")
        }
        change(.replicaSets, set.key) { $0["spec"]?["replicas"] = .int(count) }
    }

    private func roll(_ deployment: StoredObject, _ current: StoredObject, _ others: [StoredObject]) {
        let spec = deployment.value["spec"] ?? [:]
        let wanted = spec["replicas"]?.int ?? 1
        let old = others.reduce(0) { $0 + replicas($1) }
        if isRecreate(spec) {
            for set in others { scale(set, to: 0) }
            let running = others.contains { ($0.value[path: "status", "replicas"]?.int ?? 0) > 0 }
            if !running { scale(current, to: wanted) }
            return
        }
        if replicas(current) > wanted {
            scale(current, to: wanted)
        } else {
            scale(current, to: max(replicas(current), min(wanted, wanted + surge(spec) - old)))
        }
        // What may go without falling below the pods that must be available; pods that are not available count for
        // nothing.
        let ready = available(current) + others.reduce(0) { $0 + available($1) }
        var spare = ready - (wanted - unavailable(spec))
        for set in others where replicas(set) > 0 {
            let broken = max(0, replicas(set) - available(set))
            let removed = min(replicas(set), broken + max(0, spare))
            if removed > 0 {
                scale(set, to: replicas(set) - removed)
                spare -= max(0, removed - broken)
            }
        }
    }

    private func prune(_ deployment: StoredObject, _ others: [StoredObject]) {
        let limit = deployment.value[path: "spec", "revisionHistoryLimit"]?.int ?? 10
        let idle = others.filter { replicas($0) == 0 && ($0.value[path: "status", "replicas"]?.int ?? 0) == 0 }
            .sorted { revision(of: $0) < revision(of: $1) }
        for set in idle.dropLast(limit) { delete(WorkItem(resource: .replicaSets, key: set.key)) }
    }

    private func updateStatus(_ deployment: StoredObject, current: StoredObject?, all: [StoredObject]) {
        let now = now
        let wanted = deployment.value[path: "spec", "replicas"]?.int ?? 1
        func sum(_ field: String) -> Int { all.reduce(0) { $0 + ($1.value[path: "status", field]?.int ?? 0) } }
        let total = sum("replicas")
        let ready = sum("readyReplicas")
        let usable = sum("availableReplicas")
        let updated = current?.value[path: "status", "replicas"]?.int ?? 0
        let enough = usable >= wanted - unavailable(deployment.value["spec"] ?? [:])
        let isComplete = updated == wanted && total == wanted && usable == wanted
        let name = current?.key.name ?? ""
        setStatus(.deployments, deployment.key) { status in
            status["observedGeneration"] = deployment.value[path: "metadata", "generation"]
            for (key, count) in [
                ("replicas", total), ("updatedReplicas", updated), ("readyReplicas", ready),
                ("availableReplicas", usable),
                ("unavailableReplicas", max(0, max(total, wanted) - usable)),
            ] {
                status[key] = count == 0 ? nil : .int(count)
            }
            status.setCondition(
                "Available", enough, reason: enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                message: enough
                    ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
                now: now, extra: [("lastUpdateTime", .string(now.text))])
            status.setCondition(
                "Progressing", true, reason: isComplete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                message: isComplete
                    ? "ReplicaSet \"\(name)\" has successfully progressed." : "ReplicaSet \"\(name)\" is progressing.",
                now: now, extra: [("lastUpdateTime", .string(now.text))])
        }
    }
}
