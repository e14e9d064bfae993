// Strategic merge patch: a merge patch that knows by the type which lists merge and by which key, with its directives.
// The rules are those of k8s.io/apimachinery/pkg/util/strategicpatch.

import Manifest

struct StrategicMergePatch {
    private static let setElementOrder = "$setElementOrder/"
    private static let deleteFromPrimitiveList = "$deleteFromPrimitiveList/"

    /// - Throws: 400 for directives that are none, and items without their merge key.
    static func applied(_ patch: Value, to value: Value, type: SchemaType) throws(StatusError) -> Value {
        .object(try merged(patch.object ?? Object(), into: value.object ?? Object(), type))
    }

    private static func merged(_ patch: Object, into original: Object, _ type: SchemaType) throws(StatusError) -> Object
    {
        switch patch["$patch"]?.string {
        case nil, "merge": break
        case "replace":
            var replaced = patch
            replaced["$patch"] = nil
            return replaced
        case "delete": return Object()
        case let other?:
            throw StatusError(
                code: 500, reason: "", message: "unknown patch type: \(other) in map: \(goText(.object(patch)))")
        }
        var result = original
        if let kept = patch["$retainKeys"]?.array {
            let names = Set(kept.compactMap(\.string))
            result.entries.removeAll { !names.contains($0.key) }
        }
        for change in patch.entries where !change.key.hasPrefix("$") {
            if change.value.isNull {
                result[change.key] = nil
                continue
            }
            let member = type.member(change.key) ?? Schema.deduced
            switch (result[change.key], change.value) {
            case (.object(let old)?, .object(let new)):
                result[change.key] = .object(try merged(new, into: old, member))
            case (nil, .object(let new)):
                result[change.key] = .object(try merged(new, into: Object(), member))
            case (let old, .array(let new)):
                result[change.key] = .array(try merged(new, into: old?.array ?? [], member))
            default:
                result[change.key] = change.value
            }
        }
        for directive in patch.entries where directive.key.hasPrefix(deleteFromPrimitiveList) {
            let field = String(directive.key.dropFirst(deleteFromPrimitiveList.count))
            let removed = directive.value.array ?? []
            if let items = result[field]?.array {
                result[field] = .array(items.filter { !removed.contains($0) })
            }
        }
        for directive in patch.entries where directive.key.hasPrefix(setElementOrder) {
            let field = String(directive.key.dropFirst(setElementOrder.count))
            guard let items = result[field]?.array, let order = directive.value.array else { continue }
            let key = type.member(field)?.list?.patchMergeKey
            result[field] = .array(ordered(items, by: order, before: original[field]?.array ?? [], key: key))
        }
        return result
    }

    private static func merged(_ patch: [Value], into original: [Value], _ type: SchemaType) throws(StatusError)
        -> [Value]
    {
        guard let list = type.list, list.patchStrategy?.contains("merge") ?? false else {
            return patch.filter { $0["$patch"] == nil }
        }
        if patch.contains(where: { $0["$patch"]?.string == "replace" }) {
            return patch.filter { $0["$patch"] == nil }
        }
        var result = original
        let element = type.element ?? Schema.deduced
        for item in patch {
            guard case .object(let object) = item, let key = list.patchMergeKey else { continue }
            guard let identity = object[key] else {
                throw StatusError(
                    code: 500, reason: "", message: "map: \(goText(item)) does not contain declared merge key: \(key)")
            }
            if object["$patch"]?.string == "delete" {
                result.removeAll { $0[key] == identity }
            } else if let index = result.firstIndex(where: { $0[key] == identity }) {
                result[index] = .object(try merged(object, into: result[index].object ?? Object(), element))
            } else {
                result.append(.object(try merged(object, into: Object(), element)))
            }
        }
        if list.patchMergeKey == nil {
            // New values come first.
            return patch.filter { !original.contains($0) } + original
        }
        let kept = patch.filter { $0["$patch"] == nil }
        return ordered(result, by: kept, before: original, key: list.patchMergeKey)
    }

    /// A value as Go prints it.
    private static func goText(_ value: Value) -> String {
        switch value {
        case .scalar(let scalar): scalar.isNull ? "<nil>" : scalar.text
        case .array(let items): "[\(items.map(goText).joined(separator: " "))]"
        case .object(let object):
            "map[\(object.entries.sorted { $0.key < $1.key }.map { "\($0.key):\(goText($0.value))" }.joined(separator: " "))]"
        }
    }

    /// Items in the order that the directive names; those that it does not name keep their place among the original
    /// ones.
    private static func ordered(_ items: [Value], by order: [Value], before original: [Value], key: String?) -> [Value]
    {
        func identity(_ value: Value) -> Value { key.flatMap { value[$0] } ?? value }
        let named = order.map(identity)
        let places = original.map(identity)
        var listed: [Value] = []
        for name in named { listed += items.filter { identity($0) == name } }
        var others = items.filter { !named.contains(identity($0)) }[...]
        var result: [Value] = []
        for item in listed {
            if let place = places.firstIndex(of: identity(item)) {
                while let other = others.first, let otherPlace = places.firstIndex(of: identity(other)),
                    otherPlace < place
                {
                    result.append(other)
                    others = others.dropFirst()
                }
            }
            result.append(item)
        }
        return result + others
    }
}
