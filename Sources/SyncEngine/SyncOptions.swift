// What a caller may ask of a plan and of its run.

/// Options of one sync.
package struct SyncOptions: Sendable {
    package var fieldManager = "gitopsctl"
    /// Where namespaced objects go that say no namespace.
    package var namespace = "default"
    package var prune = true
    /// Lets a sync without any desired object prune everything.
    package var allowEmpty = false
    /// Past both, a prune asks for confirmation: a share of the inventory and a number of objects.
    package var pruneShareLimit = 0.5
    package var pruneCountLimit = 5
    /// The digest of the plan that the user has seen and wants carried out, whatever the guards say.
    package var confirmedPlan: String?
    /// Takes over fields of other managers where the plan shows them; otherwise a conflict is a failure.
    package var forceConflicts = true
    /// Fields that are left to whoever sets them.
    package var ignoredDifferences = IgnoredDifferences()
    /// Waits for health after each wave, and before the prune.
    package var wait = true
    /// How long one wave may take to become healthy.
    package var timeout: Duration = .seconds(300)
    /// Asks the server everything and changes nothing.
    package var dryRun = false
    /// Asks the server, by a dry run, where the local comparison cannot tell a change from a server's default.
    package var settlesDoubts = true
    /// Requests in flight at a time.
    package var concurrency = 16
    /// Who stands in the parent's tooling annotation.
    package var tooling = "gitopsctl/v1"

    package init() {}
}
