// Regular expressions in the dialect of RE2, matched in time linear in the text whatever the pattern: all states of the
// automaton advance together, so nothing backtracks. Selectors and image names of a stranger's repository are patterns
// too.

/// A pattern that is not a regular expression of the dialect.
struct PatternError: Error, Sendable {
    var pattern: String
    var reason: String
}

/// A compiled pattern that answers whether a text contains a match.
struct RegularExpression: Sendable {
    /// One instruction of the automaton. Jumps are absolute.
    enum Instruction: Sendable {
        case match
        case jump(Int)
        case split(Int, Int)
        case set(CharacterSet)
        case startOfText, endOfText, startOfLine, endOfLine, wordBoundary, notWordBoundary
    }

    private let program: [Instruction]
    /// A pattern without operators, anchored at both ends, is a comparison.
    private let literal: String?

    init(_ pattern: String) throws(PatternError) {
        var parser = RegularExpressionParser(pattern)
        let node = try parser.parse()
        literal = node.anchoredLiteral
        var compiler = RegularExpressionCompiler(pattern: pattern)
        try compiler.emit(node)
        compiler.program.append(.match)
        program = compiler.program
    }

    /// A pattern that has to match the whole text.
    init(wholeText pattern: String) throws(PatternError) {
        do {
            try self.init("^(?:\(pattern))$")
        } catch {
            throw PatternError(pattern: pattern, reason: error.reason)
        }
    }

    func matches(_ text: String) -> Bool {
        if let literal { return literal == text }
        let scalars = Array(text.unicodeScalars)
        var current = StateSet(program.count)
        var next = StateSet(program.count)
        for position in 0...scalars.count {
            // An unanchored match may begin anywhere.
            if follow(0, position, scalars, &current) { return true }
            if position == scalars.count { return false }
            next.clear()
            for state in current.members {
                guard case .set(let set) = program[state], set.contains(scalars[position]) else { continue }
                if follow(state + 1, position + 1, scalars, &next) { return true }
            }
            swap(&current, &next)
        }
        return false
    }

    /// Enters a state and all that it leads to without reading; true when the match is complete.
    private func follow(_ start: Int, _ position: Int, _ text: [Unicode.Scalar], _ states: inout StateSet) -> Bool {
        var pending = [start]
        while let state = pending.popLast() {
            if !states.insert(state) { continue }
            switch program[state] {
            case .match: return true
            case .set: break
            case .jump(let target): pending.append(target)
            case .split(let first, let second):
                pending.append(second)
                pending.append(first)
            case .startOfText: if position == 0 { pending.append(state + 1) }
            case .endOfText: if position == text.count { pending.append(state + 1) }
            case .startOfLine: if position == 0 || text[position - 1] == "\n" { pending.append(state + 1) }
            case .endOfLine: if position == text.count || text[position] == "\n" { pending.append(state + 1) }
            case .wordBoundary: if isBoundary(position, text) { pending.append(state + 1) }
            case .notWordBoundary: if !isBoundary(position, text) { pending.append(state + 1) }
            }
        }
        return false
    }

    private func isBoundary(_ position: Int, _ text: [Unicode.Scalar]) -> Bool {
        let before = position > 0 && CharacterSet.word.contains(text[position - 1])
        let after = position < text.count && CharacterSet.word.contains(text[position])
        return before != after
    }

    /// A set of states that is emptied in no time.
    private struct StateSet {
        private(set) var members: [Int] = []
        private var isMember: [Bool]

        init(_ count: Int) { isMember = Array(repeating: false, count: count) }

        mutating func insert(_ state: Int) -> Bool {
            if isMember[state] { return false }
            isMember[state] = true
            members.append(state)
            return true
        }

        mutating func clear() {
            for member in members { isMember[member] = false }
            members.removeAll(keepingCapacity: true)
        }
    }
}

/// A set of characters as ranges.
struct CharacterSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var isInverted = false

    static let word = CharacterSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let digit = CharacterSet(ranges: [0x30...0x39])
    static let space = CharacterSet(ranges: [0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let any = CharacterSet(ranges: [0...0x10_FFFF])
    static let anyButNewline = CharacterSet(ranges: [0x0A...0x0A], isInverted: true)

    func contains(_ character: Unicode.Scalar) -> Bool {
        let value = character.value
        return ranges.contains { $0.contains(value) } != isInverted
    }

    /// With the other case of every ASCII letter.
    var foldingCase: CharacterSet {
        var folded = self
        for range in ranges {
            for (from, to) in [(UInt32(0x41), UInt32(0x61)), (0x61, 0x41)] {
                let lower = max(range.lowerBound, from)
                let upper = min(range.upperBound, from + 25)
                if lower <= upper { folded.ranges.append(lower - from + to...upper - from + to) }
            }
        }
        return folded
    }

    /// The complement, as ranges.
    var complement: [ClosedRange<UInt32>] {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound &+ 1)
        }
        if next <= 0x10_FFFF { gaps.append(next...0x10_FFFF) }
        return gaps
    }
}
