// Semantic versions and their precedence (semver.org, 2.0.0).

/// `major.minor.patch[-prerelease][+build]`. Build metadata is not kept: it has no precedence.
package struct SemanticVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let major: UInt64
    package let minor: UInt64
    package let patch: UInt64
    package let prerelease: [Identifier]

    /// One dot-separated part of a pre-release; a number is below any text (semver.org, 11.4).
    package enum Identifier: Sendable, Hashable, Comparable, CustomStringConvertible {
        case number(UInt64)
        case text(String)

        package var description: String {
            switch self {
            case .number(let number): String(number)
            case .text(let text): text
            }
        }

        package static func < (left: Identifier, right: Identifier) -> Bool {
            switch (left, right) {
            case (.number(let l), .number(let r)): l < r
            case (.number, .text): true
            case (.text, .number): false
            case (.text(let l), .text(let r)): l.utf8.lexicographicallyPrecedes(r.utf8)
            }
        }
    }

    init(_ major: UInt64, _ minor: UInt64, _ patch: UInt64, prerelease: [Identifier] = []) {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
    }

    /// Parses a whole version, with or without a leading `v`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard let partial = PartialVersion(text), let minor = partial.minor, let patch = partial.patch else {
            return nil
        }
        guard let major = partial.major else { return nil }
        self.init(major, minor, patch, prerelease: partial.prerelease)
    }

    package static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
        let l = (left.major, left.minor, left.patch)
        let r = (right.major, right.minor, right.patch)
        guard l == r else { return l < r }
        switch (left.prerelease.isEmpty, right.prerelease.isEmpty) {
        case (true, _): return false
        case (false, true): return true
        case (false, false): return left.prerelease.lexicographicallyPrecedes(right.prerelease)
        }
    }

    package var description: String {
        let release = "\(major).\(minor).\(patch)"
        return prerelease.isEmpty ? release : release + "-" + prerelease.map(\.description).joined(separator: ".")
    }
}

/// A version of which trailing parts may be missing or wildcards: `*`, `1`, `1.x`, `1.2`, `1.2.3-rc.1`.
struct PartialVersion: Hashable {
    var major: UInt64?
    var minor: UInt64?
    var patch: UInt64?
    var prerelease: [SemanticVersion.Identifier] = []
    /// Whether a part is written `x`, `X` or `*`.
    var hasWildcard = false

    init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        if let first = rest.first, first == "v" || first == "V" { rest.removeFirst() }
        if let plus = rest.firstIndex(of: "+") {
            guard Self.identifiers(rest[rest.index(after: plus)...]) != nil else { return nil }
            rest = rest[..<plus]
        }
        var suffix: Substring?
        if let dash = rest.firstIndex(of: "-") {
            suffix = rest[rest.index(after: dash)...]
            rest = rest[..<dash]
        }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count) else { return nil }
        var numbers: [UInt64?] = []
        for part in parts {
            if part == "x" || part == "X" || part == "*" {
                hasWildcard = true
                numbers.append(nil)
            } else {
                guard !hasWildcard, !part.isEmpty, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                    let number = UInt64(part)
                else { return nil }
                numbers.append(number)
            }
        }
        major = numbers[0]
        minor = numbers.count > 1 ? numbers[1] : nil
        patch = numbers.count > 2 ? numbers[2] : nil
        if let suffix {
            guard patch != nil, let identifiers = Self.identifiers(suffix) else { return nil }
            prerelease = identifiers
        }
    }

    private static func identifiers(_ text: Substring) -> [SemanticVersion.Identifier]? {
        var identifiers: [SemanticVersion.Identifier] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            guard !part.isEmpty, part.utf8.allSatisfy(Self.isIdentifier) else { return nil }
            if part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(part) {
                identifiers.append(.number(number))
            } else {
                identifiers.append(.text(String(part)))
            }
        }
        return identifiers
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"): true
        default: false
        }
    }

    /// The lowest version that this stands for.
    var floor: SemanticVersion {
        SemanticVersion(major ?? 0, minor ?? 0, patch ?? 0, prerelease: prerelease)
    }

    /// The lowest version above all that this stands for; nil when there is none, or when it is whole.
    var ceiling: SemanticVersion? {
        guard let major else { return nil }
        guard let minor else { return SemanticVersion(major &+ 1, 0, 0) }
        return patch == nil ? SemanticVersion(major, minor &+ 1, 0) : nil
    }
}
