// A URL as it may be shown: without the credentials that people put in URLs.

/// Shows a URL without `user:password@`, and with `…` for the values of query parameters whose names say that they are
/// secret (`access_token`, `X-Amz-Signature`, …).
package struct RedactedURL: Sendable, CustomStringConvertible {
    package let description: String

    package init(_ url: String) {
        description = Self.withoutSecretParameters(Self.withoutUserInfo(url))
    }

    private static func withoutUserInfo(_ url: String) -> String {
        let bytes = Array(url.utf8)
        var start = 0
        for index in bytes.indices.dropLast(2)
        where bytes[index] == UInt8(ascii: ":") && bytes[index + 1] == UInt8(ascii: "/")
            && bytes[index + 2] == UInt8(ascii: "/")
        {
            start = index + 3
            break
        }
        let end =
            bytes[start...].firstIndex { [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains($0) }
            ?? bytes.count
        guard let at = bytes[start..<end].lastIndex(of: UInt8(ascii: "@")) else { return url }
        return String(decoding: bytes[..<start] + bytes[(at + 1)...], as: UTF8.self)
    }

    private static let secretWords = [
        "token", "secret", "password", "passwd", "signature", "credential", "apikey", "api_key",
    ]

    private static func withoutSecretParameters(_ url: String) -> String {
        guard let mark = url.firstIndex(of: "?") else { return url }
        let parameters = url[url.index(after: mark)...].split(separator: "&", omittingEmptySubsequences: false).map {
            pair in
            guard let equals = pair.firstIndex(of: "=") else { return String(pair) }
            let name = String(pair[..<equals])
            let lowered = name.asciiLowercased()
            let isSecret = lowered == "sig" || secretWords.contains { lowered.contains($0) }
            return isSecret ? "\(name)=…" : String(pair)
        }
        return url[...mark] + parameters.joined(separator: "&")
    }
}
