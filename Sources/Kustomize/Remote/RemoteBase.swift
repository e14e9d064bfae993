// Bases in other repositories: every form of URL in which a kustomization may name one, taken apart by the reference's
// rules.

/// A directory of a repository somewhere else.
struct RemoteBase: Hashable, Sendable {
    /// The entry as it was written.
    var written: String
    /// What Git is told to clone.
    var repository: String
    /// The directory with the kustomization, relative to the repository's root.
    var directory: String
    /// A branch, tag or commit; empty for the default branch.
    var reference: String
    /// Seconds that the fetch may take, nil where the URL does not say.
    var timeout: Double?
    var hasSubmodules: Bool
}

/// The directory that a URL names lies outside of its repository.
struct RemoteBaseExit: Error {}

extension RemoteBase {
    /// Nil for an entry that is no repository's URL.
    init?(_ entry: String) throws(RemoteBaseExit) {
        if entry.isEmpty || entry.hasPrefix("/") { return nil }
        let question = entry.firstIndex(of: "?")
        var rest = question.map { entry[..<$0] } ?? entry[...]
        let query = Query(question.map { entry[entry.index(after: $0)...] } ?? "")
        if rest.lowercased().hasPrefix("git::") { rest = rest.dropFirst("git::".count) }

        let scheme = ["ssh://", "https://", "http://", "file://"].first { rest.lowercased().hasPrefix($0) } ?? ""
        rest = rest.dropFirst(scheme.count)
        var user = Self.user(rest) ?? ""
        rest = rest.dropFirst(user.count)
        let lowered = rest.lowercased()
        let isGitHub = lowered.hasPrefix("github.com/") || lowered.hasPrefix("github.com:")
        if scheme.isEmpty, user.isEmpty, !isGitHub { return nil }

        var host = ""
        if scheme != "file://" {
            guard let end = Self.hostEnd(rest, allowsColon: scheme.isEmpty && (!user.isEmpty || isGitHub)) else {
                return nil
            }
            host = String(rest[..<end])
            rest = rest[end...]
            if host.count < 2 { return nil }
        }
        var clone: String
        if scheme.isEmpty || isGitHub, isGitHub {
            // One spelling for the host that is written in every way.
            clone = scheme == "ssh://" || !user.isEmpty ? "\(user)github.com:" : "https://github.com/"
            if scheme == "ssh://", user.isEmpty { user = "" }
        } else {
            clone = scheme + user + host
        }
        guard let (repository, directory) = Self.split(rest, isFile: scheme == "file://") else { return nil }
        let cleaned = TreePath.join("", directory)
        guard let cleaned else { throw RemoteBaseExit() }
        clone += repository
        self.init(
            written: entry, repository: clone, directory: cleaned, reference: query.reference, timeout: query.timeout,
            hasSubmodules: query.hasSubmodules)
    }

    /// `name@` at the beginning.
    private static func user(_ text: Substring) -> String? {
        guard let at = text.firstIndex(of: "@") else { return nil }
        let name = text[..<at].utf8
        guard let first = name.first, isLetter(first),
            name.dropFirst().allSatisfy({ isLetter($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        return String(text[...at])
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }

    /// Behind the first slash, or behind the first colon before it where `host:path` is a form.
    private static func hostEnd(_ text: Substring, allowsColon: Bool) -> Substring.Index? {
        let slash = text.firstIndex(of: "/")
        if allowsColon, let colon = text.firstIndex(of: ":"), slash.map({ colon < $0 }) ?? true {
            return text.index(after: colon)
        }
        return slash.map { text.index(after: $0) }
    }

    /// The repository's path, and the directory inside of it.
    private static func split(_ path: Substring, isFile: Bool) -> (repository: String, directory: String)? {
        if let marker = path.firstRange(of: "_git/") {
            let behind = path[marker.upperBound...]
            let end = behind.firstIndex(of: "/") ?? path.endIndex
            return nonEmpty(path[..<end], path[end...])
        }
        if let slashes = path.firstRange(of: "//") {
            return nonEmpty(path[..<slashes.lowerBound], path[slashes.upperBound...])
        }
        if let suffix = path.firstRange(of: ".git"),
            suffix.upperBound == path.endIndex || path[suffix.upperBound] == "/"
        {
            return nonEmpty(path[..<suffix.upperBound], path[suffix.upperBound...])
        }
        if isFile { return nonEmpty(path, "") }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count >= 2, !segments[0].isEmpty, !segments[1].isEmpty else { return nil }
        return (segments[..<2].joined(separator: "/"), segments[2...].joined(separator: "/"))
    }

    private static func nonEmpty(_ repository: Substring, _ directory: Substring) -> (String, String)? {
        repository.isEmpty ? nil : (String(repository), String(directory))
    }

    /// The parameters that mean something in a repository's URL.
    private struct Query {
        var reference = ""
        var timeout: Double?
        var hasSubmodules = true

        init(_ text: Substring) {
            var version = ""
            for pair in text.split(separator: "&") {
                let equals = pair.firstIndex(of: "=") ?? pair.endIndex
                let value = equals == pair.endIndex ? "" : String(pair[pair.index(after: equals)...])
                switch pair[..<equals] {
                case "ref" where reference.isEmpty: reference = value
                case "version" where version.isEmpty: version = value
                case "timeout": timeout = Self.seconds(value)
                case "submodules": hasSubmodules = !["0", "f", "F", "false", "False", "FALSE"].contains(value)
                default: break
                }
            }
            if reference.isEmpty { reference = version }
        }

        /// A whole number of seconds, or a Go duration such as `1m30s`.
        private static func seconds(_ text: String) -> Double? {
            if let number = Int(text) { return number > 0 ? Double(number) : nil }
            let units: [(String, Double)] = [("ms", 0.001), ("h", 3600), ("m", 60), ("s", 1)]
            var total = 0.0
            var rest = text[...]
            while !rest.isEmpty {
                let digits = rest.prefix { $0.isNumber || $0 == "." }
                rest = rest.dropFirst(digits.count)
                guard let number = Double(digits), let unit = units.first(where: { rest.hasPrefix($0.0) }) else {
                    return nil
                }
                total += number * unit.1
                rest = rest.dropFirst(unit.0.count)
            }
            return total > 0 ? total : nil
        }
    }
}
