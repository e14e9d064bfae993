// Which resources a patch or replacement is meant for: patterns over type, name and namespace, and Kubernetes' label
// selectors.

import Manifest

/// A selector as it is written.
struct SelectorFields: Sendable, Hashable {
    var group = ""
    var version = ""
    var kind = ""
    var name = ""
    var namespace = ""
    var labelSelector = ""
    var annotationSelector = ""
}

struct Selector: Sendable {
    let fields: SelectorFields
    private let group, version, kind, name, namespace: RegularExpression?
    let labels: LabelSelector
    let annotations: LabelSelector

    init(_ fields: SelectorFields) throws(PatternError) {
        func pattern(_ text: String) throws(PatternError) -> RegularExpression? {
            text.isEmpty ? nil : try RegularExpression(wholeText: text)
        }
        self.fields = fields
        group = try pattern(fields.group)
        version = try pattern(fields.version)
        kind = try pattern(fields.kind)
        name = try pattern(fields.name)
        namespace = try pattern(fields.namespace)
        labels = try LabelSelector(fields.labelSelector)
        annotations = try LabelSelector(fields.annotationSelector)
    }

    /// Whether a patch's target selects the resource: by its current type, its first or current name and effective
    /// namespace.
    func selects(_ resource: Resource) -> Bool {
        let id = resource.id
        let original = resource.originalID
        if let kind, !kind.matches(id.kind) { return false }
        if let name, !name.matches(id.name), !name.matches(original.name) { return false }
        if let namespace, !namespace.matches(id.namespace), !namespace.matches(original.namespace) { return false }
        if let group, !group.matches(id.group) { return false }
        if let version, !version.matches(id.version) { return false }
        return selectsMetadata(resource)
    }

    /// Labels and annotations alone.
    func selectsMetadata(_ resource: Resource) -> Bool {
        if labels.isEmpty, annotations.isEmpty { return true }
        let metadata = resource.value["metadata"]
        return labels.selects(metadata?["labels"]?.object) && annotations.selects(metadata?["annotations"]?.object)
    }

    /// Whether the patterns select an id whose namespace is given as written rather than as it takes effect.
    func selects(_ id: ResourceID, namespace written: String) -> Bool {
        (group?.matches(id.group) ?? true) && (version?.matches(id.version) ?? true) && (kind?.matches(id.kind) ?? true)
            && (name?.matches(id.name) ?? true) && (namespace?.matches(written) ?? true)
    }
}

/// Requirements on the keys and values of a map, in the grammar of Kubernetes' label selectors.
struct LabelSelector: Sendable {
    private enum Requirement: Sendable {
        case exists(String)
        case missing(String)
        case isIn(String, [String])
        case notIn(String, [String])
        case greater(String, Int)
        case less(String, Int)
    }

    private var requirements: [Requirement] = []

    var isEmpty: Bool { requirements.isEmpty }

    init(_ text: String) throws(PatternError) {
        func failure(_ reason: String) -> PatternError { PatternError(pattern: text, reason: reason) }
        var tokens = Self.tokens(text)[...]
        while let token = tokens.popFirst() {
            if token == "," { continue }
            if token == "!" {
                guard let key = tokens.popFirst(), Self.isWord(key) else {
                    throw failure("a label key is missing after `!`")
                }
                requirements.append(.missing(key))
            } else {
                guard Self.isWord(token) else { throw failure("unexpected `\(token)`") }
                requirements.append(try Self.requirement(token, &tokens, failure))
            }
            if let next = tokens.first, next != "," { throw failure("unexpected `\(next)`") }
        }
    }

    private static func requirement(
        _ key: String, _ tokens: inout ArraySlice<String>, _ failure: (String) -> PatternError
    ) throws(PatternError) -> Requirement {
        guard let next = tokens.first, next != "," else { return .exists(key) }
        tokens.removeFirst()
        func single() -> String {
            guard let value = tokens.first, isWord(value) else { return "" }
            tokens.removeFirst()
            return value
        }
        switch next {
        case "=", "==": return .isIn(key, [single()])
        case "!=": return .notIn(key, [single()])
        case ">", "<":
            guard let number = Int(single()) else { throw failure("`\(next)` needs a whole number") }
            return next == ">" ? .greater(key, number) : .less(key, number)
        case "in", "notin":
            guard tokens.popFirst() == "(" else { throw failure("`\(next)` needs a list in parentheses") }
            var values: [String] = []
            var expectsValue = true
            while let value = tokens.popFirst() {
                if value == ")" {
                    if expectsValue { values.append("") }
                    return next == "in" ? .isIn(key, values) : .notIn(key, values)
                }
                if value == "," {
                    if expectsValue { values.append("") }
                    expectsValue = true
                } else {
                    guard isWord(value), expectsValue else { throw failure("unexpected `\(value)`") }
                    values.append(value)
                    expectsValue = false
                }
            }
            throw failure("the closing parenthesis is missing")
        default: throw failure("unexpected `\(next)`")
        }
    }

    private static func isWord(_ token: String) -> Bool {
        !token.isEmpty && token.utf8.allSatisfy { !Set("=!<>(),".utf8).contains($0) }
    }

    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var word = ""
        func flush() {
            if !word.isEmpty { tokens.append(word) }
            word = ""
        }
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case " ", "\t", "\n", "\r": flush()
            case "=", "!":
                flush()
                if rest.first == "=" {
                    rest.removeFirst()
                    tokens.append("\(character)=")
                } else {
                    tokens.append(String(character))
                }
            case "(", ")", ",", "<", ">":
                flush()
                tokens.append(String(character))
            default: word.append(character)
            }
        }
        flush()
        return tokens
    }

    func selects(_ map: Object?) -> Bool {
        requirements.allSatisfy { requirement in
            func value(_ key: String) -> String? { map?[key].map { $0.text ?? "" } }
            switch requirement {
            case .exists(let key): return value(key) != nil
            case .missing(let key): return value(key) == nil
            case .isIn(let key, let values): return value(key).map(values.contains) ?? false
            case .notIn(let key, let values): return !(value(key).map(values.contains) ?? false)
            case .greater(let key, let bound): return value(key).flatMap { Int($0) }.map { $0 > bound } ?? false
            case .less(let key, let bound): return value(key).flatMap { Int($0) }.map { $0 < bound } ?? false
            }
        }
    }
}
