// From the bytes of a request to an object of the resource: parsed, of the right kind, every field known and of its
// type.

import Manifest

/// An object that a client sent, and what it is to be warned of.
struct DecodedObject {
    var value: Value
    var warnings: [String] = []
}

enum RequestBody {
    /// Parses a body as JSON, or as YAML where the client says so.
    /// - Throws: 415 for a media type that is not taken, 400 for a text that does not parse.
    static func read(_ request: APIRequest, yaml: Bool = false) throws(StatusError) -> Value {
        let type = mediaType(request)
        switch type {
        case "", "application/json", "*/*": break
        case KubernetesProtobuf.mediaType:
            do {
                return try KubernetesProtobuf.read(request.body)
            } catch {
                throw .badRequest("couldn't decode the protobuf body: \(error)")
            }
        case "application/yaml": return try readYAML(request.body)
        case _ where yaml: return try readYAML(request.body)
        default:
            throw .unsupportedMediaType(
                "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf"
            )
        }
        return try readJSON(request.body)
    }

    static func mediaType(_ request: APIRequest) -> String {
        let header = request.header("content-type") ?? ""
        return String(header.prefix { $0 != ";" }).trimmingSpaces()
    }

    static func readJSON(_ bytes: [UInt8]) throws(StatusError) -> Value {
        do {
            return try JSON.read(bytes)
        } catch {
            throw .badRequest(
                bytes.isEmpty
                    ? "couldn't get version/kind; json parse error: unexpected end of JSON input"
                    : "couldn't get version/kind; json parse error: \(error)")
        }
    }

    static func readYAML(_ bytes: [UInt8]) throws(StatusError) -> Value {
        if bytes.first(where: { $0 > UInt8(ascii: " ") }) == UInt8(ascii: "{"), let value = try? JSON.read(bytes) {
            return value
        }
        do {
            return try YAML.read(bytes, file: "body").first ?? .null
        } catch {
            throw .badRequest("error decoding YAML: \(error)")
        }
    }
}

extension String {
    func trimmingSpaces() -> String {
        guard let first = firstIndex(where: { $0 != " " }), let last = lastIndex(where: { $0 != " " }) else {
            return ""
        }
        return String(self[first...last])
    }
}

extension KubernetesAPIServer {
    /// The object that a create or an update sends.
    func decodedObject(_ call: ResourceRequest) throws(StatusError) -> DecodedObject {
        var value = try RequestBody.read(call.request)
        guard case .object = value else {
            throw .badRequest("couldn't get version/kind; json parse error: json: cannot unmarshal into Go value")
        }
        try checkKind(&value, call)
        return try checkedFields(value, call)
    }

    /// Fills in kind and version where they are left out, and refuses others than the path's.
    private func checkKind(_ value: inout Value, _ call: ResourceRequest) throws(StatusError) {
        let kind = value["kind"]?.string ?? ""
        let apiVersion = value["apiVersion"]?.string ?? ""
        if call.resource.custom != nil, kind.isEmpty {
            throw .badRequest(
                "\(call.resource.kind) in version \(quoted(call.version)) cannot be handled as a \(call.resource.kind): Object 'Kind' is missing in '\(String(decoding: JSON.write(value), as: UTF8.self))'"
            )
        }
        if kind.isEmpty { value["kind"] = .string(call.resource.kind) }
        if apiVersion.isEmpty { value["apiVersion"] = .string(call.apiVersion) }
        let given = GroupVersionKind(
            apiVersion: apiVersion.isEmpty ? call.apiVersion : apiVersion,
            kind: kind.isEmpty ? call.resource.kind : kind)
        guard given != call.gvk else { return }
        if call.resource.custom != nil, given.apiVersion == call.apiVersion {
            let name = value[path: "metadata", "name"]?.string ?? ""
            throw .invalid(
                GroupKind(group: given.group, kind: kind), name,
                [.invalid("kind", quoted(kind), "must be \(call.resource.kind)")])
        }
        if call.resource.custom == nil {
            let refused =
                "\(given.kind) in version \(quoted(given.version)) cannot be handled as a \(call.resource.kind): "
            guard Schema.kubernetes.type(of: given) != nil else {
                throw .badRequest(
                    refused
                        + "no kind \(quoted(given.kind)) is registered for version \(quoted(given.apiVersion)) in scheme \"pkg/api/legacyscheme/scheme.go:30\""
                )
            }
            if given.kind != call.resource.kind || given.group != call.resource.group {
                // The internal types of a group stand in the package that its name begins with.
                let package = call.resource.group.isEmpty ? "core" : String(call.resource.group.prefix { $0 != "." })
                throw .badRequest(
                    refused
                        + "converting (\(given.version).\(given.kind)) to (\(package).\(call.resource.kind)): unknown conversion"
                )
            }
        }
        throw .badRequest(
            "the API version in the data (\(given.apiVersion)) does not match the expected API version (\(call.apiVersion))"
        )
    }

    /// Refuses an applied object that holds what its type cannot: the schema calls bytes a string, the decoder does
    /// not.
    func checkDecodable(_ applied: Value, _ call: ResourceRequest) throws(StatusError) {
        guard call.resource.custom == nil, let type = Schema.kubernetes.type(of: call.gvk) else { return }
        var reading = TypedReading()
        _ = reading.read(applied, type)
        guard let mismatch = reading.mismatches.first else { return }
        throw StatusError(
            code: 500, reason: "",
            message:
                "failed to convert new object to proper version: unable to convert unstructured object to \(call.gvk.group)/\(call.version), Kind=\(call.resource.kind): error decoding from json: \(mismatch)"
        )
    }

    private func refuse(_ mismatches: [String], _ call: ResourceRequest) throws(StatusError) {
        guard let mismatch = mismatches.first else { return }
        throw .badRequest(
            "\(call.resource.kind) in version \(quoted(call.version)) cannot be handled as a \(call.resource.kind): \(mismatch)"
        )
    }

    /// Checks every field against the kind's type, and leaves out what it does not have.
    func checkedFields(_ value: Value, _ call: ResourceRequest) throws(StatusError) -> DecodedObject {
        let validation = try FieldValidation(call)
        var decoded = DecodedObject(value: value)
        var unknown: [String]
        if let served = call.resource.custom?.versions[call.version] {
            let pruned = served.structural.pruned(value)
            decoded.value = pruned.value
            try refuse(pruned.mismatches, call)
            unknown = pruned.unknown.map { "unknown field \"\($0)\"" }
        } else {
            guard let type = Schema.kubernetes.type(of: call.gvk) else { return decoded }
            var reading = TypedReading()
            decoded.value = reading.read(value, type)
            try refuse(reading.mismatches, call)
            unknown = reading.unknown.map { "unknown field \"\($0)\"" }
        }
        unknown += duplicateFields(value).map { "duplicate field \"\($0)\"" }
        guard !unknown.isEmpty else { return decoded }
        switch validation {
        case .ignore: break
        case .warn: decoded.warnings = unknown
        case .strict:
            throw .badRequest(
                "\(call.resource.kind) in version \(quoted(call.version)) cannot be handled as a \(call.resource.kind): strict decoding error: \(unknown.joined(separator: ", "))"
            )
        }
        return decoded
    }
}

/// The paths of keys that an object spells twice.
private func duplicateFields(_ value: Value, _ path: String = "") -> [String] {
    switch value {
    case .scalar:
        return []
    case .array(let items):
        return items.enumerated().flatMap { duplicateFields($1, "\(path)[\($0)]") }
    case .object(let object):
        var seen: Set<String> = []
        var found: [String] = []
        for entry in object.entries {
            let below = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            if !seen.insert(entry.key).inserted { found.append(below) }
            found += duplicateFields(entry.value, below)
        }
        return found
    }
}

extension APIResponse {
    /// Adds the warnings, as RFC 7234 spells them and clients print them.
    func warning(_ texts: [String]) -> APIResponse {
        var response = self
        for text in texts { response.headers.append(("warning", "299 - \(quoted(text))")) }
        return response
    }
}
