// The objects of an application and what they own, with their health.

package import Manifest

/// An object with the objects that name it as their owner.
package struct ObjectTree: Sendable {
    package var reference: ObjectReference
    package var health: Health
    package var children: [ObjectTree] = []
    /// How many owned objects are left out since they are over: ReplicaSets of earlier rollouts.
    package var past = 0

    /// The kinds that Kubernetes' own controllers make for its workloads.
    package static let madeKinds = [
        GroupKind(group: "apps", kind: "ReplicaSet"), GroupKind(group: "batch", kind: "Job"),
        GroupKind(group: "", kind: "Pod"),
    ]

    /// The trees of some members.
    ///
    /// - Parameters:
    ///   - others: whatever may be owned by a member, or by something that a member owns.
    ///   - showsPast: whether to show what is over, too.
    package static func of(_ members: [Value], others: [Value], rules: HealthRules, showsPast: Bool = false)
        -> [ObjectTree]
    {
        let roots = Set(members.compactMap { KubernetesObject($0).uid })
        var owned: [String: [Value]] = [:]
        for object in others where !roots.contains(KubernetesObject(object).uid ?? "") {
            for owner in object[path: "metadata", "ownerReferences"]?.array ?? [] {
                if let uid = owner["uid"]?.string { owned[uid, default: []].append(object) }
            }
        }
        func tree(_ object: Value, _ above: Set<String>) -> ObjectTree {
            var node = ObjectTree(reference: KubernetesObject(object).reference, health: rules.health(of: object))
            guard let uid = KubernetesObject(object).uid, !above.contains(uid) else { return node }
            for child in owned[uid] ?? [] {
                let branch = tree(child, above.union([uid]))
                if !showsPast, branch.children.isEmpty, Self.isPast(child) {
                    node.past += 1
                } else {
                    node.children.append(branch)
                }
            }
            node.children.sort {
                ("\($0.reference.kind)", $0.reference.name) < ("\($1.reference.kind)", $1.reference.name)
            }
            return node
        }
        return members.map { tree($0, []) }.sorted { $0.order < $1.order }
    }

    /// Namespaces and what has none first, then by namespace, kind and name.
    private var order: (String, String, String) { (reference.namespace ?? "", reference.kind, reference.name) }

    private static func isPast(_ object: Value) -> Bool {
        KubernetesObject(object).kind == "ReplicaSet" && object[path: "spec", "replicas"]?.int == 0
    }

    package var count: Int { children.reduce(1) { $0 + $1.count } }
}
