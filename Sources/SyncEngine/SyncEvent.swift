// What a run tells while it goes on.

package import Manifest

/// A step of one sync, in the order in which they happen for each object.
package enum SyncEvent: Sendable {
    /// A wave begins: its number, and how many objects it has.
    case wave(number: Int, objects: Int)
    case applying(ObjectReference)
    case applied(ObjectReference, ObjectOutcome.Result)
    /// Not healthy yet, and why; told again when the reason changes.
    case waiting(ObjectReference, Health)
    case healthy(ObjectReference)
    /// The last line that a container of an object's pod wrote before it ended. It may hold anything, secrets among it:
    /// it is for those who watch the run, and for no record.
    case lastWords(ObjectReference, pod: String, container: String, line: String)
    /// A hook begins to run.
    case running(ObjectReference, HookPhase)
    /// A hook has run to its end.
    case ran(ObjectReference, HookPhase)
    case pruning(ObjectReference)
    case pruned(ObjectReference)
    case skipped(ObjectReference, PlannedChange.SkipReason)
    case failed(ObjectReference, Diagnostic)
}
