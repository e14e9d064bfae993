// Whether an object does what it is there for.

package import Manifest

/// The health of one object, with the reason in the user's words.
package struct Health: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable {
        case healthy, progressing, degraded, suspended
    }

    package var status: Status
    /// `2 of 3 replicas are available`; empty where there is nothing to say.
    package var message: String
    /// Whether no waiting will make it better: a failed Job stays failed.
    package var isFinal: Bool
    /// Whether a sync waits for it. A volume claim that binds at its first use holds nobody back.
    package var isAwaited: Bool

    package init(_ status: Status, _ message: String = "", isFinal: Bool = false, isAwaited: Bool = true) {
        self.status = status
        self.message = message
        self.isFinal = isFinal
        self.isAwaited = isAwaited
    }

    package static let healthy = Health(.healthy)
    package static func progressing(_ message: String) -> Health { Health(.progressing, message) }
    package static func degraded(_ message: String, isFinal: Bool = false) -> Health {
        Health(.degraded, message, isFinal: isFinal)
    }
    package static func suspended(_ message: String) -> Health { Health(.suspended, message) }

    /// Whether a wait for this object is over.
    package var isSettled: Bool {
        switch status {
        case .healthy, .suspended: true
        case .progressing: !isAwaited
        case .degraded: isFinal || !isAwaited
        }
    }
}

extension Health {
    /// The health of a live object, by the rule of its kind.
    package init(of live: Value) {
        let object = KubernetesObject(live)
        if live[path: "metadata", "deletionTimestamp"] != nil {
            let finalizers = live[path: "metadata", "finalizers"]?.array?.compactMap(\.string) ?? []
            self = .progressing(
                finalizers.isEmpty ? "being deleted" : "being deleted, waits for \(finalizers.joined(separator: ", "))")
            return
        }
        if let generation = live[path: "metadata", "generation"]?.int,
            let observed = live[path: "status", "observedGeneration"]?.int, observed < generation
        {
            self = .progressing("the change is not observed yet")
            return
        }
        self = Self.rules[object.gvk.groupKind]?(live) ?? Self.ofAnyKind(live)
    }

    private static let rules: [GroupKind: @Sendable (Value) -> Health] = [
        GroupKind(group: "apps", kind: "Deployment"): ofDeployment,
        GroupKind(group: "apps", kind: "StatefulSet"): ofStatefulSet,
        GroupKind(group: "apps", kind: "DaemonSet"): ofDaemonSet,
        GroupKind(group: "apps", kind: "ReplicaSet"): ofReplicaSet,
        GroupKind(group: "", kind: "ReplicationController"): ofReplicaSet,
        GroupKind(group: "", kind: "Pod"): ofPod,
        GroupKind(group: "", kind: "PersistentVolumeClaim"): ofPersistentVolumeClaim,
        GroupKind(group: "", kind: "Namespace"): ofNamespace,
        GroupKind(group: "", kind: "Service"): ofService,
        GroupKind(group: "batch", kind: "Job"): ofJob,
        GroupKind(group: "batch", kind: "CronJob"): ofCronJob,
        GroupKind(group: "autoscaling", kind: "HorizontalPodAutoscaler"): ofHorizontalPodAutoscaler,
        GroupKind(group: "networking.k8s.io", kind: "Ingress"): ofIngress,
        GroupKind(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition"): ofCustomResourceDefinition,
        GroupKind(group: "apiregistration.k8s.io", kind: "APIService"): ofAPIService,
    ]
}

/// A condition of `status.conditions`.
struct Condition {
    var status: String
    var reason: String
    var message: String

    /// The reason and the message as one text.
    var text: String {
        switch (reason.isEmpty, message.isEmpty) {
        case (false, false): "\(reason): \(message)"
        case (false, true): reason
        default: message
        }
    }
}

extension Value {
    func condition(_ type: String) -> Condition? {
        let found = self[path: "status", "conditions"]?.array?.first { $0["type"]?.string == type }
        return found.map {
            Condition(
                status: $0["status"]?.string ?? "Unknown", reason: $0["reason"]?.string ?? "",
                message: $0["message"]?.string ?? "")
        }
    }

    func count(_ path: String...) -> Int? {
        var current: Value? = self
        for key in path { current = current?[key] }
        return current?.int
    }
}
