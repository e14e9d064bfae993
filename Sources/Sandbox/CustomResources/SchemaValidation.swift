// What is wrong with a value by an OpenAPI v3 schema, in the words of kube-openapi and of apiextensions-apiserver.

import Manifest

enum SchemaValidation {
    /// What every object has, whatever its schema says.
    static let rootFields: Set<String> = ["apiVersion", "kind", "metadata"]

    /// - Parameter isResource: whether the value is a whole object, with kind and metadata.
    static func errors(_ value: Value, _ schema: Value, isResource: Bool) -> [FieldError] {
        var errors: [FieldError] = []
        validate(value, schema, "", isResource: isResource, &errors)
        return errors
    }

    private static func validate(
        _ value: Value, _ schema: Value, _ path: String, isResource: Bool, _ errors: inout [FieldError]
    ) {
        let place = path.isEmpty ? "<nil>" : path
        if value.isNull, schema["nullable"]?.bool ?? false { return }
        if schema["x-kubernetes-int-or-string"]?.bool ?? false {
            if value.scalar.map({ $0.kind == .int || $0.kind == .string }) != true {
                return errors.append(typeError(value, place, "integer,string"))
            }
        } else if let type = schema["type"]?.string, !fits(value, type) {
            return errors.append(typeError(value, place, type))
        }
        if let allowed = schema["enum"]?.array, !allowed.contains(value) {
            errors.append(
                .notSupported(
                    place, text(value),
                    allowed.map { $0.scalar?.text ?? String(decoding: JSON.write($0), as: UTF8.self) }))
        }
        switch value {
        case .scalar(let scalar): validate(scalar, schema, place, &errors)
        case .array(let items): validate(items, schema, path, &errors)
        case .object(let object): validate(object, schema, path, isResource: isResource, &errors)
        }
        combine(value, schema, path, isResource, &errors)
    }

    // MARK: Lists and objects

    private static func validate(_ items: [Value], _ schema: Value, _ path: String, _ errors: inout [FieldError]) {
        let place = path.isEmpty ? "<nil>" : path
        if let least = schema["minItems"]?.int, items.count < least {
            errors.append(.invalid(place, "\(items.count)", "\(place) in body should have at least \(least) items"))
        }
        if let most = schema["maxItems"]?.int, items.count > most {
            errors.append(
                FieldError(
                    reason: .tooMany, field: place, body: "Too many: \(items.count): must have at most \(most) items"))
        }
        guard let itemSchema = schema["items"] else { return }
        for (index, item) in items.enumerated() {
            validate(item, itemSchema, "\(path)[\(index)]", isResource: isEmbedded(itemSchema), &errors)
        }
        duplicates(items, schema, path, &errors)
    }

    /// The items that a list holds twice: of a set, or of a map by its keys.
    private static func duplicates(_ items: [Value], _ schema: Value, _ path: String, _ errors: inout [FieldError]) {
        let keys: [String]?
        switch schema["x-kubernetes-list-type"]?.string {
        case "set": keys = nil
        case "map": keys = (schema["x-kubernetes-list-map-keys"]?.array ?? []).compactMap(\.string)
        default: return
        }
        var seen: Set<Value> = []
        for (index, item) in items.enumerated() {
            var identity = item
            if let keys {
                identity = .object(
                    Object(entries: keys.compactMap { key in item[key].map { .init(key: key, value: $0) } }))
            }
            if !seen.insert(identity).inserted { errors.append(.duplicate("\(path)[\(index)]", text(identity))) }
        }
    }

    private static func validate(
        _ object: Object, _ schema: Value, _ path: String, isResource: Bool, _ errors: inout [FieldError]
    ) {
        let place = path.isEmpty ? "<nil>" : path
        func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        if let least = schema["minProperties"]?.int, object.count < least {
            errors.append(.invalid(place, "\(least)", "\(place) in body should have at least \(least) properties"))
        }
        if let most = schema["maxProperties"]?.int, object.count > most {
            errors.append(.invalid(place, "\(most)", "\(place) in body should have at most \(most) properties"))
        }
        for name in (schema["required"]?.array ?? []).compactMap(\.string) where !object.contains(name) {
            errors.append(.required(below(name)))
        }
        if isResource, !path.isEmpty {
            for name in ["apiVersion", "kind"] where (object[name]?.string ?? "").isEmpty {
                errors.append(.required(below(name), "must not be empty"))
            }
        }
        let properties = schema["properties"]?.object
        let additional = schema["additionalProperties"].flatMap { $0.object == nil ? nil : $0 }
        for entry in object.entries where !(isResource && rootFields.contains(entry.key)) {
            guard let schema = properties?[entry.key] ?? additional else { continue }
            validate(entry.value, schema, below(entry.key), isResource: isEmbedded(schema), &errors)
        }
        // A schema may narrow the name.
        if isResource, let metadata = properties?["metadata"], let found = object["metadata"] {
            validate(found, metadata, below("metadata"), isResource: false, &errors)
        }
    }

    private static func isEmbedded(_ schema: Value) -> Bool {
        schema["x-kubernetes-embedded-resource"]?.bool ?? false
    }

    // MARK: Schemas of schemas

    private static func combine(
        _ value: Value, _ schema: Value, _ path: String, _ isResource: Bool, _ errors: inout [FieldError]
    ) {
        /// What each branch says against the value.
        func findings(_ key: String) -> [[FieldError]]? {
            guard let branches = schema[key]?.array, !branches.isEmpty else { return nil }
            return branches.map { branch in
                var found: [FieldError] = []
                validate(value, branch, path, isResource: isResource, &found)
                return found
            }
        }
        func refuse(_ rule: String) {
            errors.append(.invalid("<nil>", "\"\"", "\(quoted(path)) \(rule)"))
        }
        if let found = findings("anyOf"), !found.contains([]) {
            refuse("must validate at least one schema (anyOf)")
            errors += found[0]
        }
        if let found = findings("oneOf") {
            switch found.count(where: \.isEmpty) {
            case 1: break
            case 0:
                refuse("must validate one and only one schema (oneOf). Found none valid")
                errors += found[0]
            case let count:
                refuse("must validate one and only one schema (oneOf). Found \(count) valid alternatives")
            }
        }
        if let found = findings("allOf"), found.contains(where: { !$0.isEmpty }) {
            errors += found.flatMap { $0 }
            refuse("must validate all the schemas (allOf)" + (found.contains([]) ? "" : ". None validated"))
        }
        if let not = schema["not"] {
            var found: [FieldError] = []
            validate(value, not, path, isResource: isResource, &found)
            if found.isEmpty { refuse("must not validate the schema (not)") }
        }
    }

    // MARK: Scalars

    private static func validate(_ scalar: Scalar, _ schema: Value, _ place: String, _ errors: inout [FieldError]) {
        if let number = scalar.double, scalar.kind == .int || scalar.kind == .float {
            bounds(number, scalar, schema, place, &errors)
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
        if let format = schema["format"]?.string, !StringFormat.matches(string, format) {
            errors.append(
                .invalid(place, quoted(string), "\(place) in body must be of type \(format): \(quoted(string))"))
        }
    }

    private static func bounds(
        _ number: Double, _ scalar: Scalar, _ schema: Value, _ place: String, _ errors: inout [FieldError]
    ) {
        func refuse(_ rule: String) {
            errors.append(.invalid(place, scalar.text, "\(place) in body should be \(rule)"))
        }
        if let least = schema["minimum"]?.double {
            let isExclusive = schema["exclusiveMinimum"]?.bool ?? false
            if number < least || (isExclusive && number == least) {
                let rule = isExclusive ? "greater than" : "greater than or equal to"
                refuse("\(rule) \(schema["minimum"]?.scalar?.text ?? "")")
            }
        }
        if let most = schema["maximum"]?.double {
            let isExclusive = schema["exclusiveMaximum"]?.bool ?? false
            if number > most || (isExclusive && number == most) {
                let rule = isExclusive ? "less than" : "less than or equal to"
                refuse("\(rule) \(schema["maximum"]?.scalar?.text ?? "")")
            }
        }
        if let factor = schema["multipleOf"]?.double, factor > 0 {
            let quotient = number / factor
            if quotient != quotient.rounded() { refuse("a multiple of \(schema["multipleOf"]?.scalar?.text ?? "")") }
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
