// The structural schema of a custom resource at work: unknown fields pruned, defaults filled in, values validated.

import Manifest

/// `openAPIV3Schema` of one version. The rules are those of apiextensions-apiserver's structural schemas.
struct StructuralSchema: Sendable {
    private let root: Value

    init(_ schema: Value) {
        root = schema
    }

    /// The schema as its definition has it.
    var declared: Value { root }

    private static let rootFields: Set<String> = ["apiVersion", "kind", "metadata"]

    // MARK: Pruning

    /// The object without fields that the schema does not specify, and their paths.
    func pruned(_ value: Value) -> (value: Value, unknown: [String]) {
        var unknown: [String] = []
        let pruned = Self.prune(value, root, "", isResource: true, &unknown)
        return (pruned, unknown)
    }

    private static func prune(
        _ value: Value, _ schema: Value, _ path: String, isResource: Bool, _ unknown: inout [String]
    ) -> Value {
        switch value {
        case .scalar:
            return value
        case .array(let items):
            guard let itemSchema = schema["items"] else { return value }
            return .array(
                items.enumerated().map { index, item in
                    prune(item, itemSchema, "\(path)[\(index)]", isResource: isEmbedded(itemSchema), &unknown)
                })
        case .object(let object):
            let properties = schema["properties"]?.object
            let additional = schema["additionalProperties"]
            let preserves = schema["x-kubernetes-preserve-unknown-fields"]?.bool ?? false
            var kept = Object()
            kept.entries.reserveCapacity(object.count)
            for entry in object.entries {
                let below = path.isEmpty ? entry.key : "\(path).\(entry.key)"
                if isResource, rootFields.contains(entry.key) {
                    kept.entries.append(entry)
                } else if let property = properties?[entry.key] {
                    let value = prune(entry.value, property, below, isResource: isEmbedded(property), &unknown)
                    kept.entries.append(.init(key: entry.key, value: value, position: entry.position))
                } else if let additional, additional.object != nil {
                    let value = prune(entry.value, additional, below, isResource: isEmbedded(additional), &unknown)
                    kept.entries.append(.init(key: entry.key, value: value, position: entry.position))
                } else if preserves || additional?.bool ?? false {
                    kept.entries.append(entry)
                } else {
                    unknown.append(below)
                }
            }
            return .object(kept)
        }
    }

    private static func isEmbedded(_ schema: Value) -> Bool {
        schema["x-kubernetes-embedded-resource"]?.bool ?? false
    }

    // MARK: Defaults

    /// The object with the schema's defaults where it says nothing, and null where null is not allowed.
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

    // MARK: Validation

    /// What is wrong with an object, in the words of the real server.
    func errors(_ value: Value) -> [FieldError] {
        var errors: [FieldError] = []
        Self.validate(value, root, "", isResource: true, &errors)
        return errors
    }

    private static func validate(
        _ value: Value, _ schema: Value, _ path: String, isResource: Bool, _ errors: inout [FieldError]
    ) {
        let place = path.isEmpty ? "<nil>" : path
        if value.isNull, schema["nullable"]?.bool ?? false { return }
        if schema["x-kubernetes-int-or-string"]?.bool ?? false {
            if value.scalar.map({ $0.kind == .int || $0.kind == .string }) != true {
                errors.append(typeError(value, place, "integer,string"))
            }
        } else if let type = schema["type"]?.string, !fits(value, type) {
            errors.append(typeError(value, place, type))
            return
        }
        if let allowed = schema["enum"]?.array, !allowed.contains(value) {
            errors.append(
                .notSupported(
                    place, text(value),
                    allowed.map { $0.scalar?.text ?? String(decoding: JSON.write($0), as: UTF8.self) }))
        }
        switch value {
        case .scalar(let scalar):
            validate(scalar, schema, place, &errors)
        case .array(let items):
            if let least = schema["minItems"]?.int, items.count < least {
                errors.append(.invalid(place, "\(items.count)", "\(place) in body should have at least \(least) items"))
            }
            if let most = schema["maxItems"]?.int, items.count > most {
                errors.append(
                    FieldError(
                        reason: .tooMany, field: place,
                        body: "Too many: \(items.count): must have at most \(most) items"))
            }
            guard let itemSchema = schema["items"] else { return }
            for (index, item) in items.enumerated() {
                validate(item, itemSchema, "\(path)[\(index)]", isResource: isEmbedded(itemSchema), &errors)
            }
        case .object(let object):
            for name in schema["required"]?.array ?? [] {
                guard let name = name.string, !object.contains(name) else { continue }
                errors.append(.required(path.isEmpty ? name : "\(path).\(name)"))
            }
            let properties = schema["properties"]?.object
            let additional = schema["additionalProperties"].flatMap { $0.object == nil ? nil : $0 }
            for entry in object.entries where !(isResource && rootFields.contains(entry.key)) {
                guard let below = properties?[entry.key] ?? additional else { continue }
                validate(
                    entry.value, below, path.isEmpty ? entry.key : "\(path).\(entry.key)",
                    isResource: isEmbedded(below),
                    &errors)
            }
        }
        for branch in schema["allOf"]?.array ?? [] {
            validate(value, branch, path, isResource: isResource, &errors)
        }
        if let branches = schema["oneOf"]?.array {
            check(value, branches, path, isResource, &errors, "must validate one and only one schema (oneOf)") {
                $0 == 1
            }
        }
        if let branches = schema["anyOf"]?.array {
            check(value, branches, path, isResource, &errors, "must validate at least one schema (anyOf)") { $0 > 0 }
        }
    }

    private static func check(
        _ value: Value, _ branches: [Value], _ path: String, _ isResource: Bool, _ errors: inout [FieldError],
        _ rule: String, _ isEnough: (Int) -> Bool
    ) {
        let matching = branches.count { branch in
            var found: [FieldError] = []
            validate(value, branch, path, isResource: isResource, &found)
            return found.isEmpty
        }
        guard !isEnough(matching) else { return }
        let place = path.isEmpty ? "<nil>" : path
        errors.append(.invalid(place, text(value), "\(quoted(path)) \(rule)"))
    }

    private static func validate(_ scalar: Scalar, _ schema: Value, _ place: String, _ errors: inout [FieldError]) {
        if let number = scalar.double {
            if let least = schema["minimum"]?.double {
                let isExclusive = schema["exclusiveMinimum"]?.bool ?? false
                if number < least || (isExclusive && number == least) {
                    let rule = isExclusive ? "greater than" : "greater than or equal to"
                    errors.append(
                        .invalid(
                            place, scalar.text,
                            "\(place) in body should be \(rule) \(schema["minimum"]?.scalar?.text ?? "")"))
                }
            }
            if let most = schema["maximum"]?.double {
                let isExclusive = schema["exclusiveMaximum"]?.bool ?? false
                if number > most || (isExclusive && number == most) {
                    let rule = isExclusive ? "less than" : "less than or equal to"
                    errors.append(
                        .invalid(
                            place, scalar.text,
                            "\(place) in body should be \(rule) \(schema["maximum"]?.scalar?.text ?? "")"))
                }
            }
        }
        guard let string = scalar.string else { return }
        if let least = schema["minLength"]?.int, string.unicodeScalars.count < least {
            errors.append(.invalid(place, quoted(string), "\(place) in body should be at least \(least) chars long"))
        }
        if let most = schema["maxLength"]?.int, string.unicodeScalars.count > most {
            errors.append(
                FieldError(reason: .tooLong, field: place, body: "Too long: may not be more than \(most) bytes"))
        }
        if let pattern = schema["pattern"]?.string, let regex = try? Regex(pattern), string.firstMatch(of: regex) == nil
        {
            errors.append(.invalid(place, quoted(string), "\(place) in body should match '\(pattern)'"))
        }
    }

    private static func fits(_ value: Value, _ type: String) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array): true
        case ("string", .scalar(let scalar)): scalar.kind == .string || scalar.kind == .timestamp
        case ("integer", .scalar(let scalar)): scalar.kind == .int
        case ("number", .scalar(let scalar)): scalar.kind == .int || scalar.kind == .float
        case ("boolean", .scalar(let scalar)): scalar.kind == .bool
        default: false
        }
    }

    private static func typeError(_ value: Value, _ place: String, _ type: String) -> FieldError {
        let found =
            switch value {
            case .array: "array"
            case .object: "object"
            case .scalar(let scalar):
                switch scalar.kind {
                case .null: "null"
                case .bool: "boolean"
                case .int: "integer"
                case .float: "number"
                case .string, .timestamp: "string"
                }
            }
        return .type(place, quoted(found), "\(place) in body must be of type \(type): \(quoted(found))")
    }

    private static func text(_ value: Value) -> String {
        value.string.map { quoted($0) } ?? String(decoding: JSON.write(value), as: UTF8.self)
    }
}
