// Why a request to the API is not answered with what it asks for, as a Status of Kubernetes says it.

import Manifest
import Reconciler

struct APIFailure: Error, Sendable, Hashable {
    var code: Int
    /// A StatusReason of Kubernetes.
    var reason: String
    var message: String
    /// The application that it is about.
    var name: String?
    var retryAfter: Duration?

    init(_ code: Int, _ reason: String, _ message: String, name: String? = nil, retryAfter: Duration? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.name = name
        self.retryAfter = retryAfter
    }

    static let unauthorized = APIFailure(401, "Unauthorized", "Unauthorized")
    static let unknownPath = APIFailure(404, "NotFound", "the server could not find the requested resource")

    static func badRequest(_ message: String) -> APIFailure { APIFailure(400, "BadRequest", message) }

    static func notFound(_ key: ApplicationKey) -> APIFailure {
        APIFailure(404, "NotFound", "applications.\(Application.group) \"\(key.name)\" not found", name: key.name)
    }

    static func unavailable(_ message: String) -> APIFailure {
        APIFailure(503, "ServiceUnavailable", message, retryAfter: .seconds(1))
    }

    static func tooOften(_ wait: Duration) -> APIFailure {
        APIFailure(429, "TooManyRequests", "too many requests, please try again later", retryAfter: wait)
    }

    /// A refusal to read a request to its end.
    static func unread(_ status: Int) -> APIFailure {
        switch status {
        case 408: APIFailure(408, "Timeout", "the request did not arrive in time")
        case 431: APIFailure(431, "RequestEntityTooLarge", "the headers are too large")
        case 503: unavailable("too much is under way, please try again later")
        default: APIFailure(status, "RequestEntityTooLarge", "the body is too large")
        }
    }

    var answer: ServerAnswer {
        let seconds = retryAfter?.wholeSeconds
        var details: Object = ["group": .string(Application.group), "kind": "applications"]
        if let name { details["name"] = .string(name) }
        if let seconds { details["retryAfterSeconds"] = .int(seconds) }
        let status: Value = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "reason": .string(reason), "details": .object(details), "code": .int(code),
        ]
        var answer = ServerAnswer(code, JSON.write(status), contentType: "application/json")
        if code == 401 { answer.headers.append(("www-authenticate", "Bearer realm=\"gitops-controller\"")) }
        if let seconds { answer.headers.append(("retry-after", "\(seconds)")) }
        return answer
    }
}
