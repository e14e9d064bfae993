// Strategic merges that lose something without a word: elements of a patch that do not arrive, and elements of the
// object that go although nobody deleted them. The result is the reference's; the losses are noted beside it.

import Manifest

/// What merges of keyed lists lost, in the order in which it was found.
final class MergeLosses {
    struct Loss {
        var reason: String
        var cure: String?
        var rule: String
        var position: SourcePosition
    }

    private(set) var losses: [Loss] = []

    /// Compares a list before and after a merge.
    func compare(_ before: [Value], _ after: [Value], patch: [Value], keys: [String]) {
        if patch.contains(where: { $0["$patch"]?.text == "delete" }) {
            // Whatever went may have been meant to go.
            noteLost(after, patch, keys)
            return
        }
        if after.isEmpty, !before.isEmpty {
            let nameless = patch.first { item in keys.allSatisfy { item[$0]?.text?.isEmpty ?? true } }
            let elements = before.count == 1 ? "its one element" : "all \(before.count) elements"
            let why = nameless == nil ? "" : ": an element of the patch has no `\(keys[0])` to say which it means"
            losses.append(
                Loss(
                    reason: "the patch empties a list of \(elements)\(why)",
                    cure: nameless == nil
                        ? nil : "name the element by its `\(keys[0])`, or write `$patch: replace` if the list is to go",
                    rule: "list-emptied", position: (nameless ?? patch.first)?.position ?? .unknown))
            return
        }
        noteLost(after, patch, keys)
        if after.count < before.count, !before.contains(where: { Self.isDouble($0, in: before, keys) }) {
            losses.append(
                Loss(
                    reason:
                        "the patch drops \(before.count - after.count) of \(before.count) elements of a list that it does not delete",
                    cure: "give every element all of \(Self.names(keys))", rule: "list-shortened",
                    position: patch.first?.position ?? .unknown))
        }
    }

    private func noteLost(_ after: [Value], _ patch: [Value], _ keys: [String]) {
        for item in patch where item.object?.isEmpty == false && item["$patch"]?.text != "delete" {
            if after.contains(where: { Self.reflects(item, $0) }) { continue }
            let name = keys.compactMap { key in item[key]?.text.map { "\(key) \($0)" } }.joined(separator: ", ")
            var cure: String?
            if item["$patch"] != nil {
                cure = "`$patch: replace` has no effect on an element: delete it and add it anew by a JSON patch"
            } else if let missing = keys.first(where: { item[$0] == nil }) {
                cure = "write `\(missing)` in the patch too: the list is told apart by \(Self.names(keys))"
            } else if keys.count > 1 {
                cure = "write the same keys as the object does, no more and no less, or use a JSON patch"
            }
            losses.append(
                Loss(
                    reason:
                        "what the patch says of \(name.isEmpty ? "an element of a list" : name) is lost in the merge",
                    cure: cure, rule: "patch-lost", position: item.position))
        }
    }

    private static func names(_ keys: [String]) -> String { keys.map { "`\($0)`" }.joined(separator: " and ") }

    /// Elements with one key merge into one anyway.
    private static func isDouble(_ item: Value, in items: [Value], _ keys: [String]) -> Bool {
        let texts = keys.map { item[$0]?.text }
        return items.count { other in keys.map { other[$0]?.text } == texts } > 1
    }

    /// Whether all that a patch says of an element can be seen in it. Lists below have checks of their own.
    private static func reflects(_ patch: Value, _ result: Value) -> Bool {
        switch patch {
        case .scalar(let scalar): return scalar.isNull || result.text == scalar.text
        case .array: return true
        case .object(let object):
            if object["$patch"]?.text == "delete" { return true }
            guard result.object != nil else { return object.isEmpty }
            return object.entries.allSatisfy { entry in
                if entry.key == "$patch" { return true }
                guard let value = result[entry.key] else {
                    return entry.value.isEmpty || entry.value["$patch"]?.text == "delete" || entry.value.array != nil
                }
                return !entry.value.isNull && reflects(entry.value, value)
            }
        }
    }
}
