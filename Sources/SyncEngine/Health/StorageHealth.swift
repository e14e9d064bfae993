// A claim is healthy once it is bound. Until then nobody waits for it by itself: many bind at their first use only, and
// a workload that uses one does not get ready without it.

import Manifest

extension Health {
    @Sendable static func ofPersistentVolumeClaim(_ live: Value) -> Health {
        switch live[path: "status", "phase"]?.string {
        case "Bound": .healthy
        case "Lost": .degraded("its volume is lost", isFinal: true)
        default: Health(.progressing, "not bound yet", isAwaited: false)
        }
    }
}
