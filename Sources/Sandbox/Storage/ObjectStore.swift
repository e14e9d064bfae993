// The store: every object of every resource at its newest version, one revision counter, and a window of recent events.

package import Manifest
import Synchronization

/// An in-memory etcd with a watch cache: tables of objects in key order, optimistic writes, watches.
///
/// Writers read an object, compute its successor outside the lock and commit it against the revision that they read.
/// All of it stands behind one lock: a commit is a binary search and an insertion, microseconds.
package final class ObjectStore: Sendable {
    /// One resource's objects, in key order, and what happened to them lately.
    struct Table {
        var objects: [StoredObject] = []
        var events: [WatchEvent] = []
        /// Events up to this revision are no longer in the window.
        var compacted: UInt64 = 0
        var watches: [ObjectIdentifier: WatchStream] = [:]
    }

    fileprivate struct State {
        var revision: UInt64 = 1
        var tables: [GroupResource: Table] = [:]
        var observers: [@Sendable (GroupResource, WatchEvent) -> Void] = []
        /// The objects written last, whose trees are kept; a ring.
        var warm: [StoredObject] = []
        var oldest = 0
    }

    fileprivate static let warmCount = 512

    private let state = Mutex(State())
    private let windowSize: Int

    /// - Parameter windowSize: how many events of a resource are kept at least for watches that resume.
    package init(windowSize: Int = 512) {
        self.windowSize = windowSize
    }

    /// Has a function called, under the store's lock, with every change; it must only take a note of it.
    package func observe(_ observer: @escaping @Sendable (GroupResource, WatchEvent) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    package var revision: UInt64 { state.withLock { $0.revision } }

    // MARK: Reading

    package func object(_ resource: GroupResource, _ key: ObjectKey) -> StoredObject? {
        state.withLock { $0.tables[resource]?.object(key) }
    }

    /// The objects of a resource in one namespace, or in all of them when it is nil, and the revision that this shows.
    package func objects(
        _ resource: GroupResource, namespace: String? = nil
    ) -> (objects: [StoredObject], revision: UInt64) {
        state.withLock { state in
            (state.tables[resource].map { Array($0.slice(namespace)) } ?? [], state.revision)
        }
    }

    /// The objects as they were at a revision, nil when the event window does not reach back that far.
    package func objects(
        _ resource: GroupResource, namespace: String?, at revision: UInt64
    ) -> [StoredObject]? {
        state.withLock { state -> [StoredObject]? in
            guard let table = state.tables[resource] else { return [] }
            let now = Array(table.slice(namespace))
            guard table.events.last.map({ $0.object.revision > revision }) ?? false else {
                return revision >= table.compacted ? now : nil
            }
            guard revision >= table.compacted else { return nil }
            var past: [ObjectKey: StoredObject] = [:]
            for object in now { past[object.key] = object }
            for event in table.events.reversed() {
                guard event.object.revision > revision else { break }
                guard namespace == nil || event.object.key.namespace == namespace else { continue }
                past[event.object.key] = event.previous
            }
            return past.values.sorted { $0.key < $1.key }
        }
    }

    // MARK: Writing

    /// Stores a new object; nil when there is one of that name already.
    package func insert(_ resource: GroupResource, _ key: ObjectKey, _ value: Value) -> StoredObject? {
        state.withLock { state -> StoredObject? in
            var table = state.take(resource)
            defer { state.tables[resource] = table }
            let (index, found) = table.index(key)
            guard !found else { return nil }
            let object = state.stamp(key, value)
            table.objects.insert(object, at: index)
            state.publish(.added, object, nil, resource, &table, windowSize)
            return object
        }
    }

    /// Stores the successor of an object; nil when it is no longer at the expected revision.
    package func replace(
        _ resource: GroupResource, _ old: StoredObject, with value: Value
    ) -> StoredObject? {
        state.withLock { state -> StoredObject? in
            var table = state.take(resource)
            defer { state.tables[resource] = table }
            let (index, found) = table.index(old.key)
            guard found, table.objects[index].revision == old.revision else { return nil }
            let object = state.stamp(old.key, value)
            table.objects[index] = object
            state.publish(.modified, object, old, resource, &table, windowSize)
            return object
        }
    }

    /// Removes an object and answers its last state, at the revision of the removal; nil when it is no longer at the
    /// expected revision.
    package func remove(_ resource: GroupResource, _ old: StoredObject, last: Value? = nil) -> StoredObject? {
        state.withLock { state -> StoredObject? in
            var table = state.take(resource)
            defer { state.tables[resource] = table }
            let (index, found) = table.index(old.key)
            guard found, table.objects[index].revision == old.revision else { return nil }
            table.objects.remove(at: index)
            let object = state.stamp(old.key, last ?? old.value)
            state.publish(.deleted, object, old, resource, &table, windowSize)
            return object
        }
    }

    // MARK: Watching

    /// Begins a watch.
    /// - Parameter start: after which revision events are wanted; nil for the present state as events first.
    /// - Parameter endsInitialEvents: whether a bookmark follows the present state.
    /// - Returns: false when the window no longer reaches back to the revision.
    func watch(_ resource: GroupResource, _ stream: WatchStream, after start: UInt64?, endsInitialEvents: Bool) -> Bool
    {
        state.withLock { state -> Bool in
            var table = state.take(resource)
            defer { state.tables[resource] = table }
            if let start {
                guard start >= table.compacted else { return false }
                let first = table.events.partitionPoint { $0.object.revision > start }
                for event in table.events[first...] { stream.deliver(event) }
            } else {
                for object in table.slice(stream.namespace) {
                    stream.deliver(WatchEvent(type: .added, object: object, previous: nil))
                }
                if endsInitialEvents { stream.deliverBookmark(state.revision, endsInitialEvents: true) }
            }
            table.watches[ObjectIdentifier(stream)] = stream
            return true
        }
    }

    /// Queues a bookmark behind everything that the watch has been sent.
    func bookmark(_ resource: GroupResource, _ stream: WatchStream) {
        state.withLock { state in
            guard state.tables[resource]?.watches[ObjectIdentifier(stream)] != nil else { return }
            stream.deliverBookmark(state.revision, endsInitialEvents: false)
        }
    }

    /// Has every watch look once more whether it may send.
    func wakeWatches() {
        let streams = state.withLock { $0.tables.values.flatMap { $0.watches.values } }
        for stream in streams { stream.wake() }
    }

    /// Shows an object to the observers as if it had changed; watches see nothing.
    func nudge(_ resource: GroupResource, _ key: ObjectKey) {
        state.withLock { state in
            guard let object = state.tables[resource]?.object(key) else { return }
            let event = WatchEvent(type: .modified, object: object, previous: object)
            for observer in state.observers { observer(resource, event) }
        }
    }

    /// All objects by resource, and the revision that this shows.
    func everything() -> (tables: [GroupResource: [StoredObject]], revision: UInt64) {
        state.withLock { ($0.tables.mapValues(\.objects), $0.revision) }
    }

    /// Has a resource's objects read otherwise than they were written, as a new schema reads what is stored: they
    /// change without an event or a new version.
    func reinterpret(_ resource: GroupResource, _ read: (Value) -> Value) {
        state.withLock { state in
            var table = state.take(resource)
            defer { state.tables[resource] = table }
            for (index, object) in table.objects.enumerated() {
                let before = object.value
                let after = read(before)
                guard after != before else { continue }
                let replaced = StoredObject(key: object.key, revision: object.revision, value: after)
                replaced.cool()
                table.objects[index] = replaced
            }
        }
    }

    /// Fills an empty store with what was kept of another one. What happened before is not known: watches begin after
    /// it.
    func load(_ objects: [(resource: GroupResource, key: ObjectKey, value: Value)], revision: UInt64) {
        state.withLock { state in
            state.revision = max(state.revision, revision)
            for (resource, key, value) in objects {
                let version = value[path: "metadata", "resourceVersion"]?.string.flatMap { UInt64($0) } ?? revision
                let object = StoredObject(key: key, revision: version, value: value)
                object.cool()
                state.tables[resource, default: Table()].objects.append(object)
            }
            for resource in state.tables.keys {
                state.tables[resource]?.objects.sort { $0.key < $1.key }
                state.tables[resource]?.compacted = state.revision
            }
        }
    }

    /// Takes the place of everything. Watches end, told that their version is too old.
    func replaceAll(_ objects: [(resource: GroupResource, key: ObjectKey, value: Value)]) {
        let gone = everything()
        for (resource, table) in gone.tables {
            for object in table { _ = remove(resource, object) }
        }
        for (resource, key, value) in objects { _ = insert(resource, key, value) }
        compact()
    }

    /// Forgets everything, the revisions too, as an etcd that lost its disk. Watches end.
    func reset() {
        let streams = state.withLock { state in
            let streams = state.tables.values.flatMap { $0.watches.values }
            state.tables = [:]
            state.revision = 1
            state.warm = []
            state.oldest = 0
            return streams
        }
        for stream in streams { stream.end() }
    }

    package var isEmpty: Bool { state.withLock { $0.tables.values.allSatisfy { $0.objects.isEmpty } } }

    /// Forgets the events so far: watches that run are told that their version is too old, and so is who comes with an
    /// older one.
    package func compact() {
        let (streams, revision) = state.withLock { state in
            var streams: [WatchStream] = []
            for resource in state.tables.keys {
                streams += state.tables[resource]?.watches.values.map { $0 } ?? []
                state.tables[resource]?.events = []
                state.tables[resource]?.compacted = state.revision
                state.tables[resource]?.watches = [:]
            }
            return (streams, state.revision)
        }
        for stream in streams { stream.fail(.expired("too old resource version: 1 (\(revision))")) }
    }

    func endWatch(_ resource: GroupResource, _ stream: WatchStream) {
        _ = state.withLock { $0.tables[resource]?.watches.removeValue(forKey: ObjectIdentifier(stream)) }
    }
}

extension ObjectStore.Table {
    func object(_ key: ObjectKey) -> StoredObject? {
        let (index, found) = index(key)
        return found ? objects[index] : nil
    }

    func index(_ key: ObjectKey) -> (index: Int, found: Bool) {
        let index = objects.partitionPoint { $0.key >= key }
        return (index, index < objects.count && objects[index].key == key)
    }

    func slice(_ namespace: String?) -> ArraySlice<StoredObject> {
        guard let namespace else { return objects[...] }
        let start = objects.partitionPoint { $0.key.namespace >= namespace }
        let end = objects[start...].partitionPoint { $0.key.namespace > namespace }
        return objects[start..<end]
    }
}

extension ObjectStore.State {
    /// The table, taken out so that it is changed in place; whoever takes it puts it back.
    fileprivate mutating func take(_ resource: GroupResource) -> ObjectStore.Table {
        tables.removeValue(forKey: resource) ?? ObjectStore.Table()
    }

    /// The next revision's version of an object, with the revision written into it.
    fileprivate mutating func stamp(_ key: ObjectKey, _ value: Value) -> StoredObject {
        revision += 1
        var value = value
        value["metadata"]?["resourceVersion"] = .string(String(revision))
        let object = StoredObject(key: key, revision: revision, value: value)
        if warm.count < ObjectStore.warmCount {
            warm.append(object)
        } else {
            warm[oldest].cool()
            warm[oldest] = object
            oldest = (oldest + 1) % warm.count
        }
        return object
    }

    fileprivate func publish(
        _ type: WatchEvent.Kind, _ object: StoredObject, _ previous: StoredObject?, _ resource: GroupResource,
        _ table: inout ObjectStore.Table, _ windowSize: Int
    ) {
        let event = WatchEvent(type: type, object: object, previous: previous)
        table.events.append(event)
        if table.events.count >= 2 * windowSize {
            table.compacted = table.events[windowSize - 1].object.revision
            table.events.removeFirst(windowSize)
        }
        for stream in table.watches.values { stream.deliver(event) }
        for observer in observers { observer(resource, event) }
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first index whose element satisfies the predicate, in a collection where all that satisfy it come last.
    func partitionPoint(_ isInSecond: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if isInSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
