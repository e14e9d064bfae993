// What discovery answers, in both of its forms.

import Manifest

/// Aggregated discovery (KEP-3352): every resource of every group in one document.
struct AggregatedDiscovery {
    static let accept =
        ["v2", "v2beta1"]
        .map { "application/json;g=apidiscovery.k8s.io;v=\($0);as=APIGroupDiscoveryList" }
        .joined(separator: ",") + ",application/json"

    var resources: [APIResource] = []
    var failures: [Discovery.Failure] = []

    /// nil when the document is of the old form.
    init?(_ document: Value) {
        guard document["kind"]?.string == "APIGroupDiscoveryList" else { return nil }
        for group in document["items"]?.array ?? [] {
            let name = group[path: "metadata", "name"]?.string ?? ""
            for version in group["versions"]?.array ?? [] {
                guard let versionName = version["version"]?.string else { continue }
                if version["freshness"]?.string == "Stale" {
                    failures.append(
                        Discovery.Failure(
                            groupVersion: name.isEmpty ? versionName : "\(name)/\(versionName)",
                            message: "the API server that serves it does not answer"))
                }
                resources += (version["resources"]?.array ?? []).compactMap {
                    APIResource(aggregated: $0, name, versionName)
                }
            }
        }
    }
}

/// The older form: a list of groups, and a list of resources for each of their versions.
struct LegacyDiscovery {
    /// The group versions to ask for, those that each group prefers first.
    let groupVersions: [String]

    /// - Parameters: the answers of `/api` (APIVersions) and `/apis` (APIGroupList).
    init(core: Value?, groups: Value?) {
        let coreVersions = (core?["versions"]?.array ?? []).compactMap(\.string)
        let others = (groups?["groups"]?.array ?? []).flatMap { group in
            let preferred = group[path: "preferredVersion", "groupVersion"]?.string
            let all = (group["versions"]?.array ?? []).compactMap { $0["groupVersion"]?.string }
            return [preferred].compactMap { $0 } + all.filter { $0 != preferred }
        }
        groupVersions = coreVersions + others
    }

    static func path(of groupVersion: String) -> String {
        groupVersion.contains("/") ? "/apis/\(groupVersion)" : "/api/\(groupVersion)"
    }

    /// The resources of an APIResourceList.
    static func resources(_ list: Value, of groupVersion: String) -> [APIResource] {
        let gv = GroupVersionKind(apiVersion: groupVersion, kind: "")
        var resources: [APIResource] = []
        var subresources: [String: Set<String>] = [:]
        for entry in list["resources"]?.array ?? [] {
            guard let name = entry["name"]?.string, let kind = entry["kind"]?.string else { continue }
            if let slash = name.firstIndex(of: "/") {
                subresources[String(name[..<slash]), default: []].insert(String(name[name.index(after: slash)...]))
            } else {
                resources.append(
                    APIResource(
                        group: gv.group, version: gv.version, kind: kind, name: name,
                        singularName: entry["singularName"]?.string ?? "", shortNames: entry["shortNames"].strings,
                        isNamespaced: entry["namespaced"]?.bool ?? false, verbs: Set(entry["verbs"].strings),
                        categories: entry["categories"].strings))
            }
        }
        for index in resources.indices { resources[index].subresources = subresources[resources[index].name] ?? [] }
        return resources
    }
}

extension APIResource {
    fileprivate init?(aggregated entry: Value, _ group: String, _ version: String) {
        guard let name = entry["resource"]?.string else { return nil }
        // A resource without a kind of its own has only subresources that can be used.
        guard let kind = entry[path: "responseKind", "kind"]?.string, !kind.isEmpty else { return nil }
        self.init(
            group: group, version: version, kind: kind, name: name,
            singularName: entry["singularResource"]?.string ?? "",
            shortNames: entry["shortNames"].strings, isNamespaced: entry["scope"]?.string == "Namespaced",
            verbs: Set(entry["verbs"].strings), categories: entry["categories"].strings,
            subresources: Set((entry["subresources"]?.array ?? []).compactMap { $0["subresource"]?.string }))
    }
}

extension Value? {
    fileprivate var strings: [String] { self?.array?.compactMap(\.string) ?? [] }
}
