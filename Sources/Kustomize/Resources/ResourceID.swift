// What tells one resource of a build from another.

import Manifest

/// Group, version, kind, name and effective namespace: two resources with equal ids cannot stand in one build.
struct ResourceID: Hashable, Sendable {
    var group: String
    var version: String
    var kind: String
    var name: String
    /// `_non_namespaceable_` for cluster-scoped kinds, `default` for none, else the namespace as written.
    var namespace: String

    static let clusterScope = "_non_namespaceable_"

    var isClusterScoped: Bool { namespace == Self.clusterScope }
    var gvk: GroupVersionKind { GroupVersionKind(group: group, version: version, kind: kind) }

    /// Group and version tell next to nothing apart that these do not.
    func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(namespace)
        hasher.combine(kind)
    }
}

extension ResourceID: CustomStringConvertible {
    /// `apps/v1 Deployment web`, with `in shop` where there is a namespace.
    var description: String {
        let type = version.isEmpty ? kind : "\(gvk)"
        let place = isClusterScoped || namespace == "default" ? "" : " in \(namespace)"
        return "\(type) \(name)\(place)"
    }
}

/// What a resource was called before a transformer renamed it. Group and version of an earlier id are always the
/// current ones.
struct EarlierID: Hashable, Sendable {
    var name: String
    /// The effective namespace.
    var namespace: String
    var kind: String
}

/// A pattern for types: an empty part matches anything.
struct TypeFilter: Hashable, Sendable {
    var group = ""
    var version = ""
    var kind = ""

    func selects(group: String, version: String, kind: String) -> Bool {
        (self.kind.isEmpty || self.kind == kind) && (self.group.isEmpty || self.group == group)
            && (self.version.isEmpty || self.version == version)
    }

    func selects(_ id: ResourceID) -> Bool { selects(group: id.group, version: id.version, kind: id.kind) }
    func selects(_ type: TypeFilter) -> Bool { selects(group: type.group, version: type.version, kind: type.kind) }
}

/// Which kinds have no namespace.
struct KindScopes: Sendable {
    /// `apiVersion kind` of every cluster-scoped type.
    private let clusterScoped: Set<String>
    /// What a schema of the user's own adds to the built-in table.
    private var added: Set<String> = []

    static let builtIn = KindScopes()

    private init() {
        clusterScoped = Set(BuiltInTables.clusterScopedKinds.pieces(at: UInt8(ascii: "\n")).map(String.init))
    }

    /// The built-in table with the cluster-scoped types that a custom schema names (`apiVersion kind`).
    func adding(_ types: Set<String>) -> KindScopes {
        var copy = self
        copy.added.formUnion(types)
        return copy
    }

    /// True only where it is certain; an unknown kind counts as namespaced.
    func isClusterScoped(apiVersion: String, kind: String) -> Bool {
        let key = "\(apiVersion) \(kind)"
        return clusterScoped.contains(key) || (!added.isEmpty && added.contains(key))
    }
}
