// What differs between two states of an object, as field sets.

/// The fields that a change adds, modifies and removes.
package struct Comparison: Sendable, Hashable {
    package var added = FieldSet()
    package var modified = FieldSet()
    package var removed = FieldSet()

    package var isSame: Bool { added.isEmpty && modified.isEmpty && removed.isEmpty }

    /// Without some fields and what lies below them.
    package func excluding(_ fields: FieldSet) -> Comparison {
        Comparison(
            added: added.recursiveDifference(fields), modified: modified.recursiveDifference(fields),
            removed: removed.recursiveDifference(fields))
    }
}

extension SchemaType {
    package func compare(_ old: Value, _ new: Value) -> Comparison {
        var walk = ComparisonWalk()
        walk.compare(old, new, self)
        return walk.result
    }
}

private struct ComparisonWalk {
    var result = Comparison()
    var path = FieldPath()

    mutating func compare(_ old: Value?, _ new: Value?, _ type: SchemaType) {
        if let old, let new, old == new { return }
        switch (type.shape(of: old ?? new), type.shape(of: new ?? old)) {
        case (.granular, .granular):
            if old?.object?.isEmpty ?? true, new?.object?.isEmpty ?? true {
                leaf(old, new)
            } else {
                members(old?.object ?? Object(), new?.object ?? Object(), type)
                presence(old, new)
            }
        case (.associative(let list), .associative):
            if old?.array?.isEmpty ?? true, new?.array?.isEmpty ?? true {
                leaf(old, new)
            } else {
                items(old?.array ?? [], new?.array ?? [], list, type)
                presence(old, new)
            }
        default:
            leaf(old, new)
        }
    }

    private mutating func presence(_ old: Value?, _ new: Value?) {
        if old == nil { result.added.insert(path) }
        if new == nil { result.removed.insert(path) }
    }

    private mutating func leaf(_ old: Value?, _ new: Value?) {
        presence(old, new)
        if old != nil, new != nil { result.modified.insert(path) }
    }

    private mutating func at(_ element: PathElement, _ old: Value?, _ new: Value?, _ type: SchemaType) {
        path.elements.append(element)
        compare(old, new, type)
        path.elements.removeLast()
    }

    private mutating func members(_ old: Object, _ new: Object, _ type: SchemaType) {
        for entry in old.entries {
            at(.field(entry.key), entry.value, new[entry.key], type.memberOrAny(entry.key))
        }
        for entry in new.entries where !old.contains(entry.key) {
            at(.field(entry.key), nil, entry.value, type.memberOrAny(entry.key))
        }
    }

    /// Items by their element. Repeated ones are one piece together.
    private mutating func items(_ old: [Value], _ new: [Value], _ list: Schema.List, _ type: SchemaType) {
        let before = grouped(old, list, type)
        let after = grouped(new, list, type)
        for element in before.order + after.order.filter({ before.items[$0] == nil }) {
            let left = before.items[element] ?? []
            let right = after.items[element] ?? []
            if left.count <= 1, right.count <= 1 {
                at(element, left.first, right.first, type.of(list.element))
            } else if left != right {
                path.elements.append(element)
                leaf(left.first, right.first)
                path.elements.removeLast()
            }
        }
    }

    private func grouped(
        _ items: [Value], _ list: Schema.List, _ type: SchemaType
    ) -> (order: [PathElement], items: [PathElement: [Value]]) {
        var order: [PathElement] = []
        var groups: [PathElement: [Value]] = [:]
        for item in items {
            guard let element = type.pathElement(of: item, in: list) else { continue }
            if groups[element] == nil { order.append(element) }
            groups[element, default: []].append(item)
        }
        return (order, groups)
    }
}
