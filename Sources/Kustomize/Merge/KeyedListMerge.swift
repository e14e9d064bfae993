// Lists whose elements are told apart by key fields. Well-formed lists (every element an object with its key, no key
// twice) merge through a hash table; for all others the reference's procedure is followed step by step, because its odd
// results are results too.

import Manifest

struct KeyedListMerge {
    /// How many elements the reference's procedure is followed for: it compares each with all others.
    private static let procedureLimit = 5000

    let merge: StrategicMerge
    let keys: [String]
    let element: MergeSchema.Field

    /// The key texts of an element; missing and null count as empty.
    private func tuple(_ value: Value) -> [String] {
        keys.map { key in
            guard let scalar = value[key]?.scalar, !scalar.isNull else { return "" }
            return scalar.text
        }
    }

    /// A list that no patch mentions. Always true: the list stays, if only as an empty one.
    func normalize(_ list: inout Value) throws(MergeFailure) -> Bool {
        let items = list.array ?? []
        if isWellFormed(items) {
            _ = try list.editArray { (items) throws(MergeFailure) in
                for index in items.indices { _ = try merge.normalize(&items[index], element) }
            }
            return true
        }
        list = .array(try procedure(items.map(Slot.init), nil))
        return true
    }

    /// A list of a patch where the destination has none.
    func resolved(_ items: [Value]) throws(MergeFailure) -> [Value] {
        let slots = items.map(Slot.init)
        return try procedure(slots, slots)
    }

    func merge(_ destination: inout Value, _ patch: [Value]) throws(MergeFailure) {
        if keys.count == 1, isWellFormed(destination.array ?? []), isWellFormed(patch) {
            try mergeByKey(&destination, patch)
            if patch.contains(where: { $0["$patch"]?.text == "replace" }), let losses = merge.losses {
                let items = destination.array ?? []
                losses.compare(items, items, patch: patch, keys: keys)
            }
        } else {
            let items = destination.array ?? []
            destination = .array(try procedure(items.map(Slot.init), patch.map(Slot.init)))
            merge.losses?.compare(items, destination.array ?? [], patch: patch, keys: keys)
        }
    }

    /// Every element is an object with texts for the keys that are in use, and no two have the same.
    private func isWellFormed(_ items: [Value]) -> Bool {
        if items.isEmpty { return true }
        if keys.count == 1 {
            var seen = Set<String>(minimumCapacity: items.count)
            for item in items {
                guard let text = item[keys[0]]?.text, !text.isEmpty, item[keys[0]]?.isNull == false,
                    seen.insert(text).inserted
                else { return false }
            }
            return true
        }
        var seen = Set<[String]>(minimumCapacity: items.count)
        for item in items {
            let tuple = tuple(item)
            if tuple.contains("") || item.object == nil || !seen.insert(tuple).inserted { return false }
        }
        return true
    }

    /// One key, no surprises: the patch's elements in the patch's order, merged with what they name, then the others.
    private func mergeByKey(_ destination: inout Value, _ patch: [Value]) throws(MergeFailure) {
        let key = keys[0]
        _ = try destination.editArray { (items) throws(MergeFailure) in
            var positions: [String: Int] = [:]
            for (index, item) in items.enumerated() { positions[item[key]?.text ?? ""] = index }
            var result: [Value] = []
            result.reserveCapacity(items.count + patch.count)
            var taken = Set<Int>()
            for change in patch {
                if let index = positions[change[key]?.text ?? ""] {
                    taken.insert(index)
                    if change["$patch"]?.text == "replace" {
                        // The reference lets the destination's element win here.
                        result.append(items[index])
                    } else if try merge.merge(&items[index], change, element) {
                        result.append(items[index])
                    }
                } else if let value = try merge.resolved(change, element, isTop: true), !value.isEmpty {
                    result.append(value)
                }
            }
            for index in items.indices where !taken.contains(index) {
                _ = try merge.normalize(&items[index], element)
                result.append(items[index])
            }
            items = result
        }
    }

    // MARK: - The reference's procedure

    /// An element with an identity of its own, so that a merged element is the same element in every list it stands in.
    private final class Slot {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    /// - Parameter patch: nil where the patch does not mention the list; the destination's own slots where a list
    ///   stands for itself.
    private func procedure(_ destination: [Slot], _ patch: [Slot]?) throws(MergeFailure) -> [Value] {
        var destination = destination
        let patch = patch ?? []
        let count = destination.count + patch.count
        guard count <= Self.procedureLimit else {
            throw MergeFailure(
                reason: "a list of \(count) elements with several keys, repeated keys or none is too long to be merged",
                position: (patch.first ?? destination.first)?.value.position ?? .unknown)
        }
        let isSelf = !patch.isEmpty && patch.first === destination.first
        var tuples: [[String]] = []
        var seen: Set<[String]> = []
        for slot in patch + destination {
            let tuple = tuple(slot.value)
            if seen.insert(tuple).inserted { tuples.append(tuple) }
        }
        if keys.count > 1 { Self.unite(&tuples) }
        var usable = keys.indices.filter { key in tuples.contains { !$0[key].isEmpty } }
        if usable.isEmpty { usable = Array(keys.indices) }
        let usableKeys = usable.map { keys[$0] }
        var added: [Slot] = []
        for tuple in tuples {
            let texts = usable.map { tuple[$0] }
            let wanted = zip(usableKeys, texts).filter { !$0.1.isEmpty }
            let lookup = (wanted.isEmpty ? Array(zip(usableKeys, texts)) : wanted).map { (key: $0.0, text: $0.1) }
            let found = destination.first { has($0, lookup) }
            let change = (isSelf ? destination : patch).first { has($0, lookup) }
            if let merged = try mergedElement(found, change, isSelf), !merged.value.isEmpty {
                for (key, text) in wanted where merged.value[key] == nil {
                    merged.value[key] = .scalar(Scalar(text, kind: .resolve(text)))
                }
                Self.set(merged, in: &added, usableKeys, texts)
            } else {
                Self.remove(from: &destination, usableKeys, texts)
            }
        }
        for slot in destination {
            if keys.count > 1, slot.value.object == nil, !slot.value.isNull {
                throw MergeFailure(
                    reason:
                        "an element of a list that is told apart by several keys is \(slot.value.shape), not an object",
                    position: slot.value.position)
            }
            var texts: [String] = []
            for key in usableKeys {
                if let text = text(slot, key), slot.value[key]?.isNull == false {
                    texts.append(text)
                } else {
                    added.append(slot)
                }
            }
            if usableKeys.count > 1 { Self.remove(from: &added, usableKeys, texts) }
            if texts.isEmpty {
                added = [slot]
            } else {
                Self.set(slot, in: &added, usableKeys, texts)
            }
        }
        return added.map(\.value)
    }

    private func mergedElement(_ found: Slot?, _ change: Slot?, _ isSelf: Bool) throws(MergeFailure) -> Slot? {
        switch (found, change) {
        case (let found?, let change?) where found === change:
            guard let value = try merge.resolved(found.value, element) else { return nil }
            found.value = value
            return found
        case (let found?, let change?):
            if change.value["$patch"]?.text == "replace" {
                return try merge.resolved(change.value, element, isTop: true).map(Slot.init)
            }
            return try merge.merge(&found.value, change.value, element) ? found : nil
        case (let found?, nil):
            return try merge.normalize(&found.value, element) ? found : nil
        case (nil, let change?):
            return try merge.resolved(change.value, element, isTop: true).map(Slot.init)
        case (nil, nil):
            return nil
        }
    }

    /// Tuples that agree somewhere, and differ only where one of them has nothing, become their union.
    private static func unite(_ tuples: inout [[String]]) {
        for i in tuples.indices {
            for j in tuples.indices where j > i {
                let pairs = zip(tuples[i], tuples[j])
                guard pairs.contains(where: { $0 == $1 && !$0.isEmpty }),
                    pairs.allSatisfy({ $0 == $1 || $0.isEmpty || $1.isEmpty })
                else { continue }
                let union = zip(tuples[i], tuples[j]).map { $0.isEmpty ? $1 : $0 }
                tuples[i] = union
                tuples[j] = union
            }
        }
    }

    /// What an element has for a key; nil for nothing. A map or list in the place of a list's only key counts as a text
    /// of no letters.
    private func text(_ slot: Slot, _ key: String) -> String? {
        guard let value = slot.value[key] else { return nil }
        return value.text ?? (keys.count == 1 ? "" : nil)
    }

    private func has(_ slot: Slot, _ wanted: [(key: String, text: String)]) -> Bool {
        guard slot.value.object != nil else { return false }
        return wanted.allSatisfy { text(slot, $0.key) == $0.text }
    }

    /// Whether the first keys of an element have the texts; an empty text is content with any value.
    private static func isNamed(_ slot: Slot, _ keys: [String], _ texts: [String]) -> Bool {
        for (key, text) in zip(keys, texts) {
            guard let value = slot.value[key] else { return false }
            if !text.isEmpty, value.text != text { return false }
        }
        return !texts.isEmpty
    }

    private static func remove(from slots: inout [Slot], _ keys: [String], _ texts: [String]) {
        slots.removeAll { $0.value.isEmpty || isNamed($0, keys, texts) }
    }

    private static func set(_ slot: Slot, in slots: inout [Slot], _ keys: [String], _ texts: [String]) {
        var found = false
        slots = slots.compactMap { candidate in
            if candidate.value.isEmpty { return nil }
            if !isNamed(candidate, keys, texts) { return candidate }
            found = true
            return slot
        }
        if !found { slots.append(slot) }
    }
}
