// Collects the types of a schema while it is read, equal ones once.

struct SchemaBuilder {
    private(set) var definitions: [Schema.Definition] = []
    var kinds: [GroupVersionKind: Schema.TypeID] = [:]
    private var known: [Schema.Definition: Schema.TypeID] = [:]
    private var imported: [Schema.TypeID: Schema.TypeID] = [:]

    mutating func add(_ definition: Schema.Definition) -> Schema.TypeID {
        if let id = known[definition] { return id }
        definitions.append(definition)
        known[definition] = definitions.count - 1
        return definitions.count - 1
    }

    /// Keeps a place for a type that others may refer to before it is known.
    mutating func reserve() -> Schema.TypeID {
        definitions.append(.any)
        return definitions.count - 1
    }

    mutating func define(_ id: Schema.TypeID, as definition: Schema.Definition) {
        definitions[id] = definition
    }

    /// Copies a type of another schema, with all that it refers to.
    mutating func copy(_ type: SchemaType) -> Schema.TypeID {
        if let id = imported[type.id] { return id }
        let id = reserve()
        imported[type.id] = id
        switch type.definition {
        case .any, .scalar:
            define(id, as: type.definition)
        case .list(var list):
            list.element = copy(type.of(list.element))
            define(id, as: .list(list))
        case .structure(var structure):
            for index in structure.fields.indices {
                structure.fields[index].type = copy(type.of(structure.fields[index].type))
            }
            structure.element = structure.element.map { copy(type.of($0)) }
            define(id, as: .structure(structure))
        }
        return id
    }

    /// The root of an object: `apiVersion`, `kind` and `metadata` as every Kubernetes object has them, and more fields.
    mutating func addRoot(fields: [Schema.Field], element: Schema.TypeID?) -> Schema.TypeID {
        let text = add(.scalar(Schema.ScalarType(format: .string)))
        var all = fields.filter { !["apiVersion", "kind", "metadata"].contains($0.name) }
        all.append(Schema.Field(name: "apiVersion", type: text, isRequired: true))
        all.append(Schema.Field(name: "kind", type: text, isRequired: true))
        let configMap = Schema.kubernetes.type(of: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"))
        if let metadata = configMap?.member("metadata") {
            all.append(Schema.Field(name: "metadata", type: copy(metadata), isRequired: false, defaultValue: [:]))
        }
        all.sort { $0.name < $1.name }
        return add(.structure(Schema.Structure(fields: all, element: element, isAtomic: false)))
    }

    func schema() -> Schema { Schema(definitions: definitions, kinds: kinds) }
}
