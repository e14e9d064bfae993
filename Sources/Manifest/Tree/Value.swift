// The one value tree for YAML and JSON: what Git holds, what the renderer works on, and what the cluster answers.

/// A YAML or JSON value.
///
/// Equality is data equality: scalars by kind and text, objects whatever the order of their keys; spelling style and
/// source positions do not count.
package enum Value: Sendable, Hashable {
    case scalar(Scalar)
    case array([Value])
    case object(Object)

    package static let null = Value.scalar(Scalar("null", kind: .null))

    package static func string(_ text: String) -> Value { .scalar(Scalar(text, kind: .string)) }
    package static func bool(_ value: Bool) -> Value { .scalar(Scalar(value ? "true" : "false", kind: .bool)) }
    package static func int(_ value: Int) -> Value { .scalar(Scalar(String(value), kind: .int)) }
}

// MARK: - Looking in

extension Value {
    package var isNull: Bool { scalar?.isNull ?? false }
    package var scalar: Scalar? { if case .scalar(let scalar) = self { scalar } else { nil } }
    package var array: [Value]? { if case .array(let items) = self { items } else { nil } }
    package var object: Object? { if case .object(let object) = self { object } else { nil } }
    package var string: String? { scalar?.string }
    package var bool: Bool? { scalar?.bool }
    package var int: Int? { scalar?.int }
    package var double: Double? { scalar?.double }

    /// Null, `{}` or `[]`: what many writers of Kubernetes objects leave out.
    package var isEmpty: Bool {
        switch self {
        case .scalar(let scalar): scalar.isNull
        case .array(let items): items.isEmpty
        case .object(let object): object.isEmpty
        }
    }

    /// The member of an object. Reading anything else gives nil; setting a key of anything else makes it an object.
    package subscript(key: String) -> Value? {
        get { object?[key] }
        _modify {
            var object = Object()
            if case .object(let found) = self { object = found }
            // Released while the copy is changed, so that the change is made in place.
            self = .null
            defer { self = .object(object) }
            yield &object[key]
        }
    }

    /// The value at the end of a path of keys, nil as soon as one is missing.
    package subscript(path keys: String...) -> Value? {
        var current = self
        for key in keys {
            guard let next = current[key] else { return nil }
            current = next
        }
        return current
    }

    /// Where the value, or the first thing in it, stands in its text.
    package var position: SourcePosition {
        switch self {
        case .scalar(let scalar): scalar.position
        case .array(let items): items.first?.position ?? .unknown
        case .object(let object): object.entries.first?.position ?? .unknown
        }
    }
}

// MARK: - Literals

// No nil literal: where a `Value?` is wanted, `nil` would silently become an explicit null.
extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: Value...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, Value)...) {
        self = .object(Object(entries: elements.map { Object.Entry(key: $0.0, value: $0.1) }))
    }
}
