// What comes in and what goes out: a request of the Kubernetes API without the wire, and its answer.

import Manifest

/// Who asks, as the client certificate or the token says.
package struct User: Sendable, Hashable {
    package var name: String
    package var groups: [String]
    package var uid = ""
    package var extra: [String: [String]] = [:]

    package init(name: String, groups: [String]) {
        self.name = name
        self.groups = groups
    }

    package static let admin = User(
        name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"])
    package static let anonymous = User(name: "system:anonymous", groups: ["system:unauthenticated"])
    /// Whom the sandbox's own controllers act as.
    package static let controller = User(
        name: "system:kube-controller-manager", groups: ["system:masters", "system:authenticated"])
}

/// An HTTP request to the API server, read whole.
package struct APIRequest: Sendable {
    package var method: String
    /// The path without its query, percent-decoded.
    package var path: String
    package var query: [(name: String, value: String)]
    /// Names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Nil until authenticated; the client certificate's owner when there was one.
    package var user: User?

    package init(
        method: String, uri: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        user: User? = nil
    ) {
        self.method = method
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = percentDecoded(parts.first ?? "", plusIsSpace: false)
        query =
            parts.count < 2
            ? []
            : parts[1].split(separator: "&").map { pair in
                let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (
                    percentDecoded(halves[0], plusIsSpace: true),
                    halves.count > 1 ? percentDecoded(halves[1], plusIsSpace: true) : ""
                )
            }
        self.headers = headers
        self.body = body
        self.user = user
    }

    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    package func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }
    func flag(_ name: String) -> Bool {
        guard let value = parameter(name) else { return false }
        return value != "false" && value != "0"
    }
}

/// An answer: a document, or a stream of watch events.
package struct APIResponse: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        case watch(WatchStream)
    }

    package var status: Int
    package var contentType: String
    package var headers: [(name: String, value: String)] = []
    package var body: Body

    package init(status: Int, contentType: String, body: Body) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    static func json(_ bytes: [UInt8], status: Int = 200) -> APIResponse {
        APIResponse(status: status, contentType: "application/json", body: .bytes(bytes))
    }

    static func json(_ value: Value, status: Int = 200) -> APIResponse {
        json(JSON.write(value), status: status)
    }

    static func text(_ text: String, status: Int = 200) -> APIResponse {
        APIResponse(status: status, contentType: "text/plain; charset=utf-8", body: .bytes(Array(text.utf8)))
    }

    static func error(_ error: StatusError) -> APIResponse {
        if let text = error.plainText { return .text(text + "\n", status: error.code) }
        var response = json(error.value, status: error.code)
        if let seconds = error.retryAfterSeconds { response.headers.append(("retry-after", String(seconds))) }
        return response
    }

    /// The bytes of a document; nil for a stream.
    package var bytes: [UInt8]? { if case .bytes(let bytes) = body { bytes } else { nil } }
}

/// Decodes `%XX`, and `+` in queries. A malformed escape stays as it is.
func percentDecoded(_ text: some StringProtocol, plusIsSpace: Bool) -> String {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        if byte == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hexadecimal(bytes[index + 1]),
            let low = hexadecimal(bytes[index + 2])
        {
            decoded.append(high << 4 | low)
            index += 3
        } else {
            decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            index += 1
        }
    }
    return String(decoding: decoded, as: UTF8.self)
}

private func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
