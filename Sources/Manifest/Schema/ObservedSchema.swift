// The schema of a custom resource as its managedFields tell it: a list whose owners record keyed items is a map by
// these keys, one whose owners record values is a set, and an object recorded as one piece is atomic. So no
// CustomResourceDefinition need be fetched.

extension Schema {
    /// A type for the objects whose fields some managers own.
    ///
    /// - Parameters:
    ///   - values: the desired and the live object.
    ///   - owned: every field that any manager owns.
    package static func observed(_ values: [Value], owned: FieldSet) -> SchemaType {
        var builder = SchemaBuilder()
        let any = builder.add(.any)
        let fields = builder.observedFields(of: values.compactMap(\.object), owned: owned)
        let root = builder.addRoot(fields: fields, element: any)
        return SchemaType(schema: builder.schema(), id: root)
    }
}

extension SchemaBuilder {
    fileprivate mutating func observedFields(of objects: [Object], owned: FieldSet) -> [Schema.Field] {
        var names: Set<String> = []
        for object in objects { names.formUnion(object.keys) }
        return names.sorted().map { name in
            let type = observed(objects.compactMap { $0[name] }, owned: owned.node(.field(name)))
            return Schema.Field(name: name, type: type, isRequired: false, defaultValue: nil)
        }
    }

    private mutating func observed(_ values: [Value], owned node: FieldSet.Node?) -> Schema.TypeID {
        guard let node else { return add(.any) }
        let objects = values.compactMap(\.object)
        if !objects.isEmpty {
            let isAtomic = node.isMember && node.children.isEmpty && objects.contains { !$0.isEmpty }
            let fields = observedFields(of: objects, owned: node.children)
            return add(.structure(Schema.Structure(fields: fields, element: add(.any), isAtomic: isAtomic)))
        }
        let items = values.compactMap(\.array).flatMap { $0 }
        if items.isEmpty { return add(.any) }
        var keys: Set<String> = []
        var isSet = false
        var below = FieldSet()
        for child in node.children.nodes {
            switch child.element {
            case .item(let item):
                keys.formUnion(item.map(\.name))
                below = below.union(child.children)
            case .value: isSet = true
            case .field, .index: break
            }
        }
        if !keys.isEmpty {
            let element = Schema.Structure(
                fields: observedFields(of: items.compactMap(\.object), owned: below), element: add(.any),
                isAtomic: false)
            return add(.list(Schema.List(element: add(.structure(element)), type: .map(keys: keys.sorted()))))
        }
        return isSet ? add(.list(Schema.List(element: add(.any), type: .set))) : add(.any)
    }
}
