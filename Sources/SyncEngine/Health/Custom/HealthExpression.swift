// A small expression over one object, such as `status.phase == 'Ready' && status.readyReplicas >= spec.replicas`.
//
// A part of the Common Expression Language (https://cel.dev) without its loops: every evaluation looks at each node of
// the expression once at most. Other than there, a path that leads nowhere is null, and what is compared with null is
// unequal to it and neither smaller nor greater: an object that has no status yet is no error.

package import Manifest

/// An expression, parsed.
package struct HealthExpression: Sendable, Hashable {
    /// As it was written.
    package var text: String
    var root: Node

    indirect enum Node: Sendable, Hashable {
        case literal(Value)
        case list([Node])
        /// A field of the object itself.
        case field(String)
        case member(Node, Node)
        case call(Function, [Node])
        case not(Node)
        case binary(Operator, Node, Node)
    }

    enum Operator: String, Sendable, Hashable {
        case or = "||"
        case and = "&&"
        case equal = "=="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case isIn = "in"
        case plus = "+"
    }

    enum Function: String, Sendable, Hashable, CaseIterable {
        /// Whether a path leads to anything but null.
        case has
        /// The length of a text, the number of a list's items or of a mapping's keys.
        case size
        /// The condition of a type: `condition('Ready').status == 'True'`.
        case condition
        case startsWith, endsWith, contains

        var isMethod: Bool {
            switch self {
            case .has, .size, .condition: false
            case .startsWith, .endsWith, .contains: true
            }
        }
    }

    /// The value of the expression for an object.
    package func value(for object: Value) -> Value { Self.evaluate(root, object) }

    /// Whether the expression is true for an object. Anything but `true` is not.
    package func holds(for object: Value) -> Bool { value(for: object).bool ?? false }

    private static func evaluate(_ node: Node, _ object: Value) -> Value {
        switch node {
        case .literal(let value): return value
        case .list(let items): return .array(items.map { evaluate($0, object) })
        case .field(let name): return object[name] ?? .null
        case .member(let base, let key): return member(evaluate(base, object), evaluate(key, object))
        case .call(let function, let arguments):
            return call(function, arguments.map { evaluate($0, object) }, object)
        case .not(let operand): return .bool(!(evaluate(operand, object).bool ?? false))
        case .binary(.or, let left, let right):
            return .bool(evaluate(left, object).bool ?? false || evaluate(right, object).bool ?? false)
        case .binary(.and, let left, let right):
            return .bool(evaluate(left, object).bool ?? false && evaluate(right, object).bool ?? false)
        case .binary(let operation, let left, let right):
            return binary(operation, evaluate(left, object), evaluate(right, object))
        }
    }

    private static func member(_ base: Value, _ key: Value) -> Value {
        if let items = base.array, let index = key.int { return items.indices.contains(index) ? items[index] : .null }
        return key.string.flatMap { base[$0] } ?? .null
    }

    private static func call(_ function: Function, _ arguments: [Value], _ object: Value) -> Value {
        let first = arguments.first ?? .null
        let text = first.string ?? ""
        let second = arguments.count > 1 ? arguments[1] : .null
        switch function {
        case .has: return .bool(!first.isNull)
        case .size: return .int(first.array?.count ?? first.object?.count ?? first.string?.count ?? 0)
        case .condition:
            return object[path: "status", "conditions"]?.array?.first { $0["type"]?.string == text } ?? .null
        case .startsWith: return .bool(first.string != nil && text.hasPrefix(second.string ?? ""))
        case .endsWith: return .bool(first.string != nil && text.hasSuffix(second.string ?? ""))
        case .contains:
            if let items = first.array { return .bool(items.contains { isEqual($0, second) }) }
            return .bool(first.string != nil && text.contains(second.string ?? ""))
        }
    }

    private static func binary(_ operation: Operator, _ left: Value, _ right: Value) -> Value {
        switch operation {
        case .equal: return .bool(isEqual(left, right))
        case .unequal: return .bool(!isEqual(left, right))
        case .isIn:
            if let object = right.object { return .bool(left.string.map(object.contains) ?? false) }
            return .bool(right.array?.contains { isEqual($0, left) } ?? false)
        case .less: return .bool(isLess(left, right))
        case .greater: return .bool(isLess(right, left))
        case .lessOrEqual: return .bool(isLess(left, right) || isComparable(left, right) && isEqual(left, right))
        case .greaterOrEqual: return .bool(isLess(right, left) || isComparable(left, right) && isEqual(left, right))
        case .plus:
            if let left = left.int, let right = right.int {
                let (sum, overflows) = left.addingReportingOverflow(right)
                return overflows ? .null : .int(sum)
            }
            return .string(
                (left.isNull ? "" : left.scalar?.text ?? "") + (right.isNull ? "" : right.scalar?.text ?? ""))
        case .or, .and: return .bool(false)
        }
    }

    private static func isComparable(_ left: Value, _ right: Value) -> Bool {
        left.double != nil && right.double != nil || left.string != nil && right.string != nil
    }

    private static func isEqual(_ left: Value, _ right: Value) -> Bool {
        if let left = left.double, let right = right.double { return left == right }
        return left == right
    }

    private static func isLess(_ left: Value, _ right: Value) -> Bool {
        if let left = left.double, let right = right.double { return left < right }
        if let left = left.string, let right = right.string { return left < right }
        return false
    }
}
