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
        guard let place = Place(address), !place.segments.isEmpty else { return nil }
        text = place.text
    }

    /// Reads what `text` says.
    static func read(_ text: String) -> RepositoryAddress? {
        RepositoryAddress(text.hasPrefix("/") ? text : "https://" + text)
    }

    /// Whether it is that of a repository at an address, or below it: of a server, an organisation or a repository.
    func isBelow(_ address: String) -> Bool {
        let beginning = Self.common(address)
        return text == beginning || text.hasPrefix(beginning.hasSuffix("/") ? beginning : beginning + "/")
    }

    /// What the texts of all repositories at an address, or below it, begin with; of a pattern of addresses, one of
    /// their texts.
    static func common(_ address: String) -> String {
        RepositoryAddress(address)?.text ?? Place(address)?.text ?? address.lowercased()
    }

    /// A host by the one of its names that stands for all.
    static func commonHost(_ host: String) -> String { Place.namesOfSSH[host.lowercased()] ?? host.lowercased() }

    /// Without the ending that a server takes or leaves.
    fileprivate static func path(_ text: Substring) -> String {
        let path = text.split(separator: "/").joined(separator: "/")
        return path.hasSuffix(".git") ? String(path.dropLast(4)) : path
    }
}

/// A place on a Git server, by the one of its names that stands for all.
private struct Place {
    var host: String
    var segments: [String]

    var text: String { ([host] + segments).joined(separator: "/") }

    /// - Returns: nil for what names no server.
    init?(_ address: String) {
        var rest = Substring(address)
        var user = Substring()
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            if let at = rest.prefix(while: { $0 != "/" }).lastIndex(of: "@") {
                user = rest[..<at]
                rest = rest[rest.index(after: at)...]
            }
        } else if let colon = rest.firstIndex(of: ":"), !rest[..<colon].contains("/") {
            // `git@host:path`
            if let at = rest[..<colon].lastIndex(of: "@") {
                user = rest[..<at]
                rest = rest[rest.index(after: at)...]
            }
            guard let colon = rest.firstIndex(of: ":") else { return nil }
            rest = rest[..<colon] + "/" + rest[rest.index(after: colon)...].drop { $0 == "/" }
        } else {
            return nil
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        // One server has different ports for its protocols, and the large ones have a name for ssh by that of https.
        host = RepositoryAddress.commonHost(String(rest[..<slash].prefix { $0 != ":" }))
        // The large hosts do not tell the case of names apart.
        segments = RepositoryAddress.path(rest[slash...]).lowercased().split(separator: "/").map(Self.encoded)
        if host.isEmpty { return nil }
        readAzure(user: user.prefix { $0 != ":" }.lowercased())
    }

    /// For networks that let nothing through but port 443.
    static let namesOfSSH = [
        "ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com", "altssh.bitbucket.org": "bitbucket.org",
    ]

    /// What stands plain in one address and in percents in another.
    private static func encoded(_ segment: Substring) -> String {
        var text = ""
        for byte in segment.utf8 {
            if 0x21...0x7E ~= byte {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
            }
        }
        return text
    }

    /// Azure Repos has `dev.azure.com/ORGANISATION/PROJECT/_git/REPOSITORY`, another form for ssh, and those two for
    /// its former host, where a collection may stand before the project. A repository that is called as its project may
    /// leave that out.
    private mutating func readAzure(user: String) {
        let former = ".visualstudio.com"
        switch host {
        case "dev.azure.com": break
        case "ssh.dev.azure.com", "vs-ssh" + former:
            if segments.first == "v3" {
                segments.removeFirst()
                if segments.count == 3 { segments.insert("_git", at: 2) }
            } else if user.isEmpty {
                return
            } else {
                // `ssh://ORGANISATION@vs-ssh.visualstudio.com:22/PROJECT/_ssh/REPOSITORY`
                segments = [user] + segments.map { $0 == "_ssh" ? "_git" : $0 }
            }
        case _ where host.hasSuffix(former) && host != former:
            segments.insert(String(host.dropLast(former.count)), at: 0)
        default: return
        }
        host = "dev.azure.com"
        if segments.count > 1, segments[1] == "defaultcollection" { segments.remove(at: 1) }
        if segments.count == 3, segments[1] == "_git" { segments.insert(segments[2], at: 1) }
    }
}
