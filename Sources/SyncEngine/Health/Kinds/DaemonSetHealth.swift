// A DaemonSet is healthy when every node that should has a pod of the current template, and it is available.

import Manifest

extension Health {
    @Sendable static func ofDaemonSet(_ live: Value) -> Health {
        if live.count("status", "observedGeneration") == nil { return .progressing("the rollout has not begun") }
        let wanted = live.count("status", "desiredNumberScheduled") ?? 0
        let updated = live.count("status", "updatedNumberScheduled") ?? 0
        let available = live.count("status", "numberAvailable") ?? 0
        let isOnDelete = live[path: "spec", "updateStrategy", "type"]?.string == "OnDelete"
        if !isOnDelete, updated < wanted { return .progressing("\(updated) of \(wanted) nodes have an updated pod") }
        if available < wanted { return .progressing("\(available) of \(wanted) nodes have an available pod") }
        return .healthy
    }
}
