// What a CustomResourceDefinition must be before it is stored, and what of it stays as it is. The rules are those of
// apiextensions-apiserver (`pkg/apis/apiextensions/validation`).

import Manifest

enum DefinitionRules {
    /// - Parameter old: the definition before, nil when it is new.
    static func errors(_ value: Value, old: Value?) -> [FieldError] {
        let spec = value["spec"] ?? [:]
        let names = spec["names"] ?? [:]
        let group = spec["group"]?.string ?? ""
        let plural = names["plural"]?.string ?? ""
        let name = value[path: "metadata", "name"]?.string ?? ""
        var errors: [FieldError] = []
        if let old {
            errors += changes(value, old)
        } else if name != "\(plural).\(group)" {
            errors.append(.invalid("metadata.name", quoted(name), "must be spec.names.plural+\".\"+spec.group"))
        }
        errors += self.group(group, value)
        switch spec["scope"]?.string ?? "" {
        case "": errors.append(.required("spec.scope"))
        case "Cluster", "Namespaced": break
        case let other: errors.append(.notSupported("spec.scope", quoted(other), ["Cluster", "Namespaced"]))
        }
        errors += self.names(names)
        errors += versions(spec)
        errors += conversion(spec["conversion"])
        if spec["preserveUnknownFields"]?.bool ?? false {
            errors.append(
                .invalid(
                    "spec.preserveUnknownFields", "true",
                    "cannot set to true, set x-preserve-unknown-fields to true in spec.versions[*].schema instead"))
        }
        let known = Set((spec["versions"]?.array ?? []).compactMap { $0["name"]?.string })
        for (index, stored) in (value[path: "status", "storedVersions"]?.array ?? []).enumerated() {
            guard let stored = stored.string, !known.contains(stored) else { continue }
            errors.append(.invalid("status.storedVersions[\(index)]", quoted(stored), "must appear in spec.versions"))
        }
        return errors
    }

    /// What an update may not change: group and plural ever, scope and kind once the definition is established.
    private static func changes(_ value: Value, _ old: Value) -> [FieldError] {
        var fixed = [["spec", "group"], ["spec", "names", "plural"]]
        let isEstablished = (old[path: "status", "conditions"]?.array ?? []).contains {
            $0["type"]?.string == "Established" && $0["status"]?.string == "True"
        }
        if isEstablished { fixed += [["spec", "scope"], ["spec", "names", "kind"]] }
        return fixed.compactMap { path in
            let new = value.value(at: path[...])
            guard new != old.value(at: path[...]) else { return nil }
            return .invalid(path.joined(separator: "."), quoted(new?.string ?? ""), "field is immutable")
        }
    }

    // MARK: Names

    private static func group(_ group: String, _ value: Value) -> [FieldError] {
        guard !group.isEmpty else { return [.required("spec.group")] }
        if let problem = NameRules.subdomain(group) { return [.invalid("spec.group", quoted(group), problem)] }
        guard group.contains(".") else {
            return [.invalid("spec.group", quoted(group), "should be a domain with at least one dot")]
        }
        let isProtected = [".k8s.io", ".kubernetes.io"].contains { "." + group == $0 || group.hasSuffix($0) }
        let approval = "api-approved.kubernetes.io"
        guard isProtected, (value[path: "metadata", "annotations", approval]?.string ?? "").isEmpty else { return [] }
        return [
            .required(
                "metadata.annotations[\(approval)]",
                "protected groups must have approval annotation \"\(approval)\", see https://github.com/kubernetes/enhancements/pull/1111"
            )
        ]
    }

    private static func names(_ names: Value) -> [FieldError] {
        var errors: [FieldError] = []
        func check(_ text: String, _ field: String, mayMixCase: Bool = false) {
            guard let problem = NameRules.label1035(mayMixCase ? text.lowercased() : text) else { return }
            let rule = mayMixCase ? "may have mixed case, but should otherwise match: \(problem)" : problem
            errors.append(.invalid("spec.names.\(field)", quoted(text), rule))
        }
        for field in ["plural", "singular", "kind", "listKind"] {
            let text = names[field]?.string ?? ""
            if text.isEmpty {
                errors.append(.required("spec.names.\(field)"))
            } else {
                check(text, field, mayMixCase: field.hasSuffix("ind"))
            }
        }
        for list in ["shortNames", "categories"] {
            for (index, text) in (names[list]?.array ?? []).enumerated() {
                check(text.string ?? "", "\(list)[\(index)]")
            }
        }
        if let kind = names["kind"]?.string, !kind.isEmpty, names["listKind"]?.string == kind {
            errors.append(.invalid("spec.names.listKind", quoted(kind), "kind and listKind may not be the same"))
        }
        return errors
    }

    // MARK: Versions

    private static func versions(_ spec: Value) -> [FieldError] {
        let versions = spec["versions"]?.array ?? []
        var errors: [FieldError] = []
        var seen: Set<String> = []
        for (index, version) in versions.enumerated() {
            let name = version["name"]?.string ?? ""
            if let problem = NameRules.label1035(name) {
                errors.append(.invalid("spec.versions[\(index)].name", quoted(name), problem))
                if index == 0 { errors.append(.invalid("spec.version", quoted(name), problem)) }
            }
            if !seen.insert(name).inserted {
                errors.append(.invalid("spec.versions", "…", "must contain unique version names"))
            }
            if version[path: "schema", "openAPIV3Schema"] == nil {
                errors.append(.required("spec.versions[\(index)].schema.openAPIV3Schema", "schemas are required"))
            }
        }
        if versions.count(where: { $0["storage"]?.bool ?? false }) != 1 {
            errors.append(.invalid("spec.versions", "…", "must have exactly one version marked as storage version"))
        }
        // What all versions share stands at the top of the server's own form, and is named there.
        func each(_ key: String, _ shared: String, _ below: String, _ body: (Value, String) -> [FieldError]) {
            let values = versions.map { $0[key] ?? .null }
            guard let first = values.first else { return }
            if values.allSatisfy({ $0 == first }) {
                errors += body(first, "spec.\(shared)")
            } else {
                for (index, value) in values.enumerated() { errors += body(value, "spec.versions[\(index)].\(below)") }
            }
        }
        each("schema", "validation", "schema") { schema, path in
            schema["openAPIV3Schema"].map { SchemaRules($0, at: "\(path).openAPIV3Schema").errors } ?? []
        }
        each("subresources", "subresources", "subresources", subresources)
        each("additionalPrinterColumns", "additionalPrinterColumns", "additionalPrinterColumns", columns)
        return errors
    }

    private static func subresources(_ value: Value, _ path: String) -> [FieldError] {
        guard let scale = value["scale"] else { return [] }
        var errors: [FieldError] = []
        func check(_ name: String, below roots: [String], isRequired: Bool) {
            let place = "\(path).scale.\(name)"
            let text = scale[name]?.string ?? ""
            if text.isEmpty {
                if isRequired { errors.append(.required(place)) }
            } else if !isSimplePath(text) {
                errors.append(.invalid(place, quoted(text), "must be a simple json path starting with ."))
            } else if !roots.contains(where: { text.hasPrefix("\($0).") }) {
                let rule = "should be a json path under \(roots.joined(separator: " or "))"
                errors.append(.invalid(place, quoted(text), rule))
            }
        }
        check("specReplicasPath", below: [".spec"], isRequired: true)
        check("statusReplicasPath", below: [".status"], isRequired: true)
        check("labelSelectorPath", below: [".spec", ".status"], isRequired: false)
        return errors
    }

    private static let columnTypes = ["boolean", "date", "integer", "number", "string"]
    private static let columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"]

    private static func columns(_ value: Value, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        for (index, column) in (value.array ?? []).enumerated() {
            let place = "\(path)[\(index)]"
            if (column["name"]?.string ?? "").isEmpty { errors.append(.required("\(place).name")) }
            let types = "must be one of \(columnTypes.joined(separator: ","))"
            switch column["type"]?.string ?? "" {
            case "": errors.append(.required("\(place).type", types))
            case let type where !columnTypes.contains(type):
                errors.append(.invalid("\(place).type", quoted(type), types))
            default: break
            }
            if let format = column["format"]?.string, !format.isEmpty, !columnFormats.contains(format) {
                let rule = "must be one of \(columnFormats.joined(separator: ","))"
                errors.append(.invalid("\(place).format", quoted(format), rule))
            }
            switch column["jsonPath"]?.string ?? "" {
            case "": errors.append(.required("\(place).JSONPath"))
            case let text where !text.hasPrefix("."):
                errors.append(.invalid("\(place).JSONPath", quoted(text), "must be a simple json path starting with ."))
            default: break
            }
        }
        return errors
    }

    private static func isSimplePath(_ text: String) -> Bool {
        text.hasPrefix(".") && !text.hasSuffix(".")
    }

    private static func conversion(_ conversion: Value?) -> [FieldError] {
        switch conversion?["strategy"]?.string ?? "" {
        case "", "None": return []
        case "Webhook":
            var errors: [FieldError] = []
            if conversion?[path: "webhook", "clientConfig"] == nil {
                errors.append(
                    .required("spec.conversion.webhookClientConfig", "required when strategy is set to Webhook"))
            }
            if conversion?[path: "webhook", "conversionReviewVersions"]?.isEmpty ?? true {
                errors.append(.required("spec.conversion.conversionReviewVersions"))
            }
            return errors
        case let other:
            return [.notSupported("spec.conversion.strategy", quoted(other), ["None", "Webhook"])]
        }
    }
}
