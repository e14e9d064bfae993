// Answers as YAML, for clients that ask for it before JSON: the same documents, with their keys in order as the real
// server prints them.

import Manifest

enum YAMLAnswers {
    static let mediaType = "application/yaml"

    /// Whether YAML is what an Accept header wants most among the forms that are served.
    static func areWanted(_ accept: String?) -> Bool {
        guard let accept, accept.contains(mediaType) else { return false }
        var best: (type: Substring, weight: Double)?
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.drop { $0 == " " } }
            guard let type = parts.first, ["application/json", "application/*", "*/*", mediaType[...]].contains(type)
            else {
                continue
            }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if weight > best?.weight ?? 0 { best = (type, weight) }
        }
        return best?.type == mediaType[...]
    }

    /// What is said of a watch.
    static let noStream = StatusError(
        code: 406, reason: "NotAcceptable",
        message:
            "only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
    )

    /// The answer as YAML; one that is no JSON document as it is.
    static func converted(_ response: APIResponse) -> APIResponse {
        guard case .bytes(let bytes) = response.body else { return response }
        guard response.contentType == "application/json", let value = try? JSON.read(bytes) else { return response }
        var converted = response
        converted.contentType = mediaType
        converted.body = .bytes(YAML.write(sorted(value)))
        return converted
    }

    private static func sorted(_ value: Value) -> Value {
        switch value {
        case .scalar: value
        case .array(let items): .array(items.map(sorted))
        case .object(let object):
            .object(
                Object(
                    entries: object.entries.sorted { $0.key < $1.key }.map {
                        .init(key: $0.key, value: sorted($0.value))
                    }))
        }
    }
}
