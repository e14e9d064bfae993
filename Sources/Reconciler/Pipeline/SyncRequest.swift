// What somebody who asks for a sync may ask for, beside what the Application says.

package import SyncHistory

/// A request for a sync of one application. What is nil is as the Application has it.
package struct SyncRequest: Sendable {
    package var trigger: SyncTrigger
    /// Another revision than the application's.
    package var revision: String?
    /// What the revision means, where it was asked just now: it is not asked again.
    package var source: PolledSource?
    package var prune: Bool?
    package var allowEmpty: Bool?
    package var forceConflicts: Bool?
    /// How long objects may take to become healthy.
    package var timeout: Duration?
    /// Whether the sync ends only when all is healthy.
    package var wait = true
    /// Asks the cluster everything and changes nothing; leaves no trace in the history.
    package var dryRun = false
    /// Whether a sync that found nothing to do is worth a row in the history. Somebody's question is; a controller's is not.
    package var recordsIdleness = true
    /// The applications that have to be healthy first: waited for where the sync waits, else the sync is refused.
    package var dependencies: [Application] = []
    /// The commit whose failure this sync rolls back.
    package var rolledBack: String?
    /// The revision that has arrived meanwhile and makes this sync pointless; nil as long as there is none.
    package var newerRevision: @Sendable () -> String? = { nil }
    /// The digest of the plan that was seen and is to be carried out, or at least its first eight digits.
    package var confirmedPlan: String?

    package init(trigger: SyncTrigger) {
        self.trigger = trigger
    }
}
