// What is asked of an answer: a pattern that names what matters and leaves out the rest.
//
// Objects ask for the keys that they name, `null` for a key's absence; lists for all of their items, or for some when
// they begin with `…`. In strings `…` stands for anything, `*` alone for any value, `<name>` for what was seen under
// that name before (the first time for anything, which is then remembered), `!<name>` for something else. An object
// `{"=": x}` asks for exactly x.

import Manifest

/// What a behaviour has seen so far, by the names it gave.
struct Bindings {
    private(set) var values: [String: Value] = [:]

    subscript(name: String) -> Value? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// A text with the names in it replaced by what they stand for.
    func filled(_ text: String) -> String {
        guard text.contains("<") else { return text }
        var filled = text
        for (name, value) in values {
            filled = filled.replacing(
                "<\(name)>", with: value.scalar?.text ?? String(decoding: JSON.write(value), as: UTF8.self))
        }
        return filled
    }

    /// Where an answer is not what was asked for, one sentence each.
    mutating func mismatches(_ pattern: Value, _ actual: Value?, at path: String = "") -> [String] {
        let place = path.isEmpty ? "the answer" : path
        switch pattern {
        case .scalar(let scalar) where scalar.isNull:
            guard let actual, !actual.isNull else { return [] }
            return ["\(place) is \(shown(actual)), and should not be there"]
        case .scalar(let scalar):
            guard let actual else { return ["\(place) is missing, and should be \(scalar.text)"] }
            return fits(scalar, actual) ? [] : ["\(place) is \(shown(actual)), and should be \(filled(scalar.text))"]
        case .array(let items):
            guard let found = actual?.array else { return ["\(place) is \(shown(actual)), and should be a list"] }
            if items.first?.string == "…" {
                return items.dropFirst().flatMap { item -> [String] in
                    for candidate in found {
                        var trial = self
                        if trial.mismatches(item, candidate).isEmpty {
                            self = trial
                            return []
                        }
                    }
                    return ["\(place) is \(shown(actual)), and has nothing like \(shown(item))"]
                }
            }
            guard items.count == found.count else {
                return ["\(place) has \(found.count) items, and should have \(items.count): \(shown(actual))"]
            }
            return zip(items, found).enumerated().flatMap { index, pair in
                mismatches(pair.0, pair.1, at: "\(path)[\(index)]")
            }
        case .object(let object):
            if let exact = object["="], object.count == 1 {
                return actual == exact ? [] : ["\(place) is \(shown(actual)), and should be exactly \(shown(exact))"]
            }
            guard let found = actual?.object else { return ["\(place) is \(shown(actual)), and should be an object"] }
            return object.entries.flatMap { entry in
                mismatches(entry.value, found[entry.key], at: "\(path).\(entry.key)")
            }
        }
    }

    private mutating func fits(_ pattern: Scalar, _ actual: Value) -> Bool {
        let text = pattern.text
        if text == "*" { return !actual.isNull }
        if text.hasPrefix("!<"), text.hasSuffix(">") { return values[String(text.dropFirst(2).dropLast())] != actual }
        if let name = Self.name(text) {
            if let known = values[name] { return known == actual }
            values[name] = actual
            return true
        }
        guard let found = actual.scalar else { return false }
        let wanted = filled(text)
        if wanted.contains("…") { return Self.matches(found.text, wanted) }
        // YAML reads what looks like a time as one; JSON knows strings alone.
        let isText = pattern.kind == .string || pattern.kind == .timestamp
        return found.text == wanted && (isText ? found.kind == .string : found.kind == pattern.kind)
    }

    /// The name of a pattern that is nothing but one.
    private static func name(_ text: String) -> String? {
        guard text.hasPrefix("<"), text.hasSuffix(">"), text.count > 2 else { return nil }
        let name = text.dropFirst().dropLast()
        return name.allSatisfy { $0.isLetter || $0.isNumber } ? String(name) : nil
    }

    static func matches(_ text: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "…", omittingEmptySubsequences: false)
        if parts.count == 1 { return text == pattern }
        guard let first = parts.first, let last = parts.last, text.hasPrefix(first), text.hasSuffix(last),
            text.count >= first.count + last.count
        else { return false }
        var rest = text.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }

    private func shown(_ value: Value?) -> String {
        value.map { String(decoding: JSON.write($0), as: UTF8.self) } ?? "missing"
    }
}
