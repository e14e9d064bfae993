import Manifest
import SyncHistory

@testable import gitopsctl

let commit = "3f2a91c0de3f2a91c0de3f2a91c0de3f2a91c0de"
let raiseReplicas = RevisionLine(
    requested: "main", commit: commit, subject: "Raise the engine's replicas for the evening", author: "Ada Lovelace")
let origin = ContinuousClock.now
let noon = Timestamp(milliseconds: 1_795_262_400_000)

func object(_ kind: String, _ namespace: String?, _ name: String) -> ObjectReference {
    let versions = ["Deployment": "apps/v1", "StatefulSet": "apps/v1", "Ingress": "networking.k8s.io/v1"]
    return ObjectReference(
        gvk: GroupVersionKind(apiVersion: versions[kind] ?? "v1", kind: kind), namespace: namespace, name: name)
}

func progress(
    _ reference: ObjectReference, _ action: ObjectAction, _ stage: ObjectStage, seconds: Int = 0, fields: [String] = []
) -> ObjectProgress {
    ObjectProgress(
        reference: reference, action: action, stage: stage, since: origin - .seconds(seconds), fields: fields)
}

/// A sync in its middle: one group done, one at work with a failure in it, one not begun.
func syncInItsMiddle() -> SyncProgress {
    var sync = SyncProgress(application: "glucosync", stage: .planning(objects: 9))
    sync.revision = raiseReplicas
    sync.plan(
        [
            progress(object("Namespace", nil, "glucosync-core"), .create, .done),
            progress(object("Namespace", nil, "glucosync-data"), .create, .done),
            progress(
                object("StatefulSet", "glucosync-data", "mongodb"), .create, .waiting("1 of 3 replicas are ready"),
                seconds: 12),
            progress(
                object("StatefulSet", "glucosync-data", "redis"), .create, .waiting("0 of 3 replicas are ready"),
                seconds: 1),
            progress(object("Service", "glucosync-data", "mongodb"), .create, .done),
            progress(
                object("Ingress", "glucosync-core", "gluco-engine-public-with-a-rather-long-name"), .update,
                .failed("conflict with kubectl-edit over spec.rules")),
            progress(object("Deployment", "glucosync-core", "gluco-engine"), .update, .applying),
            progress(object("ConfigMap", "glucosync-core", "flags"), .prune, .planned),
            progress(object("Deployment", "glucosync-monitoring", "grafana"), .create, .planned),
        ], total: 67)
    return sync
}

func text(_ lines: [InkedLine]) -> String { lines.map(\.text).joined(separator: "\n") }

func record(
    _ id: Int64, minutesAgo: Int64, _ result: SyncResult, _ counts: SyncCounts,
    subject: String = "Raise the engine's replicas"
) -> SyncRecord {
    SyncRecord(
        id: id, application: ApplicationID(cluster: "https://127.0.0.1:6443", namespace: "default", name: "glucosync"),
        trigger: SyncTrigger(.commandLine, by: "ada@engine"),
        revision: SyncRevision(requested: "main", commit: commit, subject: subject, author: "Ada Lovelace"),
        started: Timestamp(milliseconds: noon.milliseconds - minutesAgo * 60_000),
        finished: result == .running ? nil : Timestamp(milliseconds: noon.milliseconds - minutesAgo * 60_000 + 3_210),
        result: result, counts: counts, owner: ProcessIdentity(pid: 1, boot: "b", startTick: 1))
}

let diffEntries = [
    DiffEntry(
        reference: object("Deployment", "glucosync-core", "gluco-engine"), action: .update,
        fields: [
            .init(
                path: #"spec.template.spec.containers["engine"].image"#,
                live: "harbor.glucosync.io/glucosync/gluco-engine:1.2.0",
                desired: "harbor.glucosync.io/glucosync/gluco-engine:1.3.0", cause: .git),
            .init(
                path: "metadata.labels.tier", live: "web", desired: "backend",
                cause: .cluster(manager: "kubectl-edit", time: Timestamp(milliseconds: noon.milliseconds - 120_000))),
        ]),
    DiffEntry(
        reference: object("Secret", "glucosync-core", "login"), action: .update,
        fields: [.init(path: "data.password", live: "••••••", desired: "•••••• (changed)", cause: .git)]),
    DiffEntry(reference: object("ConfigMap", "glucosync-core", "feature-flags"), action: .create),
    DiffEntry(reference: object("Service", "glucosync-core", "old"), action: .prune),
    DiffEntry(reference: object("Service", "glucosync-core", "same"), action: .unchanged),
]
