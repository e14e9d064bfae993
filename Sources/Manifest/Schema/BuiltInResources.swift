// The resources of Kubernetes itself: what the API's paths call its kinds, which an OpenAPI document's types do not
// say.

/// A resource: the plural under which a kind is served, and what `kubectl` accepts for it.
package struct BuiltInResource: Sendable, Hashable {
    package var group: String
    package var kind: String
    package var plural: String
    package var isNamespaced: Bool
    package var shortNames: [String]
    /// `all` among others: what `kubectl get all` shows.
    package var categories: [String]
    /// `status`, `scale` and the others beside the object itself.
    package var subresources: [String]

    package var singular: String { kind.lowercased() }
}

extension BuiltInResource {
    /// Every resource that a cluster stores, in the order of groups in discovery.
    package static let all: [BuiltInResource] = table.split(separator: "\n").map { line in
        let columns = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        func list(_ column: Int) -> [String] {
            columns[column] == "-" ? [] : columns[column].split(separator: ",").map(String.init)
        }
        return BuiltInResource(
            group: columns[0] == "-" ? "" : columns[0], kind: columns[1], plural: columns[2],
            isNamespaced: columns[3] == "ns", shortNames: list(4), categories: list(5), subresources: list(6))
    }

    /// The kinds of Kubernetes that belong to no namespace.
    package static let clusterScoped: Set<GroupKind> = Set(
        all.filter { !$0.isNamespaced }.map { GroupKind(group: $0.group, kind: $0.kind) })

    /// group · kind · plural · scope · short names · categories · subresources
    private static let table = """
        - ComponentStatus componentstatuses cluster cs - -
        - ConfigMap configmaps ns cm - -
        - Endpoints endpoints ns ep - -
        - Event events ns ev - -
        - LimitRange limitranges ns limits - -
        - Namespace namespaces cluster ns - finalize,status
        - Node nodes cluster no - proxy,status
        - PersistentVolume persistentvolumes cluster pv - status
        - PersistentVolumeClaim persistentvolumeclaims ns pvc - status
        - Pod pods ns po all attach,binding,ephemeralcontainers,eviction,exec,log,portforward,proxy,resize,status
        - PodTemplate podtemplates ns - - -
        - ReplicationController replicationcontrollers ns rc all scale,status
        - ResourceQuota resourcequotas ns quota - status
        - Secret secrets ns - - -
        - Service services ns svc all proxy,status
        - ServiceAccount serviceaccounts ns sa - token
        admissionregistration.k8s.io MutatingAdmissionPolicy mutatingadmissionpolicies cluster - api-extensions -
        admissionregistration.k8s.io MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings cluster - api-extensions -
        admissionregistration.k8s.io MutatingWebhookConfiguration mutatingwebhookconfigurations cluster - api-extensions -
        admissionregistration.k8s.io ValidatingAdmissionPolicy validatingadmissionpolicies cluster - api-extensions status
        admissionregistration.k8s.io ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings cluster - api-extensions -
        admissionregistration.k8s.io ValidatingWebhookConfiguration validatingwebhookconfigurations cluster - api-extensions -
        apiextensions.k8s.io CustomResourceDefinition customresourcedefinitions cluster crd,crds api-extensions status
        apiregistration.k8s.io APIService apiservices cluster - api-extensions status
        apps ControllerRevision controllerrevisions ns - - -
        apps DaemonSet daemonsets ns ds all status
        apps Deployment deployments ns deploy all scale,status
        apps ReplicaSet replicasets ns rs all scale,status
        apps StatefulSet statefulsets ns sts all scale,status
        autoscaling HorizontalPodAutoscaler horizontalpodautoscalers ns hpa all status
        batch CronJob cronjobs ns cj all status
        batch Job jobs ns - all status
        certificates.k8s.io CertificateSigningRequest certificatesigningrequests cluster csr - approval,status
        coordination.k8s.io Lease leases ns - - -
        discovery.k8s.io EndpointSlice endpointslices ns - - -
        events.k8s.io Event events ns ev - -
        flowcontrol.apiserver.k8s.io FlowSchema flowschemas cluster - - status
        flowcontrol.apiserver.k8s.io PriorityLevelConfiguration prioritylevelconfigurations cluster - - status
        networking.k8s.io IPAddress ipaddresses cluster ip - -
        networking.k8s.io Ingress ingresses ns ing - status
        networking.k8s.io IngressClass ingressclasses cluster - - -
        networking.k8s.io NetworkPolicy networkpolicies ns netpol - -
        networking.k8s.io ServiceCIDR servicecidrs cluster - - status
        node.k8s.io RuntimeClass runtimeclasses cluster - - -
        policy PodDisruptionBudget poddisruptionbudgets ns pdb - status
        rbac.authorization.k8s.io ClusterRole clusterroles cluster - - -
        rbac.authorization.k8s.io ClusterRoleBinding clusterrolebindings cluster - - -
        rbac.authorization.k8s.io Role roles ns - - -
        rbac.authorization.k8s.io RoleBinding rolebindings ns - - -
        resource.k8s.io DeviceClass deviceclasses cluster - - -
        resource.k8s.io ResourceClaim resourceclaims ns - - status
        resource.k8s.io ResourceClaimTemplate resourceclaimtemplates ns - - -
        resource.k8s.io ResourceSlice resourceslices cluster - - -
        scheduling.k8s.io PriorityClass priorityclasses cluster pc - -
        storage.k8s.io CSIDriver csidrivers cluster - - -
        storage.k8s.io CSINode csinodes cluster - - -
        storage.k8s.io CSIStorageCapacity csistoragecapacities ns - - -
        storage.k8s.io StorageClass storageclasses cluster sc - -
        storage.k8s.io VolumeAttachment volumeattachments cluster - - status
        storage.k8s.io VolumeAttributesClass volumeattributesclasses cluster vac - -
        """
}
