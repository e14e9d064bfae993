// The words of one action, from behind `{{` to behind `}}`.

enum TemplateToken: Hashable, Sendable {
    case name(String)
    case dot([String])
    /// With the dollar sign: `$`, `$x`, `$.a`.
    case variable(String)
    case string(String)
    case int(Int)
    case pipe, open, close, assign
}

struct TemplateLexer {
    private(set) var rest: ArraySlice<Character>
    /// Whether the action ended in `-}}`.
    private(set) var trimsAfter = false

    init(_ text: ArraySlice<Character>) {
        rest = text
    }

    private func begins(_ mark: String) -> Bool { rest.starts(with: mark) }

    /// The tokens up to the end of the action; nil for a comment.
    mutating func action() throws(TemplateError) -> [TemplateToken]? {
        rest = rest.drop { $0.isWhitespace }
        if begins("/*") { return try comment() }
        var tokens: [TemplateToken] = []
        while true {
            let hadSpace = rest.first?.isWhitespace ?? false
            rest = rest.drop { $0.isWhitespace }
            if begins("}}") || hadSpace && begins("-}}") {
                trimsAfter = begins("-")
                rest = rest.dropFirst(trimsAfter ? 3 : 2)
                return tokens
            }
            guard let token = try token() else { throw TemplateError("has an action that is not closed by }}") }
            tokens.append(token)
        }
    }

    private mutating func comment() throws(TemplateError) -> [TemplateToken]? {
        while !rest.isEmpty, !begins("*/") { rest = rest.dropFirst() }
        rest = rest.dropFirst(2).drop { $0.isWhitespace }
        trimsAfter = begins("-")
        if trimsAfter { rest = rest.dropFirst() }
        guard begins("}}") else { throw TemplateError("has a comment that is not closed by */}}") }
        rest = rest.dropFirst(2)
        return nil
    }

    private mutating func token() throws(TemplateError) -> TemplateToken? {
        guard let first = rest.first else { return nil }
        switch first {
        case "|", "(", ")":
            rest = rest.dropFirst()
            return first == "|" ? .pipe : first == "(" ? .open : .close
        case "\"", "`": return .string(try quoted(first))
        case ":", "=":
            let count = begins(":=") ? 2 : 1
            rest = rest.dropFirst(count)
            return .assign
        case ".":
            let path = word { $0 == "." || $0 == "_" || $0.isLetter || $0.isNumber }
            return .dot(path.split(separator: ".").map(String.init))
        case "$": return .variable(word { $0 == "$" || $0 == "." || $0 == "_" || $0.isLetter || $0.isNumber })
        case "-", "+", "0"..."9":
            let digits = word { $0 == "-" || $0 == "+" || $0.isNumber }
            guard let number = Int(digits) else { throw TemplateError("has the number \(digits), which is none") }
            return .int(number)
        case _ where first.isLetter || first == "_":
            return .name(word { $0 == "_" || $0.isLetter || $0.isNumber })
        default: throw TemplateError("has the sign \(first) where none belongs")
        }
    }

    private mutating func word(_ belongs: (Character) -> Bool) -> String {
        let word = rest.prefix(while: belongs)
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    /// A string of Go: in quotes with escapes, or raw in backquotes.
    private mutating func quoted(_ quote: Character) throws(TemplateError) -> String {
        rest = rest.dropFirst()
        var text = ""
        while let character = rest.popFirst() {
            if character == quote { return text }
            guard character == "\\", quote == "\"" else {
                text.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n"?: text.append("\n")
            case "t"?: text.append("\t")
            case "r"?: text.append("\r")
            case let escaped? where escaped == "\\" || escaped == "\"": text.append(escaped)
            default: throw TemplateError("has an escape that is not supported in a string")
            }
        }
        throw TemplateError("has a string that is not closed")
    }
}
