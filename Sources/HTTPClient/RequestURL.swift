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
        guard let mark = url.firstRange(of: "://") else { return nil }
        scheme = String(url[..<mark.lowerBound]).asciiLowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let end = url[mark.upperBound...].firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? url.endIndex
        let location = url[mark.upperBound..<end]
        let at = location.lastIndex(of: "@")
        userInfo = at.map { String(location[..<$0]) }
        authority = String(at.map { location[location.index(after: $0)...] } ?? location)
        rest = String(url[end...])
        if authority.isEmpty { return nil }
    }

    var origin: String { "\(scheme)://\(authority.asciiLowercased())" }

    /// The host without its port, an IPv6 address in brackets.
    var host: String { portMark.map { String(authority[..<$0]) } ?? authority }

    var port: String {
        portMark.map { String(authority[authority.index(after: $0)...]) } ?? (scheme == "https" ? "443" : "80")
    }

    private var portMark: String.Index? {
        guard let colon = authority.lastIndex(of: ":") else { return nil }
        if let bracket = authority.lastIndex(of: "]"), bracket > colon { return nil }
        return colon
    }
}
