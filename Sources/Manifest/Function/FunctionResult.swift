// A finding of a KRM function: what, how bad, about which object and which of its fields.

/// One of the `results` of a ResourceList.
package struct FunctionResult: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable {
        case info, warning, error

        package var diagnostic: Diagnostic.Severity {
            switch self {
            case .info: .note
            case .warning: .warning
            case .error: .error
            }
        }
    }

    /// The field that a finding is about, and what it is and should be.
    package struct Field: Sendable, Hashable {
        package var path: String
        package var currentValue: Value?
        package var proposedValue: Value?

        package init(path: String, currentValue: Value? = nil, proposedValue: Value? = nil) {
            self.path = path
            self.currentValue = currentValue
            self.proposedValue = proposedValue
        }
    }

    package var message: String
    package var severity: Severity
    /// The object that it is about; nil for the list as a whole.
    package var reference: ObjectReference?
    package var field: Field?
    /// The file that it is about, relative to the root of its tree.
    package var file: String?
    /// Whatever else the function says of the finding, by name.
    package var tags: [(name: String, value: String)]

    package init(
        _ message: String, severity: Severity = .info, reference: ObjectReference? = nil, field: Field? = nil,
        file: String? = nil,
        tags: [(name: String, value: String)] = []
    ) {
        self.message = message
        self.severity = severity
        self.reference = reference
        self.field = field
        self.file = file
        self.tags = tags
    }

    /// Reads a result. What is missing or of another form is taken as the specification's default: an unknown
    /// severity is `info`.
    package init(_ value: Value) {
        message = value["message"]?.scalar?.text ?? ""
        severity = value["severity"]?.string.flatMap(Severity.init) ?? .info
        reference = (value["resourceRef"] ?? value["resource"]).flatMap { reference in
            let object = KubernetesObject(reference)
            let name = reference["name"]?.string ?? object.name
            guard !object.kind.isEmpty, !name.isEmpty else { return nil }
            return ObjectReference(
                gvk: object.gvk, namespace: reference["namespace"]?.string ?? object.namespace, name: name)
        }
        field = value["field"].flatMap { field in
            field["path"]?.string.map {
                Field(
                    path: $0, currentValue: field["currentValue"],
                    proposedValue: field["proposedValue"] ?? field["suggestedValue"])
            }
        }
        file = value[path: "file", "path"]?.string
        tags = (value["tags"]?.object?.entries ?? []).compactMap { entry in
            entry.value.scalar.map { (entry.key, $0.text) }
        }
    }

    package var value: Value {
        var object: Object = ["message": .string(message), "severity": .string(severity.rawValue)]
        if let reference {
            var fields: Object = ["apiVersion": .string(reference.gvk.apiVersion), "kind": .string(reference.kind)]
            fields["namespace"] = reference.namespace.map(Value.string)
            fields["name"] = .string(reference.name)
            object["resourceRef"] = .object(fields)
        }
        if let field {
            var fields: Object = ["path": .string(field.path)]
            fields["currentValue"] = field.currentValue
            fields["proposedValue"] = field.proposedValue
            object["field"] = .object(fields)
        }
        if let file { object["file"] = .object(["path": .string(file)]) }
        if !tags.isEmpty {
            object["tags"] = .object(Object(entries: tags.map { Object.Entry(key: $0.name, value: .string($0.value)) }))
        }
        return .object(object)
    }

    package func tag(_ name: String) -> String? { tags.first { $0.name == name }?.value }

    package static func == (left: FunctionResult, right: FunctionResult) -> Bool { left.value == right.value }
    package func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
