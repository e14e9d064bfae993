// What of a repository is wanted: a branch, a tag, a commit, or the newest version in a range.

/// The revision that an application follows, as `spec.source.revision` says it.
package enum Revision: Sendable, Hashable, CustomStringConvertible {
    /// The default branch.
    case head
    /// A branch, a tag, or an abbreviated commit id, whichever the repository has, sought in this order.
    case name(String)
    case branch(String)
    /// A tag; `1.2.0` also finds `v1.2.0` and the other way round.
    case tag(String)
    /// Another ref by its full name, such as `refs/pull/7/head`.
    case reference(String)
    /// A commit id, whole or abbreviated to at least four digits, in lower case.
    case commit(String)
    /// The highest tag in a range of semantic versions.
    case semver(VersionRange)

    /// Reads the text of a revision.
    ///
    /// `HEAD` or nothing is the default branch; `refs/heads/…`, `refs/tags/…` and other `refs/…` mean exactly that ref;
    /// 40 hexadecimal digits are a commit; text that begins with an operator (`^ ~ > < = !`), has `||`, a hyphen range
    /// or a wildcard (`1.x`), or begins with `semver:` is a range; anything else is a name.
    ///
    /// - Throws: `GitError` (`invalid`) when the text can be none of these.
    package init(parsing text: String) throws(GitError) {
        let text = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        if text.isEmpty || text == "HEAD" || text == "@" {
            self = .head
            return
        }
        if let range = Self.rangeText(text) {
            guard let range = VersionRange(range) else {
                throw GitError(
                    .invalid, "`\(text)` is not a range of versions", revision: text,
                    cure: "write one like `>=1.2.0 <2.0.0`, `^1.2`, `~1.4` or `1.x`")
            }
            self = .semver(range)
            return
        }
        if text.utf8.count == ObjectID.hexCount, ObjectID.isHex(text) {
            self = .commit(text.lowercased())
            return
        }
        guard Self.isRefName(text) else {
            throw GitError(
                .invalid, "`\(text)` is not a branch, tag, commit or range of versions", revision: text,
                cure: "ref names have no spaces, `..`, `~ ^ : ? * [ \\` or control characters")
        }
        if let branch = Self.suffix(of: text, after: ["refs/heads/", "heads/"]) {
            self = .branch(branch)
        } else if let tag = Self.suffix(of: text, after: ["refs/tags/", "tags/"]) {
            self = .tag(tag)
        } else if text.hasPrefix("refs/") {
            self = .reference(text)
        } else {
            self = .name(text)
        }
    }

    package var description: String {
        switch self {
        case .head: "HEAD"
        case .name(let name), .branch(let name), .tag(let name), .reference(let name), .commit(let name): name
        case .semver(let range): range.description
        }
    }

    private static func rangeText(_ text: String) -> Substring? {
        if text.hasPrefix("semver:") { return text.dropFirst("semver:".count) }
        let isRange =
            text.first.map { "^~<>=!".contains($0) } == true || text.contains("||") || text.contains(" - ")
            || PartialVersion(text)?.hasWildcard == true || (text.contains("*") && VersionRange(text) != nil)
        return isRange ? text[...] : nil
    }

    private static func suffix(of text: String, after prefixes: [String]) -> String? {
        for prefix in prefixes where text.hasPrefix(prefix) && text.utf8.count > prefix.utf8.count {
            return String(text.dropFirst(prefix.count))
        }
        return nil
    }

    /// The rules of git-check-ref-format(1) for a name of one or more levels.
    static func isRefName(_ name: String) -> Bool {
        guard !name.isEmpty, name != "@", !name.hasSuffix("."), !name.hasPrefix("-") else { return false }
        guard !name.contains(".."), !name.contains("@{") else { return false }
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && !"~^:?*[\\".utf8.contains($0) }) else { return false }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasSuffix(".lock")
        }
    }
}

/// A ref as a repository shows it.
package struct Ref: Sendable, Hashable {
    /// The full name, or `HEAD`.
    package let name: String
    /// What it points to; a tag object for an annotated tag.
    package let oid: ObjectID
    /// What the tag object stands for, if it is one.
    package let peeled: ObjectID?
    /// The ref that a symbolic one points to.
    package let target: String?

    init(name: String, oid: ObjectID, peeled: ObjectID? = nil, target: String? = nil) {
        self.name = name
        self.oid = oid
        self.peeled = peeled
        self.target = target
    }
}

extension Revision {
    static let branches = "refs/heads/"
    static let tags = "refs/tags/"

    /// The full names of the refs that this may mean, the first that exists wins. Empty for ranges and whole commit
    /// ids.
    var candidates: [String] {
        switch self {
        case .head: ["HEAD"]
        case .branch(let name): [Self.branches + name]
        case .tag(let name): Self.tagNames(name)
        case .reference(let name): [name]
        case .name(let name): [Self.branches + name] + Self.tagNames(name)
        case .commit, .semver: []
        }
    }

    private static func tagNames(_ name: String) -> [String] {
        var names = [tags + name]
        if PartialVersion(name) != nil {
            names.append(tags + (name.hasPrefix("v") ? String(name.dropFirst()) : "v" + name))
        }
        return names
    }

    /// The digits when this is, or may be, a commit id: 4 to 40 of them.
    var commitDigits: String? {
        let digits: String
        switch self {
        case .commit(let text), .name(let text): digits = text
        default: return nil
        }
        guard (4...ObjectID.hexCount).contains(digits.utf8.count), ObjectID.isHex(digits) else { return nil }
        return digits.lowercased()
    }

    /// The whole commit id when this is one.
    var wholeCommit: ObjectID? {
        guard case .commit(let text) = self else { return nil }
        return ObjectID(text)
    }

    /// The name among `names` that this means.
    func select(fromNames names: [String]) -> String? {
        if case .semver(let range) = self { return Self.highest(in: range, of: names) }
        return candidates.first(where: names.contains)
    }

    /// The highest version in `range`; of two tags of one version (`1.0.0`, `v1.0.0`) the shorter, plainer name.
    private static func highest(in range: VersionRange, of names: [String]) -> String? {
        var best: (version: SemanticVersion, name: String)?
        for name in names where name.hasPrefix(tags) {
            guard let version = SemanticVersion(name.dropFirst(tags.count)), range.contains(version) else { continue }
            if let current = best {
                let isPlainer = (name.utf8.count, name) < (current.name.utf8.count, current.name)
                guard version > current.version || (version == current.version && isPlainer) else { continue }
            }
            best = (version, name)
        }
        return best?.name
    }
}
