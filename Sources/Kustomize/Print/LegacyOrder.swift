// The order in which a build prints its objects: what others depend on first, webhooks last.

import Manifest

struct LegacyOrder {
    static let defaultFirst = [
        "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy",
        "Role",
        "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service", "LimitRange",
        "PriorityClass", "PersistentVolume", "PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob",
        "PodDisruptionBudget",
    ]
    static let defaultLast = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]

    private let ranks: [String: Int]

    init(first: [String] = LegacyOrder.defaultFirst, last: [String] = LegacyOrder.defaultLast) {
        var ranks: [String: Int] = [:]
        for (index, kind) in first.enumerated() { ranks[kind] = index - first.count }
        for (index, kind) in last.enumerated() { ranks[kind] = index + 1 }
        self.ranks = ranks
    }

    /// The order of name reference targets.
    static func precedes(_ left: TypeFilter, _ right: TypeFilter) -> Bool {
        standard.compare(left, right) ?? false
    }

    private static let standard = LegacyOrder()

    /// Nil for equal types.
    private func compare(_ left: TypeFilter, _ right: TypeFilter) -> Bool? {
        if left == right { return nil }
        let a = ranks[left.kind] ?? 0
        let b = ranks[right.kind] ?? 0
        if a != b { return a < b }
        func text(_ type: TypeFilter) -> String {
            "\(type.group.isEmpty ? "~G" : type.group)_\(type.version.isEmpty ? "~V" : type.version)_\(type.kind.isEmpty ? "~K" : type.kind)"
        }
        let one = text(left)
        let other = text(right)
        if left.kind == "Namespace", right.kind == "Namespace", left.group.isEmpty || right.group.isEmpty {
            return other.utf8.lexicographicallyPrecedes(one.utf8)
        }
        return one.utf8.lexicographicallyPrecedes(other.utf8)
    }

    /// Sorts indices of resources; equal ones keep their order.
    func sorted(_ resources: [Resource]) -> [Resource] {
        struct Key {
            var type: Int
            var text: String
            var index: Int
        }
        // There are few types among many resources: they are put in order once, and resources by the number of theirs.
        var numbers: [TypeFilter: Int] = [:]
        let types = resources.map { TypeFilter(group: $0.id.group, version: $0.id.version, kind: $0.id.kind) }
        for (number, type) in Set(types).sorted(by: { compare($0, $1) ?? false }).enumerated() {
            numbers[type] = number
        }
        let keys = resources.indices.map { index in
            let resource = resources[index]
            let namespace = resource.namespace.isEmpty ? "~X" : resource.namespace
            let name = resource.id.name.isEmpty ? "~N" : resource.id.name
            return Key(type: numbers[types[index]] ?? 0, text: "\(namespace)|\(name)", index: index)
        }
        return keys.sorted { left, right in
            if left.type != right.type { return left.type < right.type }
            if left.text != right.text { return left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }
            return left.index < right.index
        }.map { resources[$0.index] }
    }
}
