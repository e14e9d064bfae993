// The `namespace` field: where a namespace is written, and where it is not.

import Manifest

struct NamespaceTransformer {
    /// Which subjects of role bindings move into the namespace.
    enum SubjectMode: String { case defaultOnly, allServiceAccounts, none }

    var namespace: String
    var specs: [FieldSpec]
    var subjects = SubjectMode.defaultOnly
    /// Keep what has a namespace already.
    var unsetOnly = false

    func transform(_ list: inout ResourceList) throws(TransformFailure) {
        var table = FieldSpecTable(specs.filter { !Self.isHandledHere($0) })
        for index in list.indices where !list[index].isEmpty && !list[index].isHelmGenerated {
            let matching = table.specs(for: list[index].id).filter {
                $0.path != "metadata/name" || list[index].apiVersion == "v1"
            }
            try list.update(index) { (resource) throws(TransformFailure) in
                resource.rememberID()
                if let own = resource.value["metadata"]?["namespace"], own.scalar == nil {
                    throw TransformFailure(
                        "`metadata.namespace` of \(resource.id) must be a string, not \(own.noun)", at: resource.origin)
                }
                if !resource.id.isClusterScoped { setOwnNamespace(&resource.value) }
                if resource.id.kind == "RoleBinding" || resource.id.kind == "ClusterRoleBinding" {
                    if let odd = resource.value["subjects"]?.array?.first(where: {
                        $0["name"].map { $0.scalar == nil } ?? false
                    }) {
                        throw TransformFailure(
                            "the name of a subject of \(resource.id) must be a string",
                            at: resource.origin.map { SourceLocation(file: $0.file, position: odd.position) })
                    }
                    setSubjects(&resource.value)
                }
                for spec in matching {
                    do throws(FieldShapeError) {
                        try spec.apply(to: &resource.value, creation: .scalar) { (value) throws(FieldShapeError) in
                            guard value.scalar != nil else {
                                throw FieldShapeError(
                                    path: spec.path, reason: "a namespace can only be written into a scalar")
                            }
                            set(&value)
                        }
                    } catch {
                        throw TransformFailure(error, resource)
                    }
                }
            }
            let twins = list.twins(of: index)
            if twins.count > 1 {
                let others = twins.filter { $0 != index }.map { list[$0].originalID.description }.joined(
                    separator: ", ")
                throw TransformFailure(
                    "namespace `\(namespace)` gives \(list[index].originalID) the same identity as \(others)",
                    at: list[index].origin,
                    cure: "rename one of them, or keep them in separate kustomizations")
            }
        }
    }

    /// Rules that stand in code here, whatever the specifications say.
    private static func isHandledHere(_ spec: FieldSpec) -> Bool {
        spec.path == "metadata/namespace"
            || (spec.path == "subjects/namespace"
                && (spec.type.kind == "RoleBinding" || spec.type.kind == "ClusterRoleBinding"))
            || (spec.path == "subjects" && (spec.type.kind == "RoleBinding" || spec.type.kind == "ClusterRoleBinding"))
    }

    private func set(_ value: inout Value) {
        if unsetOnly, let text = value.text, !value.isNull, !text.isEmpty { return }
        value.overwrite(namespace, kind: .string)
    }

    private func setOwnNamespace(_ value: inout Value) {
        _ = value.editObject { object in
            if object["metadata"]?.object == nil { object["metadata"] = .object(Object()) }
            _ = object.edit("metadata") { metadata in
                _ = metadata.editObject { set(&$0) }
            }
        }
    }

    private func set(_ object: inout Object) {
        if object.edit("namespace", { set(&$0) }) == nil { object["namespace"] = .string(namespace) }
    }

    private func setSubjects(_ value: inout Value) {
        if subjects == .none { return }
        _ = value.editObject { object in
            _ = object.edit("subjects") { subjects in
                _ = subjects.editArray { items in
                    for index in items.indices {
                        let matches =
                            self.subjects == .defaultOnly
                            ? items[index]["name"]?.text == "default" : items[index]["kind"]?.text == "ServiceAccount"
                        if matches { _ = items[index].editObject { set(&$0) } }
                    }
                }
            }
        }
    }
}
