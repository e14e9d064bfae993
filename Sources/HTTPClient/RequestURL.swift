// The parts of a request's URL that the client itself looks at. libcurl parses the rest.

/// An `http` or `https` URL, taken apart no further than to its origin.
struct RequestURL {
    /// "http" or "https".
    let scheme: String
    /// What stands before `@`, nil without one.
    let userInfo: String?
    /// Host and port as written, an IPv6 address in brackets.
    let authority: String
    /// From the path on.
    let rest: String

    init?(_ url: String) {
        // Over UTF-8: every mark looked for is ASCII, and characters are slow to count.
        let bytes = url.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
            return nil
        }
        scheme = String(url[..<colon]).asciiLowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let start = bytes.index(colon, offsetBy: 3)
        let end = bytes[start...].firstIndex {
            $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#")
        }
        let location = url[start..<(end ?? url.endIndex)]
        let at = location.utf8.lastIndex(of: UInt8(ascii: "@"))
        userInfo = at.map { String(location[..<$0]) }
        authority = String(at.map { location[bytes.index(after: $0)...] } ?? location)
        rest = String(url[(end ?? url.endIndex)...])
        if authority.isEmpty { return nil }
    }

    var origin: String { "\(scheme)://\(authority.asciiLowercased())" }

    /// The host without its port, an IPv6 address in brackets.
    var host: String { portMark.map { String(authority[..<$0]) } ?? authority }

    var port: String {
        portMark.map { String(authority[authority.utf8.index(after: $0)...]) } ?? (scheme == "https" ? "443" : "80")
    }

    private var portMark: String.Index? {
        guard let colon = authority.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        if let bracket = authority.utf8.lastIndex(of: UInt8(ascii: "]")), bracket > colon { return nil }
        return colon
    }
}
