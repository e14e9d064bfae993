// An object under examination, and the pods that it makes.

import Manifest

struct Subject {
    let object: KubernetesObject
    let kind: GroupVersionKind
    /// Empty for what belongs to no namespace.
    let namespace: String
    let name: String
    let root: Field
    /// Of workloads and of bare pods.
    let pod: PodTemplate?

    init(_ object: KubernetesObject, namespace: String) {
        self.object = object
        kind = object.gvk
        self.namespace = namespace
        name = object.name
        root = Field(object.value, position: object.value.object?.position(of: "kind") ?? .unknown)
        pod = PodTemplate(of: kind.groupKind, root)
    }

    /// The object as a finding names it: with its own namespace, not with one that it takes on elsewhere.
    var reference: ObjectReference { object.reference }
    /// `Deployment web`.
    var title: String { "\(kind.kind) \(name)" }

    /// Whether SOPS has encrypted it: what it holds is not what a cluster gets.
    var isEncryptedWhole: Bool { root[path: "sops", "mac"] != nil }

    func has(_ group: String, _ kind: String) -> Bool { self.kind.kind == kind && self.kind.group == group }

    /// Whether an operator reads it rather than Kubernetes itself.
    var isCustom: Bool {
        kind.group.contains(".") && !kind.group.hasSuffix(".k8s.io") && kind.group != "apiextensions.k8s.io"
    }

    /// Whether it is a workload whose controller finds its pods by `spec.selector`.
    var ownsPodsBySelector: Bool {
        switch (kind.group, kind.kind) {
        case ("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("apps", "ReplicaSet"),
            ("", "ReplicationController"):
            true
        default: false
        }
    }

    /// How many pods it asks for; nil for what does not say it in a number.
    var replicas: Int? {
        switch kind.kind {
        case "Deployment", "StatefulSet", "ReplicaSet", "ReplicationController":
            root[path: "spec", "replicas"].map { $0.int ?? 1 } ?? 1
        case "Pod": 1
        default: nil
        }
    }
}

/// The pods that an object makes.
struct PodTemplate {
    let labels: KnownLabels
    /// Where its labels stand, or the template itself.
    let template: Field
    let spec: Field
    /// Whether its pods are to end by themselves.
    let endsByItself: Bool

    init?(of kind: GroupKind, _ root: Field) {
        let template: Field?
        var open: Set<String> = []
        switch (kind.group, kind.kind) {
        case ("", "Pod"): template = root
        case ("apps", "Deployment"), ("apps", "ReplicaSet"), ("", "ReplicationController"), ("apps", "DaemonSet"):
            template = root[path: "spec", "template"]
            open = ["pod-template-hash", "controller-revision-hash"]
        case ("apps", "StatefulSet"):
            template = root[path: "spec", "template"]
            open = ["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "controller-revision-hash"]
        case ("batch", "Job"):
            template = root[path: "spec", "template"]
            open = Self.jobLabels
        case ("batch", "CronJob"):
            template = root[path: "spec", "jobTemplate", "spec", "template"]
            open = Self.jobLabels
        default: template = nil
        }
        guard let template, let spec = template["spec"] else { return nil }
        self.template = template
        self.spec = spec
        labels = KnownLabels(labels: template[path: "metadata", "labels"]?.texts ?? [:], open: open)
        endsByItself =
            kind.group == "batch" || ["OnFailure", "Never"].contains(spec["restartPolicy"]?.string ?? "Always")
    }

    private static let jobLabels: Set<String> = [
        "job-name", "batch.kubernetes.io/job-name", "controller-uid", "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
    ]

    var containers: [Field] { spec["containers"]?.items ?? [] }
    var initContainers: [Field] { spec["initContainers"]?.items ?? [] }
    var allContainers: [Field] { initContainers + containers }

    /// Containers that run as long as the pod does: init containers that restart among them.
    var lastingContainers: [Field] { initContainers.filter { $0["restartPolicy"]?.string == "Always" } + containers }

    /// The ports that containers name or number.
    var ports: [(name: String?, number: Int)] {
        lastingContainers.flatMap { $0["ports"]?.items ?? [] }.compactMap { port in
            port["containerPort"]?.int.map { (port["name"]?.string, $0) }
        }
    }
}
