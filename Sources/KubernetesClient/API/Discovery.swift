// What the server serves: every resource, and which version of a group it prefers.

package import Manifest

/// The resources of a server, as discovery told them.
package struct Discovery: Sendable {
    /// A group version whose resources the server could not tell, such as that of an aggregated API server that is
    /// down.
    package struct Failure: Sendable, Hashable {
        package var groupVersion: String
        package var message: String

        package init(groupVersion: String, message: String) {
            self.groupVersion = groupVersion
            self.message = message
        }
    }

    /// Every resource, without subresources. Within a group the preferred version comes first.
    package let resources: [APIResource]
    package let failures: [Failure]

    private let byKind: [GroupVersionKind: Int]
    private let byGroupKind: [GroupKind: Int]

    /// `resources` in the server's order: the first version of a kind is the one that the server prefers.
    package init(resources: [APIResource], failures: [Failure] = []) {
        self.resources = resources
        self.failures = failures
        var byKind: [GroupVersionKind: Int] = [:]
        var byGroupKind: [GroupKind: Int] = [:]
        for (index, resource) in resources.enumerated() {
            if byKind[resource.gvk] == nil { byKind[resource.gvk] = index }
            if byGroupKind[resource.gvk.groupKind] == nil { byGroupKind[resource.gvk.groupKind] = index }
        }
        self.byKind = byKind
        self.byGroupKind = byGroupKind
    }

    /// The resource of exactly this version of a kind.
    package func resource(for gvk: GroupVersionKind) -> APIResource? {
        byKind[gvk].map { resources[$0] }
    }

    /// The preferred version of a kind.
    package func resource(for groupKind: GroupKind) -> APIResource? {
        byGroupKind[groupKind].map { resources[$0] }
    }

    /// The resources that a user may mean by a word: plural, singular, short name or kind, with `.group` behind it or
    /// not, in any case.
    package func resources(named word: String) -> [APIResource] {
        let lowered = word.lowercased()
        return byGroupKind.values.sorted().map { resources[$0] }.filter { resource in
            let names = [resource.name, resource.singularName, resource.kind.lowercased()] + resource.shortNames
            return names.contains { $0 == lowered || "\($0).\(resource.group)" == lowered }
        }
    }

    /// The failure that may hide a kind's group version, nil when discovery of it succeeded.
    package func failure(for gvk: GroupVersionKind) -> Failure? {
        failures.first { $0.groupVersion == gvk.apiVersion }
    }

    /// A failure that may hide a kind, in whatever version; nil when discovery of its group succeeded.
    package func failure(for kind: GroupKind) -> Failure? {
        failures.first { failure in
            let parts = failure.groupVersion.split(separator: "/")
            return kind.group == (parts.count > 1 ? String(parts[0]) : "")
        }
    }
}
