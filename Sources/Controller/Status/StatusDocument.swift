// The status of an Application as the API has it, by the rules of kstatus: `Ready` for everybody, `Reconciling` and
// `Stalled` only while they are true, `Synced` and `Healthy` for the two things that a reconciler promises.

import DriftDetector
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

enum StatusDocument {
    /// How many objects that are not healthy, and how many syncs, a status names.
    static let listed = 10

    /// The status that says these facts.
    ///
    /// - Parameters:
    ///   - previous: the status that stands there: what is still so keeps the moment since when.
    ///   - history: the syncs of the application, the newest first.
    ///   - cluster: the name of the cluster that they went to; nil for the Applications' own.
    static func make(
        _ facts: ApplicationFacts, previous: Value?, history: [SyncRecord], cluster: String? = nil, now: Timestamp
    ) -> Value {
        var status = Object()
        status["observedGeneration"] = .int(facts.generation)
        if let request = facts.handledRequest { status["lastHandledRequest"] = .string(request) }
        if let request = facts.handling { status["handling"] = .string(request) }
        if let commit = facts.commit {
            status["revision"] = .string(commit.id)
            status["requestedRevision"] = .string(commit.requested)
        }
        status["resources"] = [
            "total": .int(facts.counts.total), "healthy": .int(facts.counts.healthy),
            "progressing": .int(facts.counts.progressing), "degraded": .int(facts.counts.degraded),
            "suspended": .int(facts.counts.suspended),
        ]
        if !facts.unhealthy.isEmpty {
            status["unhealthy"] = .array(facts.unhealthy.prefix(listed).map(unhealthy))
        }
        if !facts.drift.isEmpty { status["drift"] = .array(facts.drift.prefix(listed).map(drift)) }
        if !history.isEmpty { status["history"] = .array(history.prefix(listed).map { row($0, cluster) }) }
        let before = previous?["conditions"]?.array ?? []
        status["conditions"] = .array(
            conditions(facts).map { condition in
                condition.value(generation: facts.generation, since: since(condition, before) ?? now.description)
            })
        return .object(status)
    }

    private struct Condition {
        var type: String
        /// nil is `Unknown`.
        var isTrue: Bool?
        var reason: String
        var message: String

        var status: String { isTrue.map { $0 ? "True" : "False" } ?? "Unknown" }

        func value(generation: Int, since: String) -> Value {
            [
                "type": .string(type), "status": .string(status), "reason": .string(reason),
                "message": .string(message),
                "observedGeneration": .int(generation), "lastTransitionTime": .string(since),
            ]
        }
    }

    /// Since when a condition has been as it is.
    private static func since(_ condition: Condition, _ before: [Value]) -> String? {
        let same = before.first { $0["type"]?.string == condition.type && $0["status"]?.string == condition.status }
        return same?["lastTransitionTime"]?.string
    }

    private static func conditions(_ facts: ApplicationFacts) -> [Condition] {
        let synced = synced(facts)
        let healthy = healthy(facts)
        var all = [ready(facts, synced, healthy), synced, healthy]
        if facts.handling != nil {
            all.append(
                Condition(type: "Reconciling", isTrue: true, reason: "Syncing", message: "somebody asked for a sync"))
        } else if let stall = facts.stall {
            all.append(Condition(type: "Stalled", isTrue: true, reason: "NeedsChange", message: stall.inOneLine))
        } else if synced.isTrue == true, healthy.isTrue == nil {
            all.append(Condition(type: "Reconciling", isTrue: true, reason: healthy.reason, message: healthy.message))
        }
        return all
    }

    private static func ready(_ facts: ApplicationFacts, _ synced: Condition, _ healthy: Condition) -> Condition {
        if let stall = facts.stall {
            return Condition(type: "Ready", isTrue: false, reason: "Stalled", message: stall.inOneLine)
        }
        for part in [synced, healthy] where part.isTrue != true {
            return Condition(type: "Ready", isTrue: part.isTrue, reason: part.reason, message: part.message)
        }
        let commit = facts.commit.map { "\($0.requested)@\($0.id.prefix(7)): " } ?? ""
        let message = commit + "\(facts.counts.total) object\(facts.counts.total == 1 ? "" : "s")"
        return Condition(type: "Ready", isTrue: true, reason: "Reconciled", message: message)
    }

    private static func synced(_ facts: ApplicationFacts) -> Condition {
        switch facts.synchrony {
        case .synced:
            Condition(type: "Synced", isTrue: true, reason: "UpToDate", message: "the cluster is what Git says")
        case .outOfSync(let what): Condition(type: "Synced", isTrue: false, reason: "OutOfSync", message: what)
        case .held(let why): Condition(type: "Synced", isTrue: false, reason: "RolledBack", message: why)
        case .drifted(let what): Condition(type: "Synced", isTrue: false, reason: "Drifted", message: what)
        case .unknown(let why):
            Condition(
                type: "Synced", isTrue: nil, reason: facts.isSuspended ? "Suspended" : "NotCompared", message: why)
        }
    }

    private static func healthy(_ facts: ApplicationFacts) -> Condition {
        guard let first = facts.unhealthy.first(where: { $0.health.status == .degraded }) ?? facts.unhealthy.first
        else {
            return Condition(type: "Healthy", isTrue: true, reason: "Healthy", message: "nothing is waited for")
        }
        let message = "\(first.reference): \(first.health.message)\(facts.unhealthy.andMore)"
        return first.health.status == .degraded
            ? Condition(type: "Healthy", isTrue: false, reason: "Degraded", message: message)
            : Condition(type: "Healthy", isTrue: nil, reason: "Progressing", message: message)
    }

    private static func unhealthy(_ object: UnhealthyObject) -> Value {
        var value: Object = ["kind": .string(object.reference.kind), "name": .string(object.reference.name)]
        if let namespace = object.reference.namespace { value["namespace"] = .string(namespace) }
        value["status"] = .string(object.health.status.rawValue)
        value["message"] = .string(object.health.message)
        return .object(value)
    }

    private static func drift(_ held: HeldDrift) -> Value {
        let object = held.drift.object
        var value: Object = ["kind": .string(object.kind), "name": .string(object.name)]
        if let namespace = object.namespace { value["namespace"] = .string(namespace) }
        if let path = held.drift.path { value["field"] = .string("\(path)") }
        value["severity"] = .string(held.drift.severity.rawValue)
        value["policy"] = .string(held.isFight ? "left alone" : held.drift.policy.description)
        value["message"] = .string(held.words)
        return .object(value)
    }

    private static func row(_ sync: SyncRecord, _ cluster: String?) -> Value {
        var value: Object = ["id": .int(Int(sync.id)), "result": .string(sync.result.rawValue)]
        if let commit = sync.revision.commit { value["revision"] = .string(commit) }
        value["requested"] = .string(sync.revision.requested)
        value["subject"] = sync.revision.subject.map(Value.string)
        value["author"] = sync.revision.author.map(Value.string)
        value["trigger"] = .string(sync.trigger.kind.rawValue)
        value["by"] = .string(sync.trigger.actor)
        value["started"] = .string(sync.started.description)
        if let finished = sync.finished { value["finished"] = .string(finished.description) }
        if let hold = RollbackHold(sync) { value["rolledBack"] = .string(hold.failed) }
        if let cluster { value["cluster"] = .string(cluster) }
        value["changed"] = .int(sync.counts.changed)
        let counts = sync.counts
        for (name, count) in [
            ("created", counts.created), ("configured", counts.configured), ("recreated", counts.recreated),
            ("pruned", counts.pruned), ("skipped", counts.skipped), ("failed", counts.failed),
        ] where count > 0 {
            value[name] = .int(count)
        }
        if sync.result != .succeeded, let error = sync.diagnostics.first(where: { $0.severity == .error }) {
            value["message"] = .string(error.inOneLine)
        }
        return .object(value)
    }
}
