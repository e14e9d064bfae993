// The order of kinds inside a wave. Stages follow one another; what is in one stage goes side by side.

package import Manifest

/// A stage of a wave, each with the reason for its place.
package enum KindStage: Int, Sendable, Comparable, CaseIterable {
    /// Everything else lies in them.
    case namespaces
    /// Their objects can only be applied once they are established.
    case definitions
    /// Quotas, classes, priorities and network policies hold for what comes after them only.
    case policies
    /// Accounts and rights, before anything that runs with them.
    case access
    /// What workloads mount and read at their start.
    case configuration
    /// A pod learns the addresses of the services that exist when it starts.
    case services
    /// What runs.
    case workloads
    /// Custom resources, routes and autoscalers: their operators, targets and backends are there by now.
    case resources
    /// From here on the cluster asks somebody else about every request: only when those who answer have been started.
    case interception

    package static func < (left: KindStage, right: KindStage) -> Bool { left.rawValue < right.rawValue }

    /// The stage of a kind. Kinds that are nobody's here count as custom resources.
    package init(_ kind: GroupKind) {
        self = Self.table[kind] ?? .resources
    }

    private static let table: [GroupKind: KindStage] = {
        var table: [GroupKind: KindStage] = [:]
        func add(_ stage: KindStage, _ group: String, _ kinds: String...) {
            for kind in kinds { table[GroupKind(group: group, kind: kind)] = stage }
        }
        add(.namespaces, "", "Namespace")
        add(.definitions, "apiextensions.k8s.io", "CustomResourceDefinition")
        add(.policies, "", "ResourceQuota", "LimitRange")
        add(.policies, "scheduling.k8s.io", "PriorityClass")
        add(.policies, "node.k8s.io", "RuntimeClass")
        add(.policies, "storage.k8s.io", "StorageClass", "CSIDriver", "VolumeAttributesClass")
        add(.policies, "networking.k8s.io", "NetworkPolicy", "IngressClass")
        add(.policies, "policy", "PodDisruptionBudget", "PodSecurityPolicy")
        add(.access, "", "ServiceAccount")
        add(.access, "rbac.authorization.k8s.io", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
        add(.configuration, "", "Secret", "ConfigMap", "PersistentVolume", "PersistentVolumeClaim")
        add(.services, "", "Service", "Endpoints")
        add(.services, "discovery.k8s.io", "EndpointSlice")
        add(.workloads, "", "Pod", "ReplicationController", "PodTemplate")
        add(.workloads, "apps", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
        add(.workloads, "batch", "Job", "CronJob")
        add(.interception, "apiregistration.k8s.io", "APIService")
        add(
            .interception, "admissionregistration.k8s.io", "ValidatingWebhookConfiguration",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding")
        return table
    }()
}
