// Last applied × desired × live: which fields a sync would change, and who made them differ.
//
// What we applied last is what managedFields records for our manager. A server gives a field to whoever changes its
// value, so a field that is still ours holds what we applied, or what the server made of it. A desired field that
// differs from live is an update; a field of ours that is no longer desired and nobody else's is a removal; a field
// that only live has is somebody else's.

package import Manifest

/// One object compared.
package struct ThreeWayDiff: Sendable {
    package struct Result: Sendable {
        package var changes: [FieldChange] = []
        /// Differences that a server's default could explain: only the server knows.
        package var doubts: [FieldChange] = []
        /// Fields that are as desired, and not ours yet: an apply would change nothing but their owner.
        package var takesOwnership = false

        package var isSame: Bool { changes.isEmpty && doubts.isEmpty && !takesOwnership }
    }

    package var type: SchemaType
    package var desired: Value
    package var live: Value
    package var ownership: Ownership
    /// Whether what is desired is what was applied last, by the digest that the object carries; nil when it carries
    /// none.
    package var isDigestCurrent: Bool?
    package var mask: SecretMask
    /// Whether the server may leave out fields of ours that it does not know, instead of refusing the object.
    package var mayLoseFields = false
    /// Whether the object is written whole, so that what is ours and not desired is gone once Git is as applied.
    package var isReplaced = false

    private let kind: GroupKind
    private let lastApplied: Value?
    private var result = Result()

    package init(
        type: SchemaType, desired: Value, live: Value, ownership: Ownership, isDigestCurrent: Bool?,
        mask: SecretMask = .shared
    ) {
        self.type = type
        self.desired = desired
        self.live = live
        self.ownership = ownership
        self.isDigestCurrent = isDigestCurrent
        self.mask = mask
        kind = KubernetesObject(desired).gvk.groupKind
        let annotation = KubernetesObject(live).annotation(Vocabulary.lastAppliedConfiguration)
        lastApplied = ownership.isApplied ? nil : annotation.flatMap { try? JSON.read(Array($0.utf8)) }
    }

    /// Fields that the engine itself keeps on objects: written, and never shown as a change.
    static let bookkeeping: FieldSet = [
        FieldPath(fields: "metadata", "annotations", Vocabulary.appliedDigest),
        FieldPath(fields: "metadata", "annotations", Vocabulary.appliedFields),
        FieldPath(fields: "metadata", "annotations", Vocabulary.lastAppliedConfiguration),
    ]

    package func compare() -> Result {
        var walk = self
        if !ownership.isOfThisVersion {
            // Our fields are named as another version names them. While the digest holds they are those that we desire
            // now, but for those that others have taken since.
            let taken = ownership.others.reduce(FieldSet()) { $0.union($1.fields) }.difference(ownership.ours)
            walk.ownership.ours = isDigestCurrent ?? false ? type.fieldSet(of: desired).difference(taken) : FieldSet()
        }
        walk.visit(desired, live, type, FieldPath())
        if !isReplaced || isDigestCurrent != true {
            walk.visitRemovals(
                walk.ownership.ours.difference(ManagedFields.unowned), type.fieldSet(of: desired), FieldPath())
        }
        walk.result.changes.sort { $0.path < $1.path }
        walk.result.doubts.sort { $0.path < $1.path }
        if !ownership.isApplied || !ownership.isOfThisVersion && isDigestCurrent != true {
            walk.result.takesOwnership = true
        }
        return walk.result
    }

    // MARK: Desired against live

    private mutating func visit(_ desired: Value, _ live: Value?, _ type: SchemaType, _ path: FieldPath) {
        let live = live.flatMap { $0.isNull ? nil : $0 }
        switch type.shape(of: desired) {
        case .granular:
            guard let object = live?.object, let wanted = desired.object else {
                leaf(desired, live, type, path)
                return
            }
            for entry in wanted.entries {
                let child = path.appending(.field(entry.key))
                if child.elements.count <= 2, ManagedFields.unowned.contains(child), entry.key != "metadata" {
                    continue
                }
                if Self.bookkeeping.contains(child) { continue }
                let value = object[entry.key]
                if value == nil, isAlwaysThere(entry.key, entry.value, type) { continue }
                visit(entry.value, value, type.memberOrAny(entry.key), child)
            }
        case .associative(let list):
            guard let existing = live?.array, let wanted = desired.array else {
                leaf(desired, live, type, path)
                return
            }
            visitItems(wanted, existing, list, type, path)
        case .leaf:
            leaf(desired, live, type, path)
        }
    }

    /// An empty structure that the server always holds means nothing when it is written.
    private func isAlwaysThere(_ key: String, _ value: Value, _ type: SchemaType) -> Bool {
        value.isEmpty && type.structure?.field(key)?.defaultValue == [:]
    }

    private mutating func visitItems(
        _ wanted: [Value], _ existing: [Value], _ list: Schema.List, _ type: SchemaType, _ path: FieldPath
    ) {
        var live: [PathElement: (index: Int, value: Value)] = [:]
        for (index, item) in existing.enumerated() {
            if let element = type.pathElement(of: item, in: list), live[element] == nil {
                live[element] = (index, item)
            }
        }
        var order: [Int] = []
        for item in wanted {
            guard let element = type.pathElement(of: item, in: list) else {
                leaf(.array(wanted), .array(existing), type, path)
                return
            }
            let twin = live[element] ?? type.fewerKeys(item, of: element, among: existing, in: list)
            if let twin { order.append(twin.index) }
            visit(item, twin?.value, type.element ?? Schema.anything, path.appending(element))
        }
        let isReordered = zip(order, order.dropFirst()).contains { $0 > $1 }
        if isReordered, isDigestCurrent != true {
            record(
                FieldChange(path: path, live: .array(existing), desired: .array(wanted), cause: .git), isDoubtful: false
            )
        }
    }

    private mutating func leaf(_ desired: Value, _ live: Value?, _ type: SchemaType, _ path: FieldPath) {
        let likeness = type.likeness(of: live, to: desired)
        let isOurs = ownership.ours.contains(path)
        if likeness == .same {
            if !isOurs, !ownership.shared.contains(path), ownership.isOwnedByOthers(path) {
                result.takesOwnership = true
            }
            return
        }
        // An empty value may be gone since all that was in it went.
        let isTakenAway = live == nil && ownership.keepsWhatIsGone && !desired.isEmpty
        if isOurs, isDigestCurrent ?? false, !isTakenAway { return }
        if isOurs, live == nil, likeness == .covers { return }
        let isPerhapsUnknown = mayLoseFields && live == nil && isDigestCurrent == true
        record(
            FieldChange(
                path: path, live: live, desired: desired,
                cause: cause(of: path, desired: desired, isOurs: isOurs && !isTakenAway)),
            isDoubtful: likeness == .covers || isPerhapsUnknown || isOurs && isDigestCurrent == nil && !kind.isSecret)
    }

    private mutating func record(_ change: FieldChange, isDoubtful: Bool) {
        var change = change
        change.live = mask.shown(change.live, at: change.path, of: kind)
        change.desired = mask.shown(change.desired, at: change.path, of: kind)
        if isDoubtful { result.doubts.append(change) } else { result.changes.append(change) }
    }

    private func cause(of path: FieldPath, desired: Value?, isOurs: Bool) -> ChangeCause {
        if isOurs { return .git }
        if let lastApplied {
            let before = type.value(at: path, in: lastApplied)
            if type.likeness(of: before, to: desired) != .same { return .git }
        } else if isDigestCurrent != true {
            // Git changed something of this object. This field, too, unless somebody took it since we applied.
            guard ownership.isApplied, let owner = ownership.owner(of: path), let time = owner.time,
                time >= ownership.time ?? ""
            else { return .git }
            return .cluster(manager: owner.manager, time: owner.time)
        }
        let owner = ownership.owner(of: path) ?? ownership.latestUpdate
        return .cluster(manager: owner?.manager ?? "unknown", time: owner?.time)
    }

    // MARK: What is no longer desired

    private mutating func visitRemovals(_ ours: FieldSet, _ desired: FieldSet, _ path: FieldPath) {
        for node in ours.nodes {
            let child = path.appending(node.element)
            if Self.bookkeeping.contains(child) { continue }
            if let wanted = desired.node(node.element) ?? desired.itemWithFewerKeys(than: node.element) {
                if !wanted.isMember || !wanted.children.isEmpty || isEmptied(child) {
                    visitRemovals(node.children, wanted.children, child)
                }
            } else if node.isMember, node.children.isEmpty || !ownership.isHeldByOthers(child) {
                // An item or a key goes with all that lies below it, whoever set that.
                remove(child)
            } else {
                visitRemovals(node.children, FieldSet(), child)
            }
        }
    }

    /// Whether an empty map is desired where we had one with something in it.
    private func isEmptied(_ path: FieldPath) -> Bool {
        type.value(at: path, in: desired)?.object?.isEmpty ?? false
    }

    private mutating func remove(_ path: FieldPath) {
        if ownership.isHeldByOthers(path) {
            if isDigestCurrent != true { result.takesOwnership = true }
            return
        }
        guard let element = path.elements.last, let value = type.value(at: path, in: live) else { return }
        let fate = ServerDefaults.fate(of: value, at: element, in: type.descending(path.elements.dropLast()))
        if fate == .same {
            if !value.isEmpty, isDigestCurrent != true { result.takesOwnership = true }
            return
        }
        record(FieldChange(path: path, live: value, desired: nil, cause: .git), isDoubtful: fate == .unknown)
    }
}

extension FieldSet {
    /// The one item whose keys are some of an item's: the others were filled in by defaults that we do not know.
    fileprivate func itemWithFewerKeys(than element: PathElement) -> Node? {
        guard case .item(let keys) = element else { return nil }
        let matches = nodes.filter { node in
            guard case .item(let fewer) = node.element, fewer.count < keys.count else { return false }
            return fewer.allSatisfy(keys.contains)
        }
        return matches.count == 1 ? matches[0] : nil
    }
}

extension SchemaType {
    /// The type of what stands at the end of a path.
    func descending(_ elements: some Sequence<PathElement>) -> SchemaType {
        elements.reduce(self) { type, element in
            if case .field(let key) = element { return type.memberOrAny(key) }
            return type.element ?? Schema.anything
        }
    }

    /// The live item of a list by the keys that a desired item has, where a default unknown to us fills in the others.
    fileprivate func fewerKeys(
        _ item: Value, of element: PathElement, among existing: [Value], in list: Schema.List
    ) -> (index: Int, value: Value)? {
        guard case .item(let keys) = element, case .map(let all) = list.type, keys.count < all.count else { return nil }
        let matches = existing.enumerated().filter { entry in
            keys.allSatisfy { entry.element[$0.name]?.scalar == $0.value }
        }
        return matches.count == 1 ? matches.first.map { (index: $0.offset, value: $0.element) } : nil
    }
}
