// ResourceQuotas: what a namespace may hold in all.

import Manifest

extension GroupResource {
    static let quotas = GroupResource(group: "", resource: "resourcequotas")
}

enum Quotas {
    /// What an object counts for, by the names that quotas know.
    static func usage(_ value: Value, _ resource: GroupResource) -> ResourceAmounts {
        var usage = ResourceAmounts()
        usage.add(1, to: "count/\(resource)")
        guard resource.group.isEmpty else { return usage }
        switch resource.resource {
        case "pods":
            let phase = value[path: "status", "phase"]?.string
            if phase == "Succeeded" || phase == "Failed" { return usage }
            usage.add(1, to: "pods")
            for container in value[path: "spec", "containers"]?.array ?? [] {
                let requests = ResourceAmounts(container[path: "resources", "requests"])
                let limits = ResourceAmounts(container[path: "resources", "limits"])
                for name in requests.names {
                    usage.add(requests[name], to: "requests.\(name)")
                    if ["cpu", "memory", "ephemeral-storage"].contains(name) { usage.add(requests[name], to: name) }
                }
                for name in limits.names { usage.add(limits[name], to: "limits.\(name)") }
            }
        case "services":
            usage.add(1, to: "services")
            let type = value[path: "spec", "type"]?.string
            if type == "LoadBalancer" { usage.add(1, to: "services.loadbalancers") }
            if type == "LoadBalancer" || type == "NodePort" {
                usage.add(value[path: "spec", "ports"]?.array?.count ?? 0, to: "services.nodeports")
            }
        case "persistentvolumeclaims":
            usage.add(1, to: "persistentvolumeclaims")
            let storage = ResourceAmounts(value[path: "spec", "resources", "requests"])["storage"]
            usage.add(storage, to: "requests.storage")
            if let name = value[path: "spec", "storageClassName"]?.string {
                usage.add(1, to: "\(name).storageclass.storage.k8s.io/persistentvolumeclaims")
                usage.add(storage, to: "\(name).storageclass.storage.k8s.io/requests.storage")
            }
        case "configmaps", "secrets", "replicationcontrollers", "resourcequotas":
            usage.add(1, to: resource.resource)
        default: break
        }
        return usage
    }

    /// The resources that a pod must ask for where a quota limits them.
    static let computed: Set<String> = [
        "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory",
    ]
}

extension KubernetesAPIServer {
    /// What a namespace holds of the resources that a quota limits, by what its scopes count.
    func usage(in namespace: String, of hard: ResourceAmounts, _ scopes: QuotaScopes) -> ResourceAmounts {
        var used = ResourceAmounts()
        for resource in catalog.resources where resource.isNamespaced && counts(resource.groupResource, hard) {
            for object in store.objects(resource.groupResource, namespace: namespace).objects
            where scopes.match(object.value, resource.groupResource) {
                used.add(Quotas.usage(object.value, resource.groupResource))
            }
        }
        var limited = ResourceAmounts()
        for name in hard.names { limited.add(used[name] ?? Quantity("0"), to: name) }
        return limited
    }

    private func counts(_ resource: GroupResource, _ hard: ResourceAmounts) -> Bool {
        if hard["count/\(resource)"] != nil { return true }
        return resource.group.isEmpty
            && [
                "pods", "services", "persistentvolumeclaims", "configmaps", "secrets", "replicationcontrollers",
                "resourcequotas",
            ]
            .contains(resource.resource)
    }

    /// Admission by the ResourceQuotas of a namespace.
    /// - Throws: 403 with what was asked for, what is used, and what the limit is.
    func admitQuota(_ value: Value, _ call: ResourceRequest) throws(StatusError) {
        guard let namespace = call.namespace, call.groupResource != .events, call.groupResource != .quotas else {
            return
        }
        let quotas = store.objects(.quotas, namespace: namespace).objects
        guard !quotas.isEmpty else { return }
        let asked = Quotas.usage(value, call.groupResource)
        let name = value[path: "metadata", "name"]?.string ?? ""
        for quota in quotas {
            let hard = ResourceAmounts(quota.value[path: "status", "hard"] ?? quota.value[path: "spec", "hard"])
            let scopes = QuotaScopes(quota.value["spec"])
            guard scopes.match(value, call.groupResource) else { continue }
            if call.groupResource == .pods {
                let missing = hard.names.filter { Quotas.computed.contains($0) && asked[$0] == nil }
                guard missing.isEmpty else {
                    throw .forbidden(
                        call.groupResource, name,
                        "failed quota: \(quota.key.name): must specify \(missing.joined(separator: ","))")
                }
            }
            let relevant = hard.names.filter { asked[$0] != nil }
            guard !relevant.isEmpty else { continue }
            let used = usage(in: namespace, of: hard, scopes)
            var (requested, held, limit) = (ResourceAmounts(), ResourceAmounts(), ResourceAmounts())
            for resource in relevant {
                guard let most = hard[resource], let more = asked[resource] else { continue }
                let sum = (used[resource]?.nanos ?? 0) + more.nanos
                guard sum > most.nanos else { continue }
                requested[resource] = more
                held[resource] = used[resource]
                limit[resource] = most
            }
            guard requested.names.isEmpty else {
                throw .forbidden(
                    call.groupResource, name,
                    "exceeded quota: \(quota.key.name), requested: \(requested.text), used: \(held.text), limited: \(limit.text)"
                )
            }
        }
    }
}

extension Life {
    /// What a quota limits, and what is used of it.
    mutating func reconcileQuota(_ quota: StoredObject) -> Timestamp? {
        guard !quota.isBeingDeleted else { return nil }
        let hard = quota.value[path: "spec", "hard"] ?? [:]
        let used = api.usage(in: quota.key.namespace, of: ResourceAmounts(hard), QuotaScopes(quota.value["spec"])).value
        setStatus(.quotas, quota.key) { status in
            status["hard"] = hard
            status["used"] = used
        }
        return nil
    }
}
