// How a value merges: the type's word, or the value's own shape where the type says nothing.

extension SchemaType {
    /// What a place in an object is to a merge.
    package enum Shape: Sendable {
        /// One piece: a scalar, an atomic list or an atomic object.
        case leaf
        case granular
        case associative(Schema.List)
    }

    /// The shape that a value has as this type. Null takes the form of the type.
    package func shape(of value: Value?) -> Shape {
        switch definition {
        case .any:
            if case .object = value { .granular } else { .leaf }
        case .scalar:
            .leaf
        case .list(let list):
            switch (list.type, value) {
            case (.atomic, _), (_, .object): .leaf
            case (_, .scalar(let scalar)?) where !scalar.isNull: .leaf
            default: .associative(list)
            }
        case .structure(let structure):
            switch value {
            case _ where structure.isAtomic: .leaf
            case .array: .leaf
            case .scalar(let scalar)? where !scalar.isNull: .leaf
            default: .granular
            }
        }
    }

    /// Whether a key is one that the type names, rather than a key of a map.
    package func namesField(_ key: String) -> Bool { structure?.field(key) != nil }

    /// The type below a key; anything where the type has no word for it.
    package func memberOrAny(_ key: String) -> SchemaType { member(key) ?? Schema.anything }

    /// The element that stands for an item of an associative list, nil for an item that has none of the keys.
    ///
    /// A key that is left out counts with the default that the schema names for it (a port's protocol: TCP).
    package func pathElement(of item: Value, in list: Schema.List) -> PathElement? {
        switch list.type {
        case .atomic:
            return nil
        case .set:
            return item.scalar.flatMap { $0.isNull ? nil : .value($0.asListKey) }
        case .map(let keys):
            guard let object = item.object else { return nil }
            let fields = of(list.element).structure
            var found: [PathElement.Key] = []
            for key in keys {
                if let value = object[key]?.scalar ?? fields?.field(key)?.defaultValue?.scalar {
                    found.append(PathElement.Key(key, value.asListKey))
                }
            }
            if found.isEmpty { return nil }
            return .item(found.sorted { $0.name < $1.name })
        }
    }
}

extension Scalar {
    /// The scalar without what a text says of its spelling.
    fileprivate var asListKey: Scalar { Scalar(text, kind: kind == .timestamp ? .string : kind) }
}
