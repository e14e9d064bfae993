// The Applications of the cluster as they were seen last.

import KubernetesClient
package import Manifest
package import Reconciler
import SyncEngine
import Synchronization

/// An Application of the cluster, decoded or not.
package struct RegisteredApplication: Sendable {
    /// As the server has it, its status among it.
    package var value: Value
    /// What is wrong with it, where it could not be decoded.
    package var application: Result<Application, DiagnosticsError>

    package init(_ value: Value) {
        self.value = value
        application = Result { () throws(DiagnosticsError) in try Application(value, source: nil) }
    }

    package var generation: Int { value[path: "metadata", "generation"]?.int ?? 0 }
    /// What a person, or a pipeline, changes to ask for a sync.
    package var requestedAt: String? { KubernetesObject(value).annotation(Vocabulary.requestedAt) }
    /// The request that was not answered yet.
    package var openOrder: SyncOrder? {
        guard let order = SyncOrder(of: value), order.moment != handledRequest else { return nil }
        return order
    }
    package var isBeingDeleted: Bool { value[path: "metadata", "deletionTimestamp"] != nil }
}

extension RegisteredApplication {
    fileprivate var resourceVersion: UInt64 { KubernetesObject(value).resourceVersion.flatMap { UInt64($0) } ?? 0 }

    fileprivate func news(since known: RegisteredApplication?) -> ApplicationNews {
        guard let known else { return .changed }
        if requestedAt != known.requestedAt { return .requested }
        let isSame = generation == known.generation && isBeingDeleted == known.isBeingDeleted
        return isSame ? .nothing : .changed
    }
}

/// What a new version of an Application means for whoever works on it.
enum ApplicationNews: Sendable, Hashable {
    case nothing
    /// It is new, or says something else than before.
    case changed
    /// Somebody asks for a sync.
    case requested
}

/// The Applications, by their keys and by the sets that they are the parents of.
package final class ApplicationRegistry: Sendable {
    private struct State {
        var applications: [ApplicationKey: RegisteredApplication] = [:]
        var keysOfSets: [String: ApplicationKey] = [:]
        var isListed = false
    }

    private let state = Mutex(State())

    package init() {}

    package subscript(key: ApplicationKey) -> RegisteredApplication? { state.withLock { $0.applications[key] } }
    package var keys: [ApplicationKey] { state.withLock { $0.applications.keys.sorted() } }
    package var all: [RegisteredApplication] { state.withLock { Array($0.applications.values) } }

    /// Whether all Applications of the cluster were seen once.
    var isListed: Bool { state.withLock { $0.isListed } }

    func noteListed() { state.withLock { $0.isListed = true } }

    /// The application whose objects carry the label of a set.
    func key(ofSet id: String) -> ApplicationKey? { state.withLock { $0.keysOfSets[id] } }

    /// The value of an Application; nil for anything else, and for one that is not known.
    func value(of reference: ObjectReference) -> Value? {
        guard reference.gvk.group == Application.group, reference.gvk.kind == Application.kind else { return nil }
        return self[ApplicationKey(namespace: reference.namespace ?? "", name: reference.name)]?.value
    }

    /// Takes in a version of an Application, unless a newer one is known.
    func take(_ value: Value) -> ApplicationNews {
        let key = ApplicationKey(value)
        let new = RegisteredApplication(value)
        return state.withLock { state in
            let known = state.applications[key]
            if let known, new.resourceVersion < known.resourceVersion { return .nothing }
            state.applications[key] = new
            state.keysOfSets[ApplySet(parent: Application.reference(of: key)).id] = key
            return new.news(since: known)
        }
    }

    /// Takes in what the server answered to a write of ours; anything else than an Application is passed over.
    func wrote(_ value: Value) {
        if Application.describes(value) { _ = take(value) }
    }

    func remove(_ key: ApplicationKey) {
        state.withLock { state in
            state.applications[key] = nil
            state.keysOfSets[ApplySet(parent: Application.reference(of: key)).id] = nil
        }
    }
}

extension ApplicationKey {
    init(_ value: Value) {
        let object = KubernetesObject(value)
        self.init(namespace: object.namespace ?? "", name: object.name)
    }
}

extension Application {
    package var key: ApplicationKey { ApplicationKey(namespace: namespace, name: name) }

    static func reference(of key: ApplicationKey) -> ObjectReference {
        ObjectReference(gvk: resourceKind, namespace: key.namespace, name: key.name)
    }
}
