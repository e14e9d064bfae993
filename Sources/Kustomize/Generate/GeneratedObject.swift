// ConfigMaps and Secrets made from data.

import Manifest

enum GeneratedObject {
    enum Kind: String {
        case configMap = "ConfigMap"
        case secret = "Secret"
    }

    /// - Parameter options: the generator's own over those of the whole kustomization.
    static func make(
        _ kind: Kind, _ entry: GeneratorEntry, data: [KeyedData], options: GeneratorEntry.Options, scopes: KindScopes
    ) throws(TransformFailure) -> Resource {
        if entry.name.isEmpty {
            throw TransformFailure("a generated \(kind.rawValue) needs a `name`", at: entry.location)
        }
        var metadata: Object = ["name": .string(entry.name)]
        if !entry.namespace.isEmpty { metadata["namespace"] = .string(entry.namespace) }
        if !options.labels.isEmpty { metadata["labels"] = map(options.labels) }
        if !options.annotations.isEmpty { metadata["annotations"] = map(options.annotations) }
        var object: Object = ["apiVersion": "v1", "kind": .string(kind.rawValue), "metadata": .object(metadata)]
        for key in Array(options.labels.keys) + Array(options.annotations.keys) + data.map(\.key) {
            try CreatedKey.check(key)
        }
        var text = Object()
        var binary = Object()
        for pair in data {
            if kind == .configMap, let string = String(validating: pair.bytes, as: UTF8.self) {
                text.entries.append(Object.Entry(key: pair.key, value: .string(string)))
            } else if kind == .configMap {
                binary.entries.append(Object.Entry(key: pair.key, value: .string(Base64.encodeInLines(pair.bytes))))
            } else {
                text.entries.append(Object.Entry(key: pair.key, value: .string(Base64.encodeInLines(pair.bytes))))
            }
        }
        if kind == .secret { object["type"] = .string(entry.type.isEmpty ? "Opaque" : entry.type) }
        if kind == .secret || !text.isEmpty { object["data"] = .object(text) }
        if !binary.isEmpty { object["binaryData"] = .object(binary) }
        if options.isImmutable { object["immutable"] = true }
        var resource = Resource(.object(object), origin: entry.location, scopes: scopes)
        resource.isGenerated = true
        resource.needsHash = !options.disablesNameSuffixHash
        switch entry.behavior {
        case "merge": resource.behavior = .merge
        case "replace": resource.behavior = .replace
        case "create": resource.behavior = .create
        default: resource.behavior = .unspecified
        }
        return resource
    }

    private static func map(_ entries: [String: String]) -> Value {
        .object(
            Object(
                entries: entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map {
                    Object.Entry(key: $0.key, value: .string($0.value))
                }))
    }
}

extension Base64 {
    /// As the reference writes it: 70 characters or more are cut into lines of 70, each with a line break behind it.
    static func encodeInLines(_ bytes: [UInt8]) -> String {
        let text = encode(bytes)
        if text.utf8.count < 70 { return text }
        var lines: [UInt8] = []
        lines.reserveCapacity(text.utf8.count + text.utf8.count / 70 + 1)
        for byte in text.utf8 {
            if lines.count % 71 == 70 { lines.append(UInt8(ascii: "\n")) }
            lines.append(byte)
        }
        lines.append(UInt8(ascii: "\n"))
        return String(decoding: lines, as: UTF8.self)
    }
}
