// Strategic merge patches: objects merge key by key, lists as the schema says, `$patch` directives override. The
// destination is changed in place; where the patch says nothing the reference still walks and normalises the
// destination, so this does too.

import Manifest

/// A patch does not fit the object that it is laid over.
struct MergeFailure: Error {
    var reason: String
    var position: SourcePosition
}

struct StrategicMerge {
    let schema: MergeSchema
    /// Where what gets lost is noted, if anybody wants to know.
    var losses: MergeLosses?
    /// What comments of the object and of the patch say of lists.
    var hints: (object: SchemaHints?, patch: SchemaHints?) = (nil, nil)

    /// Lays a patch over an object. False when the patch deletes the object.
    func apply(_ patch: Value, to object: inout Value) throws(MergeFailure) -> Bool {
        // The reference builds the replacement of a whole object, and then forgets it.
        if patch["$patch"]?.text == "replace" { return true }
        let type = root(of: object) ?? root(of: patch)
        return try merge(&object, patch, MergeSchema.Field(type: type))
    }

    /// What is known of a field that stands in the object, in the patch, or in both.
    private func field(
        _ key: String, of type: MergeSchema.TypeIndex?, _ object: Object.Entry?, _ patch: Object.Entry?
    ) -> MergeSchema.Field? {
        if hints.object != nil || hints.patch != nil {
            let hint = object.flatMap { hints.object?[$0] } ?? patch.flatMap { hints.patch?[$0] }
            if let hint { return schema.field(hinted: hint) }
        }
        return schema.field(key, of: type)
    }

    private func root(of value: Value) -> MergeSchema.TypeIndex? {
        guard let kind = value["kind"]?.text else { return nil }
        return schema.root(apiVersion: value["apiVersion"]?.text ?? "", kind: kind)
    }

    /// Lays `patch` over something that exists. False when nothing is to remain.
    func merge(_ destination: inout Value, _ patch: Value, _ field: MergeSchema.Field?) throws(MergeFailure) -> Bool {
        if patch.isNull { return false }
        if destination.isNull {
            guard let value = try resolved(patch, field, isTop: true) else { return false }
            destination = value
            return true
        }
        switch (destination, patch) {
        case (.object, .object(let patch)):
            return try mergeObjects(&destination, patch, field)
        case (.array, .array(let items)):
            guard let field, let keys = field.keys else {
                destination = patch
                return true
            }
            return try mergeLists(&destination, items, field, keys)
        case (.scalar, .scalar(let scalar)):
            destination.overwrite(scalar.text, kind: scalar.kind, writtenAt: scalar.position)
            return true
        default:
            throw MergeFailure(
                reason: "the patch has \(patch.shape) where the object has \(destination.shape)",
                position: patch.position)
        }
    }

    private func mergeObjects(_ destination: inout Value, _ patch: Object, _ field: MergeSchema.Field?)
        throws(MergeFailure) -> Bool
    {
        if let directive = patch["$patch"] {
            var rest = patch
            rest.removeValue(forKey: "$patch")
            switch directive.text {
            case "delete": return false
            case "replace":
                destination = .object(try resolvedMembers(rest, field))
                return true
            case "merge": return try mergeObjects(&destination, rest, field)
            default:
                throw MergeFailure(
                    reason: "`$patch: \(directive.text ?? "")` is no directive; there are delete, replace and merge",
                    position: directive.position)
            }
        }
        let result: Bool? = try destination.editObject { (object) throws(MergeFailure) in
            var removed: Set<Int> = []
            let (standing, changes) = (object.positions, patch.positions)
            for index in object.entries.indices {
                let key = object.entries[index].key
                let change = changes.index(of: key, in: patch).map { patch.entries[$0] }
                let below = self.field(key, of: field?.type, object.entries[index], change)
                let keep: Bool
                if let change {
                    keep = try merge(&object.entries[index].value, change.value, below)
                } else {
                    keep = try normalize(&object.entries[index].value, below)
                }
                if !keep { removed.insert(index) }
            }
            for entry in patch.entries where standing.index(of: entry.key, in: object) == nil {
                let below = self.field(entry.key, of: field?.type, nil, entry)
                if let value = try resolved(entry.value, below, isTop: true) {
                    object.entries.append(Object.Entry(key: entry.key, value: value, position: entry.position))
                }
            }
            if !removed.isEmpty {
                object.entries = object.entries.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
            }
            return true
        }
        return result ?? true
    }

    /// What becomes of a part of the destination that no patch mentions. False when it is to go: a key with nothing
    /// behind it.
    func normalize(_ value: inout Value, _ field: MergeSchema.Field?) throws(MergeFailure) -> Bool {
        switch value {
        case .scalar(let scalar):
            return !(scalar.isNull && scalar.text.isEmpty)
        case .object:
            _ = try value.editObject { (object) throws(MergeFailure) in
                var removed: Set<Int> = []
                for index in object.entries.indices {
                    let below = schema.field(object.entries[index].key, of: field?.type)
                    if try !normalize(&object.entries[index].value, below) { removed.insert(index) }
                }
                if !removed.isEmpty {
                    object.entries = object.entries.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
                }
            }
            return true
        case .array:
            guard let field, let keys = field.keys, !keys.isEmpty else { return true }
            return try KeyedListMerge(merge: self, keys: keys, element: MergeSchema.Field(type: field.type)).normalize(
                &value)
        }
    }

    /// What a patch is worth where the destination has nothing: the patch without its nulls and directives. Nil for
    /// nothing.
    func resolved(_ patch: Value, _ field: MergeSchema.Field?, isTop: Bool = false) throws(MergeFailure) -> Value? {
        switch patch {
        case .scalar(let scalar):
            if scalar.isNull { return nil }
            return patch
        case .object(var object):
            if let directive = object.removeValue(forKey: "$patch") {
                let text = directive.text ?? ""
                if text == "delete" { return nil }
                if !isTop, text != "replace", text != "merge" {
                    throw MergeFailure(
                        reason: "`$patch: \(text)` is no directive; there are delete, replace and merge",
                        position: directive.position)
                }
            }
            return .object(try resolvedMembers(object, field))
        case .array(var items):
            guard let field, let keys = field.keys else { return patch }
            if let directive = Self.takeDirective(&items) {
                switch directive.text {
                case "delete": return nil
                case "replace", "merge": break
                default:
                    throw MergeFailure(
                        reason:
                            "`$patch: \(directive.text ?? "")` is no directive; there are delete, replace and merge",
                        position: directive.position)
                }
            }
            if keys.isEmpty { return .array(Self.union(items, items)) }
            let lists = KeyedListMerge(merge: self, keys: keys, element: MergeSchema.Field(type: field.type))
            return .array(try lists.resolved(items))
        }
    }

    private func resolvedMembers(_ object: Object, _ field: MergeSchema.Field?) throws(MergeFailure) -> Object {
        var result = Object()
        result.entries.reserveCapacity(object.entries.count)
        for entry in object.entries {
            let below = schema.field(entry.key, of: field?.type)
            if let value = try resolved(entry.value, below) {
                result.entries.append(Object.Entry(key: entry.key, value: value, position: entry.position))
            }
        }
        return result
    }

    private func mergeLists(
        _ destination: inout Value, _ patch: [Value], _ field: MergeSchema.Field, _ keys: [String]
    ) throws(MergeFailure) -> Bool {
        var patch = patch
        let lists = KeyedListMerge(merge: self, keys: keys, element: MergeSchema.Field(type: field.type))
        if let directive = Self.takeDirective(&patch) {
            switch directive.text {
            case "delete": return false
            case "replace":
                destination = .array(keys.isEmpty ? Self.union(patch, patch) : try lists.resolved(patch))
                return true
            case "merge": break
            default:
                throw MergeFailure(
                    reason: "`$patch: \(directive.text ?? "")` is no directive; there are delete, replace and merge",
                    position: directive.position)
            }
        }
        if keys.isEmpty {
            destination = .array(Self.union(patch, destination.array ?? []))
            return true
        }
        try lists.merge(&destination, patch)
        return true
    }

    /// Removes the first element that has a `$patch` key, if it has no other, and answers the directive.
    private static func takeDirective(_ items: inout [Value]) -> Value? {
        guard let index = items.firstIndex(where: { $0["$patch"] != nil }), let object = items[index].object,
            object.count == 1
        else { return nil }
        items.remove(at: index)
        return object["$patch"]
    }

    /// Scalars as a set: those of the patch first.
    private static func union(_ first: [Value], _ second: [Value]) -> [Value] {
        var seen: Set<String> = []
        return (first + second).filter { seen.insert($0.text ?? "").inserted }
    }
}

extension Value {
    /// The shape in words.
    var shape: String {
        switch self {
        case .scalar(let scalar): scalar.isNull ? "null" : "a scalar"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
