// What a caller may ask of a plan and of its run.

package import Manifest

/// Options of one sync.
package struct SyncOptions: Sendable {
    package var fieldManager = "gitopsctl"
    /// Where namespaced objects go that say no namespace.
    package var namespace = "default"
    package var prune = true
    /// Lets a sync without any desired object prune everything.
    package var allowEmpty = false
    /// Deletes the application: of its manifests only the hooks count, and every member is pruned.
    package var isDeletion = false
    /// At a deletion: leaves all members where they are, as nobody's.
    package var orphansMembers = false
    /// At a deletion: deletes Namespaces, PersistentVolumeClaims and CustomResourceDefinitions, too.
    package var prunesProtectedKinds = false
    /// Past both, a prune asks for confirmation: a share of the inventory and a number of objects.
    package var pruneShareLimit = 0.5
    package var pruneCountLimit = 5
    /// The digest of the plan that the user has seen and wants carried out, whatever the guards say.
    package var confirmedPlan: String?
    /// Takes over fields of other managers where the plan shows them; otherwise a conflict is a failure.
    package var forceConflicts = true
    /// How objects are written and deleted that say nothing themselves.
    package var objects = ObjectOptions()
    /// What the namespace of the application gets where it has to be created; nil where it is not created.
    package var createsNamespace: NamespaceTemplate?
    /// Refuses the plan where an object belongs to another application, instead of taking it over.
    package var failsOnSharedObjects = false
    /// Fields that are left to whoever sets them.
    package var ignoredDifferences = IgnoredDifferences()
    /// What is left as it is, though Git says otherwise.
    package var heldBack: [ObjectIdentity: HeldBack] = [:]
    /// Waits for health after each wave, and before the prune.
    package var wait = true
    /// How long one wave may take to become healthy.
    package var timeout: Duration = .seconds(300)
    /// How long an image that cannot be pulled, or a pod that the server refuses, is borne with before the wait ends.
    package var patience: Duration = .seconds(30)
    /// How objects are judged.
    package var healthRules = HealthRules()
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
