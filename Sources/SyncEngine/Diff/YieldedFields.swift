// Walks a desired object and its live one side by side, and gives way in the fields that are left to others.

import Manifest

/// The walk. What it returns takes the place of the desired value; nil takes it away.
struct YieldedFields {
    let ownership: Ownership
    /// Whether the walk is inside of what has one owner as a whole, such as a list that is atomic.
    private var isInsideLeaf = false

    init(ownership: Ownership) {
        self.ownership = ownership
    }

    // MARK: By a selector

    func yield(
        _ desired: Value?, _ live: Value?, _ type: SchemaType, _ steps: ArraySlice<FieldSelector.Step>,
        at path: FieldPath = FieldPath()
    ) -> Value? {
        guard let step = steps.first else { return yieldAll(desired, live, type, at: path) }
        if !isInsideLeaf, let value = desired ?? live, case .leaf = type.shape(of: value) {
            var inside = self
            inside.isInsideLeaf = true
            return inside.yield(desired, live, type, steps, at: path)
        }
        let rest = steps.dropFirst()
        if case .select(let condition) = step {
            return condition.holds(for: desired) || condition.holds(for: live)
                ? yield(desired, live, type, rest, at: path) : desired
        }
        return descend(desired, live, type, at: path, isMeant: { step.meansKey($0) }, isMeant: { step.meansIndex($0) })
        {
            yield($0, $1, $2, rest, at: $3)
        }
    }

    // MARK: By a set of fields

    func yield(
        _ desired: Value?, _ live: Value?, _ type: SchemaType, _ fields: FieldSet, at path: FieldPath = FieldPath()
    ) -> Value? {
        guard let desired else { return nil }
        return descend(
            desired, live, type, at: path, isMeant: { fields.node(.field($0)) != nil }, isMeant: { _ in true }
        ) {
            desired, live, type, path in
            guard let element = path.elements.last, let node = fields.node(element) else { return desired }
            if node.isMember, node.children.isEmpty { return yieldAll(desired, live, type, at: path) }
            return yield(desired, live, type, node.children, at: path)
        }
    }

    // MARK: Whole values

    /// Leaf by leaf, as each has an owner of its own.
    private func yieldAll(_ desired: Value?, _ live: Value?, _ type: SchemaType, at path: FieldPath) -> Value? {
        let sample = live ?? desired
        if let sample, case .leaf = type.shape(of: sample) { return yieldLeaf(live, at: path) }
        guard sample?.object?.isEmpty != true, sample?.array?.isEmpty != true else { return yieldLeaf(live, at: path) }
        return descend(desired, live, type, at: path, isMeant: { _ in true }, isMeant: { _ in true }) {
            yieldAll($0, $1, $2, at: $3)
        }
    }

    private func yieldLeaf(_ live: Value?, at path: FieldPath) -> Value? {
        isInsideLeaf || ownership.ours.contains(path) ? live : nil
    }

    // MARK: One step down

    private typealias Visit = (Value?, Value?, SchemaType, FieldPath) -> Value?

    private func descend(
        _ desired: Value?, _ live: Value?, _ type: SchemaType, at path: FieldPath, isMeant isKeyMeant: (String) -> Bool,
        isMeant isIndexMeant: (Int) -> Bool, _ visit: Visit
    ) -> Value? {
        switch desired ?? live {
        case .object: members(desired, live, type, at: path, isKeyMeant, visit)
        case .array: items(desired, live, type, at: path, isIndexMeant, visit)
        case .scalar, nil: desired
        }
    }

    private func members(
        _ desired: Value?, _ live: Value?, _ type: SchemaType, at path: FieldPath, _ isMeant: (String) -> Bool,
        _ visit: Visit
    ) -> Value? {
        var object = desired?.object ?? Object()
        let keys = object.entries.map(\.key) + (live?.object?.entries.map(\.key) ?? []).filter { !object.contains($0) }
        var removes = false
        for key in keys where isMeant(key) {
            if isIdentity(key, at: path) { continue }
            let value = visit(object[key], live?[key], type.memberOrAny(key), path.appending(.field(key)))
            removes = removes || object[key] != nil && value == nil
            object[key] = value
        }
        // What was only there for what is left to others goes with it.
        return object.isEmpty && (desired == nil || removes) ? nil : .object(object)
    }

    /// Who an object is, and whose, is never left to others.
    private func isIdentity(_ key: String, at path: FieldPath) -> Bool {
        switch path.elements {
        case []: ["apiVersion", "kind"].contains(key)
        case [.field("metadata")]: ["name", "namespace"].contains(key)
        case [.field("metadata"), .field("labels")], [.field("metadata"), .field("annotations")]: Vocabulary.isOurs(key)
        default: false
        }
    }

    private func items(
        _ desired: Value?, _ live: Value?, _ type: SchemaType, at path: FieldPath, _ isMeant: (Int) -> Bool,
        _ visit: Visit
    ) -> Value? {
        let (wanted, existing) = (desired?.array ?? [], live?.array ?? [])
        let elementType = type.element ?? Schema.anything
        var list: Schema.List?
        if case .associative(let found) = type.shape(of: desired ?? live ?? []) { list = found }
        func element(_ item: Value, _ index: Int) -> PathElement {
            list.flatMap { type.pathElement(of: item, in: $0) } ?? .index(index)
        }
        let liveElements = existing.enumerated().map { element($1, $0) }
        var result: [Value] = []
        var seen: Set<PathElement> = []
        for (index, item) in wanted.enumerated() {
            let name = element(item, index)
            seen.insert(name)
            guard isMeant(index) else {
                result.append(item)
                continue
            }
            let twin = liveElements.firstIndex(of: name).map { existing[$0] }
            if let value = visit(item, twin, elementType, path.appending(name)) { result.append(value) }
        }
        for (index, item) in existing.enumerated() where !seen.contains(liveElements[index]) && isMeant(index) {
            if let value = visit(nil, item, elementType, path.appending(liveElements[index])) { result.append(value) }
        }
        return result.isEmpty && (desired == nil || !wanted.isEmpty) ? nil : .array(result)
    }
}

extension FieldSelector.Step {
    fileprivate func meansKey(_ key: String) -> Bool {
        switch self {
        case .key(let name), .keyOrIndex(let name): name == key
        case .each: true
        case .index, .select: false
        }
    }

    fileprivate func meansIndex(_ index: Int) -> Bool {
        switch self {
        case .index(let number): number == index
        case .keyOrIndex(let text): Int(text) == index
        case .each: true
        case .key, .select: false
        }
    }
}

extension FieldSelector.Condition {
    fileprivate func holds(for value: Value?) -> Bool {
        var value = value
        for key in keys { value = value?[key] }
        guard let value else { return false }
        let text = value.scalar?.text
        return switch test {
        case .equals(let other): text == other
        case .differs(let other): text != other
        case .startsWith(let start): text?.hasPrefix(start) ?? false
        case .endsWith(let end): text?.hasSuffix(end) ?? false
        case .contains(let part): text?.contains(part) ?? false
        }
    }
}
