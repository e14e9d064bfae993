// A ReplicaSet or ReplicationController is healthy when it has as many available replicas as it asks for.

import Manifest

extension Health {
    @Sendable static func ofReplicaSet(_ live: Value) -> Health {
        if live.count("status", "observedGeneration") == nil { return .progressing("no replica is started yet") }
        let wanted = live.count("spec", "replicas") ?? 1
        let available = live.count("status", "availableReplicas") ?? 0
        return available < wanted ? short("\(available) of \(wanted) replicas are available", live) : .healthy
    }
}
