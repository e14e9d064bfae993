// Spotahome's redis-operator writes no status at all. A RedisFailover is as healthy as what the operator makes of it:
// the StatefulSet `rfr-NAME` of the Redis servers and the Deployment `rfs-NAME` of the sentinels, with as many replicas
// as it asks for (3 unless told).

import Manifest

extension Health {
    static func companions(ofRedisFailover reference: ObjectReference) -> [ObjectReference] {
        [("StatefulSet", "rfr"), ("Deployment", "rfs")].map { kind, prefix in
            ObjectReference(
                gvk: GroupVersionKind(group: "apps", version: "v1", kind: kind), namespace: reference.namespace,
                name: "\(prefix)-\(reference.name)")
        }
    }

    static func ofRedisFailover(_ live: Value, companions: [Value]?) -> Health {
        let wanted = Self.companions(ofRedisFailover: KubernetesObject(live).reference)
        guard let companions else {
            return Health(.healthy, "it has no status: see \(wanted.map(\.description).joined(separator: " and "))")
        }
        for (reference, part) in zip(wanted, ["redis", "sentinel"]) {
            guard let found = companions.first(where: { KubernetesObject($0).identity == reference.identity }) else {
                return .progressing("the operator has not made \(reference) yet")
            }
            let replicas = live.count("spec", part, "replicas") ?? 3
            if found.count("spec", "replicas") != replicas {
                return .progressing("\(reference) has not been given its \(replicas) replicas yet")
            }
            let health = Health(of: found)
            if health.status != .healthy {
                return Health(health.status, "\(reference): \(health.message)", isFinal: health.isFinal)
            }
        }
        return .healthy
    }
}
