// An object with one field changed, by the field's path.

extension Value {
    /// The value with what lies at a path replaced, or taken away where `new` is nil. What is missing on the way is
    /// made; the item of a list that is not there is put at its end.
    package func setting(_ new: Value?, at path: FieldPath) -> Value {
        setting(new, path.elements[...]) ?? .null
    }

    private func setting(_ new: Value?, _ path: ArraySlice<PathElement>) -> Value? {
        guard let element = path.first else { return new }
        let rest = path.dropFirst()
        if case .field(let name) = element {
            var object = object ?? Object()
            let member = object[name]
            if member == nil, new == nil { return self }
            object[name] = (member ?? .empty(before: rest.first)).setting(new, rest)
            return .object(object)
        }
        var items = array ?? []
        if let index = items.indices.first(where: { element.names(items[$0], at: $0) }) {
            if let item = items[index].setting(new, rest) {
                items[index] = item
            } else {
                items.remove(at: index)
            }
        } else if new != nil, let item = element.newItem.setting(new, rest) {
            items.append(item)
        }
        return .array(items)
    }

    private static func empty(before element: PathElement?) -> Value {
        switch element {
        case .field, nil: [:]
        case .item, .value, .index: []
        }
    }
}

extension PathElement {
    /// Whether it is the name of the item at an index of its list. A key that the item leaves to a default does not
    /// tell it apart.
    package func names(_ item: Value, at index: Int) -> Bool {
        switch self {
        case .item(let keys):
            item.object != nil && keys.allSatisfy { key in item[key.name].map { $0.scalar == key.value } ?? true }
        case .value(let scalar): item.scalar == scalar
        case .index(let position): position == index
        case .field: false
        }
    }

    /// An item that has nothing but this name.
    fileprivate var newItem: Value {
        switch self {
        case .item(let keys): .object(Object(entries: keys.map { .init(key: $0.name, value: .scalar($0.value)) }))
        case .value(let scalar): .scalar(scalar)
        case .field, .index: [:]
        }
    }
}
