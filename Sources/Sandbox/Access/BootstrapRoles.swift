// The roles and bindings that every cluster has from its beginning: RBAC's defaults, as far as people and tools meet
// them.

import Manifest

enum BootstrapRoles {
    /// ClusterRoles: the object without kind and version.
    static var roles: [Value] {
        var roles = [
            role(
                "cluster-admin",
                [
                    ["apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]],
                    ["nonResourceURLs": ["*"], "verbs": ["*"]],
                ]),
            role("system:discovery", [["nonResourceURLs": discovery, "verbs": ["get"]]]),
            role(
                "system:public-info-viewer",
                [["nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version", "/version/"], "verbs": ["get"]]]),
            role(
                "system:basic-user",
                [
                    rule("authorization.k8s.io", "selfsubjectaccessreviews selfsubjectrulesreviews", "create"),
                    rule("authentication.k8s.io", "selfsubjectreviews", "create"),
                ]),
            role(
                "system:auth-delegator",
                [
                    rule("authentication.k8s.io", "tokenreviews", "create"),
                    rule("authorization.k8s.io", "subjectaccessreviews", "create"),
                ]),
            role("system:aggregate-to-admin", adminRules, aggregatesTo: "admin"),
            role("system:aggregate-to-edit", editRules, aggregatesTo: "edit"),
            role("system:aggregate-to-view", viewRules, aggregatesTo: "view"),
        ]
        // Each is made up of those labelled for it, and of what the one below is made of.
        roles.append(aggregated("admin", adminRules + editRules + viewRules, label: nil))
        roles.append(aggregated("edit", editRules + viewRules, label: "admin"))
        roles.append(aggregated("view", viewRules, label: "edit"))
        return roles
    }

    /// ClusterRoleBindings of roles of the same name to groups.
    static var bindings: [Value] {
        [
            binding("cluster-admin", ["system:masters"]), binding("system:discovery", ["system:authenticated"]),
            binding("system:basic-user", ["system:authenticated"]),
            binding("system:public-info-viewer", ["system:authenticated", "system:unauthenticated"]),
        ]
    }

    private static let discovery: Value = [
        "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version",
        "/version/",
    ]
    private static let read = "get list watch"
    private static let write = "create delete deletecollection patch update"

    private static let adminRules = [
        rule("authorization.k8s.io", "localsubjectaccessreviews", "create"),
        rule("rbac.authorization.k8s.io", "rolebindings roles", "\(write) \(read)"),
    ]

    private static let editRules = [
        rule("", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", read),
        rule("", "serviceaccounts", "impersonate"),
        rule("", "pods pods/attach pods/exec pods/portforward pods/proxy", write),
        rule("", "pods/eviction", "create"),
        rule(
            "",
            "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy",
            write),
        rule("", "serviceaccounts/token", "create"),
        rule(
            "apps",
            "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale",
            write),
        rule("autoscaling", "horizontalpodautoscalers", write), rule("batch", "cronjobs jobs", write),
        rule("policy", "poddisruptionbudgets", write),
        rule("networking.k8s.io", "ingresses networkpolicies", write),
        rule("coordination.k8s.io", "leases", "\(write) \(read)"),
    ]

    private static let viewRules = [
        rule(
            "",
            "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status",
            read),
        rule(
            "",
            "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status",
            read),
        rule("", "namespaces", read), rule("discovery.k8s.io", "endpointslices", read),
        rule(
            "apps",
            "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
            read),
        rule("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", read),
        rule("batch", "cronjobs cronjobs/status jobs jobs/status", read),
        rule("policy", "poddisruptionbudgets poddisruptionbudgets/status", read),
        rule("networking.k8s.io", "ingresses ingresses/status networkpolicies", read),
    ]

    private static func rule(_ group: String, _ resources: String, _ verbs: String) -> Value {
        ["apiGroups": [.string(group)], "resources": words(resources), "verbs": words(verbs)]
    }

    private static func words(_ text: String) -> Value {
        .array(text.split(separator: " ").map { .string(String($0)) })
    }

    private static func role(_ name: String, _ rules: [Value], aggregatesTo target: String? = nil) -> Value {
        var labels: Object = ["kubernetes.io/bootstrapping": "rbac-defaults"]
        if let target { labels["rbac.authorization.k8s.io/aggregate-to-\(target)"] = "true" }
        return [
            "metadata": [
                "name": .string(name), "labels": .object(labels),
                "annotations": ["rbac.authorization.kubernetes.io/autoupdate": "true"],
            ],
            "rules": .array(rules),
        ]
    }

    private static func aggregated(_ name: String, _ rules: [Value], label: String?) -> Value {
        var value = role(name, rules, aggregatesTo: label)
        value["aggregationRule"] = [
            "clusterRoleSelectors": [
                ["matchLabels": .object(["rbac.authorization.k8s.io/aggregate-to-\(name)": "true"])]
            ]
        ]
        return value
    }

    private static func binding(_ name: String, _ groups: [String]) -> Value {
        [
            "metadata": [
                "name": .string(name), "labels": ["kubernetes.io/bootstrapping": "rbac-defaults"],
                "annotations": ["rbac.authorization.kubernetes.io/autoupdate": "true"],
            ],
            "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(name)],
            "subjects": .array(
                groups.map { ["apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": .string($0)] }),
        ]
    }
}
