// What a new object gets from the cluster around it: addresses, node ports, the default storage class. And the objects
// that a cluster has before anybody creates one.

import Manifest

extension KubernetesAPIServer {
    /// Gives a Service its addresses and a claim its class.
    func assignFromCluster(_ value: inout Value, _ resource: Resource) throws(StatusError) {
        guard resource.custom == nil, resource.group.isEmpty else { return }
        switch resource.kind {
        case "Service": try allocate(for: &value)
        case "Pod": try assignPriority(&value)
        case "PersistentVolumeClaim":
            if value[path: "spec", "storageClassName"] == nil {
                value["spec"]?["storageClassName"] = defaultStorageClass
            }
        default: break
        }
    }

    private var defaultStorageClass: Value? {
        let classes = store.objects(GroupResource(group: "storage.k8s.io", resource: "storageclasses")).objects
        return classes.first {
            $0.value[path: "metadata", "annotations", "storageclass.kubernetes.io/is-default-class"]?.string == "true"
        }.map { .string($0.key.name) }
    }

    /// The number behind a pod's priority class.
    private func assignPriority(_ value: inout Value) throws(StatusError) {
        guard let name = value[path: "spec", "priorityClassName"]?.string, !name.isEmpty else { return }
        let classes = GroupResource(group: "scheduling.k8s.io", resource: "priorityclasses")
        guard let found = store.object(classes, ObjectKey(namespace: "", name: name))?.value else {
            throw .forbidden(
                .pods, value[path: "metadata", "name"]?.string ?? "", "no PriorityClass with name \(name) was found")
        }
        value["spec"]?["priority"] = found["value"] ?? 0
        value["spec"]?["preemptionPolicy"] = found["preemptionPolicy"] ?? "PreemptLowerPriority"
    }

    // MARK: What is there from the beginning

    /// The namespaces, the node, the storage class and the API's own Service, as a fresh cluster has them.
    func installClusterObjects() {
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            install("", "Namespace", nil, ["metadata": ["name": .string(name)]])
        }
        for namespace in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            install("", "ServiceAccount", namespace, ["metadata": ["name": "default"]])
        }
        install(
            "storage.k8s.io", "StorageClass", nil,
            [
                "metadata": [
                    "name": "standard", "annotations": ["storageclass.kubernetes.io/is-default-class": "true"],
                ], "provisioner": "sandbox.gitopsctl.dev/volumes", "volumeBindingMode": "Immediate",
            ])
        install(
            "networking.k8s.io", "IngressClass", nil,
            [
                "metadata": ["name": "nginx", "annotations": ["ingressclass.kubernetes.io/is-default-class": "true"]],
                "spec": ["controller": "sandbox.gitopsctl.dev/ingress"],
            ])
        install(
            "scheduling.k8s.io", "PriorityClass", nil,
            [
                "metadata": ["name": "system-cluster-critical"], "value": 2_000_000_000,
                "description":
                    "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
            ])
        install(
            "scheduling.k8s.io", "PriorityClass", nil,
            [
                "metadata": ["name": "system-node-critical"], "value": 2_000_001_000,
                "description": "Used for system critical pods that must not be moved from their current node.",
            ])
        for role in BootstrapRoles.roles { install("rbac.authorization.k8s.io", "ClusterRole", nil, role) }
        for binding in BootstrapRoles.bindings {
            install("rbac.authorization.k8s.io", "ClusterRoleBinding", nil, binding)
        }
        install(
            "", "Service", "default",
            [
                "metadata": ["name": "kubernetes", "labels": ["component": "apiserver", "provider": "kubernetes"]],
                "spec": [
                    "clusterIP": "10.96.0.1",
                    "ports": [["name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443]],
                ],
            ])
        install("", "Node", nil, SandboxNode.object)
    }

    private func install(_ group: String, _ kind: String, _ namespace: String?, _ value: Value) {
        guard let resource = catalog.resource(GroupKind(group: group, kind: kind)),
            let name = value[path: "metadata", "name"]?.string
        else { return }
        let call = ResourceRequest(
            resource: resource, version: resource.storageVersion, namespace: namespace, name: name, subresource: nil,
            request: APIRequest(method: "POST", uri: "/", user: .controller))
        var value = value
        value["apiVersion"] = .string(call.apiVersion)
        value["kind"] = .string(kind)
        // The objects are this file's own: a refusal would be a mistake in it, which the tests of a fresh cluster show.
        _ = try? create(value, call, WriteOptions(manager: "kube-apiserver"))
        if kind == "Node" {
            var status = call
            status.subresource = "status"
            _ = try? modify(status, WriteOptions(manager: "kubelet", subresource: "status")) {
                live throws(StatusError) in
                var changed = live
                changed["status"] = SandboxNode.status(self.ambient.now())
                return changed
            }
        }
    }
}

/// The one node that pods are said to run on.
enum SandboxNode {
    static let name = "sandbox"
    static let address = "192.168.49.2"

    static let object: Value = [
        "metadata": [
            "name": .string(name),
            "labels": [
                "kubernetes.io/hostname": .string(name), "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "node-role.kubernetes.io/control-plane": "",
            ],
        ],
        "spec": ["podCIDR": "10.244.0.0/16", "podCIDRs": ["10.244.0.0/16"]],
    ]

    static func status(_ now: Timestamp) -> Value {
        let resources: Value = ["cpu": "8", "memory": "16Gi", "pods": "110", "ephemeral-storage": "100Gi"]
        return [
            "capacity": resources, "allocatable": resources,
            "addresses": [
                ["type": "InternalIP", "address": .string(address)], ["type": "Hostname", "address": .string(name)],
            ],
            "conditions": [
                [
                    "type": "Ready", "status": "True", "reason": "KubeletReady",
                    "message": "kubelet is posting ready status",
                    "lastHeartbeatTime": .string(now.text), "lastTransitionTime": .string(now.text),
                ]
            ],
            "nodeInfo": [
                "kubeletVersion": .string(SandboxVersion.text), "kubeProxyVersion": "", "operatingSystem": "linux",
                "architecture": "amd64",
                "osImage": "gitopsctl sandbox", "kernelVersion": "", "containerRuntimeVersion": "sandbox://1",
                "machineID": "",
                "systemUUID": "", "bootID": "",
            ],
        ]
    }
}
