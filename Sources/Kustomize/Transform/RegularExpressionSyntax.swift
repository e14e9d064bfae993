// The grammar of RE2's regular expressions, and the automaton that an expression becomes.

indirect enum RegularExpressionNode: Sendable {
    case empty
    case set(CharacterSet)
    case assertion(RegularExpression.Instruction)
    case sequence([RegularExpressionNode])
    case alternatives([RegularExpressionNode])
    case repetition(RegularExpressionNode, minimum: Int, maximum: Int?)

    /// The text of `^text$` where nothing but plain characters stands between the anchors.
    var anchoredLiteral: String? {
        var text = String.UnicodeScalarView()
        guard case .sequence(let parts) = self, parts.count >= 2, case .assertion(.startOfText)? = parts.first,
            case .assertion(.endOfText)? = parts.last
        else { return nil }
        for part in parts.dropFirst().dropLast() {
            guard part.appendLiteral(to: &text) else { return nil }
        }
        return String(text)
    }

    private func appendLiteral(to text: inout String.UnicodeScalarView) -> Bool {
        switch self {
        case .empty: return true
        case .set(let set):
            guard set.ranges.count == 1, !set.isInverted, set.ranges[0].count == 1,
                let scalar = Unicode.Scalar(set.ranges[0].lowerBound)
            else { return false }
            text.append(scalar)
            return true
        case .sequence(let parts): return parts.allSatisfy { $0.appendLiteral(to: &text) }
        default: return false
        }
    }
}

struct RegularExpressionParser {
    private let pattern: String
    private var rest: Substring.UnicodeScalarView
    private var foldsCase = false
    private var isMultiline = false
    private var dotMatchesNewline = false
    private var depth = 0

    init(_ pattern: String) {
        self.pattern = pattern
        rest = pattern.unicodeScalars[...]
    }

    mutating func parse() throws(PatternError) -> RegularExpressionNode {
        let node = try alternatives()
        if !rest.isEmpty { throw failure("unexpected `)`") }
        return node
    }

    private func failure(_ reason: String) -> PatternError { PatternError(pattern: pattern, reason: reason) }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func alternatives() throws(PatternError) -> RegularExpressionNode {
        depth += 1
        defer { depth -= 1 }
        if depth > 200 { throw failure("groups are nested too deeply") }
        let flags = (foldsCase, isMultiline, dotMatchesNewline)
        defer { (foldsCase, isMultiline, dotMatchesNewline) = flags }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(PatternError) -> RegularExpressionNode {
        var parts: [RegularExpressionNode] = []
        while let next = rest.first, next != "|", next != ")" {
            parts.append(try repeated(try atom()))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repeated(_ node: RegularExpressionNode) throws(PatternError) -> RegularExpressionNode {
        var node = node
        var operators = 0
        while let next = rest.first {
            switch next {
            case "*": node = .repetition(node, minimum: 0, maximum: nil)
            case "+": node = .repetition(node, minimum: 1, maximum: nil)
            case "?": node = .repetition(node, minimum: 0, maximum: 1)
            case "{":
                guard let (minimum, maximum, after) = bounds() else { return node }
                if minimum > 1000 || (maximum ?? 0) > 1000 || maximum.map({ $0 < minimum }) == true {
                    throw failure("invalid repeat count")
                }
                rest = after
                node = .repetition(node, minimum: minimum, maximum: maximum)
                _ = take("?")
                operators += 1
                if operators > 1 { throw failure("invalid nested repetition operator") }
                continue
            default: return node
            }
            rest.removeFirst()
            _ = take("?")
            operators += 1
            if operators > 1 { throw failure("invalid nested repetition operator") }
        }
        return node
    }

    /// `{n}`, `{n,}` and `{n,m}`; anything else in braces is plain text.
    private func bounds() -> (Int, Int?, Substring.UnicodeScalarView)? {
        guard let close = rest.firstIndex(of: "}") else { return nil }
        let inside = String(rest[rest.index(after: rest.startIndex)..<close])
        let after = rest[rest.index(after: close)...]
        let parts = inside.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty, first.allSatisfy(\.isNumber), let minimum = Int(first) else {
            return nil
        }
        if parts.count == 1 { return (minimum, minimum, after) }
        if parts[1].isEmpty { return (minimum, nil, after) }
        guard parts[1].allSatisfy(\.isNumber), let maximum = Int(parts[1]) else { return nil }
        return (minimum, maximum, after)
    }

    private mutating func atom() throws(PatternError) -> RegularExpressionNode {
        let character = rest.removeFirst()
        switch character {
        case "(": return try group()
        case "[": return .set(try characterClass())
        case ".": return .set(dotMatchesNewline ? .any : .anyButNewline)
        case "^": return .assertion(isMultiline ? .startOfLine : .startOfText)
        case "$": return .assertion(isMultiline ? .endOfLine : .endOfText)
        case "\\": return try escape()
        case "*", "+", "?": throw failure("missing argument to repetition operator `\(character)`")
        default: return .set(plain(character))
        }
    }

    private func plain(_ character: Unicode.Scalar) -> CharacterSet {
        let set = CharacterSet(ranges: [character.value...character.value])
        return foldsCase ? set.foldingCase : set
    }

    private mutating func group() throws(PatternError) -> RegularExpressionNode {
        if take("?") {
            if take("P") || rest.first == "<" {
                guard take("<"), let close = rest.firstIndex(of: ">") else { throw failure("invalid named capture") }
                rest = rest[rest.index(after: close)...]
            } else {
                var enabled = true
                let before = (foldsCase, isMultiline, dotMatchesNewline)
                flags: while true {
                    guard let flag = rest.popFirst() else { throw failure("missing closing )") }
                    switch flag {
                    case "i": foldsCase = enabled
                    case "m": isMultiline = enabled
                    case "s": dotMatchesNewline = enabled
                    case "U": break
                    case "-": enabled = false
                    case ":": break flags
                    case ")": return .empty
                    default: throw failure("invalid or unsupported group syntax")
                    }
                }
                let node = try alternatives()
                (foldsCase, isMultiline, dotMatchesNewline) = before
                if !take(")") { throw failure("missing closing )") }
                return node
            }
        }
        let node = try alternatives()
        if !take(")") { throw failure("missing closing )") }
        return node
    }

    private mutating func escape() throws(PatternError) -> RegularExpressionNode {
        guard let character = rest.first else { throw failure("trailing backslash at end of expression") }
        switch character {
        case "A":
            rest.removeFirst()
            return .assertion(.startOfText)
        case "z":
            rest.removeFirst()
            return .assertion(.endOfText)
        case "b":
            rest.removeFirst()
            return .assertion(.wordBoundary)
        case "B":
            rest.removeFirst()
            return .assertion(.notWordBoundary)
        case "Q":
            rest.removeFirst()
            var parts: [RegularExpressionNode] = []
            while let next = rest.popFirst() {
                if next == "\\", rest.first == "E" {
                    rest.removeFirst()
                    break
                }
                parts.append(.set(plain(next)))
            }
            return .sequence(parts)
        default:
            if let set = perlClass() { return .set(set) }
            return .set(plain(try escapedCharacter()))
        }
    }

    private mutating func perlClass() -> CharacterSet? {
        guard let letter = rest.first else { return nil }
        let set: CharacterSet
        switch letter {
        case "d", "D": set = .digit
        case "w", "W": set = .word
        case "s", "S": set = .space
        default: return nil
        }
        rest.removeFirst()
        return letter.properties.isUppercase ? CharacterSet(ranges: set.complement) : set
    }

    private mutating func escapedCharacter() throws(PatternError) -> Unicode.Scalar {
        guard let character = rest.popFirst() else { throw failure("trailing backslash at end of expression") }
        switch character {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "f": return "\u{0C}"
        case "v": return "\u{0B}"
        case "a": return "\u{07}"
        case "x":
            var digits = ""
            if take("{") {
                while let next = rest.popFirst(), next != "}" { digits.unicodeScalars.append(next) }
            } else {
                for _ in 0..<2 { if let next = rest.popFirst() { digits.unicodeScalars.append(next) } }
            }
            guard let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
                throw failure("invalid escape sequence")
            }
            return scalar
        default:
            if character.isASCII, !CharacterSet.word.contains(character) { return character }
            if character == "_" { return character }
            throw failure("invalid escape sequence `\\\(character)`")
        }
    }

    private mutating func characterClass() throws(PatternError) -> CharacterSet {
        var set = CharacterSet()
        set.isInverted = take("^")
        var isFirst = true
        while true {
            guard let next = rest.first else { throw failure("missing closing ]") }
            if next == "]", !isFirst { break }
            isFirst = false
            if next == "[", let named = try namedClass() {
                set.ranges += named
                continue
            }
            rest.removeFirst()
            if next == "\\" {
                if let perl = perlClass() {
                    set.ranges += perl.ranges
                    continue
                }
            }
            let lower = next == "\\" ? try escapedCharacter() : next
            var upper = lower
            if rest.first == "-", rest.dropFirst().first != "]", rest.dropFirst().first != nil {
                rest.removeFirst()
                let end = rest.removeFirst()
                upper = end == "\\" ? try escapedCharacter() : end
            }
            if upper.value < lower.value { throw failure("invalid character class range") }
            set.ranges.append(lower.value...upper.value)
        }
        rest.removeFirst()
        return foldsCase ? set.foldingCase : set
    }

    /// `[:alpha:]` and its kin, inside a class.
    private mutating func namedClass() throws(PatternError) -> [ClosedRange<UInt32>]? {
        guard rest.dropFirst().first == ":" else { return nil }
        let text = String(rest)
        guard let end = text.range(of: ":]") else { return nil }
        let name = String(text[text.index(text.startIndex, offsetBy: 2)..<end.lowerBound])
        let upper = UInt32(0x41)...0x5A
        let lower = UInt32(0x61)...0x7A
        let digit = UInt32(0x30)...0x39
        let ranges: [ClosedRange<UInt32>]
        switch name {
        case "alpha": ranges = [upper, lower]
        case "alnum": ranges = [upper, lower, digit]
        case "digit": ranges = [digit]
        case "upper": ranges = [upper]
        case "lower": ranges = [lower]
        case "space": ranges = CharacterSet.space.ranges + [0x0B...0x0B]
        case "word": ranges = CharacterSet.word.ranges
        case "xdigit": ranges = [digit, 0x41...0x46, 0x61...0x66]
        case "punct": ranges = [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]
        case "blank": ranges = [0x20...0x20, 0x09...0x09]
        default: throw failure("invalid character class range")
        }
        rest.removeFirst(name.unicodeScalars.count + 4)
        return ranges
    }
}

extension String {
    /// Where a text first stands in this one.
    func range(of needle: String) -> Range<String.Index>? {
        let wanted = Array(needle.utf8)
        let bytes = utf8
        var start = bytes.startIndex
        while start != bytes.endIndex {
            if bytes[start...].starts(with: wanted) { return start..<bytes.index(start, offsetBy: wanted.count) }
            start = bytes.index(after: start)
        }
        return nil
    }
}

extension RegularExpressionNode {
    /// Whether the expression matches nothing but the empty text, and asserts nothing.
    fileprivate var isEmpty: Bool {
        switch self {
        case .empty: true
        case .set, .assertion: false
        case .sequence(let parts): parts.allSatisfy(\.isEmpty)
        case .alternatives(let branches): branches.allSatisfy(\.isEmpty)
        case .repetition(let node, _, let maximum): maximum == 0 || node.isEmpty
        }
    }
}

struct RegularExpressionCompiler {
    let pattern: String
    var program: [RegularExpression.Instruction] = []

    /// Repetitions multiply: a pattern may not become larger than this.
    private static let maximumSize = 20_000

    mutating func emit(_ node: RegularExpressionNode) throws(PatternError) {
        if program.count > Self.maximumSize { throw PatternError(pattern: pattern, reason: "expression is too large") }
        switch node {
        case .empty: break
        case .set(let set): program.append(.set(set))
        case .assertion(let instruction): program.append(instruction)
        case .sequence(let parts): for part in parts { try emit(part) }
        case .alternatives(let branches):
            var jumps: [Int] = []
            for (index, branch) in branches.enumerated() {
                if index == branches.count - 1 {
                    try emit(branch)
                } else {
                    let split = program.count
                    program.append(.match)
                    try emit(branch)
                    jumps.append(program.count)
                    program.append(.match)
                    program[split] = .split(split + 1, program.count)
                }
            }
            for jump in jumps { program[jump] = .jump(program.count) }
        case .repetition(let node, let minimum, let maximum):
            // Nothing, however often: no round of it would make the program larger.
            if node.isEmpty { return }
            for _ in 0..<minimum { try emit(node) }
            guard let maximum else {
                let split = program.count
                program.append(.match)
                try emit(node)
                program.append(.jump(split))
                program[split] = .split(split + 1, program.count)
                return
            }
            var splits: [Int] = []
            for _ in 0..<max(0, maximum - minimum) {
                splits.append(program.count)
                program.append(.match)
                try emit(node)
            }
            for split in splits { program[split] = .split(split + 1, program.count) }
        }
    }
}
