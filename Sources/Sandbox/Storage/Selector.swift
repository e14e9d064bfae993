// Label and field selectors: what a list or a watch asks to see.

import Manifest

/// A label selector in the string form of the API: `app=web,tier in (a,b),!legacy,zone notin (x),env!=dev`.
///
/// The grammar is that of `k8s.io/apimachinery/pkg/labels`.
package struct LabelSelector: Sendable, Hashable {
    enum Requirement: Sendable, Hashable {
        case isIn(String, Set<String>)
        case isNotIn(String, Set<String>)
        case exists(String)
        case isAbsent(String)
        case greater(String, Int)
        case less(String, Int)
    }

    var requirements: [Requirement]

    static let everything = LabelSelector(requirements: [])
    var isEverything: Bool { requirements.isEmpty }

    func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let values): labels[key].map(values.contains) ?? false
            case .isNotIn(let key, let values): labels[key].map { !values.contains($0) } ?? true
            case .exists(let key): labels[key] != nil
            case .isAbsent(let key): labels[key] == nil
            case .greater(let key, let bound): labels[key].flatMap { Int($0) }.map { $0 > bound } ?? false
            case .less(let key, let bound): labels[key].flatMap { Int($0) }.map { $0 < bound } ?? false
            }
        }
    }
}

extension LabelSelector {
    /// - Throws: `StatusError` 400 with the position of what cannot be parsed.
    package init(parsing text: String) throws(StatusError) {
        var scanner = SelectorScanner(text)
        requirements = []
        scanner.skipSpaces()
        while !scanner.isAtEnd {
            requirements.append(try scanner.requirement())
            scanner.skipSpaces()
            if scanner.isAtEnd { break }
            guard scanner.take(",") else { throw scanner.unexpected("',' or end of string") }
            scanner.skipSpaces()
            if scanner.isAtEnd { throw scanner.unexpected("identifier after ','") }
        }
    }
}

private struct SelectorScanner {
    private let text: String
    private var rest: Substring

    init(_ text: String) {
        self.text = text
        rest = text[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skipSpaces() {
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
    }

    mutating func take(_ token: String) -> Bool {
        guard rest.hasPrefix(token) else { return false }
        rest.removeFirst(token.count)
        return true
    }

    func unexpected(_ expected: String) -> StatusError {
        let found = rest.isEmpty ? "" : String(rest.prefix(while: { $0 != "," && $0 != " " }))
        return .badRequest("unable to parse requirement: found '\(found)', expected: \(expected)")
    }

    private mutating func word() -> String {
        let found = rest.prefix { !" \t,()=!<>".contains($0) }
        rest = rest[found.endIndex...]
        return String(found)
    }

    private mutating func list() throws(StatusError) -> Set<String> {
        skipSpaces()
        guard take("(") else { throw unexpected("'('") }
        var values: Set<String> = []
        while true {
            skipSpaces()
            values.insert(word())
            skipSpaces()
            if take(")") { return values }
            guard take(",") else { throw unexpected("',' or ')'") }
        }
    }

    mutating func requirement() throws(StatusError) -> LabelSelector.Requirement {
        skipSpaces()
        if take("!") {
            skipSpaces()
            let key = word()
            guard !key.isEmpty else { throw unexpected("identifier") }
            return .isAbsent(key)
        }
        let key = word()
        guard !key.isEmpty else { throw unexpected("!, identifier, or 'end of string'") }
        skipSpaces()
        if isAtEnd || rest.first == "," { return .exists(key) }
        if take("==") || take("=") { return .isIn(key, [try operand()]) }
        if take("!=") { return .isNotIn(key, [try operand()]) }
        if take(">") { return .greater(key, Int(try operand()) ?? 0) }
        if take("<") { return .less(key, Int(try operand()) ?? 0) }
        let comparison = word()
        switch comparison {
        case "in": return .isIn(key, try list())
        case "notin": return .isNotIn(key, try list())
        default:
            throw .badRequest(
                "unable to parse requirement: found '\(comparison)', expected: in, notin, =, ==, !=, gt, lt")
        }
    }

    private mutating func operand() throws(StatusError) -> String {
        skipSpaces()
        if let first = rest.first, "=!<>()".contains(first) {
            throw .badRequest("unable to parse requirement: found '\(first)', expected: identifier")
        }
        return word()
    }
}

/// A field selector: `metadata.name=web,status.phase!=Failed`. Which fields may be asked for is the resource's
/// business.
package struct FieldSelector: Sendable, Hashable {
    struct Requirement: Sendable, Hashable {
        var field: String
        var value: String
        var isEqual: Bool
    }

    var requirements: [Requirement]
    static let everything = FieldSelector(requirements: [])
    var isEverything: Bool { requirements.isEmpty }

    /// - Throws: `StatusError` 400 for a term without an operator.
    package init(parsing text: String) throws(StatusError) {
        requirements = []
        for term in text.split(separator: ",") {
            let parts: [Substring]
            let isEqual: Bool
            if let range = term.firstRange(of: "!=") {
                parts = [term[..<range.lowerBound], term[range.upperBound...]]
                isEqual = false
            } else if let range = term.firstRange(of: "==") ?? term.firstRange(of: "=") {
                parts = [term[..<range.lowerBound], term[range.upperBound...]]
                isEqual = true
            } else {
                throw .badRequest(
                    "invalid selector: '\(text)'; can't understand '\(term)'")
            }
            requirements.append(Requirement(field: String(parts[0]), value: String(parts[1]), isEqual: isEqual))
        }
    }

    private init(requirements: [Requirement]) {
        self.requirements = requirements
    }

    /// The name that every match must have, when the selector demands one.
    var name: String? { requirements.first { $0.field == "metadata.name" && $0.isEqual }?.value }

    func matches(_ object: StoredObject) -> Bool {
        requirements.allSatisfy { requirement in
            let found: String
            switch requirement.field {
            case "metadata.name": found = object.key.name
            case "metadata.namespace": found = object.key.namespace
            default:
                let keys = requirement.field.split(separator: ".").map(String.init)
                var value: Value? = object.value
                for key in keys { value = value?[key] }
                found = value?.scalar?.text ?? ""
            }
            return (found == requirement.value) == requirement.isEqual
        }
    }
}
