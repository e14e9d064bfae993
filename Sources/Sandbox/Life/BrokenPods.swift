// Pods that fail on request: images that cannot be pulled, containers that crash, nodes that take nobody.

import Manifest

extension Life {
    /// What is to be wrong with a pod: with itself, or with one of those that it belongs to.
    func breakage(of pod: StoredObject) -> Breakage? {
        if api.rehearsal.isCalm { return nil }
        var item: WorkItem? = WorkItem(resource: .pods, key: pod.key)
        while let current = item {
            if let found = api.rehearsal.breakage(of: current) { return found }
            item = object(current)?.value.controllerUID.flatMap { owners.item(uid: $0) }
        }
        return nil
    }

    func isCrashing(_ pod: StoredObject) -> Bool {
        (pod.value[path: "status", "containerStatuses"]?.array ?? []).contains {
            $0[path: "state", "waiting", "reason"]?.string == "CrashLoopBackOff"
        }
    }

    func setUnschedulable(_ pod: StoredObject) {
        let now = now
        let message = "0/1 nodes are available: 1 node(s) had untolerated taint {sandbox.gitopsctl.dev/full: }."
        setStatus(.pods, pod.key, as: .scheduler) { status in
            status["phase"] = "Pending"
            status.setCondition("PodScheduled", false, reason: "Unschedulable", message: message, now: now)
        }
        report(pod, .pods, reason: "FailedScheduling", message, type: "Warning", from: "default-scheduler")
    }

    /// First the error, then the back-off, as a kubelet goes between the two.
    mutating func failToPull(_ pod: StoredObject) -> Timestamp? {
        let hasTried = (pod.value[path: "status", "containerStatuses"]?.array ?? []).contains {
            $0[path: "state", "waiting", "reason"]?.string == "ErrImagePull"
        }
        let isWaiting = (pod.value[path: "status", "containerStatuses"]?.array ?? []).contains {
            $0[path: "state", "waiting", "reason"]?.string == "ImagePullBackOff"
        }
        if isWaiting { return nil }
        if hasTried, let later = moment("back-off", pod) { return later }
        setStatus(.pods, pod.key, as: .kubelet) { status in
            status.changeItems("containerStatuses") { container in
                let image = container["image"]?.string ?? ""
                container["ready"] = false
                container["started"] = false
                container["state"] = [
                    "waiting": hasTried
                        ? ["reason": "ImagePullBackOff", "message": .string("Back-off pulling image \"\(image)\"")]
                        : [
                            "reason": "ErrImagePull",
                            "message": .string("failed to pull and unpack image \"\(image)\": not found"),
                        ]
                ]
            }
        }
        let image = pod.value[path: "spec", "containers"]?.array?.first?["image"]?.string ?? ""
        if hasTried {
            report(pod, .pods, reason: "BackOff", "Back-off pulling image \"\(image)\"", from: "kubelet")
        } else {
            let message = "Failed to pull image \"\(image)\": not found"
            report(pod, .pods, reason: "Failed", message, type: "Warning", from: "kubelet")
        }
        return hasTried ? nil : now + pace
    }

    /// The containers ran and ended; they wait to be started again, later each time.
    mutating func crash(_ pod: StoredObject) -> Timestamp? {
        let restarts = pod.value[path: "status", "containerStatuses"]?.array?.first?["restartCount"]?.int ?? 0
        if restarts >= 5 { return nil }
        if let later = moment("crash-\(restarts)", pod, takes: pace * (1 << restarts)) { return later }
        let now = now
        setStatus(.pods, pod.key, as: .kubelet) { status in
            status["phase"] = "Running"
            for type in ["Ready", "ContainersReady"] {
                status.setCondition(
                    type, false, reason: "ContainersNotReady", message: "containers with unready status", now: now)
            }
            status.changeItems("containerStatuses") { container in
                container["ready"] = false
                container["started"] = false
                container["restartCount"] = .int(restarts + 1)
                container["lastState"] = [
                    "terminated": [
                        "exitCode": 1, "reason": "Error", "startedAt": .string(now.text),
                        "finishedAt": .string(now.text),
                    ]
                ]
                container["state"] = [
                    "waiting": [
                        "reason": "CrashLoopBackOff",
                        "message": "back-off 10s restarting failed container",
                    ]
                ]
            }
        }
        report(
            pod, .pods, reason: "BackOff", "Back-off restarting failed container", type: "Warning", from: "kubelet")
        return now + pace
    }
}
