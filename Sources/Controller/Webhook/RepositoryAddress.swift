// The addresses of one repository, of which a Git server tells one and an Application names another.

/// Host and path of a repository: what its https, ssh and scp-like addresses have in common.
package struct RepositoryAddress: Sendable, Hashable {
    package let text: String

    /// - Returns: nil for what is no address of a repository on another machine.
    package init?(_ address: String) {
        var rest = Substring(address)
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            if let user = rest.prefix(while: { $0 != "/" }).lastIndex(of: "@") { rest = rest[rest.index(after: user)...] }
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
        var path = rest[slash...].split(separator: "/").joined(separator: "/")
        if path.hasSuffix(".git") { path.removeLast(4) }
        guard !host.isEmpty, !path.isEmpty else { return nil }
        // The large hosts do not tell the case of names apart.
        text = "\(host)/\(path.lowercased())"
    }
}
