// One rule of a Role: which verbs on which resources or paths. The meaning is that of k8s.io/kubernetes/pkg/apis/rbac.

import Manifest

struct PolicyRule: Sendable, Hashable {
    var verbs: [String]
    var groups: [String]
    var resources: [String]
    var names: [String]
    var paths: [String]

    init(_ value: Value) {
        func texts(_ key: String) -> [String] { (value[key]?.array ?? []).compactMap(\.string) }
        verbs = texts("verbs")
        groups = texts("apiGroups")
        resources = texts("resources")
        names = texts("resourceNames")
        paths = texts("nonResourceURLs")
    }

    func allows(_ attributes: AccessAttributes) -> Bool {
        guard verbs.contains("*") || verbs.contains(attributes.verb) else { return false }
        if let path = attributes.path {
            return paths.contains { $0 == "*" || $0 == path || ($0.hasSuffix("*") && path.hasPrefix($0.dropLast())) }
        }
        return (groups.contains("*") || groups.contains(attributes.group))
            && allows(resource: attributes.resource, attributes.subresource)
            && (names.isEmpty || names.contains(attributes.name))
    }

    private func allows(resource: String, _ subresource: String) -> Bool {
        let whole = subresource.isEmpty ? resource : "\(resource)/\(subresource)"
        return resources.contains { $0 == "*" || $0 == whole || (!subresource.isEmpty && $0 == "*/\(subresource)") }
    }

    /// Rules that allow one thing each, which together are this one.
    var atoms: [PolicyRule] {
        var atoms: [PolicyRule] = []
        for verb in verbs {
            var atom = self
            atom.verbs = [verb]
            for path in paths {
                var single = atom
                (single.groups, single.resources, single.names, single.paths) = ([], [], [], [path])
                atoms.append(single)
            }
            for group in groups {
                for resource in resources {
                    for name in names.isEmpty ? [nil] : names.map(Optional.some) {
                        var single = atom
                        (single.groups, single.resources, single.paths) = ([group], [resource], [])
                        single.names = name.map { [$0] } ?? []
                        atoms.append(single)
                    }
                }
            }
        }
        return atoms
    }

    /// Whether everything that an atom allows is allowed here too.
    func covers(_ atom: PolicyRule) -> Bool {
        guard verbs.contains("*") || atom.verbs.allSatisfy(verbs.contains) else { return false }
        if let path = atom.paths.first {
            return paths.contains { $0 == "*" || $0 == path || ($0.hasSuffix("*") && path.hasPrefix($0.dropLast())) }
        }
        guard groups.contains("*") || atom.groups.allSatisfy(groups.contains) else { return false }
        let covered = atom.resources.allSatisfy { resource in
            let parts = resource.split(separator: "/", maxSplits: 1)
            return resources.contains { $0 == "*" || $0 == resource || (parts.count == 2 && $0 == "*/\(parts[1])") }
        }
        return covered && (names.isEmpty || (!atom.names.isEmpty && atom.names.allSatisfy(names.contains)))
    }

    /// The rule as messages show it.
    var text: String {
        func list(_ texts: [String]) -> String { "[\(texts.map { quoted($0) }.joined(separator: " "))]" }
        var parts: [String] = []
        if !groups.isEmpty { parts.append("APIGroups:\(list(groups))") }
        if !resources.isEmpty { parts.append("Resources:\(list(resources))") }
        if !names.isEmpty { parts.append("ResourceNames:\(list(names))") }
        if !paths.isEmpty { parts.append("NonResourceURLs:\(list(paths))") }
        if !verbs.isEmpty { parts.append("Verbs:\(list(verbs))") }
        return "{\(parts.joined(separator: ", "))}"
    }

    var value: Value {
        var object: Object = ["verbs": strings(verbs)]
        if !groups.isEmpty { object["apiGroups"] = strings(groups) }
        if !resources.isEmpty { object["resources"] = strings(resources) }
        if !names.isEmpty { object["resourceNames"] = strings(names) }
        if !paths.isEmpty { object["nonResourceURLs"] = strings(paths) }
        return .object(object)
    }

    private func strings(_ texts: [String]) -> Value { .array(texts.map { .string($0) }) }
}
