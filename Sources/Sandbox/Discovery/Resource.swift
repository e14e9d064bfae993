// A resource that the API serves: its names, its scope, its versions, what can be done with it.

import Manifest

/// One kind of object under one plural name in one group, in all of its versions.
package struct Resource: Sendable {
    enum Subresource: String, Sendable, Hashable, CaseIterable {
        case status, scale
    }

    var group: String
    /// Served versions, the preferred one first.
    var versions: [String]
    var storageVersion: String
    var kind: String
    var listKind: String
    var plural: String
    var singular: String
    var isNamespaced: Bool
    var shortNames: [String] = []
    var categories: [String] = []
    var verbs: [String] = Resource.allVerbs
    var subresources: Set<Subresource> = []
    /// The definition behind a custom resource; nil for what is built in.
    var custom: CustomResource?

    static let allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]

    var groupResource: GroupResource { GroupResource(group: group, resource: plural) }
    /// Where etcd would keep the objects, as messages of the storage name it.
    var storageKey: String {
        switch (group, plural) {
        case ("", "services"): "services/specs"
        case ("", "endpoints"): "services/endpoints"
        case ("", "nodes"): "minions"
        case ("networking.k8s.io", "ingresses"): "ingress"
        case (_, _) where custom != nil || group == "apiextensions.k8s.io": "\(group)/\(plural)"
        default: plural
        }
    }

    var groupKind: GroupKind { GroupKind(group: group, kind: kind) }
    func apiVersion(_ version: String) -> String { group.isEmpty ? version : "\(group)/\(version)" }
    func gvk(_ version: String) -> GroupVersionKind { GroupVersionKind(group: group, version: version, kind: kind) }

    /// Subresources of one version: custom resources declare them per version.
    func subresources(_ version: String) -> Set<Subresource> {
        guard let custom else { return subresources }
        guard let served = custom.versions[version] else { return [] }
        var found: Set<Subresource> = []
        if served.hasStatus { found.insert(.status) }
        if served.scale != nil { found.insert(.scale) }
        return found
    }
}

extension Resource {
    /// What Kubernetes 1.36 serves by default: group, versions, kind, plural, scope (`N` or `C`), short names,
    /// categories and subresources; verbs where they are not all. Read from a 1.36 server's discovery documents.
    static let builtin: [Resource] = table.split(separator: "\n").compactMap { line in
        let columns = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard columns.count >= 8 else { return nil }
        func words(_ index: Int) -> [String] {
            index < columns.count ? columns[index].split(separator: ",").map(String.init) : []
        }
        let versions = words(1)
        let kind = columns[2]
        var resource = Resource(
            group: columns[0], versions: versions, storageVersion: versions.first ?? "v1", kind: kind,
            listKind: kind + "List", plural: columns[3], singular: kind.lowercased(), isNamespaced: columns[4] == "N")
        resource.shortNames = words(5)
        resource.categories = words(6)
        resource.subresources = Set(words(7).compactMap(Subresource.init(rawValue:)))
        if columns.count > 8 { resource.verbs = words(8) }
        return resource
    }

    private static let table = """
        |v1|Binding|bindings|N||||create
        |v1|ComponentStatus|componentstatuses|C|cs|||get,list
        |v1|ConfigMap|configmaps|N|cm||
        |v1|Endpoints|endpoints|N|ep||
        |v1|Event|events|N|ev||
        |v1|LimitRange|limitranges|N|limits||
        |v1|Namespace|namespaces|C|ns||status|create,delete,get,list,patch,update,watch
        |v1|Node|nodes|C|no||status
        |v1|PersistentVolumeClaim|persistentvolumeclaims|N|pvc||status
        |v1|PersistentVolume|persistentvolumes|C|pv||status
        |v1|Pod|pods|N|po|all|status
        |v1|PodTemplate|podtemplates|N|||
        |v1|ReplicationController|replicationcontrollers|N|rc|all|status,scale
        |v1|ResourceQuota|resourcequotas|N|quota||status
        |v1|Secret|secrets|N|||
        |v1|ServiceAccount|serviceaccounts|N|sa||
        |v1|Service|services|N|svc|all|status
        admissionregistration.k8s.io|v1|MutatingAdmissionPolicy|mutatingadmissionpolicies|C||api-extensions|
        admissionregistration.k8s.io|v1|MutatingAdmissionPolicyBinding|mutatingadmissionpolicybindings|C||api-extensions|
        admissionregistration.k8s.io|v1|MutatingWebhookConfiguration|mutatingwebhookconfigurations|C||api-extensions|
        admissionregistration.k8s.io|v1|ValidatingAdmissionPolicy|validatingadmissionpolicies|C||api-extensions|status
        admissionregistration.k8s.io|v1|ValidatingAdmissionPolicyBinding|validatingadmissionpolicybindings|C||api-extensions|
        admissionregistration.k8s.io|v1|ValidatingWebhookConfiguration|validatingwebhookconfigurations|C||api-extensions|
        apiextensions.k8s.io|v1|CustomResourceDefinition|customresourcedefinitions|C|crd,crds|api-extensions|status
        apiregistration.k8s.io|v1|APIService|apiservices|C||api-extensions|status
        apps|v1|ControllerRevision|controllerrevisions|N|||
        apps|v1|DaemonSet|daemonsets|N|ds|all|status
        apps|v1|Deployment|deployments|N|deploy|all|status,scale
        apps|v1|ReplicaSet|replicasets|N|rs|all|status,scale
        apps|v1|StatefulSet|statefulsets|N|sts|all|status,scale
        authentication.k8s.io|v1|SelfSubjectReview|selfsubjectreviews|C||||create
        authentication.k8s.io|v1|TokenReview|tokenreviews|C||||create
        authorization.k8s.io|v1|LocalSubjectAccessReview|localsubjectaccessreviews|N||||create
        authorization.k8s.io|v1|SelfSubjectAccessReview|selfsubjectaccessreviews|C||||create
        authorization.k8s.io|v1|SelfSubjectRulesReview|selfsubjectrulesreviews|C||||create
        authorization.k8s.io|v1|SubjectAccessReview|subjectaccessreviews|C||||create
        autoscaling|v2,v1|HorizontalPodAutoscaler|horizontalpodautoscalers|N|hpa|all|status
        batch|v1|CronJob|cronjobs|N|cj|all|status
        batch|v1|Job|jobs|N||all|status
        certificates.k8s.io|v1|CertificateSigningRequest|certificatesigningrequests|C|csr||status
        coordination.k8s.io|v1|Lease|leases|N|||
        discovery.k8s.io|v1|EndpointSlice|endpointslices|N|||
        events.k8s.io|v1|Event|events|N|ev||
        flowcontrol.apiserver.k8s.io|v1|FlowSchema|flowschemas|C|||status
        flowcontrol.apiserver.k8s.io|v1|PriorityLevelConfiguration|prioritylevelconfigurations|C|||status
        networking.k8s.io|v1|IngressClass|ingressclasses|C|||
        networking.k8s.io|v1|Ingress|ingresses|N|ing||status
        networking.k8s.io|v1|IPAddress|ipaddresses|C|ip||
        networking.k8s.io|v1|NetworkPolicy|networkpolicies|N|netpol||
        networking.k8s.io|v1|ServiceCIDR|servicecidrs|C|||status
        node.k8s.io|v1|RuntimeClass|runtimeclasses|C|||
        policy|v1|PodDisruptionBudget|poddisruptionbudgets|N|pdb||status
        rbac.authorization.k8s.io|v1|ClusterRoleBinding|clusterrolebindings|C|||
        rbac.authorization.k8s.io|v1|ClusterRole|clusterroles|C|||
        rbac.authorization.k8s.io|v1|RoleBinding|rolebindings|N|||
        rbac.authorization.k8s.io|v1|Role|roles|N|||
        resource.k8s.io|v1|DeviceClass|deviceclasses|C|||
        resource.k8s.io|v1|ResourceClaim|resourceclaims|N|||status
        resource.k8s.io|v1|ResourceClaimTemplate|resourceclaimtemplates|N|||
        resource.k8s.io|v1|ResourceSlice|resourceslices|C|||
        scheduling.k8s.io|v1|PriorityClass|priorityclasses|C|pc||
        storage.k8s.io|v1|CSIDriver|csidrivers|C|||
        storage.k8s.io|v1|CSINode|csinodes|C|||
        storage.k8s.io|v1|CSIStorageCapacity|csistoragecapacities|N|||
        storage.k8s.io|v1|StorageClass|storageclasses|C|sc||
        storage.k8s.io|v1|VolumeAttachment|volumeattachments|C|||status
        storage.k8s.io|v1|VolumeAttributesClass|volumeattributesclasses|C|vac||
        """
}
