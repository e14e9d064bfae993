// What an apply empties in a custom resource: a manager that gives up the last item of a list or the last field of a
// map leaves null behind, which a schema that is not nullable refuses. So every server answers from 1.20 on
// (kubernetes/kubernetes#117447), but for the first ones of 1.36, which left the empty list or map
// (structured-merge-diff#331); built-in kinds take null for nothing.

import Manifest

enum EmptiedFields {
    /// The findings for an applied object.
    /// - Parameters:
    ///   - live: the object before, in the version of the apply.
    ///   - last: the fields that the manager applied the last time.
    static func errors(_ applied: Value, live: Value, last: FieldSet, schema: Value) -> [FieldError] {
        var errors: [FieldError] = []
        find(applied, live, last, schema, "", &errors)
        return errors
    }

    private static func find(
        _ applied: Value, _ live: Value, _ last: FieldSet, _ schema: Value, _ path: String, _ errors: inout [FieldError]
    ) {
        for entry in live.object?.entries ?? [] where !(path.isEmpty && SchemaValidation.rootFields.contains(entry.key))
        {
            // Whoever owned the list or map itself took all of it away.
            guard let node = last.node(.field(entry.key)), !node.isMember, !entry.value.isEmpty,
                let property = schema[path: "properties", entry.key]
            else { continue }
            let below = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            if let found = applied[entry.key] {
                find(found, entry.value, node.children, property, below, &errors)
            } else if entry.value.scalar == nil, property["nullable"]?.bool != true, property["default"] == nil {
                let type = property["type"]?.string ?? "object"
                errors.append(
                    .type(below, quoted("null"), "\(below) in body must be of type \(type): \(quoted("null"))"))
            }
        }
    }
}
