// ClusterRoles that are made up of others: by the labels that they name, as kube-controller-manager keeps them.

import Manifest

extension GroupResource {
    static let clusterRoles = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterroles")
}

extension Life {
    mutating func aggregateRules(_ role: StoredObject) -> Timestamp? {
        guard !role.isBeingDeleted, let selectors = role.value[path: "aggregationRule", "clusterRoleSelectors"]?.array
        else {
            return nil
        }
        let wanted = selectors.map { PodSelector($0) }
        var rules: [Value] = []
        for other in objects(.clusterRoles)
        where other.key != role.key && wanted.contains(where: { $0.matches(other.labels) }) {
            for rule in other.value["rules"]?.array ?? [] where !rules.contains(rule) { rules.append(rule) }
        }
        if rules != role.value["rules"]?.array ?? [] {
            change(.clusterRoles, role.key) { $0["rules"] = .array(rules) }
        }
        return nil
    }
}
