// Renders a template of a SealedSecret over its opened values.

import Manifest

/// What an expression of a template gives. Texts are bytes, as they are in Go: a value need not be UTF-8.
enum TemplateValue: Sendable, Hashable {
    case nothing
    case bytes([UInt8])
    case int(Int)
    case bool(Bool)
    /// The opened values by key.
    case values([String: [UInt8]])
    case list([TemplateValue])

    static func text(_ text: String) -> TemplateValue { .bytes(Array(text.utf8)) }

    /// Whether `if` takes it for true.
    var isTrue: Bool {
        switch self {
        case .nothing: false
        case .bytes(let bytes): !bytes.isEmpty
        case .int(let number): number != 0
        case .bool(let truth): truth
        case .values(let values): !values.isEmpty
        case .list(let items): !items.isEmpty
        }
    }
}

/// A template of Go's text/template with the functions of `TemplateFunctions`.
package struct SecretTemplate: Sendable {
    private let nodes: [TemplateNode]

    /// - Throws: what cannot be read in the template.
    package init(_ text: String) throws(TemplateError) {
        nodes = try TemplateParser.parse(text)
    }

    /// - Parameter values: the opened values; a name that is not among them gives `<no value>`, as in Go.
    package func rendered(with values: [String: [UInt8]]) throws(TemplateError) -> [UInt8] {
        var rendering = Rendering(root: .values(values))
        try rendering.render(nodes, dot: .values(values))
        return rendering.output
    }
}

private struct Rendering {
    var output: [UInt8] = []
    var variables: [String: TemplateValue]

    init(root: TemplateValue) {
        variables = ["$": root]
    }

    mutating func render(_ nodes: [TemplateNode], dot: TemplateValue) throws(TemplateError) {
        for node in nodes {
            switch node {
            case .text(let text): output += Array(text.utf8)
            case .output(let pipeline): output += TemplateFunctions.print(try value(of: pipeline, dot))
            case .assignment(let name, let pipeline): variables[name] = try value(of: pipeline, dot)
            case .condition(let pipeline, let then, let otherwise):
                try render(try value(of: pipeline, dot).isTrue ? then : otherwise, dot: dot)
            case .with(let pipeline, let then, let otherwise):
                let inner = try value(of: pipeline, dot)
                try inner.isTrue ? render(then, dot: inner) : render(otherwise, dot: dot)
            }
        }
    }

    private func value(of pipeline: Pipeline, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        var last: TemplateValue?
        for command in pipeline.commands {
            guard let first = command.first else { continue }
            if case .function(let name) = first {
                var arguments: [TemplateValue] = []
                for operand in command.dropFirst() { arguments.append(try value(of: operand, dot)) }
                if let last { arguments.append(last) }
                last = try TemplateFunctions.call(name, arguments)
            } else {
                guard command.count == 1, last == nil else {
                    throw TemplateError("gives arguments to what is no function")
                }
                last = try value(of: first, dot)
            }
        }
        return last ?? .nothing
    }

    private func value(of operand: Operand, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
        switch operand {
        case .string(let text): return .text(text)
        case .int(let number): return .int(number)
        case .bool(let truth): return .bool(truth)
        case .nothing: return .nothing
        case .dot(let path): return try member(path, of: dot)
        case .variable(let name, let path):
            guard let value = variables[name] else {
                throw TemplateError("uses the variable \(name), which it does not define")
            }
            return try member(path, of: value)
        case .function(let name): return try TemplateFunctions.call(name, [])
        case .pipeline(let pipeline): return try value(of: pipeline, dot)
        }
    }

    private func member(_ path: [String], of value: TemplateValue) throws(TemplateError) -> TemplateValue {
        guard let name = path.first else { return value }
        guard case .values(let values) = value, path.count == 1 else {
            throw TemplateError("looks for .\(path.joined(separator: ".")) in what has no fields")
        }
        return values[name].map(TemplateValue.bytes) ?? .nothing
    }
}
