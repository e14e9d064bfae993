// What the server said where the local comparison could not tell: asked once for each desired state and live version.

import Manifest
import Synchronization

/// The answers of dry runs, remembered.
final class DoubtVerdicts: Sendable {
    struct Question: Hashable {
        var identity: ObjectIdentity
        var digest: String
        var resourceVersion: String
    }

    /// The fields that the server would really change, and whether it would change owners.
    struct Verdict: Sendable {
        var changed: Comparison
        var changesOwners: Bool
    }

    /// An object has one question at a time.
    private typealias Generation = [ObjectIdentity: (question: Question, verdict: Verdict)]

    private struct Known {
        var young: Generation = [:]
        /// What was asked for before the young ones: what is not asked for again goes with the next change of
        /// generations.
        var old: Generation = [:]
    }

    private let known = Mutex(Known())
    /// How many objects one generation has.
    private let generation: Int

    /// - Parameter limit: how many objects are remembered at most.
    init(limit: Int = 1 << 16) {
        generation = max(1, limit / 2)
    }

    func verdict(on question: Question) -> Verdict? {
        known.withLock { known in
            if let found = known.young[question.identity] { return found.question == question ? found.verdict : nil }
            guard let found = known.old[question.identity], found.question == question else { return nil }
            keep(found.verdict, on: question, in: &known)
            return found.verdict
        }
    }

    /// A new question of an object takes the old one's place.
    func remember(_ verdict: Verdict, on question: Question) {
        known.withLock { keep(verdict, on: question, in: &$0) }
    }

    private func keep(_ verdict: Verdict, on question: Question, in known: inout Known) {
        known.young[question.identity] = (question, verdict)
        if known.young.count < generation { return }
        known.old = known.young
        known.young = [:]
    }
}

extension ThreeWayDiff.Result {
    /// The result with its doubts settled: those that the server would change become changes, the others go.
    func settled(by verdict: DoubtVerdicts.Verdict) -> ThreeWayDiff.Result {
        var settled = self
        let touched = verdict.changed.added.union(verdict.changed.modified).union(verdict.changed.removed)
        settled.changes += doubts.filter { touched.reaches($0.path) }
        settled.changes.sort { $0.path < $1.path }
        settled.doubts = []
        // Where fields change, owners change with them: only a change of owners alone is worth a word.
        settled.takesOwnership = takesOwnership || settled.changes.isEmpty && verdict.changesOwners
        return settled
    }
}

extension DoubtVerdicts.Verdict {
    /// What a dry run made of a live object.
    init(live: Value, answer: Value, type: SchemaType, manager: String) {
        changed = type.compare(live, answer).excluding(ThreeWayDiff.ignoredInAnswers)
        let before = Ownership(of: live, manager: manager).ours
        let after = Ownership(of: answer, manager: manager).ours
        changesOwners = before.difference(ThreeWayDiff.bookkeeping) != after.difference(ThreeWayDiff.bookkeeping)
    }
}

extension ThreeWayDiff {
    /// What every write moves, or only the engine reads.
    fileprivate static let ignoredInAnswers: FieldSet = bookkeeping.union([
        FieldPath(fields: "metadata", "managedFields"), FieldPath(fields: "metadata", "resourceVersion"),
        FieldPath(fields: "metadata", "generation"), FieldPath(fields: "status"),
    ])
}
