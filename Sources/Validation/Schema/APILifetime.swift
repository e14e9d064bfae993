// The versions of Kubernetes' own APIs that are deprecated or gone, and what replaces them. The facts are those of the
// project's "Deprecated API Migration Guide".

import Manifest

/// How long a version of a kind is served.
struct APILifetime {
    var deprecated: KubernetesVersion
    /// nil for one that goes on being served.
    var removed: KubernetesVersion?
    /// The version to write instead; nil where nothing takes its place.
    var replacement: String?

    /// What is known of a version of a kind; nil for one that has no end yet.
    static func of(_ kind: GroupVersionKind) -> APILifetime? {
        table[GroupVersion(group: kind.group, version: kind.version)]?[kind.kind]
    }

    private struct GroupVersion: Hashable {
        var group: String
        var version: String
    }

    /// group/version · kinds · deprecated in · removed in · replacement
    private static let lines = """
        extensions/v1beta1 DaemonSet,Deployment,ReplicaSet 1.9 1.16 apps/v1
        extensions/v1beta1 NetworkPolicy 1.9 1.16 networking.k8s.io/v1
        extensions/v1beta1 PodSecurityPolicy 1.11 1.16 -
        extensions/v1beta1 Ingress 1.14 1.22 networking.k8s.io/v1
        apps/v1beta1 Deployment,StatefulSet,ControllerRevision 1.9 1.16 apps/v1
        apps/v1beta2 DaemonSet,Deployment,ReplicaSet,StatefulSet,ControllerRevision 1.9 1.16 apps/v1
        admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration,ValidatingWebhookConfiguration 1.16 1.22 admissionregistration.k8s.io/v1
        apiextensions.k8s.io/v1beta1 CustomResourceDefinition 1.16 1.22 apiextensions.k8s.io/v1
        apiregistration.k8s.io/v1beta1 APIService 1.19 1.22 apiregistration.k8s.io/v1
        certificates.k8s.io/v1beta1 CertificateSigningRequest 1.19 1.22 certificates.k8s.io/v1
        coordination.k8s.io/v1beta1 Lease 1.19 1.22 coordination.k8s.io/v1
        networking.k8s.io/v1beta1 Ingress,IngressClass 1.19 1.22 networking.k8s.io/v1
        rbac.authorization.k8s.io/v1alpha1 ClusterRole,ClusterRoleBinding,Role,RoleBinding 1.17 1.22 rbac.authorization.k8s.io/v1
        rbac.authorization.k8s.io/v1beta1 ClusterRole,ClusterRoleBinding,Role,RoleBinding 1.17 1.22 rbac.authorization.k8s.io/v1
        scheduling.k8s.io/v1beta1 PriorityClass 1.14 1.22 scheduling.k8s.io/v1
        storage.k8s.io/v1beta1 CSIDriver,CSINode,StorageClass,VolumeAttachment 1.19 1.22 storage.k8s.io/v1
        batch/v1beta1 CronJob 1.21 1.25 batch/v1
        batch/v2alpha1 CronJob 1.21 1.21 batch/v1
        discovery.k8s.io/v1beta1 EndpointSlice 1.21 1.25 discovery.k8s.io/v1
        events.k8s.io/v1beta1 Event 1.19 1.25 events.k8s.io/v1
        autoscaling/v2beta1 HorizontalPodAutoscaler 1.22 1.25 autoscaling/v2
        autoscaling/v2beta2 HorizontalPodAutoscaler 1.23 1.26 autoscaling/v2
        policy/v1beta1 PodDisruptionBudget 1.21 1.25 policy/v1
        policy/v1beta1 PodSecurityPolicy 1.21 1.25 -
        node.k8s.io/v1beta1 RuntimeClass 1.20 1.25 node.k8s.io/v1
        flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema,PriorityLevelConfiguration 1.23 1.26 flowcontrol.apiserver.k8s.io/v1
        flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema,PriorityLevelConfiguration 1.26 1.29 flowcontrol.apiserver.k8s.io/v1
        flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema,PriorityLevelConfiguration 1.29 1.32 flowcontrol.apiserver.k8s.io/v1
        storage.k8s.io/v1beta1 CSIStorageCapacity 1.24 1.27 storage.k8s.io/v1
        v1 ComponentStatus 1.19 - -
        v1 Endpoints 1.33 - discovery.k8s.io/v1
        """

    private static let table: [GroupVersion: [String: APILifetime]] = {
        var table: [GroupVersion: [String: APILifetime]] = [:]
        for line in lines.split(separator: "\n") {
            let columns = line.split(separator: " ").map(String.init)
            guard columns.count == 5, let deprecated = KubernetesVersion(columns[2]) else { continue }
            let lifetime = APILifetime(
                deprecated: deprecated, removed: KubernetesVersion(columns[3]),
                replacement: columns[4] == "-" ? nil : columns[4])
            for kind in columns[1].split(separator: ",") {
                let parts = GroupVersionKind(apiVersion: columns[0], kind: String(kind))
                table[GroupVersion(group: parts.group, version: parts.version), default: [:]][parts.kind] = lifetime
            }
        }
        return table
    }()
}
