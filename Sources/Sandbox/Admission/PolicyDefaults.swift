// The defaults of what is neither a workload nor a core object: networking, access, webhooks, autoscaling, storage,
// definitions.

import Manifest

enum PolicyDefaults {
    static func fill(_ value: inout Value, kind: String, group: String) {
        switch (group, kind) {
        case ("autoscaling", "HorizontalPodAutoscaler"): autoscaler(&value)
        case ("networking.k8s.io", "NetworkPolicy"): networkPolicy(&value)
        case ("networking.k8s.io", "Ingress"):
            value.fill("status", [:])
            value["status"]?.fill("loadBalancer", [:])
        case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"):
            binding(&value)
        case ("scheduling.k8s.io", "PriorityClass"): value.fill("preemptionPolicy", "PreemptLowerPriority")
        case ("storage.k8s.io", "StorageClass"):
            value.fill("reclaimPolicy", "Delete")
            value.fill("volumeBindingMode", "Immediate")
        case ("storage.k8s.io", "CSIDriver"):
            value.change("spec") { spec in
                spec.fill("attachRequired", true)
                spec.fill("podInfoOnMount", false)
                spec.fill("storageCapacity", false)
                spec.fill("fsGroupPolicy", "ReadWriteOnceWithFSType")
                spec.fill("volumeLifecycleModes", ["Persistent"])
                spec.fill("requiresRepublish", false)
                spec.fill("seLinuxMount", false)
            }
        case ("discovery.k8s.io", "EndpointSlice"):
            value.changeItems("ports") {
                $0.fill("name", "")
                $0.fill("protocol", "TCP")
            }
        case ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"):
            value.changeItems("webhooks") { webhook(&$0) }
        case ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"):
            value.changeItems("webhooks") {
                webhook(&$0)
                $0.fill("reinvocationPolicy", "Never")
            }
        case ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
            ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"):
            value.change("spec") { spec in
                spec.fill("failurePolicy", "Fail")
                spec.change("matchConstraints", constraints)
            }
        case ("apiextensions.k8s.io", "CustomResourceDefinition"): definition(&value)
        case ("apiregistration.k8s.io", "APIService"):
            value.change("spec") { $0.change("service") { $0.fill("port", 443) } }
        case ("", "LimitRange"):
            value.change("spec") { $0.changeItems("limits", limits) }
        case ("", "ResourceQuota"): value.fill("status", [:])
        default: break
        }
    }

    private static func autoscaler(_ value: inout Value) {
        value.change("spec") { spec in
            spec.fill("minReplicas", 1)
            if spec["metrics"]?.array?.isEmpty ?? true {
                spec["metrics"] = [
                    [
                        "type": "Resource",
                        "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 80]],
                    ]
                ]
            }
            spec.change("behavior") { behavior in
                behavior.fill("scaleUp", [:])
                behavior.fill("scaleDown", [:])
                behavior.change("scaleUp") { rules in
                    rules.fill("stabilizationWindowSeconds", 0)
                    rules.fill("selectPolicy", "Max")
                    rules.fill(
                        "policies",
                        [
                            ["type": "Pods", "value": 4, "periodSeconds": 15],
                            ["type": "Percent", "value": 100, "periodSeconds": 15],
                        ])
                }
                behavior.change("scaleDown") { rules in
                    rules.fill("selectPolicy", "Max")
                    rules.fill("policies", [["type": "Percent", "value": 100, "periodSeconds": 15]])
                }
            }
        }
    }

    private static func networkPolicy(_ value: inout Value) {
        value.change("spec") { spec in
            for direction in ["ingress", "egress"] {
                spec.changeItems(direction) { rule in rule.changeItems("ports") { $0.fill("protocol", "TCP") } }
            }
            if spec["policyTypes"]?.array?.isEmpty ?? true {
                let hasEgress = !(spec["egress"]?.array?.isEmpty ?? true)
                spec["policyTypes"] = hasEgress ? ["Ingress", "Egress"] : ["Ingress"]
            }
        }
    }

    private static func binding(_ value: inout Value) {
        value.change("roleRef") {
            if $0["apiGroup"]?.string ?? "" == "" { $0["apiGroup"] = "rbac.authorization.k8s.io" }
        }
        value.changeItems("subjects") { subject in
            guard subject["apiGroup"]?.string ?? "" == "", subject["kind"]?.string != "ServiceAccount" else { return }
            subject["apiGroup"] = "rbac.authorization.k8s.io"
        }
    }

    private static func webhook(_ webhook: inout Value) {
        webhook.fill("failurePolicy", "Fail")
        webhook.fill("matchPolicy", "Equivalent")
        webhook.fill("namespaceSelector", [:])
        webhook.fill("objectSelector", [:])
        webhook.fill("timeoutSeconds", 10)
        webhook.changeItems("rules") { $0.fill("scope", "*") }
        webhook.change("clientConfig") { $0.change("service") { $0.fill("port", 443) } }
    }

    private static func constraints(_ constraints: inout Value) {
        constraints.fill("matchPolicy", "Equivalent")
        constraints.fill("namespaceSelector", [:])
        constraints.fill("objectSelector", [:])
        constraints.changeItems("resourceRules") { $0.fill("scope", "*") }
    }

    private static func definition(_ value: inout Value) {
        value.change("spec") { spec in
            spec.fill("conversion", ["strategy": "None"])
            let kind = spec[path: "names", "kind"]?.string ?? ""
            spec.change("names") { names in
                names.fill("singular", .string(kind.lowercased()))
                names.fill("listKind", .string(kind + "List"))
            }
        }
        // A new definition says at once which version it is stored in; what comes of it its controller says.
        guard value[path: "status", "acceptedNames", "plural"]?.string ?? "" == "" else { return }
        let storage = (value[path: "spec", "versions"]?.array ?? []).first { $0["storage"]?.bool ?? false }?["name"]
        value.fill("status", [:])
        value["status"]?.fill("conditions", .null)
        value["status"]?.fill("acceptedNames", ["plural": "", "kind": ""])
        value["status"]?.fill("storedVersions", storage.map { [$0] } ?? .null)
    }

    private static func limits(_ item: inout Value) {
        guard item["type"]?.string == "Container" else { return }
        if let most = item["max"]?.object {
            item.fill("default", [:])
            for entry in most.entries { item["default"]?.fill(entry.key, entry.value) }
        }
        if let limits = item["default"]?.object {
            item.fill("defaultRequest", [:])
            for entry in limits.entries { item["defaultRequest"]?.fill(entry.key, entry.value) }
        }
        if let least = item["min"]?.object {
            item.fill("defaultRequest", [:])
            for entry in least.entries { item["defaultRequest"]?.fill(entry.key, entry.value) }
        }
    }
}
