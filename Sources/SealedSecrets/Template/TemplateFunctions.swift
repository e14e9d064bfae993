// The functions that templates may call: Go's own, and those of sprig that make sense for the values of a Secret.
// What they give is what Go and sprig give: https://pkg.go.dev/text/template#hdr-Functions,
// https://masterminds.github.io/sprig.

import Manifest

enum TemplateFunctions {
    /// A value as `{{ }}` prints it.
    static func print(_ value: TemplateValue) -> [UInt8] {
        switch value {
        case .nothing: Array("<no value>".utf8)
        case .bytes(let bytes): bytes
        case .int(let number): Array(String(number).utf8)
        case .bool(let truth): Array((truth ? "true" : "false").utf8)
        case .values(let values):
            // Go prints a map in the order of its keys.
            Array("map[".utf8)
                + values.sorted { $0.key < $1.key }.map { Array("\($0.key):".utf8) + $0.value }.joined(
                    separator: Array(" ".utf8))
                + Array("]".utf8)
        case .list(let items): Array("[".utf8) + items.map(print).joined(separator: Array(" ".utf8)) + Array("]".utf8)
        }
    }

    static func call(_ name: String, _ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        if let value = try logic(name, arguments) { return value }
        if let value = try encoding(name, arguments) { return value }
        if let value = try text(name, arguments) { return value }
        throw TemplateError(
            "calls \(name), which is not supported",
            cure:
                "Compute the value before it is sealed; supported are index, printf, b64enc, b64dec, quote, default, trim and their kin"
        )
    }

    private static func need(_ count: ClosedRange<Int>, _ arguments: [TemplateValue], _ name: String)
        throws(TemplateError)
    {
        guard count.contains(arguments.count) else { throw TemplateError("gives \(name) \(arguments.count) arguments") }
    }

    private static func bytes(_ value: TemplateValue) -> [UInt8] {
        if case .nothing = value { return [] }
        return print(value)
    }

    private static func string(_ value: TemplateValue) -> String { String(decoding: bytes(value), as: UTF8.self) }

    private static func int(_ value: TemplateValue, _ name: String) throws(TemplateError) -> Int {
        switch value {
        case .int(let number): return number
        default: throw TemplateError("gives \(name) a text where a number belongs")
        }
    }

    // MARK: Go's own, and choices

    private static func logic(_ name: String, _ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue? {
        switch name {
        case "index", "get":
            try need(2...2, arguments, name)
            switch arguments[0] {
            case .values(let values): return .bytes(values[string(arguments[1])] ?? [])
            case .list(let items):
                let position = try int(arguments[1], name)
                guard items.indices.contains(position) else {
                    throw TemplateError("asks index for an item that is not there")
                }
                return items[position]
            default: throw TemplateError("asks \(name) for an item of what has none")
            }
        case "hasKey":
            try need(2...2, arguments, name)
            guard case .values(let values) = arguments[0] else {
                throw TemplateError("asks hasKey of what has no keys")
            }
            return .bool(values[string(arguments[1])] != nil)
        case "len":
            try need(1...1, arguments, name)
            switch arguments[0] {
            case .values(let values): return .int(values.count)
            case .list(let items): return .int(items.count)
            case let value: return .int(bytes(value).count)
            }
        case "not":
            try need(1...1, arguments, name)
            return .bool(!arguments[0].isTrue)
        case "empty":
            try need(1...1, arguments, name)
            return .bool(!arguments[0].isTrue)
        case "and", "or":
            try need(1...99, arguments, name)
            return arguments.first { $0.isTrue == (name == "or") } ?? arguments.last
        case "eq":
            try need(2...99, arguments, name)
            return .bool(arguments.dropFirst().contains(arguments[0]))
        case "ne":
            try need(2...2, arguments, name)
            return .bool(arguments[0] != arguments[1])
        case "default":
            try need(2...2, arguments, name)
            return arguments[1].isTrue ? arguments[1] : arguments[0]
        case "coalesce": return arguments.first(where: \.isTrue) ?? .nothing
        case "ternary":
            try need(3...3, arguments, name)
            return arguments[2].isTrue ? arguments[0] : arguments[1]
        case "required":
            try need(2...2, arguments, name)
            guard arguments[1].isTrue else { throw TemplateError("requires a value that is not there") }
            return arguments[1]
        default: return nil
        }
    }

    // MARK: Encodings

    private static func encoding(_ name: String, _ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue? {
        switch name {
        case "b64enc":
            try need(1...1, arguments, name)
            return .text(Base64.encode(bytes(arguments[0])))
        case "b64dec":
            try need(1...1, arguments, name)
            guard let decoded = Base64.decode(string(arguments[0])) else {
                throw TemplateError("gives b64dec what is no base64")
            }
            return .bytes(decoded)
        case "sha256sum":
            try need(1...1, arguments, name)
            return .text(SHA256.hex(bytes(arguments[0])))
        case "toJson":
            try need(1...1, arguments, name)
            return .bytes(JSON.write(json(arguments[0])))
        case "quote", "squote":
            let mark = name == "quote" ? "\"" : "'"
            let texts = arguments.filter { $0 != .nothing }.map { value in
                name == "quote" ? goQuoted(string(value)) : mark + string(value) + mark
            }
            return .text(texts.joined(separator: " "))
        case "toString":
            try need(1...1, arguments, name)
            return .bytes(bytes(arguments[0]))
        case "int", "atoi":
            try need(1...1, arguments, name)
            if case .int = arguments[0] { return arguments[0] }
            return .int(Int(string(arguments[0])) ?? 0)
        case "urlquery":
            return .text(arguments.map { urlEscaped(bytes($0)) }.joined())
        default: return nil
        }
    }

    private static func json(_ value: TemplateValue) -> Value {
        switch value {
        case .nothing: .null
        case .bytes(let bytes): .string(String(decoding: bytes, as: UTF8.self))
        case .int(let number): .int(number)
        case .bool(let truth): .bool(truth)
        case .list(let items): .array(items.map(json))
        case .values(let values):
            .object(
                Object(
                    entries: values.sorted { $0.key < $1.key }.map {
                        Object.Entry(key: $0.key, value: .string(String(decoding: $0.value, as: UTF8.self)))
                    }))
        }
    }

    /// A text as Go's %q writes it.
    private static func goQuoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where character.value < 0x20 || character.value == 0x7F:
                quoted += "\\x" + (character.value < 16 ? "0" : "") + String(character.value, radix: 16)
            default: quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "\""
    }

    private static func urlEscaped(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                String(decoding: [byte], as: UTF8.self)
            case UInt8(ascii: " "): "+"
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }

    // MARK: Texts

    private static func text(_ name: String, _ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue? {
        switch name {
        case "print": return .bytes(Array(arguments.map(bytes).joined()))
        case "printf":
            try need(1...99, arguments, name)
            return .bytes(try formatted(string(arguments[0]), Array(arguments.dropFirst())))
        case "cat": return .bytes(Array(arguments.map(bytes).joined(separator: Array(" ".utf8))))
        case "upper", "lower", "trim", "nospace":
            try need(1...1, arguments, name)
            return .text(changed(string(arguments[0]), name))
        case "trimPrefix", "trimSuffix", "trimAll", "contains", "hasPrefix", "hasSuffix", "splitList", "repeat",
            "indent", "nindent":
            try need(2...2, arguments, name)
            return try changed(string(arguments[1]), name, by: arguments[0])
        case "replace":
            try need(3...3, arguments, name)
            let (old, new) = (string(arguments[0]), string(arguments[1]))
            return .text(
                old.isEmpty
                    ? string(arguments[2])
                    : string(arguments[2]).split(separator: old, omittingEmptySubsequences: false).joined(
                        separator: new))
        case "join":
            try need(2...2, arguments, name)
            guard case .list(let items) = arguments[1] else { return arguments[1] }
            return .text(items.map(string).joined(separator: string(arguments[0])))
        case "list": return .list(arguments)
        case "first", "last":
            try need(1...1, arguments, name)
            guard case .list(let items) = arguments[0] else { throw TemplateError("asks \(name) of what is no list") }
            return (name == "first" ? items.first : items.last) ?? .nothing
        default: return nil
        }
    }

    private static func changed(_ text: String, _ name: String) -> String {
        switch name {
        case "upper": return text.uppercased()
        case "lower": return text.lowercased()
        case "nospace": return String(text.filter { !$0.isWhitespace })
        default:
            let start = text.drop { $0.isWhitespace }
            return String(start.reversed().drop { $0.isWhitespace }.reversed())
        }
    }

    private static func changed(_ text: String, _ name: String, by argument: TemplateValue) throws(TemplateError)
        -> TemplateValue
    {
        let other = string(argument)
        switch name {
        case "trimPrefix": return .text(text.hasPrefix(other) ? String(text.dropFirst(other.count)) : text)
        case "trimSuffix": return .text(text.hasSuffix(other) ? String(text.dropLast(other.count)) : text)
        case "trimAll":
            let start = text.drop { other.contains($0) }
            return .text(String(start.reversed().drop { other.contains($0) }.reversed()))
        case "contains": return .bool(other.isEmpty || text.contains(other))
        case "hasPrefix": return .bool(text.hasPrefix(other))
        case "hasSuffix": return .bool(text.hasSuffix(other))
        case "splitList":
            return .list(text.split(separator: other, omittingEmptySubsequences: false).map { .text(String($0)) })
        case "repeat":
            let count = try int(argument, name)
            guard count * text.utf8.count <= 1 << 20 else {
                throw TemplateError("repeats a text to more than a Secret may hold")
            }
            return .text(String(repeating: text, count: max(count, 0)))
        default:
            let blanks = String(repeating: " ", count: min(max(try int(argument, name), 0), 1024))
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { blanks + $0 }.joined(
                separator: "\n")
            return .text(name == "nindent" ? "\n" + lines : lines)
        }
    }

    /// `printf` with the verbs %s, %v, %d, %q and %%.
    private static func formatted(_ format: String, _ arguments: [TemplateValue]) throws(TemplateError) -> [UInt8] {
        var output: [UInt8] = []
        var rest = arguments[...]
        var characters = format.makeIterator()
        while let character = characters.next() {
            guard character == "%" else {
                output += Array(String(character).utf8)
                continue
            }
            let verb = characters.next()
            if verb == "%" {
                output.append(UInt8(ascii: "%"))
                continue
            }
            guard let argument = rest.popFirst() else {
                throw TemplateError("gives printf fewer arguments than its format asks for")
            }
            switch verb {
            case "s", "v", "d": output += bytes(argument)
            case "q": output += Array(goQuoted(string(argument)).utf8)
            default:
                throw TemplateError(
                    "uses printf with %\(verb.map(String.init) ?? ""), which is not supported",
                    cure: "Use %s, %v, %d or %q")
            }
        }
        return output
    }
}
