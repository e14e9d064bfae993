// From the text of an expression to its tree: recursive descent, one function a level of precedence.

import Manifest

/// What is wrong with the text of an expression, and where.
package struct HealthExpressionError: Error, Sendable, Hashable {
    package var message: String
    /// Characters before the place.
    package var offset: Int
}

extension HealthExpression {
    /// Texts beyond this are refused.
    private static let lengthLimit = 2048

    package init(parsing text: String) throws(HealthExpressionError) {
        if text.utf8.count > Self.lengthLimit {
            throw HealthExpressionError(message: "an expression has \(Self.lengthLimit) characters at most", offset: 0)
        }
        var parser = try HealthExpressionParser(text)
        self.init(text: text, root: try parser.whole())
    }
}

private struct HealthExpressionParser {
    private typealias Node = HealthExpression.Node

    /// Parentheses and the like go no deeper.
    private static let depthLimit = 32

    private let tokens: [HealthExpressionToken]
    private var position = 0
    private var depth = 0

    init(_ text: String) throws(HealthExpressionError) {
        tokens = try HealthExpressionToken.all(in: text)
    }

    mutating func whole() throws(HealthExpressionError) -> HealthExpression.Node {
        let node = try disjunction()
        if current.kind != .end { throw unexpected("an operator or the end") }
        return node
    }

    // MARK: Levels of precedence

    private mutating func disjunction() throws(HealthExpressionError) -> Node {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthLimit {
            throw HealthExpressionError(message: "the expression is nested too deeply", offset: current.offset)
        }
        var left = try conjunction()
        while take("||") { left = .binary(.or, left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(HealthExpressionError) -> Node {
        var left = try comparison()
        while take("&&") { left = .binary(.and, left, try comparison()) }
        return left
    }

    private mutating func comparison() throws(HealthExpressionError) -> Node {
        let left = try sum()
        for operation in [
            HealthExpression.Operator.equal, .unequal, .lessOrEqual, .greaterOrEqual, .less, .greater, .isIn,
        ] where take(operation.rawValue) {
            let comparison = Node.binary(operation, left, try sum())
            if case .symbol(let next) = current.kind, ["==", "!=", "<", "<=", ">", ">="].contains(next) {
                throw HealthExpressionError(
                    message: "comparisons are not chained: join them by &&", offset: current.offset)
            }
            return comparison
        }
        if case .symbol("=") = current.kind {
            throw HealthExpressionError(message: "= is no operator: equality is ==", offset: current.offset)
        }
        return left
    }

    private mutating func sum() throws(HealthExpressionError) -> Node {
        var left = try unary()
        while take("+") { left = .binary(.plus, left, try unary()) }
        return left
    }

    private mutating func unary() throws(HealthExpressionError) -> Node {
        var negations = 0
        while take("!") { negations += 1 }
        let operand = try postfix()
        if negations == 0 { return operand }
        return negations.isMultiple(of: 2) ? .not(.not(operand)) : .not(operand)
    }

    private mutating func postfix() throws(HealthExpressionError) -> Node {
        var node = try primary()
        while true {
            if take(".") {
                let (name, offset) = try identifier("the name of a field")
                if take("(") {
                    node = try call(name, at: offset, on: node)
                } else {
                    node = .member(node, .literal(.string(name)))
                }
            } else if take("[") {
                node = .member(node, try disjunction())
                try expect("]")
            } else {
                return node
            }
        }
    }

    private mutating func primary() throws(HealthExpressionError) -> Node {
        let token = current
        switch token.kind {
        case .text(let text):
            position += 1
            return .literal(.string(text))
        case .number(let number):
            position += 1
            return .literal(number)
        case .identifier("true"):
            position += 1
            return .literal(true)
        case .identifier("false"):
            position += 1
            return .literal(false)
        case .identifier("null"):
            position += 1
            return .literal(.null)
        case .identifier(let name) where name != "in":
            position += 1
            return take("(") ? try call(name, at: token.offset, on: nil) : .field(name)
        case .symbol("("):
            position += 1
            let node = try disjunction()
            try expect(")")
            return node
        case .symbol("["):
            position += 1
            return .list(try arguments(until: "]"))
        default: throw unexpected("a value")
        }
    }

    // MARK: Calls

    private mutating func call(
        _ name: String, at offset: Int, on base: Node?
    ) throws(HealthExpressionError) -> Node {
        let candidates = HealthExpression.Function.allCases.filter { $0.isMethod == (base != nil) }
        guard let function = candidates.first(where: { $0.rawValue == name }) else {
            let known = candidates.map(\.rawValue).joined(separator: ", ")
            throw HealthExpressionError(
                message: "there is no \(base == nil ? "function" : "method") \(name); there are \(known)",
                offset: offset)
        }
        let arguments = try arguments(until: ")")
        if arguments.count != 1 {
            throw HealthExpressionError(
                message: "\(name) takes one argument, not \(arguments.count)", offset: offset)
        }
        return .call(function, (base.map { [$0] } ?? []) + arguments)
    }

    private mutating func arguments(until end: String) throws(HealthExpressionError) -> [Node] {
        var nodes: [Node] = []
        if take(end) { return nodes }
        repeat { nodes.append(try disjunction()) } while take(",")
        try expect(end)
        return nodes
    }

    // MARK: Tokens

    private var current: HealthExpressionToken { tokens[position] }

    private mutating func take(_ symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) || symbol == "in" && current.kind == .identifier("in") else {
            return false
        }
        position += 1
        return true
    }

    private mutating func expect(_ symbol: String) throws(HealthExpressionError) {
        if !take(symbol) { throw unexpected(symbol) }
    }

    private mutating func identifier(_ what: String) throws(HealthExpressionError) -> (name: String, offset: Int) {
        guard case .identifier(let name) = current.kind else { throw unexpected(what) }
        defer { position += 1 }
        return (name, current.offset)
    }

    private func unexpected(_ wanted: String) -> HealthExpressionError {
        let found = current.kind == .end ? "the expression ends" : "there is \(current.spelling)"
        return HealthExpressionError(message: "\(found) where \(wanted) is expected", offset: current.offset)
    }
}
