// A PersistentVolumeClaim is healthy once it is bound. Until then nobody waits for it by itself: many bind at their
// first use only, and a workload that uses one does not get ready without it. A PersistentVolume is healthy unless what
// reclaims it failed.

import Manifest

extension Health {
    @Sendable static func ofPersistentVolumeClaim(_ live: Value) -> Health {
        switch live[path: "status", "phase"]?.string {
        case "Bound":
            if let error = live.condition("ControllerResizeError") ?? live.condition("NodeResizeError"),
                error.status == "True"
            {
                return Health(.degraded, error.text, isAwaited: false)
            }
            return .healthy
        case "Lost": return .degraded("its volume is lost", isFinal: true)
        default: return Health(.progressing, "not bound yet", isAwaited: false)
        }
    }

    @Sendable static func ofPersistentVolume(_ live: Value) -> Health {
        guard live[path: "status", "phase"]?.string == "Failed" else { return .healthy }
        return .degraded(live[path: "status", "message"]?.string ?? "the volume could not be reclaimed", isFinal: true)
    }
}
