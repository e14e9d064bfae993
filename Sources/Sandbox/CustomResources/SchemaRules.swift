// What a schema must be to be structural: a CustomResourceDefinition whose schema is not is refused. The rules are
// those of apiextensions-apiserver (KEP-20 and `pkg/apiserver/schema/validation.go`).

import Manifest

/// The findings for one `openAPIV3Schema`.
struct SchemaRules {
    private(set) var errors: [FieldError] = []

    /// - Parameter path: where the schema stands, as `spec.validation.openAPIV3Schema`.
    init(_ schema: Value, at path: String) {
        root(schema, path)
        node(schema, path, place: .root)
        metadata(schema, path)
    }

    /// What a schema is the schema of.
    private enum Place {
        case root, property, item, additional
        /// Below `allOf`, `anyOf`, `oneOf` or `not`: it may judge values, but say nothing about their structure.
        case judgement
    }

    private mutating func root(_ schema: Value, _ path: String) {
        switch schema["type"]?.string ?? "" {
        case "": errors.append(.required("\(path).type", "must not be empty at the root"))
        case "object": break
        case let other: errors.append(.invalid("\(path).type", quoted(other), "must be object at the root"))
        }
        if schema["nullable"]?.bool ?? false {
            errors.append(.forbidden("\(path).nullable", "nullable cannot be true at the root"))
        }
    }

    private mutating func metadata(_ schema: Value, _ path: String) {
        guard let metadata = schema[path: "properties", "metadata"] else { return }
        let place = "\(path).properties[metadata]"
        var rest = metadata.object ?? Object()
        rest["type"] = nil
        rest["description"] = nil
        let named = (rest["properties"]?.object?.entries ?? []).allSatisfy {
            ["name", "generateName"].contains($0.key)
        }
        rest["properties"] = nil
        guard named, rest.isEmpty else {
            errors.append(
                .forbidden(
                    place,
                    "must not specify anything other than name and generateName, but metadata is implicitly specified"))
            return
        }
    }

    // MARK: Every schema

    private static let types = ["array", "boolean", "integer", "number", "object", "string"]
    private static let foreign = [
        "$ref", "$schema", "definitions", "dependencies", "id", "patternProperties", "additionalItems",
    ]

    private mutating func node(_ schema: Value, _ path: String, place: Place) {
        for key in Self.foreign where schema[key] != nil {
            errors.append(.forbidden("\(path).\(key)", "\(key) is not supported"))
        }
        if schema["uniqueItems"]?.bool ?? false {
            errors.append(
                .forbidden(
                    "\(path).uniqueItems",
                    "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"))
        }
        if let pattern = schema["pattern"]?.string, let problem = RegularExpression.problem(pattern) {
            errors.append(
                .invalid(
                    "\(path).pattern", quoted(pattern), "must be a valid regular expression, but isn't: \(problem)"))
        }
        type(schema, path, place)
        extensions(schema, path)
        if place == .judgement { judgement(schema, path) } else { defaultValue(schema, path) }
        for entry in schema["properties"]?.object?.entries ?? [] {
            node(entry.value, "\(path).properties[\(entry.key)]", place: place == .judgement ? .judgement : .property)
        }
        if let additional = schema["additionalProperties"], additional.object != nil, place != .judgement {
            if !(schema["properties"]?.isEmpty ?? true) {
                errors.append(
                    .forbidden(
                        "\(path).additionalProperties", "additionalProperties and properties are mutual exclusive"))
            }
            node(additional, "\(path).additionalProperties", place: .additional)
        }
        if let items = schema["items"] {
            if items.array != nil {
                errors.append(.forbidden("\(path).items", "items must be a schema object and not an array"))
            } else {
                node(items, "\(path).items", place: place == .judgement ? .judgement : .item)
            }
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for (index, branch) in (schema[key]?.array ?? []).enumerated() {
                // An int-or-string may say which types it has.
                let isWhole = schema["x-kubernetes-int-or-string"]?.bool ?? false
                node(isWhole ? branch.without("type") : branch, "\(path).\(key)[\(index)]", place: .judgement)
            }
        }
        if let not = schema["not"] { node(not, "\(path).not", place: .judgement) }
    }

    private mutating func type(_ schema: Value, _ path: String, _ place: Place) {
        let type = schema["type"]?.string ?? ""
        guard !type.isEmpty else {
            let isOpen =
                schema["x-kubernetes-int-or-string"]?.bool ?? false
                || schema["x-kubernetes-preserve-unknown-fields"]?.bool ?? false || schema["$ref"] != nil
            guard !isOpen else { return }
            switch place {
            case .property, .additional:
                errors.append(.required("\(path).type", "must not be empty for specified object fields"))
            case .item: errors.append(.required("\(path).type", "must not be empty for specified array items"))
            case .root, .judgement: break
            }
            return
        }
        guard Self.types.contains(type) else {
            return errors.append(.notSupported("\(path).type", quoted(type), Self.types))
        }
        if type == "array", schema["items"] == nil, place != .judgement {
            errors.append(.required("\(path).items", "must be specified"))
        }
    }

    /// What may not stand below `allOf` and its kin.
    private mutating func judgement(_ schema: Value, _ path: String) {
        for key in ["description", "title", "type"] where !(schema[key]?.string ?? "").isEmpty {
            errors.append(.forbidden("\(path).\(key)", "must be empty to be structural"))
        }
        for key in ["default", "additionalProperties", "x-kubernetes-list-type", "x-kubernetes-map-type"]
        where schema[key] != nil {
            errors.append(.forbidden("\(path).\(key)", "must be undefined to be structural"))
        }
        for key in [
            "nullable", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string",
            "x-kubernetes-preserve-unknown-fields",
        ] where schema[key]?.bool ?? false {
            errors.append(.forbidden("\(path).\(key)", "must be false to be structural"))
        }
    }

    private mutating func defaultValue(_ schema: Value, _ path: String) {
        guard let value = schema["default"] else { return }
        let place = "\(path).default"
        let structural = StructuralSchema(schema)
        if value.isNull, schema["nullable"]?.bool ?? false { return }
        guard structural.pruned(value, isResource: false).unknown.isEmpty else {
            return errors.append(
                .invalid(place, String(decoding: JSON.write(value), as: UTF8.self), "must not have unknown fields"))
        }
        for error in structural.errors(value, isResource: false) {
            errors.append(
                FieldError(
                    reason: error.reason, field: place, body: error.body.replacing("<nil> in body", with: " in body")))
        }
    }

    // MARK: x-kubernetes-…

    private mutating func extensions(_ schema: Value, _ path: String) {
        let type = schema["type"]?.string ?? ""
        if schema["x-kubernetes-preserve-unknown-fields"]?.bool == false {
            errors.append(
                .invalid("\(path).x-kubernetes-preserve-unknown-fields", "false", "must be true or undefined"))
        }
        if schema["x-kubernetes-embedded-resource"]?.bool ?? false {
            if schema["properties"]?.isEmpty ?? true, schema["x-kubernetes-preserve-unknown-fields"]?.bool != true {
                errors.append(
                    .required(
                        "\(path).properties",
                        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
                    ))
            }
            if type != "object" {
                errors.append(
                    .invalid("\(path).type", quoted(type), "must be object if x-kubernetes-embedded-resource is true"))
            }
        }
        if schema["x-kubernetes-map-type"] != nil, type != "object" {
            errors.append(kindError(path, type, "object", "x-kubernetes-map-type"))
        }
        guard let listType = schema["x-kubernetes-list-type"]?.string else { return }
        if type != "array" { errors.append(kindError(path, type, "array", "x-kubernetes-list-type")) }
        switch listType {
        case "atomic": break
        case "set":
            let item = schema["items"]
            if ["object", "array"].contains(item?["type"]?.string) {
                let name = item?["type"]?.string == "object" ? "x-kubernetes-map-type" : "x-kubernetes-list-type"
                if item?[name]?.string != "atomic" {
                    let shown = quoted(item?[name]?.string ?? "null")
                    errors.append(
                        .invalid(
                            "\(path).items.\(name)", shown,
                            "must be atomic as item of a list with x-kubernetes-list-type=set"))
                }
            }
        case "map": listMap(schema, path)
        default:
            errors.append(.notSupported("\(path).x-kubernetes-list-type", quoted(listType), ["atomic", "set", "map"]))
        }
    }

    private func kindError(_ path: String, _ type: String, _ wanted: String, _ name: String) -> FieldError {
        let rule = "must be \(wanted) if \(name) is specified"
        return type.isEmpty ? .required("\(path).type", rule) : .invalid("\(path).type", quoted(type), rule)
    }

    private mutating func listMap(_ schema: Value, _ path: String) {
        let place = "\(path).x-kubernetes-list-map-keys"
        let keys = (schema["x-kubernetes-list-map-keys"]?.array ?? []).compactMap(\.string)
        guard !keys.isEmpty else {
            return errors.append(.required(place, "must not be empty if x-kubernetes-list-type is map"))
        }
        let properties = schema[path: "items", "properties"]
        let required = Set((schema[path: "items", "required"]?.array ?? []).compactMap(\.string))
        for key in keys {
            guard let property = properties?[key] else {
                let shown = "[]string{\(keys.map { quoted($0) }.joined(separator: ", "))}"
                errors.append(.invalid(place, shown, "entries must all be names of item properties"))
                continue
            }
            if property["default"] == nil, !required.contains(key) {
                errors.append(
                    .required(
                        "\(path).items.properties[\(key)].default",
                        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
                    ))
            }
        }
    }
}

/// What can be said of a pattern without Go's own parser of regular expressions.
enum RegularExpression {
    /// What Go would say against a pattern; nil where nothing is seen to be wrong.
    static func problem(_ pattern: String) -> String? {
        var depth = 0
        var isInClass = false
        var characters = pattern[...]
        while let character = characters.popFirst() {
            switch character {
            case "\\":
                if characters.popFirst() == nil {
                    return "error parsing regexp: trailing backslash at end of expression: ``"
                }
            case "[" where !isInClass:
                isInClass = true
                if characters.first == "^" { characters.removeFirst() }
                // A bracket that comes first stands for itself.
                if characters.first == "]" { characters.removeFirst() }
            case "[" where characters.first == ":":
                // A class within the class: it ends with its own bracket.
                while let next = characters.popFirst(), next != "]" {}
            case "]" where isInClass: isInClass = false
            case "(" where !isInClass:
                depth += 1
                for lookaround in ["?=", "?!", "?<=", "?<!"] where characters.hasPrefix(lookaround) {
                    return "error parsing regexp: invalid or unsupported Perl syntax: `(\(lookaround)`"
                }
            case ")" where !isInClass:
                depth -= 1
                if depth < 0 { return "error parsing regexp: unexpected ): `\(pattern)`" }
            default: break
            }
        }
        if isInClass { return "error parsing regexp: missing closing ]: `\(pattern)`" }
        return depth > 0 ? "error parsing regexp: missing closing ): `\(pattern)`" : nil
    }
}

extension Value {
    /// The object without one of its keys.
    fileprivate func without(_ key: String) -> Value {
        var copy = self
        copy[key] = nil
        return copy
    }
}
