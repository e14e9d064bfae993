// What a run came to, object by object.

package import Manifest

/// Why a sync failed, as far as it decides whether another try may come out better.
package enum SyncFailureCause: Sendable, Hashable {
    /// The repository or the cluster did not answer, or asked to come again later; or an application that this one
    /// waits for is not healthy yet.
    case unanswered
    /// Something that was applied is not healthy, or a hook failed.
    case unhealthy
    /// The manifests, or what the cluster says to them: the same try has the same end until somebody changes something.
    case refused
}

/// What became of one object.
package struct ObjectOutcome: Sendable {
    package enum Result: String, Sendable, Hashable {
        case created, configured, unchanged, pruned, skipped, failed
        /// Deleted and created again.
        case recreated
        /// A hook that ran to its end.
        case ran
        /// The run ended before it came to this object.
        case notReached
    }

    package var reference: ObjectReference
    package var result: Result
    package var error: Diagnostic?
    /// Why it failed, where there is an error.
    package var cause: SyncFailureCause?
    /// nil where the object is gone, or was never looked at.
    package var health: Health?
    /// How long its writes took.
    package var duration: Duration = .zero
    /// Warnings of the server about the object.
    package var warnings: [String] = []
    package var origin: SourceLocation?
    package var skipReason: PlannedChange.SkipReason?
    /// The phase of a hook; nil for the objects of the plan.
    package var hook: HookPhase?

    package init(reference: ObjectReference, result: Result) {
        self.reference = reference
        self.result = result
    }
}

/// What became of a sync.
package struct Outcome: Sendable {
    package enum Status: String, Sendable, Hashable {
        case succeeded, failed, cancelled
        /// A guard held the plan back: nothing was done.
        case refused
        /// A newer revision arrived, or the sync window closed: what had begun was finished, the rest was left.
        case stopped
    }

    package var status: Status
    /// One for every change of the plan, in its order, and then one for every hook that was begun.
    package var objects: [ObjectOutcome]
    /// What concerns the sync as a whole.
    package var diagnostics: [Diagnostic]
    package var duration: Duration = .zero

    package func count(_ result: ObjectOutcome.Result) -> Int { objects.count { $0.result == result } }

    /// Why the sync failed; nil where it did not. What is refused decides: no other try changes that.
    package var failureCause: SyncFailureCause? {
        switch status {
        case .succeeded, .cancelled, .stopped: return nil
        case .refused: return .refused
        case .failed:
            let causes = Set(objects.compactMap(\.cause))
            return causes.contains(.refused) ? .refused : causes.contains(.unhealthy) ? .unhealthy : .unanswered
        }
    }

    /// How many objects were written.
    package var writes: Int { count(.created) + count(.configured) + count(.recreated) + count(.pruned) }
}
