// Reads the structural schema of a CustomResourceDefinition: apiextensions.k8s.io/v1 `openAPIV3Schema`.

extension Schema {
    /// The type of a custom resource from the structural schema of one of its versions.
    ///
    /// - Parameter openAPIV3Schema: the value of `spec.versions[].schema.openAPIV3Schema`; nil or null gives the
    ///   deduced type.
    package static func customResource(_ openAPIV3Schema: Value?) -> SchemaType {
        guard let root = openAPIV3Schema?.object else { return deduced }
        var reader = StructuralSchemaReader()
        let fields = reader.fields(of: root)
        let element = reader.preservesUnknown(root) ? reader.builder.add(.any) : nil
        let id = reader.builder.addRoot(fields: fields, element: element)
        return SchemaType(schema: reader.builder.schema(), id: id)
    }

    /// The types of all versions that a CustomResourceDefinition serves.
    package static func types(definedBy definition: Value) -> [GroupVersionKind: SchemaType] {
        guard let spec = definition["spec"], let group = spec["group"]?.string,
            let kind = spec[path: "names", "kind"]?.string
        else { return [:] }
        var types: [GroupVersionKind: SchemaType] = [:]
        for version in spec["versions"]?.array ?? [] where version["served"]?.bool != false {
            guard let name = version["name"]?.string else { continue }
            types[GroupVersionKind(group: group, version: name, kind: kind)] = customResource(
                version[path: "schema", "openAPIV3Schema"])
        }
        return types
    }
}

private struct StructuralSchemaReader {
    var builder = SchemaBuilder()

    func preservesUnknown(_ schema: Object) -> Bool {
        schema["x-kubernetes-preserve-unknown-fields"]?.bool ?? false
    }

    mutating func fields(of schema: Object) -> [Schema.Field] {
        let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
        return (schema["properties"]?.object?.entries ?? []).map { property in
            Schema.Field(
                name: property.key, type: type(property.value.object ?? Object()),
                isRequired: required.contains(property.key), defaultValue: property.value["default"])
        }.sorted { $0.name < $1.name }
    }

    mutating func type(_ schema: Object) -> Schema.TypeID {
        if schema["x-kubernetes-int-or-string"]?.bool ?? false {
            return builder.add(.scalar(Schema.ScalarType(format: .intOrString)))
        }
        switch schema["type"]?.string {
        case "object": return structure(schema)
        case "array": return list(schema)
        case "string": return scalar(stringFormat(schema["format"]?.string), schema)
        case "integer": return scalar(schema["format"]?.string == "int32" ? .int32 : .int64, schema)
        case "number": return scalar(.double, schema)
        case "boolean": return scalar(.boolean, schema)
        default: return builder.add(.any)
        }
    }

    private func stringFormat(_ format: String?) -> Schema.ScalarFormat {
        switch format {
        case "byte": .bytes
        case "date-time": .dateTime
        default: .string
        }
    }

    private mutating func scalar(_ format: Schema.ScalarFormat, _ schema: Object) -> Schema.TypeID {
        let allowed = (schema["enum"]?.array ?? []).compactMap(\.string)
        return builder.add(.scalar(Schema.ScalarType(format: format, allowed: allowed)))
    }

    private mutating func structure(_ schema: Object) -> Schema.TypeID {
        if schema["x-kubernetes-embedded-resource"]?.bool ?? false {
            return builder.addRoot(
                fields: fields(of: schema), element: preservesUnknown(schema) ? builder.add(.any) : nil)
        }
        let fields = fields(of: schema)
        var element: Schema.TypeID?
        if let additional = schema["additionalProperties"]?.object {
            element = type(additional)
        } else if preservesUnknown(schema) || schema["additionalProperties"]?.bool ?? fields.isEmpty {
            element = builder.add(.any)
        }
        let isAtomic = schema["x-kubernetes-map-type"]?.string == "atomic"
        return builder.add(.structure(Schema.Structure(fields: fields, element: element, isAtomic: isAtomic)))
    }

    private mutating func list(_ schema: Object) -> Schema.TypeID {
        let element = type(schema["items"]?.object ?? Object())
        let type: Schema.ListType =
            switch schema["x-kubernetes-list-type"]?.string {
            case "set": .set
            case "map": .map(keys: (schema["x-kubernetes-list-map-keys"]?.array ?? []).compactMap(\.string))
            default: .atomic
            }
        return builder.add(.list(Schema.List(element: element, type: type)))
    }
}
