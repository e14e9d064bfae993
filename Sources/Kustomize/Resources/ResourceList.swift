// The ordered list of resources that transformers work on, with hash tables by id, so that a lookup costs the same
// among ten resources and among ten thousand.

import Manifest

struct ResourceList: Sendable {
    private(set) var items: [Resource] = []
    private var byCurrentID: [ResourceID: IndexList] = [:]
    /// Current and earlier ids.
    private var byAnyID: [ResourceID: IndexList] = [:]

    var count: Int { items.count }
    var isEmpty: Bool { items.isEmpty }
    var indices: Range<Int> { items.indices }
    subscript(index: Int) -> Resource { items[index] }

    /// Adds a resource. Answers the index of one that already has its id, in which case nothing is added.
    mutating func append(_ resource: Resource) -> Int? {
        if let twin = byCurrentID[resource.id]?.first { return twin }
        items.append(resource)
        register(items.count - 1)
        return nil
    }

    /// Adds a resource even where its id is taken; `conflicts` finds that out later.
    mutating func appendUnchecked(_ resource: Resource) {
        items.append(resource)
        register(items.count - 1)
    }

    /// Changes a resource in place and keeps the tables right.
    mutating func update<Failure: Error>(_ index: Int, _ change: (inout Resource) throws(Failure) -> Void)
        throws(Failure)
    {
        let before = items[index].id
        let earlierCount = items[index].earlier.count
        defer {
            let after = items[index]
            if after.id != before || after.earlier.count != earlierCount {
                reregister(index, before: before, earlierCount: earlierCount)
            }
        }
        try change(&items[index])
    }

    /// Changes a resource in a way that cannot touch its id.
    mutating func updateKeepingIdentity<Failure: Error>(
        _ index: Int, _ change: (inout Value) throws(Failure) -> Void
    ) throws(Failure) {
        try items[index].changeKeepingIdentity(change)
    }

    /// The number of a node that is about to stand at several places of a resource.
    mutating func newSharedNode(at index: Int) -> UInt16 { items[index].newSharedNode() }

    mutating func settleSharedNodes(at index: Int) { items[index].settleSharedNodes() }

    mutating func replaceAll(_ resources: [Resource]) {
        items = resources
        rebuild()
    }

    /// Drops what transformers have emptied.
    mutating func dropEmpty() {
        guard items.contains(where: \.isEmpty) else { return }
        items.removeAll(where: \.isEmpty)
        rebuild()
    }

    func indices(withCurrentID id: ResourceID) -> [Int] { byCurrentID[id]?.indices ?? [] }
    /// In list order.
    func indices(withAnyID id: ResourceID) -> [Int] { byAnyID[id]?.indices ?? [] }

    /// The resources that share the current id of the one at `index`, itself included.
    func twins(of index: Int) -> [Int] { byCurrentID[items[index].id]?.indices ?? [] }

    /// Whether two resources have one current id.
    var hasConflicts: Bool { byCurrentID.count < items.count }

    /// Pairs of resources with one current id, in list order.
    var conflicts: [(first: Int, second: Int)] {
        byCurrentID.values.map(\.indices).filter { $0.count > 1 }.map { ($0[0], $0[1]) }.sorted { $0.0 < $1.0 }
    }

    private mutating func register(_ index: Int) {
        let resource = items[index]
        Self.enter(resource.id, index, &byCurrentID)
        Self.enter(resource.id, index, &byAnyID)
        for earlier in resource.earlier { Self.enter(resource.withEarlier(earlier), index, &byAnyID) }
    }

    private static func enter(_ id: ResourceID, _ index: Int, _ table: inout [ResourceID: IndexList]) {
        table[id, default: IndexList(first: index)].insert(index)
    }

    private static func leave(_ id: ResourceID, _ index: Int, _ table: inout [ResourceID: IndexList]) {
        guard let position = table.index(forKey: id) else { return }
        if !table.values[position].remove(index) { table.remove(at: position) }
    }

    private mutating func reregister(_ index: Int, before: ResourceID, earlierCount: Int) {
        let resource = items[index]
        let after = resource.id
        if after != before {
            Self.leave(before, index, &byCurrentID)
            Self.enter(after, index, &byCurrentID)
        }
        if after.group != before.group || after.version != before.version || resource.earlier.count < earlierCount {
            // Group and version of earlier ids follow the current ones, so all of them moved.
            rebuild()
            return
        }
        if after != before {
            let remembered = resource.earlier.contains { resource.withEarlier($0) == before }
            if !remembered { Self.leave(before, index, &byAnyID) }
            Self.enter(after, index, &byAnyID)
        }
        for earlier in resource.earlier[min(earlierCount, resource.earlier.count)...] {
            let id = resource.withEarlier(earlier)
            if id != after { Self.enter(id, index, &byAnyID) }
        }
    }

    private mutating func rebuild() {
        byCurrentID.removeAll(keepingCapacity: true)
        byAnyID.removeAll(keepingCapacity: true)
        for index in items.indices { register(index) }
    }
}

/// Indices in ascending order, of which there is nearly always one: no storage of its own is needed for that.
private struct IndexList: Sendable {
    private(set) var first: Int
    private var others: [Int] = []

    init(first: Int) { self.first = first }

    var indices: [Int] { [first] + others }

    mutating func insert(_ index: Int) {
        if index == first { return }
        if index < first {
            others.insert(first, at: 0)
            first = index
        } else if !others.contains(index) {
            others.insert(index, at: others.firstIndex { $0 > index } ?? others.endIndex)
        }
    }

    /// False when nothing is left.
    mutating func remove(_ index: Int) -> Bool {
        if index != first {
            others.removeAll { $0 == index }
            return true
        }
        guard !others.isEmpty else { return false }
        first = others.removeFirst()
        return true
    }
}
