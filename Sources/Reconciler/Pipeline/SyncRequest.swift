// What somebody who asks for a sync may ask for, beside what the Application says.

package import SyncHistory

/// How an application is deleted.
package struct ApplicationDeletion: Sendable {
    /// Whether its objects stay in the cluster, as nobody's.
    package var orphans = false
    /// Whether Namespaces, PersistentVolumeClaims and CustomResourceDefinitions go, too.
    package var includesProtectedKinds = false
    /// Whether the PreDelete and PostDelete hooks of its revision run.
    package var runsHooks = true

    package init() {}
}

/// A request for a sync of one application. What is nil is as the Application has it.
package struct SyncRequest: Sendable {
    package var trigger: SyncTrigger
    /// Another revision than the application's.
    package var revision: String?
    /// What the revision means, where it was asked just now: it is not asked again.
    package var source: PolledSource?
    /// The manifests to sync in place of those of a revision, for an application that stands in no repository. They
    /// have a commit, by which people and the history know them.
    package var manifests: ComparedManifests?
    package var prune: Bool?
    package var allowEmpty: Bool?
    package var forceConflicts: Bool?
    /// How long objects may take to become healthy.
    package var timeout: Duration?
    /// Whether the sync ends only when all is healthy.
    package var wait = true
    /// Asks the cluster everything and changes nothing; leaves no trace in the history.
    package var dryRun = false
    /// Whether a sync that found nothing to do is worth a row in the history. Somebody's question is; a controller's is
    /// not.
    package var recordsIdleness = true
    /// The applications that have to be healthy first: waited for where the sync waits, else the sync is refused.
    package var dependencies: [Application] = []
    /// The commit whose failure this sync rolls back.
    package var rolledBack: String?
    /// The revision that has arrived meanwhile and makes this sync pointless; nil as long as there is none.
    package var newerRevision: @Sendable () -> String? = { nil }
    /// Why somebody else carries the application on from here; nil as long as it is ours.
    package var handover: @Sendable () -> String? = { nil }
    /// Deletes the application instead of syncing it. Exactly the plan that was confirmed is carried out.
    package var deletion: ApplicationDeletion?
    /// The other applications of the cluster, asked for where something is to be pruned: what one of them has in Git
    /// now is left to it.
    package var neighbours: @Sendable () async -> [Application] = { [] }
    /// Asked what of a plan is left as it is, where the sync does not repair all that was changed in the cluster.
    package var judgesDrift: DriftVerdict.Judge?
    /// What the syncs before have left, where that is known: the history is not asked again.
    package var past: SyncPast?
    /// The digest of the plan that was seen and is to be carried out, or at least its first eight digits.
    package var confirmedPlan: String?

    package init(trigger: SyncTrigger) {
        self.trigger = trigger
    }
}
