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
    ].map { Array($0.utf8) }

    // In bytes, for every request of a client passes here.
    private static func withoutSecretParameters(_ url: String) -> String {
        let bytes = Array(url.utf8)
        guard let mark = bytes.firstIndex(of: UInt8(ascii: "?")) else { return url }
        var shown = bytes[...mark]
        var hasSecret = false
        let pairs = bytes[(mark + 1)...].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        for (index, pair) in pairs.enumerated() {
            if index > 0 { shown.append(UInt8(ascii: "&")) }
            if let equals = pair.firstIndex(of: UInt8(ascii: "=")), isSecret(pair[..<equals]) {
                shown += pair[...equals]
                shown += "…".utf8
                hasSecret = true
            } else {
                shown += pair
            }
        }
        return hasSecret ? String(decoding: shown, as: UTF8.self) : url
    }

    private static func isSecret(_ name: ArraySlice<UInt8>) -> Bool {
        let lowered = name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        return lowered == Array("sig".utf8)
            || secretWords.contains { word in
                lowered.indices.dropLast(word.count - 1).contains { lowered[$0...].starts(with: word) }
            }
    }
}
