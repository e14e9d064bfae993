// Membership by KEP-3659: a parent object names the set, every member carries the set's id as a label.

package import Manifest

/// An ApplySet: the parent that stands for it, and the id that its members carry.
package struct ApplySet: Sendable, Hashable {
    package var parent: ObjectReference
    package var id: String

    package init(parent: ObjectReference) {
        self.parent = parent
        let text = [parent.name, parent.namespace ?? "", parent.gvk.kind, parent.gvk.group].joined(separator: ".")
        id = "applyset-" + Base64.encodeForURL(SHA256.digest(Array(text.utf8))) + "-v1"
    }

    /// The set whose parent is a ConfigMap, for clusters without a controller.
    package init(configMap name: String, namespace: String) {
        self.init(
            parent: ObjectReference(
                gvk: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"), namespace: namespace, name: name))
    }

    /// The selector of the members.
    package var selector: String { "\(Vocabulary.partOf)=\(id)" }
}

/// What a parent says of its set: the kinds and namespaces where members may be.
package struct ApplySetScope: Sendable, Hashable {
    package var groupKinds: Set<GroupKind>
    /// Namespaces beside the parent's own.
    package var namespaces: Set<String>

    package init(groupKinds: Set<GroupKind> = [], namespaces: Set<String> = []) {
        self.groupKinds = groupKinds
        self.namespaces = namespaces
    }

    /// Reads the annotations of a parent.
    package init(of parent: Value) {
        let object = KubernetesObject(parent)
        let kinds = object.annotation(Vocabulary.containsGroupKinds) ?? ""
        groupKinds = Set(kinds.split(separator: ",").map { GroupKind(applySetName: String($0)) })
        let spaces = object.annotation(Vocabulary.additionalNamespaces) ?? ""
        namespaces = Set(spaces.split(separator: ",").map(String.init))
    }

    package func covers(_ other: ApplySetScope) -> Bool {
        groupKinds.isSuperset(of: other.groupKinds) && namespaces.isSuperset(of: other.namespaces)
    }

    package func union(_ other: ApplySetScope) -> ApplySetScope {
        ApplySetScope(
            groupKinds: groupKinds.union(other.groupKinds), namespaces: namespaces.union(other.namespaces))
    }

    /// The parent to apply, which says this and no more.
    ///
    /// - Parameter hooks: the digest of the hooks that the last successful sync ran; empty for none.
    func parent(of set: ApplySet, tooling: String, hooks: String = "") -> Value {
        var metadata = Object()
        metadata["name"] = .string(set.parent.name)
        if let namespace = set.parent.namespace { metadata["namespace"] = .string(namespace) }
        metadata["labels"] = .object([Vocabulary.applySetID: .string(set.id)])
        metadata["annotations"] = .object([
            Vocabulary.tooling: .string(tooling),
            Vocabulary.containsGroupKinds: .string(groupKinds.map(\.description).sorted().joined(separator: ",")),
            Vocabulary.additionalNamespaces: .string(namespaces.sorted().joined(separator: ",")),
        ])
        if !hooks.isEmpty { metadata["annotations"]?[Vocabulary.hooks] = .string(hooks) }
        return .object([
            "apiVersion": .string(set.parent.gvk.apiVersion), "kind": .string(set.parent.gvk.kind),
            "metadata": .object(metadata),
        ])
    }
}

extension GroupKind {
    /// Reads `Deployment.apps`, and `Service` for the core group.
    fileprivate init(applySetName text: String) {
        let parts = text.split(separator: ".", maxSplits: 1)
        self.init(group: parts.count > 1 ? String(parts[1]) : "", kind: parts.first.map(String.init) ?? "")
    }
}
