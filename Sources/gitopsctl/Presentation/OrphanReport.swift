// What stands in an application's namespaces and belongs to nobody: no application delivers it, and nothing owns it.

import Manifest
import Reconciler
import SyncEngine

struct OrphanReport: Sendable {
    /// The objects, by namespace, kind and name.
    var objects: [ObjectReference]

    /// - Parameter objects: all that is in the namespaces.
    init(of objects: [Value]) {
        self.objects = objects.filter(Self.isOrphan).map { KubernetesObject($0).reference }
            .sorted { ($0.namespace ?? "", $0.kind, $0.name) < ($1.namespace ?? "", $1.kind, $1.name) }
    }

    /// Kinds that clusters, and not people, fill.
    static let made: Set<GroupKind> = [
        GroupKind(group: "", kind: "Endpoints"), GroupKind(group: "", kind: "Event"),
        GroupKind(group: "events.k8s.io", kind: "Event"),
        GroupKind(group: "discovery.k8s.io", kind: "EndpointSlice"),
        GroupKind(group: "coordination.k8s.io", kind: "Lease"),
        GroupKind(group: "apps", kind: "ControllerRevision"), GroupKind(group: "metrics.k8s.io", kind: "PodMetrics"),
        GroupKind(group: "cilium.io", kind: "CiliumEndpoint"),
    ]

    static func isOrphan(_ value: Value) -> Bool {
        let object = KubernetesObject(value)
        // A member of a set, be it ours or another tool's, its parent, and what a hook has left.
        for label in [Vocabulary.partOf, Vocabulary.applySetID, Vocabulary.hookOf] where object.label(label) != nil {
            return false
        }
        if value[path: "metadata", "ownerReferences"]?.isEmpty == false { return false }
        if value[path: "metadata", "deletionTimestamp"] != nil { return false }
        switch (object.gvk.group, object.kind) {
        case (Application.group, _): return false
        case ("", "ConfigMap"): return !["kube-root-ca.crt", "openshift-service-ca.crt"].contains(object.name)
        case ("", "ServiceAccount"): return object.name != "default"
        case ("", "Secret"):
            return !["kubernetes.io/service-account-token", "helm.sh/release.v1"].contains(value["type"]?.string ?? "")
        // What a StatefulSet makes of its templates names no owner.
        case ("", "PersistentVolumeClaim"): return false
        case ("", "Service"): return !(object.name == "kubernetes" && object.namespace == "default")
        default: return !made.contains(object.gvk.groupKind)
        }
    }

    func lines(application: String, namespaces: Set<String>, width: Int) -> [InkedLine] {
        let places = namespaces.sorted().joined(separator: ", ")
        var heading = InkedLine(application, .strong)
        heading.append(
            "  \(objects.isEmpty ? "no" : "\(objects.count)") orphan\(objects.count == 1 ? "" : "s") in \(places)",
            .quiet)
        return [heading.clipped(to: width)]
            + objects.map { InkedLine("  " + TextWidth.shortened("\($0)", to: width - 2)) }
    }

    func document(application: String, namespaces: Set<String>) -> Value {
        Documents.object([
            ("application", .string(application)), ("namespaces", .array(namespaces.sorted().map(Value.string))),
            ("orphans", .array(objects.map { Documents.object(Documents.reference($0)) })),
        ])
    }
}
