// What a reconciler tells while it works.

package import SyncEngine

/// The stages of the pipeline as they are entered and left, in this order; none is told twice.
package enum ReconcilerEvent: Sendable {
    case fetching(repository: String, revision: String)
    case fetched(SourceCommit)
    case rendering(path: String)
    /// How many objects the overlay has, and whether an earlier render of it was reused.
    case rendered(objects: Int, isRemembered: Bool)
    /// An application that this one depends on is not healthy, and is waited for: nothing else is done meanwhile.
    case awaiting(dependency: String)
    case planned(Plan)
    /// What happens to an object while the plan is carried out.
    case object(SyncEvent)
}
