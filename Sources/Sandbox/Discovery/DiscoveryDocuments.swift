// The discovery documents, in the legacy form (one per group and version) and the aggregated one (all in two requests).

import Manifest

enum DiscoveryDocuments {
    static let aggregatedContentType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    /// Whether an Accept header asks for the aggregated form.
    static func acceptsAggregated(_ accept: String?) -> Bool {
        accept?.split(separator: ",").contains {
            $0.contains("as=APIGroupDiscoveryList") && $0.contains("v=v2") && !$0.contains("v=v2beta1")
                && $0.contains("application/json")
        } ?? false
    }

    /// `/api`.
    static func coreVersions(address: String) -> Value {
        [
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(address)]],
        ]
    }

    /// `/apis`.
    static func groupList(_ catalog: ResourceCatalog) -> Value {
        let groups = catalog.groups.filter { !$0.name.isEmpty }.map { group($0.name, $0.versions, isTopLevel: false) }
        return ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups)]
    }

    /// `/apis/<group>`, nil when nothing serves the group.
    static func group(_ name: String, _ catalog: ResourceCatalog) -> Value? {
        catalog.groups.first { $0.name == name }.map { group($0.name, $0.versions, isTopLevel: true) }
    }

    private static func group(_ name: String, _ versions: [String], isTopLevel: Bool) -> Value {
        func entry(_ version: String) -> Value {
            ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
        }
        var group = Object()
        if isTopLevel {
            group["kind"] = "APIGroup"
            group["apiVersion"] = "v1"
        }
        group["name"] = .string(name)
        group["versions"] = .array(versions.map(entry))
        group["preferredVersion"] = entry(versions.first ?? "v1")
        return .object(group)
    }

    /// `/api/v1` and `/apis/<group>/<version>`, nil when nothing serves it.
    static func resourceList(group: String, version: String, _ catalog: ResourceCatalog) -> Value? {
        let served = catalog.resources(group: group, version: version)
        guard !served.isEmpty else { return nil }
        var entries: [Value] = []
        for resource in served {
            var entry: Object = [
                "name": .string(resource.plural), "singularName": .string(resource.singular),
                "namespaced": .bool(resource.isNamespaced), "kind": .string(resource.kind),
                "verbs": strings(resource.verbs),
            ]
            if !resource.shortNames.isEmpty { entry["shortNames"] = strings(resource.shortNames) }
            if !resource.categories.isEmpty { entry["categories"] = strings(resource.categories) }
            entries.append(.object(entry))
            for subresource in Resource.Subresource.allCases
            where resource.subresources(version).contains(subresource) {
                var entry: Object = [
                    "name": .string("\(resource.plural)/\(subresource.rawValue)"), "singularName": "",
                    "namespaced": .bool(resource.isNamespaced),
                ]
                if subresource == .scale {
                    entry["group"] = "autoscaling"
                    entry["version"] = "v1"
                    entry["kind"] = "Scale"
                } else {
                    entry["kind"] = .string(resource.kind)
                }
                entry["verbs"] = ["get", "patch", "update"]
                entries.append(.object(entry))
            }
        }
        let groupVersion = group.isEmpty ? version : "\(group)/\(version)"
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(groupVersion),
            "resources": .array(entries),
        ]
    }

    /// `/api` or `/apis` in the aggregated form.
    /// - Parameter stale: the groups whose servers do not answer.
    static func aggregated(core: Bool, _ catalog: ResourceCatalog, stale: Set<String>) -> Value {
        let items: [Value] = catalog.groups.filter { $0.name.isEmpty == core }.map { name, versions in
            let versions: [Value] = versions.map { version in
                let isStale = stale.contains(name)
                let resources =
                    isStale ? [] : catalog.resources(group: name, version: version).map { aggregated($0, version) }
                return [
                    "version": .string(version), "resources": .array(resources),
                    "freshness": isStale ? "Stale" : "Current",
                ]
            }
            let metadata: Value =
                name.isEmpty
                ? ["creationTimestamp": .null] : ["name": .string(name), "creationTimestamp": .null]
            return ["metadata": metadata, "versions": .array(versions)]
        }
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
            "items": .array(items),
        ]
    }

    private static func aggregated(_ resource: Resource, _ version: String) -> Value {
        var entry: Object = [
            "resource": .string(resource.plural),
            "responseKind": [
                "group": .string(resource.group), "version": .string(version), "kind": .string(resource.kind),
            ],
            "scope": resource.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(resource.singular),
            "verbs": strings(resource.verbs),
        ]
        if !resource.shortNames.isEmpty { entry["shortNames"] = strings(resource.shortNames) }
        if !resource.categories.isEmpty { entry["categories"] = strings(resource.categories) }
        let subresources: [Value] = Resource.Subresource.allCases.filter {
            resource.subresources(version).contains($0)
        }.map { subresource in
            let kind: Value =
                subresource == .scale
                ? ["group": "autoscaling", "version": "v1", "kind": "Scale"]
                : [
                    "group": .string(resource.group), "version": .string(version), "kind": .string(resource.kind),
                ]
            return [
                "subresource": .string(subresource.rawValue), "responseKind": kind,
                "verbs": ["get", "patch", "update"],
            ]
        }
        if !subresources.isEmpty { entry["subresources"] = .array(subresources) }
        return .object(entry)
    }

    private static func strings(_ texts: [String]) -> Value { .array(texts.map { .string($0) }) }
}
