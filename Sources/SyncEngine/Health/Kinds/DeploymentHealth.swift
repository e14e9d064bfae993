// A Deployment is healthy when every replica runs the current template and is available, and no old one is left.

import Manifest

extension Health {
    @Sendable static func ofDeployment(_ live: Value) -> Health {
        if live[path: "spec", "paused"]?.bool ?? false { return .suspended("the rollout is paused") }
        if let progress = live.condition("Progressing"), progress.reason == "ProgressDeadlineExceeded" {
            return .degraded("the rollout made no progress in time: \(progress.message)", isFinal: true)
        }
        if live.count("status", "observedGeneration") == nil { return .progressing("the rollout has not begun") }
        let wanted = live.count("spec", "replicas") ?? 1
        let all = live.count("status", "replicas") ?? 0
        let updated = live.count("status", "updatedReplicas") ?? 0
        let available = live.count("status", "availableReplicas") ?? 0
        if updated < wanted { return short("\(updated) of \(wanted) replicas are updated", live) }
        if all > updated { return short("\(all - updated) old replicas are still to end", live) }
        if available < updated { return short("\(available) of \(updated) replicas are available", live) }
        return .healthy
    }

    /// On its way, unless the server refuses to make its pods: a quota, a limit, a webhook, a missing account.
    static func short(_ message: String, _ live: Value) -> Health {
        guard let failure = live.condition("ReplicaFailure"), failure.status == "True" else {
            return .progressing(message)
        }
        return .degraded("\(message): \(failure.text)")
    }
}
