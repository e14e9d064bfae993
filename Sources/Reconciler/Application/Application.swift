// An application: which overlay of which repository belongs into which place, and how it is kept there.

package import Manifest
package import PluginHost
package import SyncEngine

/// `Application` of `gitopsctl.dev/v1alpha1`.
package struct Application: Sendable, Hashable {
    package static let group = "gitopsctl.dev"
    package static let version = "v1alpha1"
    package static let kind = "Application"
    package static let resourceKind = GroupVersionKind(group: group, version: version, kind: kind)
    /// Where an Application lives that names no namespace.
    package static let defaultNamespace = "default"

    package var name: String
    package var namespace: String
    package var source: Source
    package var destination: Destination
    package var sync: SyncPolicy
    /// The fields that it leaves to whoever sets them.
    package var ignoredDifferences = IgnoredDifferences()
    /// The plugins that it uses, in the order in which they run.
    package var plugins: [PluginUse] = []
    /// The Project that it says it belongs to.
    package var project: String?
    /// The Project that it is held to, as `ApplicationFinder` found it; nil where none limits it.
    package var limits: Project?
    /// How objects are judged, where the built-in rules do not know it.
    package var health = HealthRules()
    /// The applications that have to be healthy before this one is synced.
    package var dependsOn: [ApplicationDependency] = []
    /// Who is told what happens to it.
    package var notifications: [NotificationRule] = []
    /// The service account, in the Application's namespace, that a controller acts as; nil for the controller itself.
    package var serviceAccountName: String?
    /// Whether syncs are refused until this is taken back.
    package var suspend: Bool
    /// What a controller does with its objects when the Application is deleted.
    package var deletionPolicy = DeletionPolicy.orphan
    /// How many of its syncs the history keeps. What a rollback goes back to is kept beside them.
    package var historyLimit = 100
    /// Where the Application was read; nil for one from a cluster.
    package var origin: SourceLocation?

    /// What becomes of the objects of an Application that is deleted.
    package enum DeletionPolicy: String, Sendable, CaseIterable {
        /// They stay.
        case orphan = "Orphan"
        /// They go, as `gitopsctl delete` has it.
        case delete = "Delete"
        /// The Application stays, too, until the policy is another.
        case refuse = "Refuse"
    }

    package struct Source: Sendable, Hashable {
        /// The address of the repository. `.` and other relative paths are taken from the root of the repository that
        /// the Application's file stands in, and absolute once `ApplicationFinder` returns it.
        package var repository: String
        package var revision: String
        package var path: String
        /// The Secret, in the Application's namespace, that holds the repository's credentials.
        package var credentialsSecret: String?
    }

    package struct Destination: Sendable, Hashable {
        /// The namespace of objects that name none.
        package var namespace: String?
        /// The Secret, in the Application's namespace, with the kubeconfig of another cluster; nil for the cluster that
        /// the Application is in.
        package var cluster: String?
    }

    /// When and how far syncs go. `automated`, `selfHeal`, `interval` and `retry` say when a controller syncs by
    /// itself; a sync that somebody asks for heeds the others.
    package struct SyncPolicy: Sendable, Hashable {
        package var automated = false
        package var selfHeal = false
        package var prune = true
        package var allowEmpty = false
        package var interval = Duration.seconds(60)
        package var timeout = Duration.seconds(300)
        /// How long an image that cannot be pulled, or a pod that the server refuses, is borne with.
        package var patience = Duration.seconds(30)
        package var retry = RetryPolicy()
        /// Whether a sync that failed, with all its tries, is followed by one of the commit that was synced last
        /// without failing.
        package var rollback = false
        /// Whether fields that other managers own are taken over where the plan shows them; a conflict fails the object
        /// otherwise.
        package var forceConflicts = true
        /// How objects are written and deleted that say nothing themselves.
        package var objects = ObjectOptions()
        /// What the namespace gets that is created where it is missing; nil where none is created.
        package var createsNamespace: NamespaceTemplate?
        /// Whether an object that belongs to another application is refused, instead of being taken over.
        package var failsOnSharedObjects = false
        /// When syncs are allowed.
        package var windows = SyncWindows()

        package init() {}
    }
}

extension Application {
    /// Whether a document is an Application, of whatever version.
    package static func describes(_ value: Value) -> Bool {
        let object = KubernetesObject(value)
        return object.kind == kind && object.gvk.group == group
    }

    package var reference: ObjectReference {
        ObjectReference(gvk: Self.resourceKind, namespace: namespace, name: name)
    }
}
