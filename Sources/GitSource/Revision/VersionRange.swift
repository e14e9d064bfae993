// Ranges of semantic versions, in the notation that Helm, Flux and npm share.

/// A set of versions such as `>=1.2.0 <2.0.0`, `^1.2`, `~1.4`, `1.x`, `1.2 - 1.4`, `^1 || ^3`.
///
/// Comparators next to each other (by space or comma) must all hold, those beside `||` are alternatives. A pre-release
/// is in a range only if a comparator of the same alternative names one (`>=1.0.0-0`).
package struct VersionRange: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    package let description: String
    private let alternatives: [[Interval]]

    /// `lower <= version < upper`, each side optional; `excluded` carves `!=` out.
    private struct Interval: Hashable {
        var lower: SemanticVersion?
        var lowerIsOpen = false
        var upper: SemanticVersion?
        var upperIsClosed = false
        var isExclusion = false
        var allowsPrerelease = false

        func contains(_ version: SemanticVersion) -> Bool {
            var inside = true
            if let lower, version < lower || (lowerIsOpen && version == lower) { inside = false }
            if let upper, version > upper || (!upperIsClosed && version == upper) { inside = false }
            return inside != isExclusion
        }
    }

    /// Nil when `text` is not a range.
    package init?(_ text: some StringProtocol) {
        description = String(text)
        var alternatives: [[Interval]] = []
        for alternative in text.split(separator: "||", omittingEmptySubsequences: false) {
            guard let intervals = Self.parse(Substring(alternative)), !intervals.isEmpty else { return nil }
            alternatives.append(intervals)
        }
        self.alternatives = alternatives
    }

    package func contains(_ version: SemanticVersion) -> Bool {
        alternatives.contains { intervals in
            (version.prerelease.isEmpty || intervals.contains(where: \.allowsPrerelease))
                && intervals.allSatisfy { $0.contains(version) }
        }
    }

    private static func parse(_ text: Substring) -> [Interval]? {
        var words = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "\t" })
        var intervals: [Interval] = []
        while !words.isEmpty {
            var word = words.removeFirst()
            // `>= 1.2`: an operator may stand apart from its version.
            if word.allSatisfy({ "<>=!~^".contains($0) }) {
                guard !words.isEmpty else { return nil }
                word += words.removeFirst()
            }
            if words.first == "-" {
                guard words.count >= 2, let low = PartialVersion(word), let high = PartialVersion(words[1]) else {
                    return nil
                }
                words.removeFirst(2)
                intervals.append(hyphen(low, high))
                continue
            }
            guard let interval = comparator(word) else { return nil }
            intervals.append(interval)
        }
        return intervals
    }

    /// `1.2 - 1.4`: both ends included, a partial upper end stands for all of its versions.
    private static func hyphen(_ low: PartialVersion, _ high: PartialVersion) -> Interval {
        var interval = Interval(lower: low.floor, upper: high.ceiling)
        if high.ceiling == nil, high.major != nil {
            interval.upper = high.floor
            interval.upperIsClosed = true
        }
        interval.allowsPrerelease = !low.prerelease.isEmpty || !high.prerelease.isEmpty
        return interval
    }

    private static func comparator(_ word: Substring) -> Interval? {
        let symbol = word.prefix { "<>=!~^".contains($0) }
        guard let version = PartialVersion(word[symbol.endIndex...]) else { return nil }
        var interval = Interval(allowsPrerelease: !version.prerelease.isEmpty)
        let isAny = version.major == nil
        switch symbol {
        case "", "=", "==":
            interval = equal(version)
        case "!=":
            interval = equal(version)
            interval.isExclusion = true
            interval.allowsPrerelease = false
        case ">":
            // `>1.2` is above every 1.2.
            interval.lower = version.ceiling ?? version.floor
            interval.lowerIsOpen = version.ceiling == nil
        case ">=", "=>":
            interval.lower = version.floor
        case "<":
            interval.upper = version.floor
        case "<=", "=<":
            interval.upper = version.ceiling ?? (isAny ? nil : version.floor)
            interval.upperIsClosed = version.ceiling == nil
        case "~", "~>":
            interval.lower = isAny ? nil : version.floor
            interval.upper = tildeCeiling(version)
        case "^":
            interval.lower = isAny ? nil : version.floor
            interval.upper = caretCeiling(version)
        default:
            return nil
        }
        return interval
    }

    private static func equal(_ version: PartialVersion) -> Interval {
        var interval = Interval(allowsPrerelease: !version.prerelease.isEmpty)
        guard version.major != nil else { return interval }
        interval.lower = version.floor
        interval.upper = version.ceiling ?? version.floor
        interval.upperIsClosed = version.ceiling == nil
        return interval
    }

    /// `~1.2.3` allows patches; `~1` is `1.x`.
    private static func tildeCeiling(_ version: PartialVersion) -> SemanticVersion? {
        guard let major = version.major else { return nil }
        guard let minor = version.minor else { return SemanticVersion(major &+ 1, 0, 0) }
        return SemanticVersion(major, minor &+ 1, 0)
    }

    /// `^1.2.3` keeps the leftmost number that is not zero.
    private static func caretCeiling(_ version: PartialVersion) -> SemanticVersion? {
        guard let major = version.major else { return nil }
        guard major == 0, let minor = version.minor else { return SemanticVersion(major &+ 1, 0, 0) }
        guard minor == 0, let patch = version.patch else { return SemanticVersion(0, minor &+ 1, 0) }
        return SemanticVersion(0, 0, patch &+ 1)
    }
}
