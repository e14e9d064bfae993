// The structural schema of a custom resource at work: unknown fields pruned, defaults filled in.

import Manifest

/// `openAPIV3Schema` of one version. The rules are those of apiextensions-apiserver's structural schemas.
struct StructuralSchema: Sendable {
    private let root: Value

    init(_ schema: Value) {
        root = schema
    }

    /// The schema as its definition has it.
    var declared: Value { root }

    /// What is wrong with an object, in the words of the real server.
    /// - Parameter isResource: whether it is a whole object, with kind and metadata.
    func errors(_ value: Value, isResource: Bool = true) -> [FieldError] {
        SchemaValidation.errors(value, root, isResource: isResource)
    }

    // MARK: Pruning

    /// What pruning leaves of an object.
    struct Pruned {
        var value: Value
        /// The paths of what went.
        var unknown: [String] = []
        /// What a Go decoder would say of metadata of the wrong type.
        var mismatches: [String] = []
    }

    /// The object without fields that the schema does not specify.
    /// - Parameter isResource: whether it is a whole object, with kind and metadata.
    func pruned(_ value: Value, isResource: Bool = true) -> Pruned {
        var pruned = Pruned(value: .null)
        pruned.value = Self.prune(value, root, "", isResource: isResource, &pruned)
        return pruned
    }

    private static func prune(
        _ value: Value, _ schema: Value, _ path: String, isResource: Bool, _ pruned: inout Pruned
    ) -> Value {
        switch value {
        case .scalar(let scalar):
            return whole(scalar)
        case .array(let items):
            guard let itemSchema = schema["items"] else { return value }
            return .array(
                items.enumerated().map { index, item in
                    prune(item, itemSchema, "\(path)[\(index)]", isResource: isEmbedded(itemSchema), &pruned)
                })
        case .object(let object):
            let properties = schema["properties"]?.object
            let additional = schema["additionalProperties"]
            let preserves = schema["x-kubernetes-preserve-unknown-fields"]?.bool ?? false
            var kept = Object()
            kept.entries.reserveCapacity(object.count)
            for entry in object.entries {
                let below = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                func keep(_ schema: Value) {
                    let value = prune(entry.value, schema, below, isResource: isEmbedded(schema), &pruned)
                    kept.entries.append(.init(key: entry.key, value: value, position: entry.position))
                }
                if isResource, entry.key == "metadata" {
                    let value = metadata(entry.value, path, &pruned)
                    kept.entries.append(.init(key: entry.key, value: value, position: entry.position))
                } else if isResource, SchemaValidation.rootFields.contains(entry.key) {
                    kept.entries.append(entry)
                } else if let property = properties?[entry.key] {
                    keep(property)
                } else if let additional, additional.object != nil {
                    keep(additional)
                } else if preserves || additional?.bool ?? false {
                    kept.entries.append(entry)
                } else {
                    pruned.unknown.append(below)
                }
            }
            return .object(kept)
        }
    }

    /// Metadata is the same for every kind, whatever a schema says.
    private static func metadata(_ value: Value, _ path: String, _ pruned: inout Pruned) -> Value {
        guard let type = metadataHolder else { return value }
        var reading = TypedReading()
        let read = reading.read(["metadata": value], type)
        pruned.unknown += reading.unknown.map { path.isEmpty ? $0 : "\(path).\($0)" }
        pruned.mismatches += reading.mismatches
        return read["metadata"] ?? [:]
    }

    /// A built-in type, for its metadata.
    private static let metadataHolder = Schema.kubernetes.type(
        of: GroupVersionKind(apiVersion: "v1", kind: "ConfigMap"))

    /// A number without a fraction is an integer, however it was written.
    private static func whole(_ scalar: Scalar) -> Value {
        guard scalar.kind == .float, let number = scalar.double, number == number.rounded(), abs(number) < 0x1p53 else {
            return .scalar(scalar)
        }
        return .int(Int(number))
    }

    private static func isEmbedded(_ schema: Value) -> Bool {
        schema["x-kubernetes-embedded-resource"]?.bool ?? false
    }

    // MARK: Defaults

    /// The object with the schema's defaults where it says nothing, and without null where null is not allowed.
    func defaulted(_ value: Value) -> Value {
        Self.fill(value, root)
    }

    private static func fill(_ value: Value, _ schema: Value) -> Value {
        switch value {
        case .scalar:
            return value
        case .array(let items):
            guard let itemSchema = schema["items"] else { return value }
            return .array(items.map { fill($0, itemSchema) })
        case .object(var object):
            let properties = schema["properties"]?.object?.entries ?? []
            for property in properties {
                if let found = object[property.key] {
                    let isNullable = property.value["nullable"]?.bool ?? false
                    if found.isNull, !isNullable {
                        object[property.key] = property.value["default"]
                    }
                } else if let value = property.value["default"] {
                    object[property.key] = value
                }
                if let found = object[property.key] { object[property.key] = fill(found, property.value) }
            }
            if let additional = schema["additionalProperties"], additional.object != nil {
                let named = Set(properties.map(\.key))
                for index in object.entries.indices where !named.contains(object.entries[index].key) {
                    object.entries[index].value = fill(object.entries[index].value, additional)
                }
            }
            return .object(object)
        }
    }
}
