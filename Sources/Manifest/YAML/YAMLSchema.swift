// What an unquoted scalar means. Kubernetes tools read resources and kustomization files by two different rules.

/// The rules by which plain scalars get their kind.
package enum YAMLSchema: Sendable {
    /// go-yaml v3, which reads resources: `true` and `false` are the only booleans, `yes` is a string, dates are
    /// timestamps.
    case core
    /// go-yaml v2, which reads kustomization files and JSON patches, and whose rules decide which strings the writer
    /// quotes: `y`, `no`, `on` and their kin are booleans as well.
    case yaml11

    /// The kind of a plain scalar.
    func kind(_ text: UnsafeBufferPointer<UInt8>) -> Scalar.Kind {
        guard let first = text.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            if let word = special(text) { return word }
            if first != UInt8(ascii: "+"), first != UInt8(ascii: "-"), YAMLTimestamp(text) != nil { return .timestamp }
            if NumberText.integer(text) != nil { return .int }
            return NumberText.float(text) == nil ? .string : .float
        case UInt8(ascii: "."):
            if let word = special(text) { return word }
            return text.contains(UInt8(ascii: "_")) || NumberText.float(text) == nil ? .string : .float
        case UInt8(ascii: "~"):
            return text.count == 1 ? .null : .string
        case UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"),
            UInt8(ascii: "F"),
            UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "o"), UInt8(ascii: "O"):
            return text.count <= 5 ? word(text) : .string
        default:
            return .string
        }
    }

    private func special(_ text: UnsafeBufferPointer<UInt8>) -> Scalar.Kind? {
        guard text.count == 4 || text.count == 5 else { return nil }
        return Words.infinities.contains(Words.packed(text)) ? .float : nil
    }

    private func word(_ text: UnsafeBufferPointer<UInt8>) -> Scalar.Kind {
        let word = Words.packed(text)
        if Words.truths.contains(word) { return .bool }
        if Words.nulls.contains(word) { return .null }
        return self == .yaml11 && Words.switches.contains(word) ? .bool : .string
    }

    /// The words that mean something, each of at most eight bytes packed into an integer.
    private enum Words {
        static let nulls = packed(["null", "Null", "NULL"])
        static let truths = packed(["true", "True", "TRUE", "false", "False", "FALSE"])
        static let switches = packed(
            ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"])
        static let infinities = packed(
            [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN"])

        static func packed(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
            text.reduce(0) { $0 << 8 | UInt64($1) }
        }

        private static func packed(_ words: [String]) -> [UInt64] {
            words.map { $0.withBytes(packed) }
        }
    }

    /// Whether a go-yaml v2 emitter has to quote a string for it to stay one: it would be read as something else, or it
    /// looks like a sexagesimal number of YAML 1.1.
    static func needsQuotes(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        YAMLSchema.yaml11.kind(text) != .string || isSexagesimal(text)
    }

    /// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
    private static func isSexagesimal(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
        func isDigitOrUnderscore(_ byte: UInt8) -> Bool { isDigit(byte) || byte == UInt8(ascii: "_") }
        var rest = text[...]
        guard let first = rest.first else { return false }
        if first == UInt8(ascii: "-") || first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        guard let digit = rest.first, isDigit(digit), text.contains(UInt8(ascii: ":")) else { return false }
        rest = rest.drop(while: isDigitOrUnderscore)
        var groups = 0
        while rest.first == UInt8(ascii: ":") {
            rest = rest.dropFirst()
            let digits = rest.prefix(2).prefix(while: isDigit)
            guard let leading = digits.first, digits.count == 1 || leading <= UInt8(ascii: "5") else { return false }
            rest = rest.dropFirst(digits.count)
            groups += 1
        }
        guard groups > 0 else { return false }
        if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop(while: isDigitOrUnderscore) }
        return rest.isEmpty
    }
}

extension Scalar.Kind {
    /// The kind that a plain scalar of this text has in a resource file.
    package static func resolve(_ text: String) -> Scalar.Kind {
        text.withBytes { YAMLSchema.core.kind($0) }
    }
}
