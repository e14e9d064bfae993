// Who may do what: the Roles and bindings of the cluster, read once and kept until one of them changes.

import Manifest

/// RBAC at one moment.
struct AccessPolicy: Sendable {
    /// The members of this group may do everything, whatever the bindings say.
    static let superusers = "system:masters"

    private struct Subject: Sendable {
        var kind: String
        var name: String
        var namespace: String

        func isMet(by user: User) -> Bool {
            switch kind {
            case "User": user.name == name
            case "Group": user.groups.contains(name)
            case "ServiceAccount": user.name == "system:serviceaccount:\(namespace):\(name)"
            default: false
            }
        }

        var text: String {
            kind == "ServiceAccount" ? "ServiceAccount \(quoted("\(name)/\(namespace)"))" : "\(kind) \(quoted(name))"
        }
    }

    private struct Binding: Sendable {
        var name: String
        var namespace: String?
        var roleKind: String
        var roleName: String
        var subjects: [Subject]
    }

    private var clusterRoles: [String: [PolicyRule]] = [:]
    private var roles: [ObjectKey: [PolicyRule]] = [:]
    private var clusterBindings: [Binding] = []
    private var bindings: [String: [Binding]] = [:]

    private static let group = "rbac.authorization.k8s.io"

    init(_ store: ObjectStore) {
        func objects(_ plural: String) -> [StoredObject] {
            store.objects(GroupResource(group: Self.group, resource: plural)).objects
        }
        for role in objects("clusterroles") { clusterRoles[role.key.name] = Self.rules(role.value) }
        for role in objects("roles") { roles[role.key] = Self.rules(role.value) }
        clusterBindings = objects("clusterrolebindings").map { Self.binding($0, namespace: nil) }
        for binding in objects("rolebindings") {
            bindings[binding.key.namespace, default: []].append(Self.binding(binding, namespace: binding.key.namespace))
        }
    }

    static func rules(_ role: Value) -> [PolicyRule] { (role["rules"]?.array ?? []).map(PolicyRule.init) }

    private static func binding(_ object: StoredObject, namespace: String?) -> Binding {
        let value = object.value
        return Binding(
            name: object.key.name, namespace: namespace, roleKind: value[path: "roleRef", "kind"]?.string ?? "",
            roleName: value[path: "roleRef", "name"]?.string ?? "",
            subjects: (value["subjects"]?.array ?? []).map {
                Subject(
                    kind: $0["kind"]?.string ?? "", name: $0["name"]?.string ?? "",
                    namespace: $0["namespace"]?.string ?? namespace ?? "")
            })
    }

    // MARK: Answers

    /// Whether something is allowed; if so, by what, in the real server's words.
    func reason(toAllow attributes: AccessAttributes) -> String? {
        if attributes.user.groups.contains(Self.superusers) { return "" }
        for (binding, subject) in applying(to: attributes.user, in: attributes.namespace) {
            guard rules(of: binding).contains(where: { $0.allows(attributes) }) else { continue }
            let kind = binding.namespace == nil ? "ClusterRoleBinding" : "RoleBinding"
            let name = binding.namespace.map { "\(binding.name)/\($0)" } ?? binding.name
            return
                "RBAC: allowed by \(kind) \(quoted(name)) of \(binding.roleKind) \(quoted(binding.roleName)) to \(subject.text)"
        }
        return nil
    }

    /// Everything that somebody may do in a namespace.
    func rules(for user: User, in namespace: String) -> [PolicyRule] {
        applying(to: user, in: namespace).flatMap { rules(of: $0.binding) }
    }

    /// The rules of a role that a binding names.
    func rules(roleKind: String, name: String, namespace: String) -> [PolicyRule]? {
        roleKind == "ClusterRole" ? clusterRoles[name] : roles[ObjectKey(namespace: namespace, name: name)]
    }

    private func rules(of binding: Binding) -> [PolicyRule] {
        rules(roleKind: binding.roleKind, name: binding.roleName, namespace: binding.namespace ?? "") ?? []
    }

    private func applying(to user: User, in namespace: String) -> [(binding: Binding, subject: Subject)] {
        let inNamespace = namespace.isEmpty ? [] : bindings[namespace] ?? []
        return (clusterBindings + inNamespace).compactMap { binding in
            binding.subjects.first { $0.isMet(by: user) }.map { (binding, $0) }
        }
    }
}

extension KubernetesAPIServer {
    /// - Throws: 403 when the bindings of the cluster do not allow it.
    func authorize(_ attributes: AccessAttributes) throws(StatusError) {
        if attributes.user.groups.contains(AccessPolicy.superusers) { return }
        if accessPolicy.reason(toAllow: attributes) == nil { throw attributes.refusal }
    }

    // MARK: Nobody gives away what he does not have

    /// Holds a Role or a binding that is to be written against what its writer may do.
    /// - Throws: 403 for rules that the writer does not hold.
    func checkEscalation(_ value: Value, _ old: Value?, _ call: ResourceRequest) throws(StatusError) {
        guard call.resource.group == "rbac.authorization.k8s.io", !call.user.groups.contains(AccessPolicy.superusers)
        else {
            return
        }
        let namespace = call.namespace ?? ""
        let granted: [PolicyRule]
        let waiver: AccessAttributes
        switch call.resource.kind {
        case "Role", "ClusterRole":
            if old?["rules"] == value["rules"] { return }
            granted = AccessPolicy.rules(value)
            waiver = AccessAttributes(
                user: call.user, verb: "escalate", group: call.resource.group, resource: call.resource.plural,
                namespace: namespace, name: call.key.name)
        case "RoleBinding", "ClusterRoleBinding":
            if old?["roleRef"] == value["roleRef"], old?["subjects"] == value["subjects"] { return }
            let kind = value[path: "roleRef", "kind"]?.string ?? ""
            let name = value[path: "roleRef", "name"]?.string ?? ""
            let plural = kind == "ClusterRole" ? "clusterroles" : "roles"
            waiver = AccessAttributes(
                user: call.user, verb: "bind", group: call.resource.group, resource: plural, namespace: namespace,
                name: name)
            if accessPolicy.reason(toAllow: waiver) != nil { return }
            guard let rules = accessPolicy.rules(roleKind: kind, name: name, namespace: namespace) else {
                throw .notFound(GroupResource(group: call.resource.group, resource: plural), name)
            }
            granted = rules
        default: return
        }
        if accessPolicy.reason(toAllow: waiver) != nil { return }
        let held = accessPolicy.rules(for: call.user, in: namespace)
        let missing = granted.filter { rule in !rule.atoms.allSatisfy { atom in held.contains { $0.covers(atom) } } }
        guard missing.isEmpty else {
            let groups = call.user.groups.map { quoted($0) }.joined(separator: " ")
            throw .forbidden(
                call.groupResource, value[path: "metadata", "name"]?.string ?? "",
                "user \(quoted(call.user.name)) (groups=[\(groups)]) is attempting to grant RBAC permissions not currently held:\n"
                    + missing.map(\.text).joined(separator: "\n"))
        }
    }
}
