// The server's Status object and its warnings, in this room's terms.

import HTTPClient
import Manifest

extension KubernetesError {
    /// The error that a response with a failing status means.
    ///
    /// - Parameter secret: the object that was sent, when it is a Secret: its values are cut out of the message.
    init(_ response: HTTPResponse, request: String, secret: Value? = nil) {
        let body = try? JSON.read(response.body)
        self.init(status: body?["kind"]?.string == "Status" ? body : nil, code: response.status, request: request)
        if message.isEmpty {
            let text = String(decoding: response.body.prefix(500), as: UTF8.self).split(separator: "\n").first.map(
                String.init)
            message =
                text.map { "the server answered \(response.status): \($0)" } ?? "the server answered \(response.status)"
        }
        if let header = response.headers["Retry-After"].flatMap({ Int($0) }) { retryAfter = .seconds(header) }
        if let secret { self = SecretRedaction(of: secret).applied(to: self) }
    }

    /// The error of a Status object, as it comes in a response or as a watch's event.
    init(status: Value?, code: Int, request: String) {
        let details = status?["details"]
        let causes = (details?["causes"]?.array ?? []).map { cause in
            Cause(
                field: cause["field"]?.string ?? "", message: cause["message"]?.string ?? "",
                reason: cause["reason"]?.string ?? "")
        }
        let code = status?["code"]?.int ?? code
        // An object that is not there is named; where nothing is, nobody serves the path.
        let isUnserved = code == 404 && details?["name"] == nil
        self.init(
            code: code, reason: isUnserved ? Reason.unknownKind : status?["reason"]?.string ?? Self.reason(of: code),
            message: status?["message"]?.string ?? "",
            causes: causes, retryAfter: details?["retryAfterSeconds"]?.int.map { .seconds($0) }, request: request)
    }

    init(_ error: HTTPError, request: String) {
        self.init(
            code: 0, reason: error.code == .cancelled ? Reason.cancelled : Reason.unreachable,
            message: error.description,
            request: request, transport: error)
    }

    /// The StatusReason that goes with a code, for answers that carry no Status (a proxy's, for instance).
    private static func reason(of code: Int) -> String {
        switch code {
        case 400: "BadRequest"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "NotFound"
        case 405: "MethodNotAllowed"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "RequestEntityTooLarge"
        case 415: "UnsupportedMediaType"
        case 422: "Invalid"
        case 429: "TooManyRequests"
        case 500: "InternalError"
        case 503: "ServiceUnavailable"
        case 504: "Timeout"
        default: "Unknown"
        }
    }
}

/// The texts of `Warning: 299 - "…"` header fields (RFC 7234 §5.5, as Kubernetes uses it).
func warnings(of headers: HTTPHeaders) -> [String] {
    headers.values(of: "Warning").compactMap { value in
        guard let open = value.firstIndex(of: "\"") else { return nil }
        var text = ""
        var rest = value[value.index(after: open)...]
        while let character = rest.popFirst(), character != "\"" {
            text.append(character == "\\" ? rest.popFirst() ?? character : character)
        }
        return text
    }
}

/// Cuts a Secret's values out of what a server says about it: it quotes the input of what it cannot decode.
struct SecretRedaction {
    private let values: [String]

    init(of secret: Value) {
        var values: Set<String> = []
        for field in ["data", "stringData"] {
            for entry in secret[field]?.object?.entries ?? [] {
                guard let text = entry.value.scalar?.text, !text.isEmpty else { continue }
                values.insert(text)
                if let decoded = Base64.decode(text) { values.insert(String(decoding: decoded, as: UTF8.self)) }
                // As a JSON string spells it, without the quotes.
                values.insert(String(String(decoding: JSON.write(.string(text)), as: UTF8.self).dropFirst().dropLast()))
            }
        }
        // The longest first, so that none is cut by a part of itself; what is shorter than this is found in any
        // sentence.
        self.values = values.filter { $0.utf8.count >= 3 }.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    func applied(to error: KubernetesError) -> KubernetesError {
        var error = error
        error.message = redacted(error.message)
        for index in error.causes.indices { error.causes[index].message = redacted(error.causes[index].message) }
        return error
    }

    func redacted(_ text: String) -> String {
        var text = text
        // The decoder's "…, error found in #10 byte of ...|<input>|..., bigger context ...|<more input>|...".
        if let context = text.firstRange(of: "error found in #") { text = text[..<context.lowerBound] + "<redacted>" }
        for value in values {
            text = text.split(separator: value, omittingEmptySubsequences: false).joined(separator: "<redacted>")
        }
        return text
    }
}
