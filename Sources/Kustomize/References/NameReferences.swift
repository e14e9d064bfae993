// References by name follow the objects that were renamed. Only renamed objects are candidates, found by the name they
// had; so the work grows with the number of references and not with their product with the objects.

import Manifest

struct NameReferences {
    /// What matters of a resource when a reference is resolved.
    private final class Candidate: Sendable {
        let id: ResourceID
        let originalNamespace: String
        let namespace: String
        let earlier: [ResourceID]
        let prefixes: [String]
        let suffixes: [String]

        init(_ resource: Resource) {
            id = resource.id
            originalNamespace = resource.originalID.namespace
            namespace = resource.namespace
            earlier = resource.earlier.map(resource.withEarlier)
            prefixes = resource.prefixes
            suffixes = resource.suffixes
        }
    }

    /// The referring resource.
    private final class Referrer {
        let candidate: Candidate
        /// Namespaces of a role binding's service accounts, which it may refer to as well.
        var subjectNamespaces: Set<String> = []
        var roleType: TypeFilter?

        init(_ candidate: Candidate) { self.candidate = candidate }
    }

    private let references: [NameReference]
    private var candidatesByEarlierName: [String: [Candidate]] = [:]
    /// Namespaces as first written, each with those in which its resources stand now.
    private var currentNamespaces: [String: Set<String>] = [:]
    private let all: [Candidate]

    init(_ configuration: TransformerConfiguration, _ list: ResourceList) {
        references = configuration.nameReferences.sorted { LegacyOrder.precedes($0.target, $1.target) }
        all = list.items.map(Candidate.init)
        for candidate in all {
            currentNamespaces[candidate.originalNamespace, default: []].insert(candidate.id.namespace)
            for name in Set(candidate.earlier.map(\.name)) {
                candidatesByEarlierName[name, default: []].append(candidate)
            }
        }
    }

    /// Rewrites every reference to a renamed object.
    func update(_ list: inout ResourceList) throws(TransformFailure) {
        try refuseBlankNamespaces(list)
        var specsByType: [TypeFilter: [(target: TypeFilter, spec: FieldSpec)]] = [:]
        for index in list.indices {
            let original = list[index].originalID
            let type = TypeFilter(group: original.group, version: original.version, kind: original.kind)
            let specs: [(target: TypeFilter, spec: FieldSpec)]
            if let known = specsByType[type] {
                specs = known
            } else {
                specs = references.flatMap { reference in
                    reference.referrers.filter { $0.type.selects(original) }.map { (reference.target, $0) }
                }
                specsByType[type] = specs
            }
            if specs.isEmpty { continue }
            let referrer = referrer(list[index], index)
            try list.update(index) { (resource) throws(TransformFailure) in
                for (target, spec) in specs {
                    do throws(FieldShapeError) {
                        try spec.apply(to: &resource.value, creation: .never) { (value) throws(FieldShapeError) in
                            try follow(&value, target, spec, referrer)
                        }
                    } catch {
                        throw TransformFailure(error, resource)
                    }
                }
            }
        }
    }

    /// A subject with an empty namespace is refused, whether or not anything was renamed.
    private func refuseBlankNamespaces(_ list: ResourceList) throws(TransformFailure) {
        for resource in list.items where resource.id.kind == "RoleBinding" {
            for subject in resource.value["subjects"]?.array ?? [] where subject["kind"]?.text == "ServiceAccount" {
                guard let namespace = subject["namespace"], namespace.isNull || namespace.text == "" else { continue }
                let place = resource.origin.map { SourceLocation(file: $0.file, position: namespace.position) }
                throw TransformFailure(
                    "a subject of \(resource.id) has a blank namespace", at: place, cure: "write one, or remove the key"
                )
            }
        }
    }

    private func referrer(_ resource: Resource, _ index: Int) -> Referrer {
        let referrer = Referrer(all[index])
        if resource.id.kind == "RoleBinding" {
            for subject in resource.value["subjects"]?.array ?? [] where subject["kind"]?.text == "ServiceAccount" {
                if let namespace = subject["namespace"]?.text { referrer.subjectNamespaces.insert(namespace) }
            }
        }
        if let role = resource.value["roleRef"]?.object {
            referrer.roleType = TypeFilter(group: role["apiGroup"]?.text ?? "", kind: role["kind"]?.text ?? "")
        }
        return referrer
    }

    private func follow(
        _ value: inout Value, _ target: TypeFilter, _ spec: FieldSpec, _ referrer: Referrer
    ) throws(FieldShapeError) {
        switch value {
        case .scalar(let scalar):
            if scalar.isNull { return }
            guard let found = try find(scalar.text, isMap: false, namespace: nil, target, spec, referrer),
                found.id.name != scalar.text
            else { return }
            value.overwrite(found.id.name, kind: nil)
        case .object(let object):
            guard let name = object["name"]?.text else {
                throw FieldShapeError(path: spec.path, reason: "the reference has no `name`")
            }
            let namespace = object["namespace"]?.text
            guard let found = try find(name, isMap: true, namespace: namespace, target, spec, referrer) else { return }
            if found.id.name == name, found.namespace.isEmpty { return }
            _ = value.editObject { object in
                _ = object.edit("name") { $0.overwrite(found.id.name, kind: nil) }
                if found.namespace.isEmpty { return }
                if object.edit("namespace", { $0.overwrite(found.namespace, kind: nil) }) == nil {
                    object["namespace"] = .string(found.namespace)
                }
            }
        case .array:
            _ = try value.editArray { (items) throws(FieldShapeError) in
                for index in items.indices { try follow(&items[index], target, spec, referrer) }
            }
        }
    }

    private func find(
        _ name: String, isMap: Bool, namespace: String?, _ target: TypeFilter, _ spec: FieldSpec, _ referrer: Referrer
    ) throws(FieldShapeError) -> Candidate? {
        guard var found = candidatesByEarlierName[name] else { return nil }
        let own = referrer.candidate
        let isClusterScoped = own.id.isClusterScoped
        func isVisible(_ current: String) -> Bool {
            isClusterScoped || current == ResourceID.clusterScope || current == own.id.namespace
                || referrer.subjectNamespaces.contains(current)
        }
        found.removeAll { !isVisible($0.id.namespace) }
        if let namespace {
            let stoodThere = currentNamespaces[namespace]?.contains(where: isVisible) ?? false
            found.removeAll { (stoodThere ? $0.originalNamespace : $0.id.namespace) != namespace }
        }
        found.removeAll { candidate in
            if !candidate.earlier.contains(where: target.selects) { return true }
            if let role = referrer.roleType, spec.path.hasSuffix("roleRef/name"),
                !candidate.earlier.contains(where: role.selects)
            {
                return true
            }
            return
                !(isClusterScoped || candidate.id.isClusterScoped || candidate.id.kind == "ServiceAccount"
                || candidate.id.namespace == own.id.namespace)
        }
        if found.count > 1 { found = found.filter { Self.agree($0, own, strictly: false) } }
        if found.count > 1 { found = found.filter { Self.agree($0, own, strictly: true) } }
        guard let first = found.first else { return nil }
        if found.contains(where: { $0.id.name != first.id.name || (isMap && $0.namespace != first.namespace) }) {
            let names = found.map(\.id.description).joined(separator: ", ")
            throw FieldShapeError(path: spec.path, reason: "`\(name)` may refer to any of \(names)")
        }
        return first
    }

    /// Whether two resources went through the same overlays, as far as their prefixes and suffixes tell.
    private static func agree(_ left: Candidate, _ right: Candidate, strictly: Bool) -> Bool {
        func agree(_ left: [String], _ right: [String]) -> Bool {
            if left.isEmpty || right.isEmpty { return !strictly || left.isEmpty == right.isEmpty }
            let count = min(left.count, right.count)
            return left.suffix(count) == right.suffix(count)
        }
        return agree(left.prefixes, right.prefixes) && agree(left.suffixes, right.suffixes)
    }
}
