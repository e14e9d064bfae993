// What is read of an application that a controller keeps, and how a sync looks from outside.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory
import Testing

@testable import gitopsctl

/// An Application as a controller leaves it.
private func application(
    handled: String? = nil, handling: String? = nil, synced: (String, String, String) = ("True", "UpToDate", ""),
    syncs: [Value] = []
) -> Value {
    var status: Value = [
        "observedGeneration": 1, "revision": .string(commit), "requestedRevision": "main",
        "resources": ["total": 3],
        "conditions": [
            ["type": "Ready", "status": .string(synced.0), "reason": .string(synced.1), "message": .string(synced.2)],
            ["type": "Synced", "status": .string(synced.0), "reason": .string(synced.1), "message": .string(synced.2)],
            [
                "type": "Healthy", "status": "Unknown", "reason": "Progressing",
                "message": "Deployment shop/web: 1 of 2 replicas",
            ],
        ],
        "unhealthy": [
            [
                "kind": "Deployment", "namespace": "shop", "name": "web", "status": "progressing",
                "message": "1 of 2 replicas are available",
            ]
        ],
        "history": .array(syncs),
    ]
    status["lastHandledRequest"] = handled.map(Value.string)
    status["handling"] = handling.map(Value.string)
    return [
        "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
        "metadata": [
            "name": "shop", "namespace": "apps", "uid": "1",
            "annotations": ["applyset.kubernetes.io/contains-group-kinds": "ConfigMap,Deployment.apps"],
        ],
        "spec": [
            "source": [
                "repository": "https://git.example.com/shop.git", "revision": "main", "path": "overlays/production",
            ]
        ],
        "status": status,
    ]
}

private func sync(_ id: Int, _ result: String, commit: String = commit, message: String? = nil) -> Value {
    var row: Value = [
        "id": .int(id), "revision": .string(commit), "requested": "main", "subject": "Raise the replicas",
        "author": "Ada Lovelace",
        "result": .string(result), "trigger": "cli", "by": "ada@engine", "started": "2026-11-21T11:50:00Z",
        "finished": "2026-11-21T11:50:03Z", "changed": 3, "created": 2, "configured": 1,
    ]
    row["message"] = message.map(Value.string)
    return row
}

private func member(
    _ kind: String, _ name: String, generation: Int = 1, time: String = "2026-11-21T11:00:00Z", ready: Int = 1,
    uid: String = "",
    owner: String? = nil
) -> Value {
    var value: Value = [
        "apiVersion": .string(["Deployment", "ReplicaSet"].contains(kind) ? "apps/v1" : "v1"), "kind": .string(kind),
        "metadata": [
            "name": .string(name), "namespace": "shop", "generation": .int(generation), "uid": .string(uid),
            "resourceVersion": .string(time),
            "managedFields": [["manager": "gitopsctl", "operation": "Apply", "time": .string(time)]],
        ],
    ]
    if kind == "Deployment" {
        value["spec"] = ["replicas": 1, "minReadySeconds": .int(generation)]
        value["status"] = [
            "observedGeneration": .int(generation), "replicas": 1, "updatedReplicas": 1, "readyReplicas": .int(ready),
            "availableReplicas": .int(ready),
        ]
    }
    if kind == "ReplicaSet" { value["spec"] = ["replicas": .int(ready)] }
    if let owner { value["metadata"]?["ownerReferences"] = [["uid": .string(owner)]] }
    return value
}

@Suite struct ReportedStatusTests {
    @Test func readsWhatTheControllerSays() {
        let status = ReportedStatus(
            application(handled: "t", syncs: [sync(7, "failed", message: "no room"), sync(6, "succeeded")]))
        #expect(status.isTold && status.isSynced && !status.isHealthy)
        #expect(status.handled == "t" && status.objectCount == 3)
        #expect(status.revision?.name == "main@3f2a91c" && status.revision?.subject == "Raise the replicas")
        #expect(status.history.map(\.id) == [7, 6])
        #expect(status.history.first?.counts == SyncCounts(created: 2, configured: 1))
        #expect(status.history.first?.diagnostics == [.error("no room")])
        #expect(status.trouble == "Deployment shop/web: 1 of 2 replicas")
    }

    @Test func anApplicationThatNobodyLookedAtIsNotTold() {
        #expect(!ReportedStatus(["metadata": ["name": "shop"]]).isTold)
    }

    @Test(arguments: [120, 80, 50])
    func isShownAsLocalOnesAre(width: Int) throws {
        let kept = ClusterApplication(application(syncs: [sync(6, "succeeded")]))
        let held = ClusterApplication(
            application(
                synced: (
                    "False", "RolledBack",
                    "held at 3f2a91c: 77aa001 was rolled back, and no automatic sync follows before another commit arrives"
                )))
        let statuses = [kept, held].map {
            ApplicationStatus(
                name: $0.name, namespace: $0.namespace, revision: $0.status.revision, objects: [],
                lastSync: $0.status.history.first,
                diagnostics: [], reported: $0.status)
        }
        try expectGolden("status-reported", width: width, StatusText.table(statuses, width: width, now: noon))
        try expectGolden(
            "status-reported-details", width: width, StatusText.details(statuses[1], width: width, now: noon))
        try expectGolden("get", width: width, ApplicationTable.lines([kept], isWide: false, width: width, now: noon))
    }
}

@Suite struct FollowedSyncTests {
    private func followed() -> FollowedSync {
        let kept = ClusterApplication(application(handled: "before", syncs: [sync(6, "succeeded")]))
        return FollowedSync(
            SyncOrder(moment: "now"), of: kept, members: [member("ConfigMap", "flags"), member("Deployment", "web")])
    }

    @Test func aWatchThatIsAheadOfTheApplicationsIsTakenInWhenTheControllerHasBegun() {
        var sync = followed()
        let changed = member("ConfigMap", "flags", time: "2026-11-21T11:30:00Z")
        #expect(sync.take(member: changed, at: origin) == nil)
        #expect(sync.take(lost: object("Deployment", "shop", "web"), at: origin) == nil)
        #expect(!sync.isTaken && sync.progress.stage == .asking)
        sync.take(application: application(handled: "before", handling: "now"))
        #expect(sync.isTaken && sync.progress.stage == .working)
        let told = sync.settle(with: [changed], of: sync.kinds, at: origin)
        #expect(
            told.map { "\($0.action.rawValue) \($0.reference)" } == [
                "update ConfigMap shop/flags", "prune Deployment shop/web",
            ])
    }

    @Test func eachObjectThatIsWrittenIsToldOnce() {
        var sync = followed()
        sync.take(application: application(handled: "before", handling: "now"))
        let changed = member("Deployment", "web", generation: 2, ready: 0)
        #expect(sync.take(member: changed, at: origin)?.action == .update)
        #expect(sync.take(member: changed, at: origin) == nil)
        #expect(sync.take(member: member("ConfigMap", "new"), at: origin)?.action == .create)
        #expect(sync.take(lost: object("ConfigMap", "shop", "flags"), at: origin)?.action == .prune)
        guard case .waiting = sync.progress.objects.first?.stage else {
            Issue.record("\(sync.progress.objects)")
            return
        }
        #expect(sync.take(member: member("Deployment", "web", generation: 2), at: origin) == nil)
        #expect(sync.progress.objects.first?.stage == .done)
        #expect(sync.progress.objects.map(\.action) == [.update, .create, .prune])
    }

    @Test func whatTheWatchDidNotTellIsFoundInTheEnd() {
        var sync = followed()
        sync.take(application: application(handled: "now", syncs: [gitopsctlTests.sync(7, "succeeded")]))
        let (left, kinds) = ([member("Deployment", "web", generation: 2), member("ConfigMap", "new")], sync.kinds)
        var blind = sync
        #expect(blind.settle(with: [], of: [], at: origin).isEmpty)
        let told = sync.settle(with: left, of: kinds, at: origin)
        #expect(
            told.map { "\($0.action.rawValue) \($0.reference)" } == [
                "update Deployment shop/web", "create ConfigMap shop/new", "prune ConfigMap shop/flags",
            ])
        #expect(sync.settle(with: left, of: kinds, at: origin).isEmpty)
    }

    @Test func theAnswerSaysHowItEnded() {
        var sync = followed()
        sync.take(
            application: application(
                handled: "now", syncs: [gitopsctlTests.sync(7, "succeeded"), gitopsctlTests.sync(6, "succeeded")]))
        #expect(sync.isAnswered && sync.failure == nil && sync.record?.id == 7)

        sync = followed()
        sync.take(
            application: application(handled: "now", syncs: [gitopsctlTests.sync(7, "failed", message: "no room")]))
        #expect(sync.failure?.message == "no room")

        // Answered without a sync: what keeps it from one is the answer.
        sync = followed()
        sync.take(
            application: application(
                handled: "now", synced: ("Unknown", "NotCompared", "the repository does not answer"),
                syncs: [gitopsctlTests.sync(6, "succeeded")]))
        #expect(sync.record == nil && sync.failure?.message == "the repository does not answer")
    }
}

@Suite struct RollbackTargetTests {
    private let other = "77aa001" + String(repeating: "0", count: 33)
    private var syncs: [SyncRecord] {
        ReportedStatus(
            application(syncs: [
                sync(9, "failed"), sync(8, "succeeded"), sync(7, "failed", commit: other),
                sync(6, "succeeded", commit: other),
            ])
        ).history
    }

    @Test func theLastGoodSyncOfAnotherCommitIsMeantUnlessOneIsNamed() throws {
        #expect(try RollbackTarget.revision(nil, of: "shop", among: syncs, place: "here") == other)
        #expect(try RollbackTarget.revision("8", of: "shop", among: syncs, place: "here") == commit)
        #expect(try RollbackTarget.revision("v1.2", of: "shop", among: syncs, place: "here") == "v1.2")
        #expect(throws: DiagnosticsError.self) {
            try RollbackTarget.revision("5", of: "shop", among: syncs, place: "here")
        }
        #expect(throws: DiagnosticsError.self) {
            try RollbackTarget.revision(nil, of: "shop", among: [syncs[1]], place: "here")
        }
    }
}

@Suite struct OrphanReportTests {
    private func object(
        _ apiVersion: String, _ kind: String, _ name: String, _ more: Value = [:], metadata: Value = [:]
    ) -> Value {
        var value: Value = ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": metadata]
        value["metadata"]?["name"] = .string(name)
        value["metadata"]?["namespace"] = "shop"
        for entry in more.object?.entries ?? [] { value[entry.key] = entry.value }
        return value
    }

    @Test func whatNobodyDeliversAndNothingOwnsIsAnOrphan() {
        let report = OrphanReport(of: [
            object("v1", "ConfigMap", "left"), object("apps/v1", "Deployment", "by-hand"),
            object("v1", "ConfigMap", "member", metadata: ["labels": ["applyset.kubernetes.io/part-of": "a"]]),
            object("v1", "ConfigMap", "parent", metadata: ["labels": ["applyset.kubernetes.io/id": "a"]]),
            object("batch/v1", "Job", "hook", metadata: ["labels": ["gitopsctl.dev/hook-of": "a"]]),
            object("v1", "Pod", "owned", metadata: ["ownerReferences": [["uid": "1"]]]),
            object("v1", "ConfigMap", "going", metadata: ["deletionTimestamp": "2026-11-21T11:00:00Z"]),
            object("v1", "ConfigMap", "kube-root-ca.crt"), object("v1", "ServiceAccount", "default"),
            object("v1", "Endpoints", "web"),
            object("v1", "Secret", "default-token-x", ["type": "kubernetes.io/service-account-token"]),
            object("v1", "Secret", "forgotten"),
            object("v1", "PersistentVolumeClaim", "data-db-0"), object("gitopsctl.dev/v1alpha1", "Application", "shop"),
        ])
        #expect(
            report.objects.map(\.description) == [
                "ConfigMap shop/left", "Deployment shop/by-hand", "Secret shop/forgotten",
            ])
        #expect(report.lines(application: "shop", namespaces: ["shop"], width: 50).allSatisfy { $0.width <= 50 })
    }
}

@Suite struct ObjectTreeTests {
    private var trees: [ObjectTree] {
        let members = [
            member("Deployment", "gluco-engine-public-with-a-rather-long-name", ready: 0, uid: "d"),
            member("ConfigMap", "flags", uid: "c"),
        ]
        let others = [
            member("ReplicaSet", "web-5c9f", uid: "r", owner: "d"),
            member("ReplicaSet", "web-0001", ready: 0, uid: "o", owner: "d"),
            member("Pod", "web-5c9f-abcde", uid: "p", owner: "r"),
            member("Pod", "web-5c9f-fghij", uid: "q", owner: "r"),
            member("Pod", "stranger", uid: "s", owner: "elsewhere"),
        ]
        return ObjectTree.of(members, others: others, rules: HealthRules())
    }

    @Test(arguments: [120, 80, 50])
    func whatIsOwnedHangsOnItsOwner(width: Int) throws {
        try expectGolden(
            "tree", width: width, [TreeText.heading("glucosync", trees)] + TreeText.lines(trees, width: width))
    }

    @Test func whatIsOverIsCountedAndShownOnRequest() {
        #expect(trees.last?.past == 1 && trees.last?.count == 4)
        let members = [member("Deployment", "web", uid: "d")]
        let old = member("ReplicaSet", "web-0001", ready: 0, uid: "o", owner: "d")
        #expect(ObjectTree.of(members, others: [old], rules: HealthRules(), showsPast: true).first?.children.count == 1)
    }

    @Test func ownersInACircleEnd() {
        let loop = [member("Pod", "a", uid: "a", owner: "b"), member("Pod", "b", uid: "b", owner: "a")]
        let tree = ObjectTree.of([member("Pod", "root", uid: "x"), loop[0]], others: loop, rules: HealthRules())
        #expect(tree.count == 2)
    }
}
