// One request to the API server before it becomes HTTP.

import HTTPClient
import Manifest

/// A call of the API: what a person would call it, and what goes over the wire.
struct APICall: Sendable {
    /// Verb, kind and object, for errors: `apply Deployment shop/web`.
    var title: String
    var method = "GET"
    var path: String
    var query: [(name: String, value: String)] = []
    var accept = "application/json"
    var contentType: String?
    var body: [UInt8]?
    var isIdempotent = true
    /// Whether it asks for no version of the object, so that what has come between the server's own reading and writing
    /// is no reason to give up.
    var isUnconditional = false
    /// The Secret that the body holds, or the token in the form of one, for the redaction of the server's answer.
    var secret: Value?

    init(_ title: String, path: String) {
        self.title = title
        self.path = path
    }

    mutating func add(_ name: String, _ value: String?) {
        if let value { query.append((name, value)) }
    }

    mutating func send(_ value: Value, as contentType: String, _ method: String) {
        self.method = method
        self.contentType = contentType
        body = JSON.write(value)
        switch value["kind"]?.string {
        case "Secret": secret = value
        case "TokenReview": secret = ["stringData": value["spec"] ?? [:]]
        default: return
        }
    }

    /// Path and query as they go on the wire.
    var target: String {
        if query.isEmpty { return path }
        return path + "?" + query.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
    }
}
