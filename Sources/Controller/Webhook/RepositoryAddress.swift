// The addresses of one repository, of which a Git server tells one and an Application names another.

/// Host and path of a repository: what its https, ssh and scp-like addresses have in common; of one on this machine its
/// path.
package struct RepositoryAddress: Sendable, Hashable {
    package let text: String

    /// - Returns: nil for what is no address of a repository.
    package init?(_ address: String) {
        let local = address.hasPrefix("file://") ? address.dropFirst(7) : Substring(address)
        if local.hasPrefix("/") {
            text = "/" + Self.path(local)
            if text == "/" { return nil }
            return
        }
        var rest = Substring(address)
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            if let user = rest.prefix(while: { $0 != "/" }).lastIndex(of: "@") {
                rest = rest[rest.index(after: user)...]
            }
        } else if let colon = rest.firstIndex(of: ":"), !rest[..<colon].contains("/") {
            // `git@host:path`
            if let user = rest[..<colon].lastIndex(of: "@") { rest = rest[rest.index(after: user)...] }
            guard let colon = rest.firstIndex(of: ":") else { return nil }
            rest = rest[..<colon] + "/" + rest[rest.index(after: colon)...].drop { $0 == "/" }
        } else {
            return nil
        }
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        // One server has different ports for its protocols.
        let host = rest[..<slash].prefix { $0 != ":" }.lowercased()
        let path = Self.path(rest[slash...])
        guard !host.isEmpty, !path.isEmpty else { return nil }
        // The large hosts do not tell the case of names apart.
        text = "\(host)/\(path.lowercased())"
    }

    /// Reads what `text` says.
    static func read(_ text: String) -> RepositoryAddress? {
        RepositoryAddress(text.hasPrefix("/") ? text : "https://" + text)
    }

    /// Without the ending that a server takes or leaves.
    private static func path(_ text: Substring) -> String {
        let path = text.split(separator: "/").joined(separator: "/")
        return path.hasSuffix(".git") ? String(path.dropLast(4)) : path
    }
}
