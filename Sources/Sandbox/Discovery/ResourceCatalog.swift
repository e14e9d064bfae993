// Everything that is served: what is built in, and what CustomResourceDefinitions add.

import Manifest

/// The resources of the API, found by path and by kind. A value: a CustomResourceDefinition makes a new one.
package struct ResourceCatalog: Sendable {
    private struct Address: Hashable, Sendable {
        var group: String
        var name: String
    }

    /// Core first, then the groups by name, resources in declared order; custom ones behind those built in.
    private(set) var resources: [Resource]
    private var byPlural: [Address: Int] = [:]
    private var byKind: [GroupKind: Int] = [:]

    init(_ resources: [Resource]) {
        self.resources = resources
        for (index, resource) in resources.enumerated() {
            byPlural[Address(group: resource.group, name: resource.plural)] = index
            byKind[resource.groupKind] = index
        }
    }

    static let builtin = ResourceCatalog(Resource.builtin)

    func adding(_ custom: [Resource]) -> ResourceCatalog {
        ResourceCatalog(resources.filter { $0.custom == nil } + custom)
    }

    func resource(group: String, version: String, plural: String) -> Resource? {
        guard let resource = resource(group: group, plural: plural), resource.versions.contains(version) else {
            return nil
        }
        return resource
    }

    func resource(group: String, plural: String) -> Resource? {
        byPlural[Address(group: group, name: plural)].map { resources[$0] }
    }

    func resource(_ kind: GroupKind) -> Resource? { byKind[kind].map { resources[$0] } }

    /// The named groups in their order, with their versions, the preferred one first.
    var groups: [(name: String, versions: [String])] {
        var order: [String] = []
        var versions: [String: [String]] = [:]
        for resource in resources {
            if versions[resource.group] == nil { order.append(resource.group) }
            for version in resource.versions where !(versions[resource.group, default: []].contains(version)) {
                versions[resource.group, default: []].append(version)
            }
        }
        return order.map { name in
            (name, (versions[name] ?? []).sorted { VersionPriority($0) > VersionPriority($1) })
        }
    }

    func resources(group: String, version: String) -> [Resource] {
        resources.filter { $0.group == group && $0.versions.contains(version) }
    }
}

/// The order of API versions: `v2` before `v1`, both before `v1beta1`, that before `v1alpha1`, anything else last.
///
/// The rule of `k8s.io/apimachinery/pkg/version.CompareKubeAwareVersionStrings`.
struct VersionPriority: Comparable {
    private var stage: Int
    private var major: Int
    private var minor: Int
    private var text: String

    init(_ text: String) {
        self.text = text
        (stage, major, minor) = (-1, 0, 0)
        guard text.first == "v" else { return }
        let rest = text.dropFirst()
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard let major = Int(digits) else { return }
        let suffix = rest.dropFirst(digits.count)
        if suffix.isEmpty {
            (stage, self.major) = (2, major)
        } else if suffix.hasPrefix("beta"), let minor = Int(suffix.dropFirst(4)) {
            (stage, self.major, self.minor) = (1, major, minor)
        } else if suffix.hasPrefix("alpha"), let minor = Int(suffix.dropFirst(5)) {
            (stage, self.major, self.minor) = (0, major, minor)
        }
    }

    static func < (left: VersionPriority, right: VersionPriority) -> Bool {
        if left.stage != right.stage { return left.stage < right.stage }
        if left.major != right.major { return left.major < right.major }
        if left.minor != right.minor { return left.minor < right.minor }
        return left.text > right.text
    }
}
