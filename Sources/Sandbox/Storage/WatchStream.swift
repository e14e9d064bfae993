// A watch: what one client asked to see, and the events that wait to be sent to it.

import Manifest
import Synchronization

/// A change of one object.
package struct WatchEvent: Sendable {
    package enum Kind: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    package var type: Kind
    /// The object after the change; for a deletion its last state, at the revision of the deletion.
    package var object: StoredObject
    package var previous: StoredObject?
}

/// The events of one watch, filtered and queued by the store, encoded by whoever sends them.
///
/// The store delivers under its lock and only appends here; a slow reader that lets more than `limit` events pile up
/// is ended, as the real server ends it, and will resume from its last resource version.
package final class WatchStream: Sendable {
    /// What a watch lets through.
    struct Filter: Sendable {
        var namespace: String?
        var labels: LabelSelector = .everything
        var fields: FieldSelector = .everything

        func matches(_ object: StoredObject) -> Bool {
            (namespace == nil || namespace == object.key.namespace) && labels.matches(object.labels)
                && (fields.isEverything || fields.matches(object))
        }
    }

    private enum Item: Sendable {
        case event(WatchEvent.Kind, StoredObject)
        case bookmark(UInt64, endsInitialEvents: Bool)
        case error(StatusError)
    }

    private struct State {
        var items: [Item] = []
        var isEnded = false
        var wake: (@Sendable () -> Void)?
    }

    private static let limit = 100_000

    private let filter: Filter
    private let represent: @Sendable (StoredObject) -> [UInt8]
    private let bookmark: @Sendable (UInt64, Bool) -> [UInt8]
    private let state = Mutex(State())
    /// How long the watch lives.
    package let timeout: Duration
    /// Whether the client takes bookmarks.
    package let allowsBookmarks: Bool
    private let store: ObjectStore?
    private let resource: GroupResource

    /// - Parameter represent: an object as this client reads it: its version, a table row, its metadata only.
    /// - Parameter bookmark: a bookmark's object for a revision, with or without the mark that initial events end.
    init(
        _ resource: GroupResource, store: ObjectStore?, filter: Filter, timeout: Duration, allowsBookmarks: Bool,
        represent: @escaping @Sendable (StoredObject) -> [UInt8],
        bookmark: @escaping @Sendable (UInt64, Bool) -> [UInt8]
    ) {
        self.resource = resource
        self.store = store
        self.filter = filter
        self.timeout = timeout
        self.allowsBookmarks = allowsBookmarks
        self.represent = represent
        self.bookmark = bookmark
    }

    var namespace: String? { filter.namespace }

    /// A watch that says only why it cannot be.
    static func refused(_ resource: GroupResource, _ error: StatusError) -> WatchStream {
        let stream = WatchStream(
            resource, store: nil, filter: Filter(), timeout: .zero, allowsBookmarks: false, represent: { $0.document },
            bookmark: { _, _ in [] })
        stream.state.withLock {
            $0.items = [.error(error)]
            $0.isEnded = true
        }
        return stream
    }

    // MARK: The store's side

    func deliver(_ event: WatchEvent) {
        let was = event.previous.map(filter.matches) ?? false
        let item: Item
        switch event.type {
        case .added:
            guard filter.matches(event.object) else { return }
            item = .event(.added, event.object)
        case .modified:
            switch (was, filter.matches(event.object)) {
            case (true, true): item = .event(.modified, event.object)
            case (false, true): item = .event(.added, event.object)
            case (true, false): item = .event(.deleted, event.object)
            case (false, false): return
            }
        case .deleted:
            guard was else { return }
            item = .event(.deleted, event.object)
        }
        append(item)
    }

    func deliverBookmark(_ revision: UInt64, endsInitialEvents: Bool) {
        append(.bookmark(revision, endsInitialEvents: endsInitialEvents))
    }

    private func append(_ item: Item) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.isEnded else { return nil }
            state.items.append(item)
            if state.items.count > Self.limit {
                state.items = []
                state.isEnded = true
            }
            return state.items.count == 1 || state.isEnded ? state.wake : nil
        }
        wake?()
    }

    /// Ends the watch with an error as its last event.
    func fail(_ error: StatusError) {
        append(.error(error))
        let wake = state.withLock { state in
            state.isEnded = true
            return state.wake
        }
        wake?()
    }

    /// Has the reader look once more.
    func wake() {
        state.withLock { $0.wake }?()
    }

    // MARK: The reader's side

    /// Names the function that is called, on any thread, when something waits to be taken.
    package func onReady(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
        wake()
    }

    /// Takes what waits, as newline-terminated JSON, and says whether the watch is over.
    package func take() -> (bytes: [UInt8], isOver: Bool) {
        let (items, isOver) = state.withLock { state in
            let items = state.items
            state.items = []
            return (items, state.isEnded)
        }
        var bytes: [UInt8] = []
        for item in items {
            switch item {
            case .event(let type, let object): append(type.rawValue, represent(object), to: &bytes)
            case .bookmark(let revision, let ends): append("BOOKMARK", bookmark(revision, ends), to: &bytes)
            case .error(let error): append("ERROR", JSON.write(error.value), to: &bytes)
            }
        }
        return (bytes, isOver)
    }

    private func append(_ type: String, _ object: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(contentsOf: #"{"type":""#.utf8)
        bytes.append(contentsOf: type.utf8)
        bytes.append(contentsOf: #"","object":"#.utf8)
        bytes.append(contentsOf: object)
        bytes.append(contentsOf: "}\n".utf8)
    }

    /// Asks the store for a bookmark; nothing happens when the client takes none.
    package func requestBookmark() {
        if allowsBookmarks { store?.bookmark(resource, self) }
    }

    package func end() {
        state.withLock { $0.isEnded = true }
        store?.endWatch(resource, self)
    }
}
