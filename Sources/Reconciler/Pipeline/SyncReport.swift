// How a sync or a comparison came out.

package import Manifest
package import SyncEngine
package import SyncHistory

/// What Git wants and what the cluster has, before anything is done about it.
package struct Comparison: Sendable {
    package var commit: SourceCommit
    package var plan: Plan
    /// The objects that the plan creates though a sync had created them before: somebody deleted them.
    package var deleted: Set<ObjectIdentity>
    /// Warnings of all stages.
    package var diagnostics: [Diagnostic]
}

/// A sync that is over.
package struct SyncReport: Sendable {
    /// Where the history has it; nil for a dry run, and for one that is not worth a row: it had nothing to do, or was
    /// held back.
    package var id: SyncRecord.ID?
    package var result: SyncResult
    /// nil when the revision could not be resolved.
    package var commit: SourceCommit?
    /// nil when the sync ended before there was one.
    package var plan: Plan?
    package var outcome: Outcome?
    package var counts: SyncCounts
    /// Why it failed; nil where it did not.
    package var cause: SyncFailureCause?
    /// The findings of all stages.
    package var diagnostics: [Diagnostic]
    package var started: Timestamp
    package var finished: Timestamp
}
