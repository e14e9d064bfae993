// The syntax of Go's text/template, as far as templates of Secrets use it: https://pkg.go.dev/text/template.

/// A piece of a template.
indirect enum TemplateNode: Sendable {
    case text(String)
    case output(Pipeline)
    case assignment(String, Pipeline)
    case condition(Pipeline, then: [TemplateNode], otherwise: [TemplateNode])
    case with(Pipeline, then: [TemplateNode], otherwise: [TemplateNode])
}

/// Commands whose results go to the next one's end.
struct Pipeline: Sendable {
    var commands: [[Operand]]
}

indirect enum Operand: Sendable {
    case string(String)
    case int(Int)
    case bool(Bool)
    case nothing
    /// `.`, and `.name` of it.
    case dot([String])
    /// `$`, `$name`, and `$.name`.
    case variable(String, [String])
    /// A function by its name.
    case function(String)
    case pipeline(Pipeline)
}

/// Reads a template.
struct TemplateParser {
    private enum Piece {
        case text(String)
        case action([TemplateToken])
    }

    private var pieces: [Piece] = []
    private var position = 0

    static func parse(_ text: String) throws(TemplateError) -> [TemplateNode] {
        var parser = TemplateParser()
        parser.pieces = try split(text)
        let (nodes, end) = try parser.nodes()
        if let end { throw TemplateError("has {{\(end)}} without a beginning") }
        return nodes
    }

    /// Texts and actions. `{{-` and `-}}` take the white space next to them away.
    private static func split(_ text: String) throws(TemplateError) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Array(text)[...]
        var trimsNext = false
        func firstIndex(of mark: [Character], in characters: ArraySlice<Character>) -> Int? {
            characters.indices.dropLast().first { characters[$0] == mark[0] && characters[$0 + 1] == mark[1] }
        }
        while !rest.isEmpty {
            let open = firstIndex(of: ["{", "{"], in: rest)
            var before = rest[..<(open ?? rest.endIndex)]
            if trimsNext { before = before.drop { $0.isWhitespace } }
            guard let open else {
                pieces.append(.text(String(before)))
                break
            }
            var inside = rest[(open + 2)...]
            if inside.first == "-", inside.dropFirst().first?.isWhitespace == true {
                inside = inside.dropFirst()
                while before.last?.isWhitespace == true { before.removeLast() }
            }
            if !before.isEmpty { pieces.append(.text(String(before))) }
            var tokens = TemplateLexer(inside)
            let action = try tokens.action()
            if let action { pieces.append(.action(action)) }
            trimsNext = tokens.trimsAfter
            rest = tokens.rest
        }
        return pieces
    }

    /// Nodes up to the end, or to the keyword that ends a block: `end`, `else`.
    private mutating func nodes() throws(TemplateError) -> ([TemplateNode], String?) {
        var nodes: [TemplateNode] = []
        while position < pieces.count {
            let piece = pieces[position]
            position += 1
            switch piece {
            case .text(let text): nodes.append(.text(text))
            case .action(let tokens):
                switch tokens.first {
                case .name("end")?: return (nodes, "end")
                case .name("else")?:
                    if tokens.count == 1 { return (nodes, "else") }
                    // `else if …`: the block goes on in an inner one that shares its end.
                    guard case .name("if")? = tokens.dropFirst().first else {
                        throw TemplateError("has an else that it does not end")
                    }
                    pieces.insert(.action(Array(tokens.dropFirst())), at: position)
                    return (nodes, "else if")
                case .name("if")?: nodes.append(try block(tokens) { .condition($0, then: $1, otherwise: $2) })
                case .name("with")?: nodes.append(try block(tokens) { .with($0, then: $1, otherwise: $2) })
                case .name(let word)?
                where ["range", "define", "template", "block", "break", "continue"].contains(word):
                    throw TemplateError(
                        "uses {{\(word)}}, which is not supported",
                        cure: "Templates of Secrets may use fields, functions, if and with")
                case .variable(let name)? where tokens.dropFirst().first == .assign:
                    nodes.append(.assignment(name, try Self.pipeline(tokens.dropFirst(2))))
                default: nodes.append(.output(try Self.pipeline(tokens[...])))
                }
            }
        }
        return (nodes, nil)
    }

    private mutating func block(
        _ tokens: [TemplateToken], _ make: (Pipeline, [TemplateNode], [TemplateNode]) -> TemplateNode
    ) throws(TemplateError) -> TemplateNode {
        let pipeline = try Self.pipeline(tokens.dropFirst())
        let (then, end) = try nodes()
        switch end {
        case "end": return make(pipeline, then, [])
        case "else":
            let (otherwise, last) = try nodes()
            guard last == "end" else { throw TemplateError("has a block without {{end}}") }
            return make(pipeline, then, otherwise)
        case "else if":
            guard case .action(let inner)? = position < pieces.count ? pieces[position] : nil else {
                throw TemplateError("has a block without {{end}}")
            }
            position += 1
            return make(pipeline, then, [try block(inner) { .condition($0, then: $1, otherwise: $2) }])
        default: throw TemplateError("has a block without {{end}}")
        }
    }

    static func pipeline(_ tokens: ArraySlice<TemplateToken>) throws(TemplateError) -> Pipeline {
        var rest = tokens
        let pipeline = try pipeline(&rest)
        guard rest.isEmpty else { throw TemplateError("has a closing bracket too many") }
        return pipeline
    }

    private static func pipeline(_ tokens: inout ArraySlice<TemplateToken>) throws(TemplateError) -> Pipeline {
        var commands: [[Operand]] = [[]]
        while let token = tokens.first, token != .close {
            tokens.removeFirst()
            switch token {
            case .pipe: commands.append([])
            case .open:
                commands[commands.count - 1].append(.pipeline(try pipeline(&tokens)))
                guard tokens.popFirst() == .close else { throw TemplateError("has a bracket that is not closed") }
            case .string(let text): commands[commands.count - 1].append(.string(text))
            case .int(let number): commands[commands.count - 1].append(.int(number))
            case .name("true"): commands[commands.count - 1].append(.bool(true))
            case .name("false"): commands[commands.count - 1].append(.bool(false))
            case .name("nil"): commands[commands.count - 1].append(.nothing)
            case .name(let name): commands[commands.count - 1].append(.function(name))
            case .dot(let path): commands[commands.count - 1].append(.dot(path))
            case .variable(let name):
                let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
                commands[commands.count - 1].append(.variable(parts[0], Array(parts.dropFirst())))
            case .assign, .close: throw TemplateError("has a sign where a value belongs")
            }
        }
        if commands.contains(where: \.isEmpty) {
            throw TemplateError("has an empty action or nothing before or behind a |")
        }
        return Pipeline(commands: commands)
    }
}
