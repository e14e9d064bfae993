// EndpointSlices: which pods a Service leads to.

import Manifest

extension GroupResource {
    static let endpointSlices = GroupResource(group: "discovery.k8s.io", resource: "endpointslices")
}

extension Life {
    /// Keeps one slice for a Service that selects pods.
    func reconcileEndpoints(_ service: StoredObject) {
        let spec = service.value["spec"] ?? [:]
        guard let labels = spec["selector"]?.object, !labels.isEmpty, spec["type"]?.string != "ExternalName" else {
            return
        }
        let selector = PodSelector(spec["selector"])
        let publishes = spec["publishNotReadyAddresses"]?.bool ?? false
        let pods = objects(.pods, namespace: service.key.namespace).filter {
            selector.matches($0.labels) && !$0.isFinished && $0.value[path: "status", "podIP"] != nil
        }
        let endpoints: [Value] = pods.map { pod in
            let isReady = publishes || (pod.isReady && !pod.isBeingDeleted)
            return [
                "addresses": [pod.value[path: "status", "podIP"] ?? ""],
                "conditions": [
                    "ready": .bool(isReady), "serving": .bool(pod.isReady), "terminating": .bool(pod.isBeingDeleted),
                ],
                "nodeName": .string(SandboxNode.name),
                "targetRef": [
                    "kind": "Pod", "namespace": .string(pod.key.namespace), "name": .string(pod.key.name),
                    "uid": .string(pod.uid),
                ],
            ]
        }
        let ports = ports(of: spec, pods.first)
        let known = objects(.endpointSlices, namespace: service.key.namespace).first {
            $0.value.controllerUID == service.uid
        }
        guard let known else {
            create(
                .endpointSlices, namespace: service.key.namespace,
                [
                    "metadata": [
                        "generateName": .string("\(service.key.name)-"),
                        "labels": [
                            "kubernetes.io/service-name": .string(service.key.name),
                            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                        ],
                        "ownerReferences": [service.value.asController()],
                    ],
                    "addressType": "IPv4", "endpoints": .array(endpoints), "ports": ports,
                ])
            return
        }
        change(.endpointSlices, known.key) { slice in
            slice["endpoints"] = .array(endpoints)
            slice["ports"] = ports
        }
    }

    private func ports(of spec: Value, _ pod: StoredObject?) -> Value {
        .array(
            (spec["ports"]?.array ?? []).map { port in
                var entry: Object = ["name": port["name"] ?? "", "protocol": port["protocol"] ?? "TCP"]
                entry["port"] = number(port["targetPort"] ?? port["port"], pod)
                return .object(entry)
            })
    }

    /// The number of a port that may be named by a container.
    private func number(_ port: Value?, _ pod: StoredObject?) -> Value? {
        guard let name = port?.string else { return port }
        for container in pod?.value[path: "spec", "containers"]?.array ?? [] {
            for declared in container["ports"]?.array ?? [] where declared["name"]?.string == name {
                return declared["containerPort"]
            }
        }
        return nil
    }
}
