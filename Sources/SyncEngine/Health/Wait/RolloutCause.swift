// Why a workload does not come up: followed from the workload down to the pod, and to the last words of the container
// that ended.

import KubernetesClient
import Manifest

/// What stands behind a rollout that does not get on.
struct RolloutCause: Sendable, Hashable {
    /// `pod web-5d9c-x2x: container web: ImagePullBackOff (…)`.
    var text: String
    var patience: PodTrouble.Patience
    /// The pod and the container whose log says more.
    var pod: ObjectReference?
    var log: PodTrouble.LogSource?
}

/// Looks for causes in the cluster. What it may not read it does without.
struct RolloutInspection: Sendable {
    let cluster: any KubernetesAPI

    private static let pods = APIResource(group: "", version: "v1", kind: "Pod", name: "pods", isNamespaced: true)
    private static let events = APIResource(group: "", version: "v1", kind: "Event", name: "events", isNamespaced: true)
    private static let replicaSets = APIResource(
        group: "apps", version: "v1", kind: "ReplicaSet", name: "replicasets", isNamespaced: true)

    /// The cause behind a workload that is not healthy; nil for what has no pods, or whose pods have no trouble to
    /// tell.
    func cause(of live: Value) async -> RolloutCause? {
        let object = KubernetesObject(live)
        if object.gvk.groupKind == Self.pod {
            return PodTrouble.found(in: live).map {
                RolloutCause(text: $0.text, patience: $0.patience, pod: object.reference, log: $0.log)
            }
        }
        guard Self.kinds.contains(object.gvk.groupKind), let selector = Self.selector(of: live) else { return nil }
        var owner = live
        if object.kind == "Deployment" {
            guard let set = await currentReplicaSet(of: live, selector) else { return nil }
            owner = set
            if let refused = Self.refusal(by: set) { return refused }
        }
        let uid = KubernetesObject(owner).uid
        let pods = await list(Self.pods, object.namespace, selector: selector).filter { Self.controller(of: $0) == uid }
        for pod in pods.sorted(by: { KubernetesObject($0).name < KubernetesObject($1).name }) {
            guard let trouble = PodTrouble.found(in: pod) else { continue }
            let reference = KubernetesObject(pod).reference
            return RolloutCause(
                text: "pod \(reference.name): \(trouble.text)", patience: trouble.patience, pod: reference,
                log: trouble.log)
        }
        return await causeInEvents(of: owner, pods)
    }

    /// The last line that is not empty, of what a container wrote.
    func lastWords(of cause: RolloutCause) async -> String? {
        guard let pod = cause.pod, let log = cause.log,
            let text = try? await cluster.log(of: pod, container: log.container, lines: 20, previous: log.isPrevious)
        else { return nil }
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            // A log may hold anything, and a terminal would obey it.
            String(line.unicodeScalars.filter { $0.properties.generalCategory != .control }.map(Character.init))
        }
        return lines.last { !$0.allSatisfy(\.isWhitespace) }.map { String($0.prefix(400)) }
    }

    private static let pod = GroupKind(group: "", kind: "Pod")

    private static let kinds: Set<GroupKind> = [
        GroupKind(group: "apps", kind: "DaemonSet"), GroupKind(group: "apps", kind: "Deployment"),
        GroupKind(group: "apps", kind: "ReplicaSet"), GroupKind(group: "apps", kind: "StatefulSet"),
        GroupKind(group: "batch", kind: "Job"),
    ]

    // MARK: From the workload to its pods

    /// The ReplicaSet of a Deployment's current template: pods of older ones say nothing about this rollout.
    private func currentReplicaSet(of deployment: Value, _ selector: String) async -> Value? {
        let object = KubernetesObject(deployment)
        let key = "deployment.kubernetes.io/revision"
        let sets = await list(Self.replicaSets, object.namespace, selector: selector).filter {
            Self.controller(of: $0) == object.uid
        }
        if let revision = object.annotation(key),
            let current = sets.first(where: { KubernetesObject($0).annotation(key) == revision })
        {
            return current
        }
        return sets.max { left, right in
            func revision(_ set: Value) -> Int { KubernetesObject(set).annotation(key).flatMap { Int($0) } ?? 0 }
            return revision(left) < revision(right)
        }
    }

    private static func refusal(by set: Value) -> RolloutCause? {
        guard let failure = set.condition("ReplicaFailure"), failure.status == "True" else { return nil }
        return RolloutCause(
            text: "ReplicaSet \(KubernetesObject(set).name): \(failure.text)", patience: .limited)
    }

    private static func controller(of object: Value) -> String? {
        let owners = object[path: "metadata", "ownerReferences"]?.array ?? []
        return (owners.first { $0["controller"]?.bool ?? false } ?? owners.first)?["uid"]?.string
    }

    private func list(_ resource: APIResource, _ namespace: String?, selector: String) async -> [Value] {
        (try? await cluster.list(resource, namespace: namespace, labelSelector: selector).items) ?? []
    }

    /// A selector in Kubernetes' own syntax.
    static func selector(of live: Value) -> String? {
        guard let selector = live[path: "spec", "selector"] else { return nil }
        var parts = (selector["matchLabels"]?.object?.entries ?? []).compactMap { entry in
            entry.value.scalar.map { "\(entry.key)=\($0.text)" }
        }
        for expression in selector["matchExpressions"]?.array ?? [] {
            let key = expression["key"]?.string ?? ""
            let values = (expression["values"]?.array ?? []).compactMap { $0.scalar?.text }.joined(separator: ",")
            switch expression["operator"]?.string {
            case "In"?: parts.append("\(key) in (\(values))")
            case "NotIn"?: parts.append("\(key) notin (\(values))")
            case "Exists"?: parts.append(key)
            case "DoesNotExist"?: parts.append("!\(key)")
            default: return nil
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ",")
    }

    // MARK: Events

    /// What only events tell: probes that fail, and pods that the server refuses to a StatefulSet, a DaemonSet or a
    /// Job.
    private func causeInEvents(of owner: Value, _ pods: [Value]) async -> RolloutCause? {
        if pods.isEmpty {
            guard let event = await lastEvent(about: owner, reasons: ["FailedCreate"]) else { return nil }
            return RolloutCause(text: "FailedCreate: \(event)", patience: .limited)
        }
        for pod in pods where pod.condition("Ready")?.status != "True" {
            guard let event = await lastEvent(about: pod, reasons: ["Unhealthy", "FailedMount", "FailedAttachVolume"])
            else { continue }
            let reference = KubernetesObject(pod).reference
            return RolloutCause(text: "pod \(reference.name): \(event)", patience: .unlimited, pod: reference)
        }
        return nil
    }

    private func lastEvent(about object: Value, reasons: Set<String>) async -> String? {
        guard let uid = KubernetesObject(object).uid,
            let events = try? await cluster.list(
                Self.events, namespace: KubernetesObject(object).namespace, labelSelector: nil,
                fieldSelector: "involvedObject.uid=\(uid)")
        else { return nil }
        func time(_ event: Value) -> String {
            event["lastTimestamp"]?.scalar?.text ?? event["eventTime"]?.scalar?.text ?? ""
        }
        let told = events.items.filter { event in
            event[path: "involvedObject", "uid"]?.string == uid && reasons.contains(event["reason"]?.string ?? "")
        }
        return told.max { time($0) < time($1) }?["message"]?.string
    }
}
