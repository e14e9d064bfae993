// What a controller says of an Application, read from the status of its object.

import Manifest
import Reconciler
import SyncHistory

struct ReportedStatus: Sendable {
    struct Condition: Sendable, Hashable {
        /// `True`, `False` or `Unknown`.
        var status: String
        var reason: String
        var message: String

        var isTrue: Bool { status == "True" }
        var isFalse: Bool { status == "False" }
    }

    struct Unhealthy: Sendable, Hashable {
        var reference: ObjectReference
        /// A health, as the engine spells it.
        var status: String
        var message: String
    }

    private(set) var conditions: [String: Condition] = [:]
    /// The request that was answered last.
    private(set) var handled: String?
    /// The request whose sync is under way.
    private(set) var handling: String?
    /// The commit that is in the cluster, or was tried last.
    private(set) var revision: RevisionLine?
    private(set) var objectCount = 0
    /// The first objects that are not healthy.
    private(set) var unhealthy: [Unhealthy] = []
    /// The last syncs, the newest first. What a status does not keep is empty.
    private(set) var history: [SyncRecord] = []

    init(_ application: Value) {
        let object = KubernetesObject(application)
        guard let status = application["status"] else { return }
        for condition in status["conditions"]?.array ?? [] {
            guard let type = condition["type"]?.string else { continue }
            conditions[type] = Condition(
                status: condition["status"]?.string ?? "Unknown", reason: condition["reason"]?.string ?? "",
                message: condition["message"]?.string ?? "")
        }
        handled = status["lastHandledRequest"]?.string
        handling = status["handling"]?.string
        objectCount = status[path: "resources", "total"]?.int ?? 0
        unhealthy = (status["unhealthy"]?.array ?? []).map { row in
            let kind = GroupVersionKind(group: "", version: "", kind: row["kind"]?.string ?? "")
            return Unhealthy(
                reference: ObjectReference(
                    gvk: kind, namespace: row["namespace"]?.string, name: row["name"]?.string ?? ""),
                status: row["status"]?.string ?? "", message: row["message"]?.string ?? "")
        }
        let id = ApplicationID(cluster: "", namespace: object.namespace ?? "", name: object.name)
        // A server may merge a list by its keys, and then appends what is new.
        history = (status["history"]?.array ?? []).compactMap { SyncRecord(statusRow: $0, of: id) }.sorted {
            $0.id > $1.id
        }
        if let commit = status["revision"]?.string {
            let synced = history.first { $0.revision.commit == commit }?.revision
            revision = RevisionLine(
                requested: status["requestedRevision"]?.string ?? commit, commit: commit,
                subject: synced?.subject ?? "",
                author: synced?.author ?? "")
        }
    }

    /// Whether any controller has ever looked at the application.
    var isTold: Bool { !conditions.isEmpty }
    var isSynced: Bool { conditions["Synced"]?.isTrue ?? false }
    var isHealthy: Bool { conditions["Healthy"]?.isTrue ?? false }
    var isReady: Bool { conditions["Ready"]?.isTrue ?? false }
    /// Why nothing goes on before somebody changes something.
    var stall: String? { conditions["Stalled"].flatMap { $0.isTrue ? $0.message : nil } }
    /// The commit that is in the cluster in place of the revision's, in words.
    var hold: String? { conditions["Synced"].flatMap { $0.reason == "RolledBack" ? $0.message : nil } }
    /// Why it is not as it should be.
    var trouble: String? {
        if let stall { return stall }
        return ["Synced", "Healthy"].compactMap { conditions[$0] }.first { !$0.isTrue }?.message
    }
}
