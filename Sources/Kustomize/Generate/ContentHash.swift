// The name suffix of generated ConfigMaps and Secrets: a digest of what they hold, so that a change of content is a
// change of name.

import Manifest

enum ContentHash {
    /// Ten characters; nil for a kind that has no content hash.
    static func suffix(for resource: Resource) -> String? {
        let value = resource.value
        var json: [UInt8] = []
        func append(_ text: String) { json += Array(text.utf8) }
        switch resource.id.kind {
        case "ConfigMap":
            append("{")
            if let binary = value["binaryData"], binary.object != nil {
                append("\"binaryData\":")
                GoJSON.write(decoded(binary), &json)
                append(",")
            }
            append("\"data\":")
            if let data = value["data"], data.object != nil {
                GoJSON.write(decoded(data), &json)
            } else {
                append("\"\"")
            }
            append(",\"kind\":\"ConfigMap\",\"name\":\"\"}")
        case "Secret":
            append("{\"data\":")
            if let data = value["data"], data.object != nil {
                GoJSON.write(decoded(data), &json)
            } else {
                append("\"\"")
            }
            append(",\"kind\":\"Secret\",\"name\":\"\"")
            if let strings = value["stringData"], strings.object != nil {
                append(",\"stringData\":")
                GoJSON.write(decoded(strings), &json)
            }
            append(",\"type\":")
            GoJSON.writeString(value["type"]?.text ?? "", &json)
            append("}")
        default: return nil
        }
        return encode(json)
    }

    /// What is no string goes through JSON, which knows doubles only.
    private static func decoded(_ map: Value) -> Value {
        guard let entries = map.object?.entries, entries.contains(where: { $0.value.string == nil }) else { return map }
        var map = map
        _ = JSONPatch.roundTrip(&map)
        return map
    }

    /// The first ten digits of the SHA-256, without those that could be taken for letters or spell words.
    static func encode(_ text: [UInt8]) -> String {
        let replaced: [Character: Character] = ["0": "g", "1": "h", "3": "k", "a": "m", "e": "t"]
        return String(SHA256.hex(text).prefix(10).map { replaced[$0] ?? $0 })
    }
}
