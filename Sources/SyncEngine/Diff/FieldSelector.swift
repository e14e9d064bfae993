// Which fields of an object somebody means: a JSON pointer (RFC 6901), or an expression like jq's.
//
//     /spec/replicas
//     .metadata.annotations["example.com/build"]
//     .spec.template.spec.containers[] | select(.name == "proxy") | .image
//     .webhooks[]?.clientConfig.caBundle
//
// Of jq it is what names fields: keys, indices, `[]`, and select with ==, !=, startswith, endswith or contains of a
// text.

package struct FieldSelector: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
        /// A key of an object, or an index where a list is: pointers do not tell them apart.
        case keyOrIndex(String)
        /// Every item of a list, every value of an object.
        case each
        case select(Condition)
    }

    struct Condition: Sendable, Hashable {
        enum Test: Sendable, Hashable {
            case equals(String)
            case differs(from: String)
            case startsWith(String)
            case endsWith(String)
            case contains(String)
        }
        var keys: [String]
        var test: Test
    }

    /// Why a text selects nothing.
    package struct SyntaxError: Error, Sendable, Hashable {
        package var message: String
    }

    let steps: [Step]

    init(steps: [Step]) {
        self.steps = steps
    }

    /// The whole object.
    package static let everything = FieldSelector(steps: [])

    /// Reads a JSON pointer. The empty one is the whole object.
    package init(pointer: String) throws(SyntaxError) {
        guard pointer.isEmpty || pointer.hasPrefix("/") else {
            throw SyntaxError(message: "a JSON pointer begins with a slash")
        }
        var steps: [Step] = []
        for token in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard !token.replacing("~0", with: "").replacing("~1", with: "").contains("~") else {
                throw SyntaxError(message: "~ is written ~0 in a JSON pointer, and / is written ~1")
            }
            steps.append(.keyOrIndex(String(token.replacing("~1", with: "/").replacing("~0", with: "~"))))
        }
        self.steps = steps
    }

    /// Reads an expression like jq's.
    package init(expression: String) throws(SyntaxError) {
        var parser = ExpressionParser(expression)
        steps = try parser.parse()
    }
}

/// Recursive descent over the text, without backtracking.
private struct ExpressionParser {
    private var rest: Substring

    init(_ text: String) {
        rest = text[...]
    }

    mutating func parse() throws(FieldSelector.SyntaxError) -> [FieldSelector.Step] {
        var steps = try pipe()
        skipSpace()
        while take("|") {
            steps += try pipe()
            skipSpace()
        }
        guard rest.isEmpty else { throw failure("nothing that can stand there begins") }
        return steps
    }

    private mutating func pipe() throws(FieldSelector.SyntaxError) -> [FieldSelector.Step] {
        skipSpace()
        var steps: [FieldSelector.Step] = []
        if take("select") {
            steps.append(.select(try condition()))
        } else if !rest.hasPrefix(".") {
            throw failure("a path begins with a dot, or select(…) is expected")
        }
        return steps + (try segments())
    }

    private mutating func segments() throws(FieldSelector.SyntaxError) -> [FieldSelector.Step] {
        var steps: [FieldSelector.Step] = []
        while true {
            if take("[") {
                steps.append(try bracket())
            } else if take(".") {
                if rest.hasPrefix("[") { continue }
                if rest.isEmpty, steps.isEmpty { return steps }
                steps.append(.key(rest.hasPrefix("\"") ? try quoted() : try name()))
            } else {
                return steps
            }
            _ = take("?")
        }
    }

    private mutating func bracket() throws(FieldSelector.SyntaxError) -> FieldSelector.Step {
        skipSpace()
        if take("]") { return .each }
        let step: FieldSelector.Step
        if rest.hasPrefix("\"") {
            step = .key(try quoted())
        } else if let index = Int(rest.prefix { $0.isNumber }) {
            rest = rest.drop { $0.isNumber }
            step = .index(index)
        } else {
            throw failure("between [ and ] stands nothing, an index or a quoted key")
        }
        skipSpace()
        guard take("]") else { throw failure("] is expected") }
        return step
    }

    private mutating func condition() throws(FieldSelector.SyntaxError) -> FieldSelector.Condition {
        skipSpace()
        guard take("(") else { throw failure("( is expected after select") }
        skipSpace()
        let keys = try segments().map { step throws(FieldSelector.SyntaxError) -> String in
            guard case .key(let key) = step else { throw failure("only keys can be compared") }
            return key
        }
        skipSpace()
        let test: FieldSelector.Condition.Test
        if take("==") {
            test = .equals(try literal())
        } else if take("!=") {
            test = .differs(from: try literal())
        } else if take("|") {
            test = try function()
        } else {
            throw failure("==, !=, or | and startswith, endswith or contains is expected")
        }
        skipSpace()
        guard take(")") else { throw failure(") is expected") }
        return FieldSelector.Condition(keys: keys, test: test)
    }

    private mutating func function() throws(FieldSelector.SyntaxError) -> FieldSelector.Condition.Test {
        skipSpace()
        let name = try name()
        guard take("(") else { throw failure("( is expected after \(name)") }
        let text = try literal()
        skipSpace()
        guard take(")") else { throw failure(") is expected") }
        switch name {
        case "startswith": return .startsWith(text)
        case "endswith": return .endsWith(text)
        case "contains": return .contains(text)
        default: throw failure("the function \(name) is not one of startswith, endswith and contains")
        }
    }

    /// A text in quotes, a number, true or false: as its text.
    private mutating func literal() throws(FieldSelector.SyntaxError) -> String {
        skipSpace()
        if rest.hasPrefix("\"") { return try quoted() }
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
        guard !word.isEmpty else { throw failure("a value is expected") }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    private mutating func quoted() throws(FieldSelector.SyntaxError) -> String {
        _ = take("\"")
        var text = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return text
            case "\\":
                guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" else {
                    throw failure("only \\\" and \\\\ can be escaped")
                }
                text.append(escaped)
            default: text.append(character)
            }
        }
        throw failure("a closing quote is expected")
    }

    private mutating func name() throws(FieldSelector.SyntaxError) -> String {
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        guard let first = name.first, !first.isNumber else { throw failure("a key is expected") }
        rest = rest.dropFirst(name.count)
        return String(name)
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.hasPrefix(text) else { return false }
        rest = rest.dropFirst(text.count)
        return true
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == " " || $0 == "\t" }
    }

    private func failure(_ message: String) -> FieldSelector.SyntaxError {
        FieldSelector.SyntaxError(message: rest.isEmpty ? "\(message), at the end" : "\(message), before \(rest)")
    }
}
