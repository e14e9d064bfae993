// Addresses from outside, claims that find their volumes, and the figures of autoscalers and disruption budgets.

import Manifest

extension GroupResource {
    static let services = GroupResource(group: "", resource: "services")
    static let ingresses = GroupResource(group: "networking.k8s.io", resource: "ingresses")
    static let autoscalers = GroupResource(group: "autoscaling", resource: "horizontalpodautoscalers")
    static let budgets = GroupResource(group: "policy", resource: "poddisruptionbudgets")
}

extension Life {
    /// What load balancers and ingresses are reached at: an address of TEST-NET-2, which nothing real has.
    private static let outsideAddress = "198.51.100.10"

    mutating func reconcileService(_ service: StoredObject) -> Timestamp? {
        guard !service.isBeingDeleted else { return nil }
        reconcileEndpoints(service)
        let isBalanced = service.value[path: "spec", "type"]?.string == "LoadBalancer"
        let has = !(service.value[path: "status", "loadBalancer", "ingress"]?.isEmpty ?? true)
        guard isBalanced != has else { return nil }
        if isBalanced, let later = moment("address", service) { return later }
        setStatus(.services, service.key) { status in
            status["loadBalancer"] =
                isBalanced
                ? ["ingress": [["ip": .string(Self.outsideAddress), "ipMode": "VIP"]]] : [:]
        }
        return nil
    }

    mutating func reconcileIngress(_ ingress: StoredObject) -> Timestamp? {
        guard !ingress.isBeingDeleted, ingress.value[path: "status", "loadBalancer", "ingress"]?.isEmpty ?? true else {
            return nil
        }
        if let later = moment("address", ingress) { return later }
        setStatus(.ingresses, ingress.key) { $0["loadBalancer"] = ["ingress": [["ip": .string(Self.outsideAddress)]]] }
        return nil
    }

    mutating func reconcileClaim(_ claim: StoredObject) -> Timestamp? {
        if claim.isBeingDeleted, claim.value.finalizers.contains(Strategy.claimProtection) {
            let isUsed = objects(.pods, namespace: claim.key.namespace).contains {
                !$0.isFinished && $0.value.claimNames.contains(claim.key.name)
            }
            if !isUsed { change(.claims, claim.key) { $0.removeFinalizer(Strategy.claimProtection) } }
            return nil
        }
        guard !claim.isBeingDeleted, claim.value[path: "status", "phase"]?.string == "Pending" else { return nil }
        if let later = moment("bound", claim) { return later }
        let spec = claim.value["spec"] ?? [:]
        let storage = spec[path: "resources", "requests", "storage"] ?? "1Gi"
        let given = spec["volumeName"]?.string ?? ""
        let name = given.isEmpty ? "pvc-\(claim.uid)" : given
        let reference: Value = [
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": .string(claim.key.namespace),
            "name": .string(claim.key.name), "uid": .string(claim.uid),
        ]
        if given.isEmpty {
            create(
                .volumes, namespace: "",
                [
                    "metadata": [
                        "name": .string(name),
                        "annotations": ["pv.kubernetes.io/provisioned-by": "sandbox.gitopsctl.dev/volumes"],
                    ],
                    "spec": [
                        "capacity": ["storage": storage], "accessModes": spec["accessModes"] ?? ["ReadWriteOnce"],
                        "persistentVolumeReclaimPolicy": "Delete", "storageClassName": spec["storageClassName"] ?? "",
                        "volumeMode": spec["volumeMode"] ?? "Filesystem", "claimRef": reference,
                        "hostPath": ["path": .string("/var/lib/sandbox/\(name)"), "type": ""],
                    ],
                ])
        } else {
            change(.volumes, ObjectKey(namespace: "", name: name)) { $0["spec"]?["claimRef"] = reference }
        }
        setStatus(.volumes, ObjectKey(namespace: "", name: name)) { $0["phase"] = "Bound" }
        change(.claims, claim.key) { value in
            value["spec"]?["volumeName"] = .string(name)
            value["metadata"]?.fill("annotations", [:])
            value["metadata"]?["annotations"]?["pv.kubernetes.io/bind-completed"] = "yes"
            value["metadata"]?["annotations"]?["pv.kubernetes.io/bound-by-controller"] = "yes"
        }
        setStatus(.claims, claim.key) { status in
            status["phase"] = "Bound"
            status["accessModes"] = spec["accessModes"]
            status["capacity"] = ["storage": storage]
        }
        return nil
    }

    /// A volume that is to go, and that no claim holds, goes.
    mutating func reconcileVolume(_ volume: StoredObject) -> Timestamp? {
        guard volume.isBeingDeleted, volume.value.finalizers.contains(Strategy.volumeProtection),
            volume.value[path: "status", "phase"]?.string != "Bound"
        else { return nil }
        change(.volumes, volume.key) { $0.removeFinalizer(Strategy.volumeProtection) }
        return nil
    }

    /// No metrics are measured here: an autoscaler keeps what is there within its bounds.
    mutating func reconcileAutoscaler(_ autoscaler: StoredObject) -> Timestamp? {
        guard !autoscaler.isBeingDeleted else { return nil }
        let spec = autoscaler.value["spec"] ?? [:]
        let kind = spec[path: "scaleTargetRef", "kind"]?.string ?? ""
        let group = GroupVersionKind(apiVersion: spec[path: "scaleTargetRef", "apiVersion"]?.string ?? "", kind: kind)
            .group
        let key = ObjectKey(
            namespace: autoscaler.key.namespace, name: spec[path: "scaleTargetRef", "name"]?.string ?? "")
        let now = now
        guard let resource = api.catalog.resource(GroupKind(group: group, kind: kind))?.groupResource,
            let target = api.store.object(resource, key), let current = target.value[path: "spec", "replicas"]?.int
        else {
            setStatus(.autoscalers, autoscaler.key) { status in
                status["desiredReplicas"] = 0
                status.setCondition(
                    "AbleToScale", false, reason: "FailedGetScale",
                    message: "the HPA controller was unable to get the target's current scale", now: now)
            }
            return now + .seconds(1)
        }
        let least = spec["minReplicas"]?.int ?? 1
        let asked = api.rehearsal.load(on: autoscaler.key) ?? current
        let wanted = current == 0 ? 0 : min(max(asked, least), spec["maxReplicas"]?.int ?? asked)
        if wanted != current {
            change(resource, key) { $0["spec"]?["replicas"] = .int(wanted) }
        }
        setStatus(.autoscalers, autoscaler.key) { status in
            status["observedGeneration"] = autoscaler.value[path: "metadata", "generation"]
            status["currentReplicas"] = .int(current)
            status["desiredReplicas"] = .int(wanted)
            status.setCondition(
                "AbleToScale", true, reason: "ReadyForNewScale", message: "recommended size matches current size",
                now: now)
            status.setCondition(
                "ScalingActive", true, reason: "ValidMetricFound",
                message: "the sandbox measures nothing: the scale stays where it is", now: now)
            status.setCondition(
                "ScalingLimited", false, reason: "DesiredWithinRange",
                message: "the desired count is within the acceptable range", now: now)
        }
        return nil
    }

    mutating func reconcileBudget(_ budget: StoredObject) -> Timestamp? {
        guard !budget.isBeingDeleted else { return nil }
        let spec = budget.value["spec"] ?? [:]
        let selector = PodSelector(spec["selector"])
        let pods = objects(.pods, namespace: budget.key.namespace).filter {
            selector.matches($0.labels) && !$0.isFinished
        }
        let healthy = pods.count { $0.isReady }
        func resolve(_ value: Value?) -> Int? {
            guard let scalar = value?.scalar else { return nil }
            return scalar.int ?? Int(scalar.text.dropLast()).map { (pods.count * $0 + 99) / 100 }
        }
        let needed = resolve(spec["minAvailable"]) ?? max(0, pods.count - (resolve(spec["maxUnavailable"]) ?? 0))
        let now = now
        setStatus(.budgets, budget.key) { status in
            status["observedGeneration"] = budget.value[path: "metadata", "generation"]
            status["currentHealthy"] = .int(healthy)
            status["desiredHealthy"] = .int(needed)
            status["disruptionsAllowed"] = .int(max(0, healthy - needed))
            status["expectedPods"] = .int(pods.count)
            status.setCondition(
                "DisruptionAllowed", healthy > needed, reason: healthy > needed ? "SufficientPods" : "InsufficientPods",
                message: "", now: now,
                extra: [("observedGeneration", budget.value[path: "metadata", "generation"] ?? 1)])
        }
        return nil
    }
}
