// Objects that another tool applied before: its field ownership becomes ours, so that a field removed from Git later
// goes from the cluster, too. The rule is that of client-go's csaupgrade, for more tools, and for entries of API
// versions that are served no longer: a server forgets those at the next write, and their fields would be nobody's.

package import Manifest

package enum ManagerTakeover {
    /// Managers of tools that apply whole manifests, whose place we take when we adopt an object.
    private static let tools: Set<String> = [
        "kubectl-client-side-apply", "kubectl", "argocd-controller", "argocd-application-controller",
        "kustomize-controller", "helm-controller", "helm", "flux", "before-first-apply",
    ]

    /// What becomes ours: an entry, and what it says in the version that the object is read in.
    struct Taken: Sendable {
        var entry: ManagedFieldsEntry
        var fields: FieldSet
    }

    /// Our own entry of an apply, as far as the server still understands it.
    static func own(of live: Value, manager: String, served: Set<String>?) -> ManagedFieldsEntry? {
        ManagedFields(of: live).entries.first { entry in
            entry.manager == manager && entry.operation == .apply && entry.subresource.isEmpty
                && !isForgotten(entry, live, served)
        }
    }

    /// The entries that become ours: what we wrote otherwise than by an apply, or in a version that is gone; and, until
    /// we have an entry of our own, those of tools.
    ///
    /// - Parameter served: the versions of the kind that the server serves, as `apiVersion` spells them; nil for all.
    static func taken(of live: Value, manager: String, served: Set<String>?) -> [Taken] {
        let own = own(of: live, manager: manager, served: served)
        let apiVersion = live["apiVersion"]?.string ?? ""
        return ManagedFields(of: live).entries.compactMap { entry in
            let isTheirs = own == nil && tools.contains(entry.manager)
            guard entry != own, entry.subresource.isEmpty, isTheirs || entry.manager == manager else { return nil }
            if entry.apiVersion == apiVersion { return Taken(entry: entry, fields: entry.fields) }
            guard isForgotten(entry, live, served) else { return nil }
            // Another version may have named a field otherwise: what the object has not is not claimed.
            return Taken(entry: entry, fields: FieldSet(entry.fields.paths.filter { live.holds($0.elements[...]) }))
        }
    }

    private static func isForgotten(_ entry: ManagedFieldsEntry, _ live: Value, _ served: Set<String>?) -> Bool {
        guard let served, entry.apiVersion != live["apiVersion"]?.string else { return false }
        return !served.contains(entry.apiVersion)
    }

    /// The merge patch that makes their entries ours, valid for exactly this state of the object; nil when there is
    /// nothing to take.
    package static func patch(of live: Value, manager: String, served: Set<String>? = nil) -> Value? {
        let taken = taken(of: live, manager: manager, served: served)
        guard !taken.isEmpty, let version = KubernetesObject(live).resourceVersion else { return nil }
        let before = own(of: live, manager: manager, served: served)
        // Only fields of the same version can be joined.
        let apiVersion = live["apiVersion"]?.string ?? ""
        if let before, before.apiVersion != apiVersion { return nil }
        var own =
            before
            ?? ManagedFieldsEntry(
                manager: manager, operation: .apply, apiVersion: apiVersion, time: taken.compactMap(\.entry.time).max(),
                fields: FieldSet())
        for part in taken { own.fields = own.fields.union(part.fields) }
        let kept = ManagedFields(of: live).entries.filter { entry in
            entry != before && !taken.contains { $0.entry == entry }
        }
        return [
            "metadata": [
                "resourceVersion": .string(version), "managedFields": ManagedFields([own] + kept).value,
            ]
        ]
    }
}

extension Value {
    /// Whether there is something at the end of a path.
    fileprivate func holds(_ path: ArraySlice<PathElement>) -> Bool {
        guard let element = path.first else { return true }
        if let name = element.fieldName { return self[name]?.holds(path.dropFirst()) ?? false }
        let items = array ?? []
        return items.indices.contains { element.names(items[$0], at: $0) && items[$0].holds(path.dropFirst()) }
    }
}
