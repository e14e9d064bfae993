// Holds an object to the type of its kind: fields that there are, values of the right type, form and choice, nothing
// required left out, no item of a keyed list twice.

import Manifest

struct SchemaWalk {
    /// What one place of an object violates.
    struct Violation {
        var rule: Rule
        var message: String
        var cure: String?
        var path: String
        /// Where it stands; the nearest place around it where nobody wrote it.
        var position: SourcePosition
    }

    private enum Step {
        case key(String)
        case item(Int, name: String?)
    }

    private(set) var violations: [Violation] = []
    private var steps: [Step] = []

    /// What an object violates of its type.
    static func violations(of object: Value, type: SchemaType) -> [Violation] {
        var walk = SchemaWalk()
        walk.visit(object, type, at: object.position)
        return walk.violations
    }

    private var path: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .item(let index, let name): text += "[\(name ?? String(index))]"
            }
        }
        return text
    }

    private mutating func report(_ rule: Rule, _ message: String, cure: String? = nil, at position: SourcePosition) {
        violations.append(Violation(rule: rule, message: message, cure: cure, path: path, position: position))
    }

    private mutating func visit(_ value: Value, _ type: SchemaType, at position: SourcePosition) {
        // A scalar may have been patched; what is more than that stands at its key.
        let position = value.scalar?.position.isKnown == true ? value.position : position
        switch type.definition {
        case .any: return
        case .scalar(let scalar): visit(value, scalar, at: position)
        case .list(let list):
            guard let items = value.array else { return wrongType(value, wanted: "a list", at: position) }
            visit(items, type, list, at: position)
        case .structure(let structure):
            guard let object = value.object else {
                let fields = structure.fields.prefix(3).map { "`\($0.name)`" }.joined(separator: ", ")
                let cure = structure.element == nil && !fields.isEmpty ? "write an object with \(fields)" : nil
                return wrongType(value, wanted: "an object", cure: cure, at: position)
            }
            visit(object, type, structure, at: position)
        }
    }

    private mutating func visit(
        _ object: Object, _ type: SchemaType, _ structure: Schema.Structure, at position: SourcePosition
    ) {
        for entry in object.entries where !entry.value.isNull {
            let isRoot = steps.isEmpty
            // A status is the server's to write.
            if isRoot, entry.key == "status" { continue }
            steps.append(.key(entry.key))
            defer { steps.removeLast() }
            let place = entry.position.isKnown ? entry.position : position
            if let member = type.member(entry.key) {
                visit(entry.value, member, at: place)
            } else {
                unknown(entry.key, structure, isRoot: isRoot, at: place)
            }
        }
        for field in structure.fields where field.isRequired && object[field.name]?.isNull != false {
            if Self.forgiven.contains("\(structure.name).\(field.name)") { continue }
            let owner = path.isEmpty ? "the object" : "`\(path)`"
            report(.schemaRequired, "\(owner) lacks the required field `\(field.name)`", at: position)
        }
    }

    /// Required by the document and not by the server, which takes an absent one for an empty one.
    private static let forgiven: Set<String> = ["NetworkPolicySpec.podSelector"]

    private mutating func unknown(
        _ key: String, _ structure: Schema.Structure, isRoot: Bool, at position: SourcePosition
    ) {
        let names = structure.fields.map(\.name)
        let owner = steps.count > 1 ? "`\(pathOfParent)`" : "the object"
        let kind = structure.name.isEmpty || isRoot ? "" : " of type \(structure.name)"
        var cure = NearestName.find(key, among: names).map { "did you mean `\($0)`?" }
        if cure == nil, names.count <= 8, !names.isEmpty {
            cure = "its fields are \(names.map { "`\($0)`" }.joined(separator: ", "))"
        } else if cure == nil, isRoot {
            cure = "its fields are \(names.filter { $0 != "status" }.map { "`\($0)`" }.joined(separator: ", "))"
        }
        report(.schemaUnknownField, "\(owner)\(kind) has no field `\(key)`", cure: cure, at: position)
    }

    private var pathOfParent: String {
        var walk = self
        walk.steps.removeLast()
        return walk.path
    }

    private mutating func visit(_ items: [Value], _ type: SchemaType, _ list: Schema.List, at position: SourcePosition)
    {
        guard let element = type.element else { return }
        var seen: Set<String> = []
        for (index, item) in items.enumerated() where !item.isNull {
            steps.append(.item(index, name: item["name"]?.string))
            defer { steps.removeLast() }
            let place = item.position.isKnown ? item.position : position
            visit(item, element, at: place)
            let identity: String?
            switch list.type {
            case .atomic: identity = nil
            case .set: identity = item.scalar?.text
            case .map(let keys): identity = Self.identity(of: item, keys, element)
            }
            if let identity, !seen.insert(identity).inserted {
                report(
                    .schemaDuplicateItem, "the list has \(identity.isEmpty ? "the item" : identity) twice", at: place)
            }
        }
    }

    /// `name web`, with what the schema defaults; nil for an item that lacks a key.
    private static func identity(of item: Value, _ keys: [String], _ element: SchemaType) -> String? {
        var parts: [String] = []
        for key in keys {
            let fallback = element.structure?.field(key)?.defaultValue
            guard let text = (item[key] ?? fallback)?.scalar?.text else {
                // The protocol of a Service's port is defaulted by the server alone.
                if key == "protocol" { parts.append("protocol TCP") } else { return nil }
                continue
            }
            parts.append("\(key) \(text)")
        }
        return parts.joined(separator: ", ")
    }

    // MARK: - Scalars

    private mutating func visit(_ value: Value, _ type: Schema.ScalarType, at position: SourcePosition) {
        guard let scalar = value.scalar else { return wrongType(value, wanted: type.format.noun, at: position) }
        switch (type.format, scalar.kind) {
        case (.string, .string), (.string, .timestamp), (.boolean, .bool), (.double, .int), (.double, .float),
            (.intOrString, .int), (.intOrString, .string):
            break
        case (.bytes, .string):
            if Base64.decode(scalar.text) == nil {
                report(
                    .schemaFormat, "`\(path)` is no base64",
                    cure: "encode it, or write it under `stringData` of a Secret", at: position)
            }
        case (.dateTime, .string), (.dateTime, .timestamp): break
        case (.int64, .int), (.int32, .int):
            guard let number = scalar.int, type.format == .int64 || Int32(exactly: number) != nil else {
                return report(
                    .schemaFormat,
                    "`\(path)` is a number of \(type.format == .int32 ? 32 : 64) bits, and \(scalar.text) is too large",
                    at: position)
            }
        case (.quantity, .string), (.quantity, .int), (.quantity, .float):
            if Quantity(scalar.text) == nil {
                report(
                    .schemaFormat, "`\(path)` is no quantity: \(scalar.text)",
                    cure: "write a number with a suffix such as m, Mi or Gi", at: position)
            }
        default:
            return wrongType(value, wanted: type.format.noun, at: position)
        }
        if !type.allowed.isEmpty, !scalar.text.isEmpty, !type.allowed.contains(scalar.text) {
            let nearest = NearestName.find(scalar.text, among: type.allowed)
            let choices = type.allowed.map { "`\($0)`" }.joined(separator: ", ")
            report(
                .schemaEnum, "`\(path)` cannot be `\(scalar.text)`",
                cure: nearest.map { "did you mean `\($0)`?" } ?? "write one of \(choices)", at: position)
        }
    }

    private mutating func wrongType(_ value: Value, wanted: String, cure: String? = nil, at position: SourcePosition) {
        let found: String =
            switch value {
            case .array: "a list"
            case .object: "an object"
            case .scalar(let scalar): scalar.kind.noun
            }
        var cure = cure
        if cure == nil, wanted == "a string", value.scalar != nil { cure = "put it in quotes" }
        if cure == nil, value.scalar?.kind == .string, wanted != "a list", wanted != "an object" {
            cure = "write it without quotes"
        }
        report(.schemaType, "`\(path)` must be \(wanted), and this is \(found)", cure: cure, at: position)
    }
}

extension Schema.ScalarFormat {
    fileprivate var noun: String {
        switch self {
        case .string, .bytes, .dateTime: "a string"
        case .int32, .int64: "a whole number"
        case .double: "a number"
        case .boolean: "true or false"
        case .quantity: "a quantity"
        case .intOrString: "a whole number or a string"
        }
    }
}

extension Scalar.Kind {
    fileprivate var noun: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .int, .float: "a number"
        case .string, .timestamp: "a string"
        }
    }
}
