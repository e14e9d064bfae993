// LimitRanges: what a container or a claim gets where it says nothing, and how much it may ask for.

import Manifest

enum LimitRanges {
    /// Fills in what the ranges give by default.
    static func fill(_ pod: inout Value, _ ranges: [StoredObject]) {
        let items = ranges.flatMap { $0.value[path: "spec", "limits"]?.array ?? [] }.filter {
            $0["type"]?.string == "Container"
        }
        guard !items.isEmpty else { return }
        var notes: [String] = []
        for key in ["initContainers", "containers"] {
            pod["spec"]?.changeItems(key) { container in
                let name = container["name"]?.string ?? ""
                let kind = key == "containers" ? "container" : "init container"
                var set: [(String, [String])] = []
                for (part, word, defaults) in [
                    ("requests", "request", "defaultRequest"), ("limits", "limit", "default"),
                ] {
                    var filled: [String] = []
                    for item in items {
                        for entry in item[defaults]?.object?.entries ?? []
                        where container[path: "resources", part]?[entry.key] == nil {
                            if container["resources"] == nil { container["resources"] = [:] }
                            container["resources"]?.fill(part, [:])
                            container["resources"]?[part]?[entry.key] = entry.value
                            filled.append(entry.key)
                        }
                    }
                    if !filled.isEmpty { set.append((word, filled.sorted())) }
                }
                notes += set.map { "\($0.1.joined(separator: ", ")) \($0.0) for \(kind) \(name)" }
            }
        }
        guard !notes.isEmpty else { return }
        pod["metadata"]?.fill("annotations", [:])
        pod["metadata"]?["annotations"]?["kubernetes.io/limit-ranger"] = .string(
            "LimitRanger plugin set: " + notes.joined(separator: "; "))
    }

    /// What an object asks for that the ranges do not allow.
    static func problems(_ value: Value, kind: String, _ ranges: [StoredObject]) -> [String] {
        var problems: [String] = []
        for item in ranges.flatMap({ $0.value[path: "spec", "limits"]?.array ?? [] }) {
            switch (item["type"]?.string, kind) {
            case ("Container", "Pod"):
                for key in ["containers", "initContainers"] {
                    for container in value[path: "spec", key]?.array ?? [] {
                        problems += check(
                            item, "Container", ResourceAmounts(container[path: "resources", "requests"]),
                            ResourceAmounts(container[path: "resources", "limits"]))
                    }
                }
            case ("Pod", "Pod"):
                var requests = ResourceAmounts()
                var limits = ResourceAmounts()
                for container in value[path: "spec", "containers"]?.array ?? [] {
                    requests.add(ResourceAmounts(container[path: "resources", "requests"]))
                    limits.add(ResourceAmounts(container[path: "resources", "limits"]))
                }
                problems += check(item, "Pod", requests, limits)
            case ("PersistentVolumeClaim", "PersistentVolumeClaim"):
                let requests = ResourceAmounts(value[path: "spec", "resources", "requests"])
                problems += check(item, "PersistentVolumeClaim", requests, requests)
            default: break
            }
        }
        return problems
    }

    private static func check(
        _ item: Value, _ type: String, _ requests: ResourceAmounts, _ limits: ResourceAmounts
    ) -> [String] {
        var problems: [String] = []
        let least = ResourceAmounts(item["min"])
        for name in least.names {
            guard let bound = least[name] else { continue }
            if let request = requests[name] {
                if request < bound {
                    problems.append("minimum \(name) usage per \(type) is \(bound), but request is \(request)")
                }
            } else {
                problems.append("minimum \(name) usage per \(type) is \(bound).  No request is specified")
            }
            if let limit = limits[name], limit < bound {
                problems.append("minimum \(name) usage per \(type) is \(bound), but limit is \(limit)")
            }
        }
        let most = ResourceAmounts(item["max"])
        for name in most.names {
            guard let bound = most[name] else { continue }
            if type == "PersistentVolumeClaim" {
                if let request = requests[name], bound < request {
                    problems.append("maximum \(name) usage per \(type) is \(bound), but request is \(request)")
                }
                continue
            }
            if let limit = limits[name] {
                if bound < limit {
                    problems.append("maximum \(name) usage per \(type) is \(bound), but limit is \(limit)")
                }
            } else {
                problems.append("maximum \(name) usage per \(type) is \(bound).  No limit is specified")
            }
            if let request = requests[name], bound < request {
                problems.append("maximum \(name) usage per \(type) is \(bound), but request is \(request)")
            }
        }
        return problems
    }
}

extension KubernetesAPIServer {
    /// Admission by the LimitRanges of a namespace.
    /// - Throws: 403 with what is too little or too much.
    func admitLimits(_ value: inout Value, _ call: ResourceRequest) throws(StatusError) {
        guard call.resource.custom == nil, call.resource.group.isEmpty, let namespace = call.namespace,
            ["Pod", "PersistentVolumeClaim"].contains(call.resource.kind)
        else { return }
        let ranges = store.objects(GroupResource(group: "", resource: "limitranges"), namespace: namespace).objects
        guard !ranges.isEmpty else { return }
        if call.resource.kind == "Pod" { LimitRanges.fill(&value, ranges) }
        let problems = LimitRanges.problems(value, kind: call.resource.kind, ranges)
        guard let first = problems.first else { return }
        throw .forbidden(
            call.groupResource, value[path: "metadata", "name"]?.string ?? "",
            problems.count == 1 ? first : "[\(problems.joined(separator: ", "))]")
    }
}
