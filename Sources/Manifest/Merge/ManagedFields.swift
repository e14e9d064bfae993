// Who owns which fields of an object: `metadata.managedFields`.

/// One entry of `metadata.managedFields`.
package struct ManagedFieldsEntry: Sendable, Hashable {
    package enum Operation: String, Sendable {
        case apply = "Apply"
        case update = "Update"
    }

    package var manager: String
    package var operation: Operation
    /// The version that the fields are written in.
    package var apiVersion: String
    /// RFC 3339, as the server wrote it; nil for none.
    package var time: String?
    /// `status`, `scale`; empty for the object itself.
    package var subresource: String
    package var fields: FieldSet

    package init(
        manager: String, operation: Operation, apiVersion: String, time: String? = nil, subresource: String = "",
        fields: FieldSet
    ) {
        self.manager = manager
        self.operation = operation
        self.apiVersion = apiVersion
        self.time = time
        self.subresource = subresource
        self.fields = fields
    }

    package init?(_ value: Value) {
        guard let operation = value["operation"]?.string.flatMap(Operation.init) else { return nil }
        manager = value["manager"]?.string ?? ""
        self.operation = operation
        apiVersion = value["apiVersion"]?.string ?? ""
        time = value["time"]?.scalar?.text
        subresource = value["subresource"]?.string ?? ""
        fields = FieldSet(fieldsV1: value["fieldsV1"] ?? [:])
    }

    package var value: Value {
        var object = Object()
        object["manager"] = .string(manager)
        object["operation"] = .string(operation.rawValue)
        object["apiVersion"] = .string(apiVersion)
        if let time { object["time"] = .string(time) }
        object["fieldsType"] = "FieldsV1"
        object["fieldsV1"] = fields.fieldsV1
        if !subresource.isEmpty { object["subresource"] = .string(subresource) }
        return .object(object)
    }

    /// Whether two entries are one manager's: a manager that applies has one entry whatever the version it applied.
    package func isSameManager(as other: ManagedFieldsEntry) -> Bool {
        manager == other.manager && operation == other.operation && subresource == other.subresource
            && (operation == .apply || apiVersion == other.apiVersion)
    }
}

/// The entries of an object.
package struct ManagedFields: Sendable, Hashable {
    package var entries: [ManagedFieldsEntry]

    package init(_ entries: [ManagedFieldsEntry] = []) {
        self.entries = entries
    }

    /// Reads `metadata.managedFields` of an object; entries that cannot be read are left out.
    package init(of object: Value) {
        entries = (object[path: "metadata", "managedFields"]?.array ?? []).compactMap(ManagedFieldsEntry.init)
    }

    /// The list to write at `metadata.managedFields`.
    package var value: Value { .array(entries.map(\.value)) }

    /// In the order in which the API server writes them: applies first, then by time, manager, version and subresource.
    package var sorted: ManagedFields {
        func key(_ entry: ManagedFieldsEntry) -> [String] {
            [entry.operation.rawValue, entry.time ?? "", entry.manager, entry.apiVersion, entry.subresource]
        }
        return ManagedFields(entries.sorted { key($0).lexicographicallyPrecedes(key($1)) })
    }

    /// What a manager applied; nil for one that never did.
    package func applied(by manager: String) -> ManagedFieldsEntry? {
        entries.first { $0.manager == manager && $0.operation == .apply && $0.subresource.isEmpty }
    }

    /// The managers that own a path, or a path below it, the latest change first.
    package func owners(of path: FieldPath) -> [ManagedFieldsEntry] {
        entries.filter { $0.fields.reaches(path) }.sorted { ($0.time ?? "") > ($1.time ?? "") }
    }

    /// The fields that the API server itself keeps, which nobody owns.
    package static let unowned: FieldSet = [
        FieldPath(fields: "apiVersion"), FieldPath(fields: "kind"), FieldPath(fields: "metadata"),
        FieldPath(fields: "metadata", "name"), FieldPath(fields: "metadata", "namespace"),
        FieldPath(fields: "metadata", "creationTimestamp"), FieldPath(fields: "metadata", "selfLink"),
        FieldPath(fields: "metadata", "uid"), FieldPath(fields: "metadata", "clusterName"),
        FieldPath(fields: "metadata", "generation"), FieldPath(fields: "metadata", "managedFields"),
        FieldPath(fields: "metadata", "resourceVersion"),
    ]
}
