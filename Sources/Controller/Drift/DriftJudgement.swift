// What is done about the drift in one plan: what is told of it, what is repaired, and what the sync has to leave.

import DriftDetector
import Manifest
import PluginHost
import Reconciler
import SyncEngine

struct DriftJudgement: Sendable {
    /// All that differs, but for what is as it should be.
    var drift: [Drift] = []
    /// What of it stays, and why in words.
    var held: [HeldDrift] = []
    /// What was not told before.
    var news: [DriftWatch.Notice] = []
    var heldBack: [ObjectIdentity: HeldBack] = [:]
    /// When a quiet time is over, in seconds of the watch's clock; nil where none is running.
    var next: Int?
}

/// Drift that a sync leaves.
struct HeldDrift: Sendable, Hashable {
    var drift: Drift
    var isFight: Bool

    var words: String { "\(drift.object) \(isFight ? drift.fightWords : drift.words)" }
}

extension DriftJudgement {
    /// Looks at a plan.
    ///
    /// - Parameters:
    ///   - deleted: the objects that the plan creates though a sync had created them before.
    ///   - isDriftOnly: whether whatever differs was changed in the cluster: neither Git nor the Application has
    ///     changed.
    ///   - onlyReports: whether nothing will be repaired now.
    ///   - watch: what was seen of the application before.
    ///   - now: seconds, of a clock that does not go back.
    init(
        _ plan: Plan, deleted: Set<ObjectIdentity>, stance: DriftStance, isDriftOnly: Bool, onlyReports: Bool = false,
        watch: inout DriftWatch, at now: Int
    ) {
        let sides = plan.differing.sides(deleted: deleted)
        let found = stance.differences(
            desired: sides.compactMap(\.desired), live: sides.compactMap(\.live), onlyReports: onlyReports)
        var expected: [Drift] = []
        for difference in found {
            if difference.severity > .none { drift.append(difference) } else { expected.append(difference) }
        }
        if isDriftOnly {
            let explained = Dictionary(grouping: found, by: \.object.identity)
            for change in plan.changes
            where change.isWrite && !Self.explains(explained[change.reference.identity] ?? [], change) {
                drift.append(stance.rewritten(change.reference, onlyReports: onlyReports))
            }
        }
        let response = watch.observe(drift, at: now)
        news = response.news
        next = response.next
        let repairs = Dictionary(response.repairs.map { ($0.object.identity, Set($0.leaving)) }) { first, _ in first }
        for difference in drift {
            let isFight = watch.isFight(difference)
            let leaving = repairs[difference.object.identity]
            let isRepaired = !isFight && leaving.map { !(difference.path.map($0.contains) ?? false) } ?? false
            if !isRepaired { held.append(HeldDrift(drift: difference, isFight: isFight)) }
        }
        for difference in held.map(\.drift) + expected { hold(difference) }
    }

    /// Whether drift says why a change is made.
    private static func explains(_ drift: [Drift], _ change: PlannedChange) -> Bool {
        if drift.contains(where: { $0.path == nil }) { return true }
        guard !change.fields.isEmpty else { return !drift.isEmpty }
        return change.fields.allSatisfy { field in
            drift.contains { found in found.path.map { $0.hasPrefix(field.path) || field.path.hasPrefix($0) } ?? true }
        }
    }

    private mutating func hold(_ drift: Drift) {
        let identity = drift.object.identity
        guard let path = drift.path, !path.isMembership else {
            heldBack[identity] = .whole
            return
        }
        switch heldBack[identity] {
        case .whole?: return
        case .fields(let paths)?: heldBack[identity] = .fields(paths + [path])
        case nil: heldBack[identity] = .fields([path])
        }
    }

    /// What stays once objects were repaired.
    func remaining(without repaired: Set<ObjectIdentity>) -> [Drift] {
        let held = Set(held.map(\.drift))
        return drift.filter { held.contains($0) || !repaired.contains($0.object.identity) }
    }

    /// What the record of a sync says of it.
    func remarks(on plan: Plan) -> [Diagnostic] {
        let origins = Dictionary(plan.changes.map { ($0.reference.identity, $0.origin) }) { first, _ in first }
        return news.map { notice in
            .warning("\(notice.drift.object) \(notice.words)", at: origins[notice.drift.object.identity] ?? nil)
        }
    }
}

extension FieldPath {
    /// Whether it is what makes an object ours, without which none of it can be applied.
    fileprivate var isMembership: Bool {
        elements.count == 3 && elements[0] == .field("metadata")
            && [.field(Vocabulary.partOf), .field(Vocabulary.appliedIdentity)].contains(elements[2])
    }
}

extension Plan {
    /// The plan without the objects that are as they should be, but for autoscalers, which explain the replicas of
    /// others.
    fileprivate var differing: Plan {
        var plan = self
        plan.changes = changes.filter { change in
            change.action != .unchanged || ["HorizontalPodAutoscaler", "ScaledObject"].contains(change.reference.kind)
        }
        return plan
    }
}
