// A Pod is healthy when it is ready, or when it has ended well and was meant to end. A failed Pod is not.

package import Manifest

extension Health {
    @Sendable static func ofPod(_ live: Value) -> Health {
        switch live[path: "status", "phase"]?.string {
        case "Succeeded":
            return .healthy
        case "Failed":
            let reason = live[path: "status", "message"]?.string ?? live[path: "status", "reason"]?.string
            return .degraded(
                "the pod failed" + (reason ?? PodTrouble.found(in: live)).map { ": \($0)" }.orEmpty, isFinal: true)
        case "Running":
            if live.condition("Ready")?.status == "True" { return .healthy }
            if let trouble = PodTrouble.found(in: live) { return .degraded(trouble) }
            return .progressing("not all containers are ready")
        default:
            if let trouble = PodTrouble.found(in: live) { return .degraded(trouble) }
            return .progressing("the pod is starting")
        }
    }
}

/// Why a pod does not come up, as its containers and conditions tell it.
package enum PodTrouble {
    /// Reasons for waiting that are no part of a normal start.
    private static let troubles: Set<String> = [
        "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName",
        "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
    ]

    /// The first trouble of a pod in one line, nil where it has none.
    package static func found(in pod: Value) -> String? {
        if let scheduled = pod.condition("PodScheduled"), scheduled.status == "False" {
            return "unschedulable: \(scheduled.message)"
        }
        for list in ["initContainerStatuses", "containerStatuses"] {
            for container in pod[path: "status", list]?.array ?? [] {
                if let text = trouble(of: container) { return text }
            }
        }
        return nil
    }

    private static func trouble(of container: Value) -> String? {
        let name = container["name"]?.string ?? ""
        if let waiting = container[path: "state", "waiting"], let reason = waiting["reason"]?.string,
            troubles.contains(reason)
        {
            let last = container[path: "lastState", "terminated"].flatMap(ending)
            let detail = last ?? waiting["message"]?.string
            return "container \(name): \(reason)" + detail.map { " (\($0))" }.orEmpty
        }
        guard let ended = container[path: "state", "terminated"], ended["exitCode"]?.int != 0 else { return nil }
        return "container \(name): \(ending(ended) ?? "ended")"
    }

    private static func ending(_ terminated: Value) -> String? {
        guard let code = terminated["exitCode"]?.int else { return nil }
        let reason = terminated["reason"]?.string ?? "exited"
        return "\(reason), exit code \(code)"
    }
}

extension Optional where Wrapped == String {
    fileprivate var orEmpty: String { self ?? "" }
}
