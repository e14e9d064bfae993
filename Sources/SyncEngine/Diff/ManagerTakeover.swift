// Objects that another tool applied before: its field ownership becomes ours, so that a field removed from Git later
// goes from the cluster, too. The rule is that of client-go's csaupgrade, for more tools.

package import Manifest

package enum ManagerTakeover {
    /// Managers of tools that apply whole manifests, whose place we take when we adopt an object.
    private static let tools: Set<String> = [
        "kubectl-client-side-apply", "kubectl", "argocd-controller", "argocd-application-controller",
        "kustomize-controller", "helm-controller", "helm", "flux", "before-first-apply",
    ]

    /// The entries of an object that a manager who has none of an apply would take over: those of tools, and what it wrote
    /// itself in other ways.
    static func candidates(
        among entries: [ManagedFieldsEntry], apiVersion: String, manager: String
    ) -> [ManagedFieldsEntry] {
        entries.filter { entry in
            (tools.contains(entry.manager) || entry.manager == manager) && entry.subresource.isEmpty
                && entry.apiVersion == apiVersion
        }
    }

    /// The merge patch that makes their entries ours, valid for exactly this state of the object; nil when there is
    /// nothing to take.
    package static func patch(of live: Value, manager: String) -> Value? {
        let entries = ManagedFields(of: live).entries
        let apiVersion = live["apiVersion"]?.string ?? ""
        guard !entries.contains(where: { $0.manager == manager && $0.operation == .apply && $0.subresource.isEmpty })
        else { return nil }
        let taken = candidates(among: entries, apiVersion: apiVersion, manager: manager)
        guard !taken.isEmpty, let version = KubernetesObject(live).resourceVersion else { return nil }
        var own = ManagedFieldsEntry(
            manager: manager, operation: .apply, apiVersion: apiVersion, time: taken.compactMap(\.time).max(),
            fields: FieldSet())
        for entry in taken { own.fields = own.fields.union(entry.fields) }
        let kept = entries.filter { !taken.contains($0) }
        return [
            "metadata": [
                "resourceVersion": .string(version), "managedFields": ManagedFields([own] + kept).value,
            ]
        ]
    }
}
