// What the server adds to a new object after it has noted who owns its fields: what strategies and admission set is
// nobody's.

import Manifest

enum Strategy {
    static func complete(_ value: inout Value, _ resource: Resource) {
        guard resource.custom == nil else { return }
        switch (resource.group, resource.kind) {
        case ("", "Pod"): PodDefaults.admit(&value)
        case ("", "Namespace"): value["spec"]?.fill("finalizers", ["kubernetes"])
        case ("", "PersistentVolumeClaim"): value.addFinalizer(claimProtection)
        case ("", "PersistentVolume"): value.addFinalizer(volumeProtection)
        case ("batch", "Job"): job(&value)
        default: break
        }
    }

    /// What keeps a claim while a pod uses it, and a volume while a claim is bound to it.
    static let claimProtection = "kubernetes.io/pvc-protection"
    static let volumeProtection = "kubernetes.io/pv-protection"

    /// A job's pods are selected by the job's uid.
    private static func job(_ value: inout Value) {
        guard value[path: "spec", "selector"] == nil, value[path: "spec", "manualSelector"]?.bool != true,
            let uid = value[path: "metadata", "uid"], let name = value[path: "metadata", "name"]
        else { return }
        let labels: [(String, Value)] = [
            ("batch.kubernetes.io/controller-uid", uid), ("batch.kubernetes.io/job-name", name),
            ("controller-uid", uid),
            ("job-name", name),
        ]
        value.change("spec") { spec in
            spec["selector"] = ["matchLabels": ["batch.kubernetes.io/controller-uid": uid]]
            spec.fill("template", [:])
            spec.change("template") { template in
                template.fill("metadata", [:])
                template.change("metadata") { metadata in
                    metadata.fill("labels", [:])
                    for (key, label) in labels { metadata["labels"]?[key] = label }
                }
            }
        }
        // A job without labels takes those of its pods.
        if value[path: "metadata", "labels"] == nil {
            let labels = value[path: "spec", "template", "metadata", "labels"]
            value["metadata"]?["labels"] = labels
        }
    }
}
