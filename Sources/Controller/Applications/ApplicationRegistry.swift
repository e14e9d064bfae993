// The Applications of the cluster as they were seen last.

import KubernetesClient
package import Manifest
package import Reconciler
import SyncEngine
import Synchronization

/// An Application of the cluster, decoded or not.
///
/// The object is kept as JSON text, without the book-keeping of field managers: that is a fifth of what it needs as a
/// value, and between two pieces of work nobody reads it.
package struct RegisteredApplication: Sendable {
    private let text: [UInt8]
    /// What is wrong with it, where it could not be decoded.
    package let application: Result<Application, DiagnosticsError>
    package let key: ApplicationKey
    /// The request that was answered last, by the status.
    package let handledRequest: String?
    /// What a new version is compared by.
    fileprivate let marks: Marks

    package init(_ value: Value) {
        var value = value
        value["metadata"]?["managedFields"] = nil
        text = JSON.write(value)
        application = Result { () throws(DiagnosticsError) in try Application(value, source: nil) }
        key = ApplicationKey(value)
        handledRequest = value[path: "status", "lastHandledRequest"]?.string
        marks = Marks(value)
    }

    /// As the server has it, its status among it, but for `metadata.managedFields`.
    package var value: Value { (try? JSON.read(text)) ?? .null }

    package var generation: Int { marks.generation }
    package var isBeingDeleted: Bool { marks.isBeingDeleted }
    /// What a person, or a pipeline, changes to ask for a sync.
    package var requestedAt: String? { marks.requestedAt }
    /// The request that was not answered yet.
    package var openOrder: SyncOrder? {
        guard let requestedAt, requestedAt != handledRequest else { return nil }
        return SyncOrder(of: value)
    }
}

/// What of an Application makes work where it changes.
private struct Marks: Sendable {
    let uid: String?
    let version: UInt64
    let generation: Int
    let requestedAt: String?
    let isBeingDeleted: Bool

    init(_ value: Value) {
        let object = KubernetesObject(value)
        uid = value[path: "metadata", "uid"]?.string
        version = object.resourceVersion.flatMap { UInt64($0) } ?? 0
        generation = value[path: "metadata", "generation"]?.int ?? 0
        requestedAt = object.annotation(Vocabulary.requestedAt)
        isBeingDeleted = value[path: "metadata", "deletionTimestamp"] != nil
    }

    /// Whether they are of the same object, and of no earlier version of it.
    func isNot(before other: Marks) -> Bool { uid == other.uid && version >= other.version }

    /// What there is to do that was not when those were told.
    func news(since told: Marks?) -> WorkReasons {
        guard let told, told.uid == uid else { return .changed }
        var news: WorkReasons = []
        if generation != told.generation || isBeingDeleted != told.isBeingDeleted { news.insert(.changed) }
        if requestedAt != told.requestedAt { news.insert(.requested) }
        return news
    }
}

/// The Applications, by their keys and by the sets that they are the parents of.
///
/// They come from two sides: the watch tells of them, and the server answers our own writes, often sooner. An answer
/// may show what somebody else has changed meanwhile. So only what the watch tells makes work, measured by what it
/// told before, and an Application that the watch has not told of, or not any more, is not here.
package final class ApplicationRegistry: Sendable {
    private struct Entry {
        var newest: RegisteredApplication
        var told: Marks
    }

    private struct State {
        var entries: [ApplicationKey: Entry] = [:]
        var keysOfSets: [String: ApplicationKey] = [:]
        var isListed = false
    }

    private let state = Mutex(State())

    package init() {}

    package subscript(key: ApplicationKey) -> RegisteredApplication? { state.withLock { $0.entries[key]?.newest } }
    package var keys: [ApplicationKey] { state.withLock { $0.entries.keys.sorted() } }
    package var all: [RegisteredApplication] { state.withLock { $0.entries.values.map(\.newest) } }

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

    /// Takes in a version of an Application that the watch tells of, unless a newer one is known.
    ///
    /// - Returns: what there is to do about it that the watch had not told of before.
    func take(_ value: Value) -> WorkReasons {
        let key = ApplicationKey(value)
        let marks = Marks(value)
        return state.withLock { state in
            let known = state.entries[key]
            // What a write of ours was answered is not decoded once more.
            let newest = known.flatMap { $0.newest.marks.isNot(before: marks) ? $0.newest : nil }
            let new = newest ?? RegisteredApplication(value)
            state.entries[key] = Entry(newest: new, told: new.marks)
            state.keysOfSets[ApplySet(parent: Application.reference(of: key)).id] = key
            return new.marks.news(since: known?.told)
        }
    }

    /// Takes in what the server answered to a write of ours. Anything else than an Application is passed over, and so
    /// is one that the watch has not told of: the answer may come after the end of its object.
    func wrote(_ value: Value) {
        guard Application.describes(value) else { return }
        let key = ApplicationKey(value)
        let new = RegisteredApplication(value)
        state.withLock { state in
            guard let known = state.entries[key], known.newest.marks.uid == new.marks.uid,
                known.newest.marks.version < new.marks.version
            else { return }
            state.entries[key]?.newest = new
        }
    }

    func remove(_ key: ApplicationKey) {
        state.withLock { state in
            state.entries[key] = nil
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
