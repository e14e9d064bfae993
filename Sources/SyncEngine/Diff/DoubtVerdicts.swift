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
        /// The object as it would be.
        var answer: Value
    }

    private let known = Mutex<[Question: Verdict]>([:])

    func verdict(on question: Question) -> Verdict? { known.withLock { $0[question] } }

    /// An object has one question at a time: a new one takes the old one's place.
    func remember(_ verdict: Verdict, on question: Question) {
        known.withLock { known in
            for old in known.keys where old.identity == question.identity { known[old] = nil }
            known[question] = verdict
        }
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
        self.answer = answer
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
