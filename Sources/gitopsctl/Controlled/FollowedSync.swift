// A sync that a controller carries out, as it is seen from outside: by the Application's status and by the members that
// change meanwhile. A value that observations change and views read.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct FollowedSync: Sendable {
    let order: SyncOrder
    private let rules: HealthRules
    /// The newest sync that the status had before this one.
    private let newest: SyncRecord.ID?
    private var marks: [ObjectIdentity: WriteMark] = [:]
    private(set) var progress: SyncProgress
    private(set) var status: ReportedStatus
    /// The kinds that the members are of, as far as they are known.
    private(set) var kinds: Set<GroupKind>
    /// Whether the Application is gone.
    private(set) var isGone = false

    /// What tells that the controller wrote to an object: the object without what the cluster alone says of it.
    /// Generations and the times of field managers do not do: not all kinds have the one, and not all servers set the
    /// other anew.
    private struct WriteMark: Hashable {
        var reference: ObjectReference
        var meaning: Int
        var digest: String?
        var entries: [Value]

        init(_ object: Value) {
            reference = KubernetesObject(object).reference
            var bare = object
            bare["status"] = nil
            bare["metadata"] = object[path: "metadata", "labels"] ?? .null
            meaning = bare.hashValue
            digest = KubernetesObject(object).annotation(Vocabulary.appliedDigest)
            entries = (object[path: "metadata", "managedFields"]?.array ?? []).filter { entry in
                entry["manager"]?.string == SyncOptions().fieldManager && entry["subresource"] == nil
            }
        }
    }

    /// - Parameter members: those of the application before the sync is asked for.
    init(_ order: SyncOrder, of application: ClusterApplication, members: [Value]) {
        self.order = order
        rules = (try? application.application.get())?.health ?? HealthRules()
        newest = application.status.history.first?.id
        status = application.status
        kinds = ApplySetScope(of: application.value).groupKinds
        progress = SyncProgress(application: application.name, stage: .asking)
        for member in members { marks[KubernetesObject(member).identity] = WriteMark(member) }
    }

    /// Whether the controller has begun with it, or is done.
    var isTaken: Bool { status.handling == order.moment || isAnswered }
    var isAnswered: Bool { status.handled == order.moment }

    /// The sync as the history has it; nil where none was begun, or none is known yet.
    var record: SyncRecord? { isAnswered ? status.history.first.flatMap { $0.id == newest ? nil : $0 } : nil }

    /// Takes in a version of the Application.
    mutating func take(application: Value) {
        let wasTaken = isTaken
        status = ReportedStatus(application)
        kinds.formUnion(ApplySetScope(of: application).groupKinds)
        if isTaken, !wasTaken, progress.stage == .asking { progress.stage = .working }
    }

    mutating func takeDeletionOfApplication() { isGone = true }

    /// Takes in a member as it is now. The watch of a kind may be ahead of that of the Application: what changes before
    /// it is known that the controller has begun is told in the end.
    ///
    /// - Returns: what was written to it, the first time that this is seen.
    mutating func take(member: Value, at now: ContinuousClock.Instant) -> ObjectProgress? {
        guard isTaken else { return nil }
        let object = KubernetesObject(member)
        let before = marks[object.identity]
        let mark = WriteMark(member)
        marks[object.identity] = mark
        let health = rules.health(of: member)
        let stage: ObjectStage =
            health.isAwaited && (health.status == .progressing || health.status == .degraded)
            ? .waiting(health.message.isEmpty ? health.status.rawValue : health.message) : .done
        let isWritten = before != mark
        if progress.move(object.reference, to: stage, at: now) != nil { return nil }
        guard isWritten || stage != .done else { return nil }
        let action: ObjectAction = isWritten ? (before == nil ? .create : .update) : .unchanged
        let shown = ObjectProgress(reference: object.reference, action: action, stage: stage, since: now)
        progress.stage = .running
        progress.add(shown)
        return isWritten ? shown : nil
    }

    /// Takes in that a member is gone, or belongs to the application no more.
    mutating func take(lost reference: ObjectReference, at now: ContinuousClock.Instant) -> ObjectProgress? {
        guard isTaken else { return nil }
        marks[reference.identity] = nil
        let shown = ObjectProgress(reference: reference, action: .prune, stage: .done, since: now)
        progress.stage = .running
        if progress.replace(shown) { return nil }
        progress.add(shown)
        return shown
    }

    /// Takes in all members of some kinds as they are in the end: what a watch did not tell yet.
    ///
    /// - Returns: what was written, and not told before.
    mutating func settle(
        with members: [Value], of kinds: Set<GroupKind>, at now: ContinuousClock.Instant
    ) -> [ObjectProgress] {
        let present = Set(members.map { KubernetesObject($0).identity })
        let lost = marks.filter { !present.contains($0.key) && kinds.contains($0.key.groupKind) }.map(\.value.reference)
            .sorted { "\($0)" < "\($1)" }
        return members.compactMap { take(member: $0, at: now) } + lost.compactMap { take(lost: $0, at: now) }
    }

    /// How it ended, in words that a person can do something with; nil where it ended well.
    var failure: Diagnostic? {
        if isGone { return .error("the Application was deleted meanwhile") }
        if let record {
            if record.result == .succeeded { return nil }
            return .error(
                record.diagnostics.first?.message ?? status.trouble ?? "the sync was \(record.result.rawValue)")
        }
        return .error(status.trouble ?? "the controller did not sync it")
    }
}
