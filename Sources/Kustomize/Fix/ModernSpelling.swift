// Deprecated fields in today's spelling, one field at a time, so that each can be tried on its own.

import Manifest

enum ModernSpelling {
    /// The fields that are rewritten, in the order in which that is tried.
    static let fields = [
        "bases", "imageTags", "commonLabels", "patchesStrategicMerge", "patchesJson6902",
    ]

    /// The text with one field in its modern spelling; nil when the field is absent or written in a way that is not
    /// understood.
    static func rewrite(_ key: String, in text: KustomizationText) -> KustomizationText? {
        guard let field = text.field(key) else { return nil }
        if field.value.isEmpty { return text.replacing(field.lines, with: []) }
        switch key {
        case "bases": return moved(field, to: "resources", in: text) { $0 }
        case "imageTags": return moved(field, to: "images", in: text) { $0 }
        case "patchesJson6902": return moved(field, to: "patches", in: text) { $0 }
        case "patchesStrategicMerge": return moved(field, to: "patches", in: text, transform: patch)
        case "commonLabels": return labels(field, in: text)
        default: return nil
        }
    }

    /// The elements of a list under another key: behind those that it has, or in the old key's place.
    private static func moved(
        _ field: KustomizationText.Field, to key: String, in text: KustomizationText, transform: ([String]) -> [String]?
    ) -> KustomizationText? {
        if text.repeatedKeys.contains(key) { return nil }
        var elements: [[String]] = []
        if let found = text.elements(of: field) {
            elements = found
        } else if let items = field.value.array, items.allSatisfy({ $0.scalar != nil }) {
            // A list in brackets becomes one in lines.
            elements = items.map { ["- " + inline($0)] }
        } else {
            return nil
        }
        var new: [String] = []
        for element in elements {
            guard let changed = transform(element) else { return nil }
            new += changed
        }
        guard let target = text.field(key), !target.value.isEmpty else {
            guard let cleared = text.field(key).map({ text.replacing($0.lines, with: []) }) ?? text,
                let field = cleared.field(field.key)
            else { return nil }
            let comment = cleared.lines[field.lines.lowerBound].firstRange(of: " #").map {
                cleared.lines[field.lines.lowerBound][$0.lowerBound...]
            }
            return cleared.replacing(field.lines, with: ["\(key):\(comment ?? "")"] + new)
        }
        guard let there = text.elements(of: target) else { return nil }
        let indent = String(
            text.lines[target.lines].dropFirst().first { $0.drop { $0 == " " }.hasPrefix("-") }?.prefix { $0 == " " }
                ?? "")
        guard !there.isEmpty else { return nil }
        let added = new.map { $0.isEmpty ? "" : indent + $0 }
        // The later of the two first, so that the earlier one's lines keep their numbers.
        if field.lines.lowerBound > target.lines.lowerBound {
            return text.replacing(field.lines, with: [])?.replacing(
                target.lines.upperBound..<target.lines.upperBound, with: added)
        }
        return text.replacing(target.lines.upperBound..<target.lines.upperBound, with: added)?.replacing(
            field.lines, with: [])
    }

    private static func inline(_ value: Value) -> String {
        var text = String(decoding: YAML.write(value), as: UTF8.self)
        while text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    /// `- file.yaml` becomes `- path: file.yaml`, and a patch written in place `- patch: |-`.
    private static func patch(_ element: [String]) -> [String]? {
        guard let dash = element.firstIndex(where: { $0.hasPrefix("- ") }) else { return nil }
        let content = element[dash].dropFirst(2).drop { $0 == " " }
        let isBlock = content.hasPrefix("|") || content.hasPrefix(">")
        let isInline = isBlock || content.hasPrefix("{") || content.contains("\\n")
        guard
            isBlock || element.count == dash + 1
                || element[(dash + 1)...].allSatisfy({ $0.hasPrefix("#") || $0.isEmpty })
        else { return nil }
        var changed = element
        changed[dash] = (isInline ? "- patch: " : "- path: ") + content
        if isBlock {
            // The text has to stand deeper than the key that it now has.
            for index in changed.indices where index > dash && !changed[index].isEmpty {
                changed[index] = "  " + changed[index]
            }
        }
        return changed
    }

    private static func labels(_ field: KustomizationText.Field, in text: KustomizationText) -> KustomizationText? {
        if text.repeatedKeys.contains("labels") { return nil }
        let body = text.lines[field.lines].dropFirst()
        var pairs: [String]
        if let first = body.first(where: { !$0.drop { $0 == " " }.hasPrefix("#") && !$0.isEmpty }) {
            let indent = first.prefix { $0 == " " }.count
            pairs = body.map { $0.isEmpty ? "" : "    " + $0.dropFirst(min(indent, $0.prefix { $0 == " " }.count)) }
        } else {
            pairs = (field.value.object?.entries ?? []).map { "    \(inline(.string($0.key))): \(inline($0.value))" }
        }
        pairs = ["- includeSelectors: true", "  pairs:"] + pairs
        guard let target = text.field("labels"), !target.value.isEmpty else {
            guard let cleared = text.field("labels").map({ text.replacing($0.lines, with: []) }) ?? text,
                let field = cleared.field("commonLabels")
            else { return nil }
            return cleared.replacing(field.lines, with: ["labels:"] + pairs)
        }
        guard text.elements(of: target) != nil else { return nil }
        let indent = String(
            text.lines[target.lines].dropFirst().first { $0.drop { $0 == " " }.hasPrefix("-") }?.prefix { $0 == " " }
                ?? "")
        let added = pairs.map { $0.isEmpty ? "" : indent + $0 }
        if field.lines.lowerBound > target.lines.lowerBound {
            return text.replacing(field.lines, with: [])?.replacing(
                target.lines.upperBound..<target.lines.upperBound, with: added)
        }
        return text.replacing(target.lines.upperBound..<target.lines.upperBound, with: added)?.replacing(
            field.lines, with: [])
    }
}
