// A Pod is healthy when it is ready, or when it has ended well and was meant to end. A failed Pod is not.

import Manifest

extension Health {
    @Sendable static func ofPod(_ live: Value) -> Health {
        switch live.statusText("phase") {
        case "Succeeded"?:
            return .healthy
        case "Failed"?:
            let reason = live.statusText("message") ?? live.statusText("reason") ?? PodTrouble.found(in: live)?.text
            return .degraded("the pod failed" + (reason.map { ": \($0)" } ?? ""), isFinal: true)
        case "Running"?:
            if live.condition("Ready")?.status == "True" { return .healthy }
            return trouble(live) ?? .progressing("not all containers are ready")
        default:
            return trouble(live) ?? .progressing("the pod is starting")
        }
    }

    private static func trouble(_ live: Value) -> Health? {
        PodTrouble.found(in: live).map { .degraded($0.text, isFinal: $0.patience == .none) }
    }
}
