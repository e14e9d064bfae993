// Pods: scheduled at once, ready after a moment, done after another when they are a job's.

import Manifest

extension Life {
    mutating func reconcilePod(_ pod: StoredObject) -> Timestamp? {
        let phase = pod.value[path: "status", "phase"]?.string
        if pod.isBeingDeleted {
            // Its containers end as soon as they are told, a moment later.
            if let later = moment("ended", pod, takes: min(pace, .milliseconds(100))) { return later }
            delete(WorkItem(resource: .pods, key: pod.key), nil, grace: 0)
            return nil
        }
        guard phase != "Succeeded", phase != "Failed" else { return nil }
        let breakage = breakage(of: pod)
        if pod.value[path: "spec", "nodeName"]?.string ?? "" == "" {
            if breakage == .unschedulable {
                setUnschedulable(pod)
            } else {
                schedule(pod)
            }
            return nil
        }
        switch breakage {
        case .imagePull where phase == "Pending": return failToPull(pod)
        case .crashLoop: return crash(pod)
        default: break
        }
        if phase == "Pending" || isCrashing(pod) {
            if let later = moment("ready", pod) { return later }
            setReady(pod)
            return nil
        }
        guard pod.value[path: "spec", "restartPolicy"]?.string != "Always" else { return nil }
        if let later = moment("done", pod) { return later }
        setSucceeded(pod)
        return nil
    }

    private func schedule(_ pod: StoredObject) {
        change(.pods, pod.key, as: .scheduler) { $0["spec"]?["nodeName"] = .string(SandboxNode.name) }
        report(
            pod, .pods, reason: "Scheduled",
            "Successfully assigned \(pod.key.namespace)/\(pod.key.name) to \(SandboxNode.name)",
            from: "default-scheduler")
        let now = now
        setStatus(.pods, pod.key, as: .kubelet) { status in
            status["startTime"] = .string(now.text)
            status["hostIP"] = .string(SandboxNode.address)
            status["hostIPs"] = [["ip": .string(SandboxNode.address)]]
            status.setCondition("PodScheduled", true, now: now)
            status.setCondition("Initialized", true, now: now)
            status.setCondition("Ready", false, reason: "ContainersNotReady", now: now)
            status.setCondition("ContainersReady", false, reason: "ContainersNotReady", now: now)
            status["containerStatuses"] = .array(
                containers(pod).map { container in
                    [
                        "name": container["name"] ?? "", "image": container["image"] ?? "", "imageID": "",
                        "ready": false,
                        "started": false, "restartCount": 0, "state": ["waiting": ["reason": "ContainerCreating"]],
                    ]
                })
        }
    }

    private func setReady(_ pod: StoredObject) {
        let now = now
        let address = address(of: pod)
        setStatus(.pods, pod.key, as: .kubelet) { status in
            status["phase"] = "Running"
            status["podIP"] = .string(address)
            status["podIPs"] = [["ip": .string(address)]]
            for type in ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"] {
                status.setCondition(type, true, now: now)
            }
            status["containerStatuses"] = .array(
                containers(pod).enumerated().map { index, container in
                    [
                        "name": container["name"] ?? "", "image": container["image"] ?? "",
                        "imageID": .string("sandbox://\(container["image"]?.string ?? "")"),
                        "containerID": .string("sandbox://\(pod.uid)-\(index)"), "ready": true, "started": true,
                        "restartCount": 0, "state": ["running": ["startedAt": .string(now.text)]],
                    ]
                })
        }
    }

    private func setSucceeded(_ pod: StoredObject) {
        let now = now
        setStatus(.pods, pod.key, as: .kubelet) { status in
            status["phase"] = "Succeeded"
            for type in ["Ready", "ContainersReady"] {
                status.setCondition(type, false, reason: "PodCompleted", now: now)
            }
            status.changeItems("containerStatuses") { container in
                let started = container[path: "state", "running", "startedAt"] ?? .string(now.text)
                container["ready"] = false
                container["started"] = false
                container["state"] = [
                    "terminated": [
                        "exitCode": 0, "reason": "Completed", "startedAt": started, "finishedAt": .string(now.text),
                    ]
                ]
            }
        }
    }

    private func containers(_ pod: StoredObject) -> [Value] { pod.value[path: "spec", "containers"]?.array ?? [] }

    /// An address of the pod network that follows from the uid.
    private func address(of pod: StoredObject) -> String {
        var hash = ContentHash()
        hash.add(pod.uid)
        let number = UInt64(hash.text, radix: 16) ?? 0
        return "10.244.\(number >> 8 & 255).\(2 + number % 250)"
    }

    /// A pod of a template, owned by what the template belongs to.
    func podValue(
        template: Value, owner: StoredObject, name: String? = nil, labels: [(String, String)] = []
    ) -> Value {
        var metadata: Object = template["metadata"]?.object ?? Object()
        metadata["creationTimestamp"] = nil
        if let name {
            metadata["name"] = .string(name)
        } else {
            metadata["generateName"] = .string("\(owner.key.name)-")
        }
        var labelled = metadata["labels"] ?? [:]
        for (key, value) in labels { labelled[key] = .string(value) }
        metadata["labels"] = labelled
        metadata["ownerReferences"] = [owner.value.asController()]
        return ["metadata": .object(metadata), "spec": template["spec"] ?? [:]]
    }
}

extension Value {
    /// The claims that a pod mounts.
    var claimNames: [String] {
        (self[path: "spec", "volumes"]?.array ?? []).compactMap {
            $0[path: "persistentVolumeClaim", "claimName"]?.string
        }
    }
}

extension StoredObject {
    /// Whether a pod's Ready condition holds.
    var isReady: Bool {
        (value[path: "status", "conditions"]?.array ?? []).contains {
            $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
        }
    }

    var isFinished: Bool { ["Succeeded", "Failed"].contains(value[path: "status", "phase"]?.string) }
}
