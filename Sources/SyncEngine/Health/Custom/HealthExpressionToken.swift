// The words of an expression.

import Manifest

struct HealthExpressionToken: Hashable {
    enum Kind: Hashable {
        case identifier(String)
        case text(String)
        case number(Value)
        case symbol(String)
        case end
    }

    var kind: Kind
    /// As it was written.
    var spelling: String
    /// Characters before it.
    var offset: Int

    private static let symbols = [
        "||", "&&", "==", "!=", "<=", ">=", "<", ">", "!", "=", "(", ")", "[", "]", ".", ",", "+",
    ]

    /// The tokens of a text, and one for its end.
    static func all(in text: String) throws(HealthExpressionError) -> [HealthExpressionToken] {
        let characters = Array(text)
        var tokens: [HealthExpressionToken] = []
        var index = 0
        func run(from start: Int, while belongs: (Character) -> Bool) -> String {
            String(characters[start...].prefix(while: belongs))
        }
        func add(_ kind: Kind, _ spelling: String) {
            tokens.append(HealthExpressionToken(kind: kind, spelling: spelling, offset: index))
            index += spelling.count
        }
        while index < characters.count {
            let character = characters[index]
            if character.isWhitespace {
                index += 1
            } else if character.isASCII, character.isLetter || character == "_" {
                let name = run(from: index) { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" }
                add(.identifier(name), name)
            } else if isNumber(characters, at: index) {
                let number =
                    (character == "-" ? "-" : "")
                    + run(from: index + (character == "-" ? 1 : 0)) {
                        $0.isASCII && $0.isNumber || $0 == "."
                    }
                guard
                    let value = Int(number).map(Value.int)
                        ?? Double(number).map({ _ in Value.scalar(Scalar(number, kind: .float)) })
                else {
                    throw HealthExpressionError(message: "\(number) is no number", offset: index)
                }
                add(.number(value), number)
            } else if character == "'" || character == "\"" {
                let (content, spelling) = try string(characters, from: index)
                add(.text(content), spelling)
            } else if let symbol = symbols.first(where: { starts(characters, index, with: $0) }) {
                add(.symbol(symbol), symbol)
            } else {
                throw HealthExpressionError(message: "\(character) means nothing in an expression", offset: index)
            }
        }
        add(.end, "")
        return tokens
    }

    /// A minus before a digit belongs to the number: there is no subtraction.
    private static func isNumber(_ characters: [Character], at index: Int) -> Bool {
        func isDigit(_ index: Int) -> Bool {
            index < characters.count && characters[index].isASCII && characters[index].isNumber
        }
        return isDigit(index) || characters[index] == "-" && isDigit(index + 1)
    }

    private static func starts(_ characters: [Character], _ index: Int, with symbol: String) -> Bool {
        characters[index...].starts(with: symbol)
    }

    /// A text in either quotes, in which a backslash takes the next character as it is.
    private static func string(
        _ characters: [Character], from start: Int
    ) throws(HealthExpressionError) -> (content: String, spelling: String) {
        var content = ""
        var index = start + 1
        while index < characters.count {
            if characters[index] == characters[start] { return (content, String(characters[start...index])) }
            if characters[index] == "\\", index + 1 < characters.count { index += 1 }
            content.append(characters[index])
            index += 1
        }
        throw HealthExpressionError(message: "the text that begins here does not end", offset: start)
    }
}
