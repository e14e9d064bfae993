// The Projects of the cluster as they were seen last, and the applications held to them.

import KubernetesClient
import Manifest
import Reconciler
import Synchronization

/// Projects by their namespaces and names.
final class ProjectShelf: Sendable {
    static let resourceKind = GroupVersionKind(
        group: Application.group, version: Application.version, kind: Project.kind)

    private typealias Shelf = [String: [String: Result<Project, DiagnosticsError>]]

    private let projects = Mutex<Shelf>([:])
    private let defaultServiceAccount: String?

    /// - Parameter defaultServiceAccount: whom applications act as where neither they nor their Project say it.
    init(defaultServiceAccount: String? = nil) {
        self.defaultServiceAccount = defaultServiceAccount
    }

    /// Takes in a change.
    ///
    /// - Returns: the namespaces whose applications may be held to something else now.
    func take(_ change: ReflectedChange) -> Set<String> {
        projects.withLock { projects in
            switch change {
            case .all(let values):
                let before = Set(projects.keys)
                projects = [:]
                for value in values { Self.put(value, into: &projects) }
                return before.union(projects.keys)
            case .changed(let value):
                Self.put(value, into: &projects)
                return [Self.namespace(of: value)]
            case .deleted(let value):
                projects[Self.namespace(of: value)]?[KubernetesObject(value).name] = nil
                return [Self.namespace(of: value)]
            }
        }
    }

    /// An application with the limits of its Project, and with the service account that it acts as.
    ///
    /// - Throws: when that is not there, or cannot be read: nothing is done without its limits.
    func held(_ application: Application) throws(DiagnosticsError) -> Application {
        let neighbours = projects.withLock { $0[application.namespace] ?? [:] }
        let project = try neighbours[application.project ?? Project.defaultName]?.get()
        var held = try application.held(to: project, among: neighbours.keys.sorted())
        held.serviceAccountName = held.serviceAccountName ?? project?.defaultServiceAccount ?? defaultServiceAccount
        return held
    }

    /// An application whose Project cannot be told, under the service account that it acts as at the least.
    func unheld(_ application: Application) -> Application {
        var application = application
        application.serviceAccountName = application.serviceAccountName ?? defaultServiceAccount
        return application
    }

    /// nil where there is none that can be read.
    subscript(namespace: String, name: String) -> Project? {
        projects.withLock { try? $0[namespace]?[name]?.get() }
    }

    private static func namespace(of value: Value) -> String { KubernetesObject(value).namespace ?? "" }

    private static func put(_ value: Value, into shelf: inout Shelf) {
        shelf[namespace(of: value), default: [:]][KubernetesObject(value).name] = Result {
            () throws(DiagnosticsError) in try Project(value, source: nil)
        }
    }
}
