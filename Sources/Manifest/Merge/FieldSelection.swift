// Takes fields out of a value by a field set, or keeps only those.

extension SchemaType {
    /// The value without the members of the set and what lies below them. What becomes empty by that goes, too.
    package func removing(_ fields: FieldSet, from value: Value) -> Value {
        removingMembers(of: fields, from: value) ?? emptied(value)
    }

    private func emptied(_ value: Value) -> Value {
        if case .array = value { .array([]) } else { .object(Object()) }
    }

    private func removingMembers(of fields: FieldSet, from value: Value) -> Value? {
        switch (shape(of: value), value) {
        case (.granular, .object(let object)):
            if object.isEmpty { return value }
            var kept = Object()
            for entry in object.entries {
                guard let node = fields.node(.field(entry.key)) else {
                    kept.entries.append(entry)
                    continue
                }
                if node.isMember { continue }
                if let rest = memberOrAny(entry.key).removingMembers(of: node.children, from: entry.value) {
                    kept.entries.append(Object.Entry(key: entry.key, value: rest, position: entry.position))
                }
            }
            return kept.isEmpty ? nil : .object(kept)
        case (.associative(let list), .array(let items)):
            if items.isEmpty { return value }
            let type = of(list.element)
            var kept: [Value] = []
            for item in items {
                guard let element = pathElement(of: item, in: list), let node = fields.node(element) else {
                    kept.append(item)
                    continue
                }
                if node.isMember { continue }
                kept.append(type.removing(node.children, from: item))
            }
            return kept.isEmpty ? nil : .array(kept)
        default:
            return value
        }
    }

    /// The part of the value that the set has: members, and the way to them. Items of keyed lists keep their keys.
    package func extracting(_ fields: FieldSet, from value: Value) -> Value {
        switch (shape(of: value), value) {
        case (.granular, .object(let object)):
            var kept = Object()
            for entry in object.entries {
                guard let node = fields.node(.field(entry.key)) else { continue }
                let part = memberOrAny(entry.key).extracting(node.children, from: entry.value)
                kept.entries.append(Object.Entry(key: entry.key, value: part, position: entry.position))
            }
            return .object(kept)
        case (.associative(let list), .array(let items)):
            let type = of(list.element)
            return .array(
                items.compactMap { item in
                    guard let element = pathElement(of: item, in: list), let node = fields.node(element) else {
                        return nil
                    }
                    var part = type.extracting(node.children, from: item)
                    if case .item(let keys) = element {
                        for key in keys where part[key.name] == nil {
                            part[key.name] = item[key.name]
                        }
                    }
                    return part
                })
        default:
            return value
        }
    }

    /// The value at a path, nil where there is none.
    package func value(at path: FieldPath, in root: Value) -> Value? {
        var type = self
        var current = root
        for element in path.elements {
            switch element {
            case .field(let name):
                guard let next = current[name] else { return nil }
                type = type.memberOrAny(name)
                current = next
            case .item, .value:
                guard let list = type.list,
                    let item = current.array?.first(where: { type.pathElement(of: $0, in: list) == element })
                else { return nil }
                type = type.of(list.element)
                current = item
            case .index(let index):
                guard let items = current.array, items.indices.contains(index) else { return nil }
                type = type.element ?? type
                current = items[index]
            }
        }
        return current
    }
}

extension FieldSet {
    /// With every structure's named field on the way to a member made a member itself, so that a structure whose last
    /// field goes goes with it. Keys of maps and items of lists are not.
    func includingNamedFields(of type: SchemaType) -> FieldSet {
        FieldSet(
            sorted: nodes.map { node in
                var node = node
                let below: SchemaType
                switch node.element {
                case .field(let name):
                    if type.namesField(name) { node.isMember = true }
                    below = type.memberOrAny(name)
                case .item, .value, .index:
                    below = type.element ?? type
                }
                node.children = node.children.includingNamedFields(of: below)
                return node
            })
    }

    /// With everything below an atomic field folded into it, as a type that became atomic since the set was written
    /// asks.
    package func foldingAtomicFields(of type: SchemaType) -> FieldSet {
        FieldSet(
            sorted: nodes.map { node in
                var node = node
                let below: SchemaType
                switch node.element {
                case .field(let name): below = type.memberOrAny(name)
                case .item, .value, .index: below = type.element ?? type
                }
                if case .leaf = below.shape(of: nil), !below.isAny, !node.children.isEmpty {
                    node.isMember = true
                    node.children = FieldSet()
                } else {
                    node.children = node.children.foldingAtomicFields(of: below)
                }
                return node
            })
    }

    /// The set with what lives below each structure or map that it holds as one leaf although its type has fields of
    /// their own.
    ///
    /// So structured-merge-diff reconciles owners with a schema: a leaf where the type is granular was atomic when it
    /// was recorded, and whoever owned it owns all that is in it.
    package func expandingGranularFields(of type: SchemaType, in live: Value?) -> FieldSet {
        FieldSet(
            sorted: nodes.map { node in
                var node = node
                let below: SchemaType
                var value: Value?
                switch node.element {
                case .field(let name):
                    below = type.memberOrAny(name)
                    value = live?[name]
                case .item, .value, .index:
                    below = type.element ?? type
                    if case .associative(let list) = type.shape(of: live) {
                        value = live?.array?.first { type.pathElement(of: $0, in: list) == node.element }
                    }
                }
                guard !below.isAny else { return node }
                if node.isMember, node.children.isEmpty {
                    switch below.shape(of: value) {
                    case .granular, .associative: node.children = value.map { below.fieldSet(of: $0) } ?? FieldSet()
                    case .leaf: break
                    }
                } else {
                    node.children = node.children.expandingGranularFields(of: below, in: value)
                }
                return node
            })
    }
}
