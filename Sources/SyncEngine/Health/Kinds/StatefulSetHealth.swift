// A StatefulSet is healthy when all replicas are ready and those that its update strategy covers run the current
// revision.

import Manifest

extension Health {
    @Sendable static func ofStatefulSet(_ live: Value) -> Health {
        if live.count("status", "observedGeneration") == nil { return .progressing("the rollout has not begun") }
        let wanted = live.count("spec", "replicas") ?? 1
        let ready = live.count("status", "readyReplicas") ?? 0
        if ready < wanted { return .progressing("\(ready) of \(wanted) replicas are ready") }
        // Servers before 1.22 count no available replicas, and know no time that a pod must have been ready for.
        if let available = live.count("status", "availableReplicas"), available < wanted,
            live.count("spec", "minReadySeconds") ?? 0 > 0
        {
            return .progressing("\(available) of \(wanted) replicas are available")
        }
        // Pods change only when somebody deletes them: there is nothing to wait for.
        if live[path: "spec", "updateStrategy", "type"]?.string == "OnDelete" { return .healthy }
        let updated = live.count("status", "updatedReplicas") ?? 0
        let partition = live.count("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0
        if partition > 0 {
            let covered = max(wanted - partition, 0)
            return updated < covered
                ? .progressing("\(updated) of \(covered) replicas past the partition are updated") : .healthy
        }
        let revision = live[path: "status", "updateRevision"]?.string
        if let revision, let current = live[path: "status", "currentRevision"]?.string, current != revision {
            return .progressing("\(updated) of \(wanted) replicas are updated")
        }
        return .healthy
    }
}
