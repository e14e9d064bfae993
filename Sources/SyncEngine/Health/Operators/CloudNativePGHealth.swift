// CloudNativePG tells in sentences what a cluster is doing (`api/v1/cluster_types.go`): one says that all is well, some
// that the operator has given up, one that it waits for a person.

import Manifest

extension Health {
    @Sendable static func ofCloudNativePGCluster(_ live: Value) -> Health {
        if live[path: "metadata", "annotations"]?["cnpg.io/hibernation"]?.string == "on" {
            return .suspended("the cluster hibernates")
        }
        guard let phase = live.statusText("phase") else {
            return .progressing("the operator has not looked at it yet")
        }
        let text = phase + (live.statusText("phaseReason").map { ": \($0)" } ?? "")
        if phase == "Cluster in healthy state" {
            let wanted = live.count("spec", "instances") ?? 1
            let ready = live.count("status", "readyInstances") ?? 0
            return ready < wanted ? .progressing("\(ready) of \(wanted) instances are ready") : .healthy
        }
        if phase == "Waiting for user action" { return .suspended(text) }
        if stoppedPhases.contains(phase) { return .degraded(text, isFinal: true) }
        return troubledPhases.contains(phase) ? .degraded(text) : .progressing(text)
    }

    private static let stoppedPhases: Set<String> = [
        "Cluster is unrecoverable and needs manual intervention",
        "Cluster is in an unrecoverable state, needs manual intervention",
        "Cluster has incomplete or invalid image catalog",
        "Cluster cannot execute instance online upgrade due to missing architecture binary",
        "Unable to create required cluster objects",
    ]

    private static let troubledPhases: Set<String> = [
        "Failing over", "Not enough disk space",
        "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
        "Cluster cannot proceed to reconciliation due to an error while interacting with plugins",
    ]

    @Sendable static func ofCloudNativePGBackup(_ live: Value) -> Health {
        switch live.statusText("phase") {
        case "completed"?: return .healthy
        case let phase? where ["failed", "walArchivingFailing"].contains(phase):
            return .degraded("the backup failed: \(live.statusText("error") ?? phase)", isFinal: true)
        case let phase?: return .progressing("the backup is \(phase)")
        case nil: return .progressing("the backup has not begun")
        }
    }

    @Sendable static func ofCloudNativePGScheduledBackup(_ live: Value) -> Health {
        if live[path: "spec", "suspend"]?.bool ?? false { return .suspended("the schedule is suspended") }
        return live.statusText("error").map { .degraded($0) } ?? .healthy
    }

    @Sendable static func ofCloudNativePGPooler(_ live: Value) -> Health {
        let reason = live.statusText("phaseReason") ?? live.statusText("error")
        switch live.statusText("phase") {
        case "active"?: return .healthy
        case "paused"?: return .suspended("the pooler is paused")
        case "failed"?: return .degraded(reason ?? "the pooler failed")
        case let phase?: return .progressing(reason ?? "the pooler is \(phase)")
        // Operators before 1.26 count the pods and say no more.
        case nil:
            let wanted = live.count("spec", "instances") ?? 1
            let scheduled = live.count("status", "instances") ?? 0
            return scheduled < wanted ? .progressing("\(scheduled) of \(wanted) instances are scheduled") : .healthy
        }
    }

    /// A Database, Publication or Subscription.
    @Sendable static func ofCloudNativePGDatabase(_ live: Value) -> Health {
        switch live[path: "status", "applied"]?.bool {
        case true?: .healthy
        case false?: .degraded(live.statusText("message") ?? "it could not be applied")
        case nil: .progressing("not applied yet")
        }
    }
}
