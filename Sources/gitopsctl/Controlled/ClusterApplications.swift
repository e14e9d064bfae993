// The Applications of a cluster, as its API has them: found by name, with what their controller says of them.

import KubernetesClient
import Manifest
import Reconciler
import SyncEngine

/// An Application of the cluster.
struct ClusterApplication: Sendable {
    var value: Value
    /// What it says, where that can be read.
    var application: Result<Application, DiagnosticsError>
    var status: ReportedStatus

    init(_ value: Value) {
        self.value = value
        application = Result { () throws(DiagnosticsError) in try Application(value, source: nil) }
        status = ReportedStatus(value)
    }

    var reference: ObjectReference { KubernetesObject(value).reference }
    var name: String { reference.name }
    var namespace: String { reference.namespace ?? Application.defaultNamespace }
    var applySet: ApplySet { ApplySet(parent: reference) }
    var created: String? { value[path: "metadata", "creationTimestamp"]?.string }
    var isSuspended: Bool { value[path: "spec", "suspend"]?.bool ?? false }
    /// Whether another application delivers it, and may change back what is changed here.
    var isMember: Bool { KubernetesObject(value).label(Vocabulary.partOf) != nil }
}

/// Looks for Applications where the user may and means to.
struct ClusterApplications: Sendable {
    let api: any KubernetesAPI
    /// The namespace that the user named; nil for any.
    var namespace: String?
    /// That of the context: whoever may not look into all namespaces looks into this one, and of two applications of a
    /// name the one in it is meant.
    var contextNamespace: String

    /// The Application of a name; nil where the cluster has none, or does not know the kind.
    ///
    /// - Throws: also where several have the name.
    func find(_ name: String) async throws(DiagnosticsError) -> ClusterApplication? {
        try only(of: try await values(Application.kind, name), name)
    }

    /// The same, and nil where the user may not look: whoever may not is asked for nothing by it.
    ///
    /// - Throws: where several have the name, and where the cluster does not say whether it has one.
    func findWhereAllowed(_ name: String) async throws(DiagnosticsError) -> ClusterApplication? {
        let values: [Value]
        do throws(KubernetesError) {
            values = try await listed(Application.kind, name)
        } catch {
            if error.isForbidden { return nil }
            throw DiagnosticsError([error.diagnostic()])
        }
        return try only(of: values, name)
    }

    private func only(of values: [Value], _ name: String) throws(DiagnosticsError) -> ClusterApplication? {
        let found = nearest(of: values).map(ClusterApplication.init)
        if found.count > 1 {
            let namespaces = found.map(\.namespace).sorted()
            throw DiagnosticsError(
                "the cluster has \(found.count) applications called \(name), in \(namespaces.joined(separator: ", "))",
                cure: "Name the namespace of the one that you mean: -n \(namespaces[0])")
        }
        return found.first
    }

    /// The Application of a name, which has to be there.
    ///
    /// - Throws: where there is none, with what may have been meant.
    func require(_ name: String) async throws(DiagnosticsError) -> ClusterApplication {
        if let found = try await find(name) { return found }
        let all = try await all()
        let place = namespace.map { "in the namespace \($0) of the cluster" } ?? "in the cluster"
        let cure: String
        if let nearest = NearestName.find(name, among: all.map(\.name), slips: 1) {
            cure = "Did you mean \(nearest)?"
        } else if all.isEmpty {
            cure = "Create it with gitopsctl create \(name) --repo … --path …"
        } else {
            let names = all.map(\.name)
            cure = "There are \(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? ", …" : "")"
        }
        throw DiagnosticsError("there is no application \(name) \(place)", cure: cure)
    }

    /// All of them, by namespace and name.
    func all() async throws(DiagnosticsError) -> [ClusterApplication] {
        try await values(Application.kind, nil).map(ClusterApplication.init).sorted {
            ($0.namespace, $0.name) < ($1.namespace, $1.name)
        }
    }

    /// Of several Applications of one name, the one in the context's namespace, where there is one.
    func nearest(of values: [Value]) -> [Value] {
        values.count > 1
            ? values.first { KubernetesObject($0).namespace == contextNamespace }.map { [$0] } ?? values : values
    }

    /// The objects of one of our kinds; none where it is not served.
    func values(_ kind: String, _ name: String?) async throws(DiagnosticsError) -> [Value] {
        do throws(KubernetesError) {
            return try await listed(kind, name)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }

    private func listed(_ kind: String, _ name: String?) async throws(KubernetesError) -> [Value] {
        let kind = GroupVersionKind(group: Application.group, version: Application.version, kind: kind)
        guard let resource = try await api.discovery(refresh: false).resource(for: kind) else { return [] }
        let selector = name.map { "metadata.name=\($0)" }
        do throws(KubernetesError) {
            return try await api.list(resource, namespace: namespace, labelSelector: nil, fieldSelector: selector).items
        } catch {
            guard error.isForbidden, namespace == nil else { throw error }
            return try await api.list(
                resource, namespace: contextNamespace, labelSelector: nil, fieldSelector: selector
            ).items
        }
    }
}
