// The columns of built-in kinds, as pkg/printers/internalversion of Kubernetes has them.

import Manifest

enum BuiltinColumns {
    /// Nil for kinds of which name and age say enough.
    static func columns(_ resource: Resource) -> [TableColumn]? {
        switch (resource.group, resource.kind) {
        case ("", "Pod"): WorkloadColumns.pod
        case ("apps", "Deployment"): WorkloadColumns.deployment
        case ("apps", "ReplicaSet"), ("", "ReplicationController"): WorkloadColumns.replicaSet
        case ("apps", "StatefulSet"): WorkloadColumns.statefulSet
        case ("apps", "DaemonSet"): WorkloadColumns.daemonSet
        case ("apps", "ControllerRevision"): WorkloadColumns.controllerRevision
        case ("batch", "Job"): WorkloadColumns.job
        case ("batch", "CronJob"): WorkloadColumns.cronJob
        case ("", "Service"): service
        case ("networking.k8s.io", "Ingress"): ingress
        case ("", "Namespace"): [.name, .text("Status", "status", "phase"), .age]
        case ("", "Node"): node
        case ("", "ConfigMap"):
            [.name, TableColumn("Data") { .int(count($0, "data") + count($0, "binaryData")) }, .age]
        case ("", "Secret"):
            [.name, .text("Type", "type"), TableColumn("Data") { .int(count($0, "data")) }, .age]
        case ("", "ServiceAccount"):
            [.name, TableColumn("Secrets", type: "integer") { .int($0.items("secrets").count) }, .age]
        case ("", "PersistentVolumeClaim"): claim
        case ("", "PersistentVolume"): volume
        case ("", "Endpoints"): [.name, TableColumn("Endpoints") { .string(endpoints($0)) }, .age]
        case ("", "Event"): event
        case ("autoscaling", "HorizontalPodAutoscaler"): autoscaler
        case ("policy", "PodDisruptionBudget"):
            [
                .name, .text("Min Available", none: "N/A", "spec", "minAvailable"),
                .text("Max Unavailable", none: "N/A", "spec", "maxUnavailable"),
                .number("Allowed Disruptions", "status", "disruptionsAllowed"), .age,
            ]
        case ("networking.k8s.io", "NetworkPolicy"):
            [.name, TableColumn("Pod-Selector") { .string(orNone(PodSelector($0["spec", "podSelector"]).text)) }, .age]
        case ("networking.k8s.io", "IngressClass"):
            [
                .name, .text("Controller", "spec", "controller"),
                .text("Parameters", none: "<none>", "spec", "parameters", "name"), .age,
            ]
        case ("rbac.authorization.k8s.io", "Role"), ("rbac.authorization.k8s.io", "ClusterRole"),
            ("apiextensions.k8s.io", "CustomResourceDefinition"), ("", "LimitRange"):
            [.name, .createdAt]
        case ("rbac.authorization.k8s.io", "RoleBinding"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"): binding
        case ("storage.k8s.io", "StorageClass"): storageClass
        case ("scheduling.k8s.io", "PriorityClass"):
            [
                .name, .number("Value", "value"), .text("Global-Default", none: "false", "globalDefault"), .age,
                .text("PreemptionPolicy", "preemptionPolicy"),
            ]
        case ("coordination.k8s.io", "Lease"): [.name, .text("Holder", "spec", "holderIdentity"), .age]
        case ("discovery.k8s.io", "EndpointSlice"): slice
        case ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
            ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"):
            [.name, TableColumn("Webhooks", type: "integer") { .int($0.items("webhooks").count) }, .age]
        default: nil
        }
    }

    private static func count(_ row: TableRow, _ key: String) -> Int { row[key]?.object?.count ?? 0 }
    static func orNone(_ text: String) -> String { text.isEmpty ? "<none>" : text }

    private static let service: [TableColumn] = [
        .name, .text("Type", "spec", "type"), .text("Cluster-IP", none: "<none>", "spec", "clusterIP"),
        TableColumn("External-IP") { .string(externalAddress($0)) },
        TableColumn("Port(s)") { row in
            .string(
                orNone(
                    row.items("spec", "ports").map { port in
                        let number = port["port"]?.scalar?.text ?? ""
                        let node = port["nodePort"]?.int ?? 0
                        return (node > 0 ? "\(number):\(node)" : number) + "/" + (port["protocol"]?.string ?? "TCP")
                    }.joined(separator: ",")))
        }, .age,
        TableColumn("Selector", priority: 1) { .string(orNone(PodSelector($0["spec", "selector"]).text)) },
    ]

    private static func externalAddress(_ row: TableRow) -> String {
        switch row.text("spec", "type") {
        case "ExternalName": return row.text("spec", "externalName")
        case "LoadBalancer":
            let addresses =
                row.items("status", "loadBalancer", "ingress").compactMap { ($0["ip"] ?? $0["hostname"])?.string }
                + row.items("spec", "externalIPs").compactMap(\.string)
            return addresses.isEmpty ? "<pending>" : addresses.joined(separator: ",")
        default:
            return orNone(row.items("spec", "externalIPs").compactMap(\.string).joined(separator: ","))
        }
    }

    private static let ingress: [TableColumn] = [
        .name, .text("Class", none: "<none>", "spec", "ingressClassName"),
        TableColumn("Hosts") { row in
            let hosts = row.items("spec", "rules").compactMap { $0["host"]?.string }
            return .string(hosts.isEmpty ? "*" : hosts.joined(separator: ","))
        },
        TableColumn("Address") { row in
            .string(
                row.items("status", "loadBalancer", "ingress").compactMap { ($0["ip"] ?? $0["hostname"])?.string }
                    .joined(separator: ","))
        },
        TableColumn("Ports") { .string($0.items("spec", "tls").isEmpty ? "80" : "80, 443") }, .age,
    ]

    private static let node: [TableColumn] = [
        .name,
        TableColumn("Status") { row in
            let ready = row.items("status", "conditions").first { $0["type"]?.string == "Ready" }
            return .string(ready?["status"]?.string == "True" ? "Ready" : "NotReady")
        },
        TableColumn("Roles") { row in
            let prefix = "node-role.kubernetes.io/"
            let roles = (row["metadata", "labels"]?.object?.entries ?? []).map(\.key).filter { $0.hasPrefix(prefix) }
            return .string(orNone(roles.map { String($0.dropFirst(prefix.count)) }.sorted().joined(separator: ",")))
        }, .age, .text("Version", "status", "nodeInfo", "kubeletVersion"),
        TableColumn("Internal-IP", priority: 1) { row in
            .string(
                row.items("status", "addresses").first { $0["type"]?.string == "InternalIP" }?["address"]?.string
                    ?? "<none>")
        },
    ]

    private static func accessModes(_ modes: [Value]) -> String {
        modes.compactMap { mode in
            switch mode.string {
            case "ReadWriteOnce": "RWO"
            case "ReadOnlyMany": "ROX"
            case "ReadWriteMany": "RWX"
            case "ReadWriteOncePod": "RWOP"
            default: nil
            }
        }.joined(separator: ",")
    }

    private static let claim: [TableColumn] = [
        .name,
        TableColumn("Status") {
            .string($0["metadata", "deletionTimestamp"] == nil ? $0.text("status", "phase") : "Terminating")
        },
        .text("Volume", "spec", "volumeName"), .text("Capacity", "status", "capacity", "storage"),
        TableColumn("Access Modes") { .string(accessModes($0.items("status", "accessModes"))) },
        .text("StorageClass", "spec", "storageClassName"),
        .text("VolumeAttributesClass", none: "<unset>", "spec", "volumeAttributesClassName"), .age,
        .text("VolumeMode", priority: 1, "spec", "volumeMode"),
    ]

    private static let volume: [TableColumn] = [
        .name, .text("Capacity", "spec", "capacity", "storage"),
        TableColumn("Access Modes") { .string(accessModes($0.items("spec", "accessModes"))) },
        .text("Reclaim Policy", "spec", "persistentVolumeReclaimPolicy"), .text("Status", "status", "phase"),
        TableColumn("Claim") { row in
            guard let name = row["spec", "claimRef", "name"]?.string else { return "" }
            return .string("\(row.text("spec", "claimRef", "namespace"))/\(name)")
        }, .text("StorageClass", "spec", "storageClassName"),
        .text("VolumeAttributesClass", none: "<unset>", "spec", "volumeAttributesClassName"),
        .text("Reason", "status", "reason"), .age, .text("VolumeMode", priority: 1, "spec", "volumeMode"),
    ]

    private static func endpoints(_ row: TableRow) -> String {
        orNone(
            row.items("subsets").flatMap { subset in
                (subset["addresses"]?.array ?? []).flatMap { address in
                    (subset["ports"]?.array ?? []).map {
                        "\(address["ip"]?.string ?? ""):\($0["port"]?.scalar?.text ?? "")"
                    }
                }
            }.joined(separator: ","))
    }

    private static let slice: [TableColumn] = [
        .name, .text("AddressType", "addressType"),
        TableColumn("Ports") {
            .string(orNone($0.items("ports").compactMap { $0["port"]?.scalar?.text }.joined(separator: ",")))
        },
        TableColumn("Endpoints") { row in
            .string(
                orNone(
                    row.items("endpoints").flatMap { $0["addresses"]?.array ?? [] }.compactMap(\.string).joined(
                        separator: ",")))
        }, .age,
    ]

    private static let event: [TableColumn] = [
        TableColumn("Last Seen") {
            .string($0.age($0["lastTimestamp"] ?? $0["eventTime"] ?? $0["metadata", "creationTimestamp"]))
        },
        .text("Type", "type"), .text("Reason", "reason"),
        TableColumn("Object") {
            .string("\($0.text("involvedObject", "kind").lowercased())/\($0.text("involvedObject", "name"))")
        },
        .text("Message", "message"),
        TableColumn("Name", format: "name", priority: 1) { .string($0.text("metadata", "name")) },
    ]

    private static let autoscaler: [TableColumn] = [
        .name,
        TableColumn("Reference") {
            .string("\($0.text("spec", "scaleTargetRef", "kind"))/\($0.text("spec", "scaleTargetRef", "name"))")
        },
        TableColumn("Targets") { row in
            .string(
                orNone(
                    row.items("spec", "metrics").map { metric in
                        let name =
                            metric[path: "resource", "name"]?.string ?? metric["type"]?.string?.lowercased() ?? ""
                        let target =
                            metric[path: "resource", "target", "averageUtilization"]?.int.map { "\($0)%" } ?? "<auto>"
                        return "\(name): <unknown>/\(target)"
                    }.joined(separator: ", ")))
        }, .text("MinPods", none: "<unset>", "spec", "minReplicas"), .number("MaxPods", "spec", "maxReplicas"),
        .number("Replicas", "status", "currentReplicas"), .age,
    ]

    private static let binding: [TableColumn] = [
        .name, TableColumn("Role") { .string("\($0.text("roleRef", "kind"))/\($0.text("roleRef", "name"))") }, .age,
        TableColumn("Users", priority: 1) { .string(subjects($0, "User")) },
        TableColumn("Groups", priority: 1) { .string(subjects($0, "Group")) },
        TableColumn("ServiceAccounts", priority: 1) { .string(subjects($0, "ServiceAccount")) },
    ]

    private static func subjects(_ row: TableRow, _ kind: String) -> String {
        row.items("subjects").filter { $0["kind"]?.string == kind }.map { subject in
            let name = subject["name"]?.string ?? ""
            return kind == "ServiceAccount" ? "\(subject["namespace"]?.string ?? "")/\(name)" : name
        }.joined(separator: ", ")
    }

    private static let storageClass: [TableColumn] = [
        TableColumn("Name", format: "name") { row in
            let isDefault =
                row["metadata", "annotations", "storageclass.kubernetes.io/is-default-class"]?.string == "true"
            return .string(row.text("metadata", "name") + (isDefault ? " (default)" : ""))
        }, .text("Provisioner", "provisioner"), .text("ReclaimPolicy", "reclaimPolicy"),
        .text("VolumeBindingMode", "volumeBindingMode"),
        .text("AllowVolumeExpansion", none: "false", "allowVolumeExpansion"), .age,
    ]
}
