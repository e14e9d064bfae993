// What the API answers when it refuses: a Status object with the real server's code, reason, words and causes.

package import Manifest

/// A refusal, thrown by everything below the API and encoded as a `Status` object.
///
/// Reasons and messages are those of `k8s.io/apimachinery/pkg/api/errors`, which clients match on.
package struct StatusError: Error, Sendable {
    /// One thing that is wrong, at a field where there is one.
    package struct Cause: Sendable, Hashable {
        package var reason: String
        package var message: String
        package var field: String?

        package init(reason: String, message: String, field: String? = nil) {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    package var code: Int
    package var reason: String
    package var message: String
    package var name: String?
    package var group: String?
    package var kind: String?
    package var uid: String?
    package var causes: [Cause] = []
    package var retryAfterSeconds: Int?
    /// Whether details are shown even when there are none, as errors that the server's front answers have them.
    package var showsDetails = false
    /// The text to answer with instead of a Status object, as the filters before the API do.
    package var plainText: String?

    package init(code: Int, reason: String, message: String) {
        self.code = code
        self.reason = reason
        self.message = message
    }

    private init(code: Int, reason: String, message: String, resource: GroupResource, name: String) {
        self.init(code: code, reason: reason, message: message)
        self.name = name.isEmpty ? nil : name
        group = resource.group.isEmpty ? nil : resource.group
        kind = resource.resource
    }

    /// The `Status` object, as the real server orders it.
    package var value: Value {
        var status = Object(entries: [
            .init(key: "kind", value: "Status"), .init(key: "apiVersion", value: "v1"),
            .init(key: "metadata", value: [:]), .init(key: "status", value: "Failure"),
            .init(key: "message", value: .string(message)),
        ])
        if !reason.isEmpty { status["reason"] = .string(reason) }
        var details = Object()
        if let name { details["name"] = .string(name) }
        if let group { details["group"] = .string(group) }
        if let kind { details["kind"] = .string(kind) }
        if let uid { details["uid"] = .string(uid) }
        if !causes.isEmpty {
            details["causes"] = .array(
                causes.map { cause in
                    var entry = Object()
                    if !cause.reason.isEmpty { entry["reason"] = .string(cause.reason) }
                    entry["message"] = .string(cause.message)
                    if let field = cause.field { entry["field"] = .string(field) }
                    return .object(entry)
                })
        }
        if let retryAfterSeconds { details["retryAfterSeconds"] = .int(retryAfterSeconds) }
        if !details.isEmpty || showsDetails { status["details"] = .object(details) }
        status["code"] = .int(code)
        return .object(status)
    }
}

extension StatusError {
    static func notFound(_ resource: GroupResource, _ name: String) -> StatusError {
        StatusError(
            code: 404, reason: "NotFound", message: "\(resource) \(quoted(name)) not found", resource: resource,
            name: name)
    }

    /// What the router answers for a path that nothing serves.
    static let noSuchResource = front(
        code: 404, reason: "NotFound", message: "the server could not find the requested resource")

    private static func front(code: Int, reason: String, message: String) -> StatusError {
        var error = StatusError(code: code, reason: reason, message: message)
        error.showsDetails = true
        return error
    }

    static func alreadyExists(_ resource: GroupResource, _ name: String) -> StatusError {
        StatusError(
            code: 409, reason: "AlreadyExists", message: "\(resource) \(quoted(name)) already exists",
            resource: resource, name: name)
    }

    static func conflict(_ resource: GroupResource, _ name: String, _ why: String) -> StatusError {
        StatusError(
            code: 409, reason: "Conflict",
            message: "Operation cannot be fulfilled on \(resource) \(quoted(name)): \(why)", resource: resource,
            name: name)
    }

    static func modified(_ resource: GroupResource, _ name: String) -> StatusError {
        conflict(
            resource, name,
            "the object has been modified; please apply your changes to the latest version and try again")
    }

    static func badRequest(_ message: String) -> StatusError {
        StatusError(code: 400, reason: "BadRequest", message: message)
    }

    static func forbidden(_ resource: GroupResource, _ name: String, _ why: String) -> StatusError {
        let subject = name.isEmpty ? "\(resource) is forbidden" : "\(resource) \(quoted(name)) is forbidden"
        return StatusError(
            code: 403, reason: "Forbidden", message: "\(subject): \(why)", resource: resource, name: name)
    }

    static func methodNotSupported(_ resource: GroupResource, _ verb: String) -> StatusError {
        StatusError(
            code: 405, reason: "MethodNotAllowed",
            message: "\(verb) is not supported on resources of kind \"\(resource)\"",
            resource: resource, name: "")
    }

    static let methodNotAllowed = front(
        code: 405, reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource")

    static func expired(_ message: String) -> StatusError {
        StatusError(code: 410, reason: "Expired", message: message)
    }

    static func unsupportedMediaType(_ message: String) -> StatusError {
        front(code: 415, reason: "UnsupportedMediaType", message: message)
    }

    static let unauthorized = StatusError(code: 401, reason: "Unauthorized", message: "Unauthorized")

    static func internalError(_ message: String) -> StatusError {
        var error = StatusError(code: 500, reason: "InternalError", message: "Internal error occurred: \(message)")
        error.causes = [Cause(reason: "", message: message)]
        return error
    }

    /// A version of an object that is not there yet.
    static func tooLargeResourceVersion(_ asked: UInt64, current: UInt64) -> StatusError {
        var error = StatusError(
            code: 504, reason: "Timeout", message: "Timeout: Too large resource version: \(asked), current: \(current)")
        error.retryAfterSeconds = 1
        error.causes = [Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version")]
        return error
    }

    /// What a decoder said, without the kind that it was reading.
    var mismatch: String {
        message.firstRange(of: "json: ").map { String(message[$0.lowerBound...]) } ?? message
    }

    /// Field errors of one object, joined as `field.ErrorList.ToAggregate` joins them.
    static func invalid(_ kind: GroupKind, _ name: String, _ errors: [FieldError]) -> StatusError {
        var seen: Set<String> = []
        let texts = errors.map(\.description).filter { seen.insert($0).inserted }
        let joined = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        var error = StatusError(
            code: 422, reason: "Invalid", message: "\(kind) \(quoted(name)) is invalid: \(joined)")
        error.name = name.isEmpty ? nil : name
        error.group = kind.group.isEmpty ? nil : kind.group
        error.kind = kind.kind
        error.causes = errors.map { Cause(reason: $0.reason.rawValue, message: $0.body, field: $0.field) }
        return error
    }

    /// Fields that other managers own, as `k8s.io/apimachinery` reports the conflicts of server-side apply.
    /// - Parameter conflicts: the manager as it is shown, such as `"kubectl-edit"` or `"kubectl" using apps/v1`, and
    ///   the field path.
    static func applyConflict(_ conflicts: [(manager: String, field: String)]) -> StatusError {
        let causes = conflicts.map {
            Cause(reason: "FieldManagerConflict", message: "conflict with \($0.manager)", field: $0.field)
        }
        var fields: [String: [String]] = [:]
        for conflict in conflicts { fields[conflict.manager, default: []].append("- \(conflict.field)") }
        let listed =
            causes.count == 1
            ? "\(causes[0].message): \(causes[0].field ?? "")"
            : fields.sorted { $0.key < $1.key }.map { "conflicts with \($0.key):\n\($0.value.joined(separator: "\n"))" }
                .joined(separator: "\n")
        let noun = causes.count == 1 ? "conflict" : "conflicts"
        var error = StatusError(
            code: 409, reason: "Conflict", message: "Apply failed with \(causes.count) \(noun): \(listed)")
        error.causes = causes
        return error
    }
}

/// A finding of validation: the field, what is wrong with it, and the value where it helps.
package struct FieldError: Sendable, Hashable {
    /// The reasons of `k8s.io/apimachinery/pkg/util/validation/field`.
    package enum Reason: String, Sendable {
        case required = "FieldValueRequired"
        case invalid = "FieldValueInvalid"
        case typeInvalid = "FieldValueTypeInvalid"
        case notSupported = "FieldValueNotSupported"
        case duplicate = "FieldValueDuplicate"
        case forbidden = "FieldValueForbidden"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
        case notFound = "FieldValueNotFound"
    }

    package var reason: Reason
    package var field: String
    /// The message without the field, as a cause carries it.
    package var body: String

    package static func required(_ field: String, _ detail: String = "") -> FieldError {
        FieldError(reason: .required, field: field, body: "Required value" + (detail.isEmpty ? "" : ": \(detail)"))
    }

    /// - Parameter value: the offending value, printed as JSON prints it.
    package static func invalid(_ field: String, _ value: String, _ detail: String) -> FieldError {
        FieldError(reason: .invalid, field: field, body: "Invalid value: \(value): \(detail)")
    }

    package static func type(_ field: String, _ value: String, _ detail: String) -> FieldError {
        FieldError(reason: .typeInvalid, field: field, body: "Invalid value: \(value): \(detail)")
    }

    package static func notSupported(_ field: String, _ value: String, _ supported: [String]) -> FieldError {
        let list = supported.map { quoted($0) }.joined(separator: ", ")
        return FieldError(
            reason: .notSupported, field: field, body: "Unsupported value: \(value): supported values: \(list)")
    }

    package static func forbidden(_ field: String, _ detail: String) -> FieldError {
        FieldError(reason: .forbidden, field: field, body: "Forbidden: \(detail)")
    }

    package static func duplicate(_ field: String, _ value: String) -> FieldError {
        FieldError(reason: .duplicate, field: field, body: "Duplicate value: \(value)")
    }
}

extension FieldError: CustomStringConvertible {
    package var description: String { "\(field): \(body)" }
}

/// A string as Go's `%q` prints it, for the plain texts that occur in messages.
package func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
