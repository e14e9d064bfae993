// What server-side apply refuses before it merges: fields that the type does not declare, values of another shape,
// items of keyed lists without their keys or twice.

import Manifest

/// One pass over an applied configuration. The words are those of structured-merge-diff.
struct DeclaredFields {
    private(set) var errors: [String] = []

    var message: String {
        errors.count == 1 ? errors[0] : "errors:\n" + errors.map { "  \($0)" }.joined(separator: "\n")
    }

    mutating func check(_ value: Value, _ type: SchemaType) {
        check(value, type, FieldPath())
    }

    private mutating func check(_ value: Value, _ type: SchemaType, _ path: FieldPath) {
        if value.isNull { return }
        switch type.definition {
        case .any:
            return
        case .scalar(let scalar):
            check(value, scalar, path)
        case .list(let list):
            guard let items = value.array else {
                errors.append("\(path.typedText): expected list, got \(describe(value))")
                return
            }
            check(items, list, type, path)
        case .structure:
            guard let object = value.object else {
                errors.append("\(path.typedText): expected map, got \(describe(value))")
                return
            }
            for entry in object.entries {
                let below = path.appending(.field(entry.key))
                guard let member = type.member(entry.key) else {
                    errors.append("\(below.typedText): field not declared in schema")
                    continue
                }
                check(entry.value, member, below)
            }
        }
    }

    private mutating func check(_ items: [Value], _ list: Schema.List, _ type: SchemaType, _ path: FieldPath) {
        guard let element = type.element else { return }
        var seen: Set<PathElement> = []
        for (index, item) in items.enumerated() {
            var place = PathElement.index(index)
            switch list.type {
            case .atomic:
                break
            case .set:
                guard let scalar = item.scalar, !scalar.isNull else {
                    errors.append(
                        "\(path.typedText): element \(index): associative list with keys may not contain null")
                    continue
                }
                place = .value(scalar)
            case .map(let keys):
                guard let object = item.object else {
                    errors.append("\(path.typedText): element \(index): associative list with keys must contain maps")
                    continue
                }
                let found = keys.compactMap { key -> PathElement.Key? in
                    let value = object[key]?.scalar ?? element.structure?.field(key)?.defaultValue?.scalar
                    return value.map { PathElement.Key(key, $0) }
                }
                guard !found.isEmpty else {
                    errors.append(
                        "\(path.typedText): element \(index): associative list with keys has an element that omits key field \(quoted(keys.first ?? "")) (and doesn't have default value)"
                    )
                    continue
                }
                place = .item(found.sorted { $0.name < $1.name })
            }
            if case .index = place {
            } else if !seen.insert(place).inserted {
                errors.append("\(path.typedText): duplicate entries for key \(FieldPath([place]).typedText)")
            }
            check(item, element, path.appending(place))
        }
    }

    private mutating func check(_ value: Value, _ type: Schema.ScalarType, _ path: FieldPath) {
        guard let scalar = value.scalar else {
            errors.append("\(path.typedText): expected \(name(type.format)), got \(describe(value))")
            return
        }
        let fits =
            switch type.format {
            case .string, .bytes, .dateTime: scalar.kind == .string || scalar.kind == .timestamp
            case .int32, .int64, .double: scalar.kind == .int || scalar.kind == .float
            case .boolean: scalar.kind == .bool
            case .quantity, .intOrString: scalar.kind != .bool
            }
        if !fits { errors.append("\(path.typedText): expected \(name(type.format)), got \(describe(value))") }
    }

    private func name(_ format: Schema.ScalarFormat) -> String {
        switch format {
        case .string, .bytes, .dateTime: "string"
        case .int32, .int64, .double: "numeric (int or float)"
        case .boolean: "boolean"
        case .quantity, .intOrString: "untyped"
        }
    }

    private func describe(_ value: Value) -> String {
        switch value {
        case .array(let items): "&{[\(items.count) items]}"
        case .object(let object): "&{map[\(object.count) fields]}"
        case .scalar(let scalar):
            switch scalar.kind {
            case .null: "null"
            case .bool: "&{\(scalar.text)}"
            case .int, .float, .string, .timestamp: "&{\(scalar.text)}"
            }
        }
    }
}
