// Where a repository is, in every form of address that Git users write.

/// A repository's address with what it takes to reach it. Printing one shows no credentials.
package struct RemoteRepository: Sendable, Hashable, CustomStringConvertible {
    /// How the repository is reached.
    package enum Location: Sendable, Hashable {
        /// A path on this machine (also `file://`).
        case path(String)
        /// `http` and `https`, without user information.
        case http(url: String)
        /// `ssh://` and `user@host:path`. `path` is as the server's shell gets it.
        case ssh(user: String?, host: String, port: Int?, path: String)
    }

    package let location: Location
    /// The address without credentials: what is shown, and what names the mirror.
    package let url: String
    package var credentials: Credentials?
    /// PEM certificates to trust for this repository instead of the system's.
    package var certificateAuthority: [UInt8]?
    /// The proxy for http and https, such as `http://proxy:3128`; nil means the environment's.
    package var proxy: String?

    package var description: String { url }

    /// Parses an address: `https://…`, `http://…`, `ssh://…`, `user@host:path`, `file://…` or a path. A user and
    /// password in an http address become credentials, unless some are given.
    ///
    /// - Throws: `GitError` (`invalid`, `unsupported`).
    package init(
        _ address: String, credentials: Credentials? = nil, certificateAuthority: [UInt8]? = nil, proxy: String? = nil
    ) throws(GitError) {
        self.credentials = credentials
        self.certificateAuthority = certificateAuthority
        self.proxy = proxy
        guard !address.isEmpty else { throw GitError(.invalid, "the repository's address is empty") }
        guard !address.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw GitError(.invalid, "the repository's address has control characters")
        }

        guard let separator = address.firstRange(of: "://") else {
            if let scp = Self.scpLike(address) {
                location = try Self.ssh(user: scp.user, host: scp.host, port: nil, path: scp.path)
                url = (scp.user.map { "\($0)@" } ?? "") + "\(scp.host):\(scp.path)"
            } else {
                location = .path(address)
                url = address
            }
            return
        }

        let scheme = address[..<separator.lowerBound].lowercased()
        let rest = address[separator.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = Authority(rest[..<slash])
        let path = String(rest[slash...])
        guard authority.hasValidPort else {
            throw GitError(.invalid, "the address has a port that is not a number from 1 to 65535")
        }
        switch scheme {
        case "file":
            guard authority.host.isEmpty || authority.host == "localhost", let decoded = Self.percentDecoded(path)
            else {
                throw GitError(.invalid, "`file://` addresses are of this machine: file:///path")
            }
            location = .path(decoded)
            url = "file://\(path)"
        case "http", "https":
            guard !authority.host.isEmpty else {
                throw GitError(.invalid, "the address has no host", repository: address)
            }
            url = "\(scheme)://\(authority.hostAndPort)\(path)"
            location = .http(url: url)
            if credentials == nil, let user = authority.user.flatMap(Self.percentDecoded) {
                if let password = authority.password.flatMap(Self.percentDecoded) {
                    self.credentials = .password(user: user, Secret(password))
                } else {
                    // `https://TOKEN@host/…`, as some servers have their users write it.
                    self.credentials = .password(user: user, Secret(""))
                }
            }
        case "ssh", "git+ssh", "ssh+git":
            guard !path.isEmpty, path != "/", let decoded = Self.percentDecoded(path) else {
                throw GitError(.invalid, "the address has no path", repository: "ssh://\(authority.hostAndPort)")
            }
            let user = authority.user.flatMap(Self.percentDecoded)
            let onServer = decoded.hasPrefix("/~") ? String(decoded.dropFirst()) : decoded
            location = try Self.ssh(user: user, host: authority.host, port: authority.port, path: onServer)
            url = "ssh://\(user.map { "\($0)@" } ?? "")\(authority.hostAndPort)\(path)"
        default:
            throw GitError(
                .unsupported, "addresses of the kind `\(scheme)://` are not supported",
                cure: "use https, ssh, file, or a path")
        }
    }

    /// A user, host or path that begins with `-` would be read as an option by ssh (CVE-2017-1000117).
    private static func ssh(user: String?, host: String, port: Int?, path: String) throws(GitError) -> Location {
        for part in [user ?? "u", host, path] where part.isEmpty || part.hasPrefix("-") {
            throw GitError(.invalid, "`\(part)` cannot be a part of an ssh address")
        }
        guard host.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: "'") }) else {
            throw GitError(.invalid, "the host name has characters that none can have")
        }
        return .ssh(user: user, host: host, port: port, path: path)
    }

    /// `[user@]host:path`, as Git tells it from a path: a colon before any slash.
    private static func scpLike(_ address: String) -> (user: String?, host: String, path: String)? {
        let bracket = address.firstIndex(of: "]").map { address.index(after: $0) }
        guard let colon = address[(bracket ?? address.startIndex)...].firstIndex(of: ":"),
            !address[..<colon].contains("/")
        else { return nil }
        var host = address[..<colon]
        var user: Substring?
        if let at = host.lastIndex(of: "@") {
            user = host[..<at]
            host = host[host.index(after: at)...]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        let path = address[address.index(after: colon)...]
        return (user.map(String.init), String(host), String(path))
    }

    static func percentDecoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(Substring(rest.prefix(2))), radix: 16), rest.count >= 2, value != 0 else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// `[user[:password]@]host[:port]` of a URL (RFC 3986, 3.2).
private struct Authority {
    var user: String?
    var password: String?
    var host: String
    var port: Int?
    var hasValidPort = true
    var hostAndPort: String

    init(_ text: Substring) {
        var rest = text
        if let at = rest.lastIndex(of: "@") {
            let information = rest[..<at]
            rest = rest[rest.index(after: at)...]
            let parts = information.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = parts.first.map(String.init)
            password = parts.count > 1 ? String(parts[1]) : nil
        }
        hostAndPort = String(rest)
        let afterBracket = rest.firstIndex(of: "]") ?? rest.startIndex
        if let colon = rest[afterBracket...].firstIndex(of: ":") {
            let digits = rest[rest.index(after: colon)...]
            port = UInt16(digits).map(Int.init)
            hasValidPort = digits.isEmpty || (port ?? 0) > 0
            rest = rest[..<colon]
        }
        if rest.hasPrefix("["), rest.hasSuffix("]") { rest = rest.dropFirst().dropLast() }
        host = String(rest)
    }
}
