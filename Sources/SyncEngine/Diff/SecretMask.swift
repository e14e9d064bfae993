// Hides the values of Secrets where changes are shown. Equal values of one process look equal, so that a change shows;
// what a value was cannot be found by guessing, since the key lives and dies with the process.

package import Manifest

/// Masks values by a keyed hash.
package struct SecretMask: Sendable {
    private let key: [UInt8]

    /// The mask of this process.
    package static let shared: SecretMask = {
        var random = SystemRandomNumberGenerator()
        return SecretMask(key: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
    }()

    package init(key: [UInt8]) {
        self.key = key
    }

    /// What is shown for a text.
    package func masked(_ text: String) -> String {
        // The key on both sides of the text, as HMAC has it, is enough for a hash that is cut to 32 bits and never
        // leaves the screen.
        let digest = SHA256.digest(key + Array(text.utf8) + key)
        return "<hidden \(SHA256.hexadecimal(digest.prefix(4)))>"
    }

    /// A value of an object as it may be shown.
    package func shown(_ value: Value?, at path: FieldPath, of kind: GroupKind) -> Value? {
        guard let value else { return nil }
        switch path.elements.first {
        case .field("data"), .field("stringData"):
            return kind.isSecret ? hidden(value) : value
        case .field("metadata"):
            return withoutLastApplied(value, at: path, of: kind)
        case nil:
            guard kind.isSecret, var object = value.object else { return value }
            for key in ["data", "stringData"] { object[key] = object[key].map(hidden) }
            if let metadata = object["metadata"] {
                object["metadata"] = withoutLastApplied(metadata, at: FieldPath(fields: "metadata"), of: kind)
            }
            return .object(object)
        default:
            return value
        }
    }

    private func withoutLastApplied(_ value: Value, at path: FieldPath, of kind: GroupKind) -> Value {
        guard kind.isSecret else { return value }
        if path == FieldPath(fields: "metadata", "annotations", Vocabulary.lastAppliedConfiguration) {
            return hidden(value)
        }
        guard var object = value.object else { return value }
        if object.contains(Vocabulary.lastAppliedConfiguration) {
            object[Vocabulary.lastAppliedConfiguration] = object[Vocabulary.lastAppliedConfiguration].map(hidden)
        }
        if path.elements.count == 1, let annotations = object["annotations"] {
            object["annotations"] = withoutLastApplied(annotations, at: path.appending(.field("annotations")), of: kind)
        }
        return .object(object)
    }

    private func hidden(_ value: Value) -> Value {
        switch value {
        case .scalar(let scalar): .string(masked(scalar.text))
        case .array(let items): .array(items.map(hidden))
        case .object(let object):
            .object(Object(entries: object.entries.map { Object.Entry(key: $0.key, value: hidden($0.value)) }))
        }
    }

    /// A text without any value of a Secret in it, encoded or decoded: what a server's message may have quoted.
    package func scrubbed(_ text: String, of secret: Value) -> String {
        guard KubernetesObject(secret).gvk.groupKind.isSecret else { return text }
        var result = text
        for (field, isEncoded) in [("data", true), ("stringData", false)] {
            for entry in secret[field]?.object?.entries ?? [] {
                guard let value = entry.value.scalar?.text, !value.isEmpty else { continue }
                var spellings = [value]
                if isEncoded, let decoded = Base64.decode(value) {
                    spellings.append(String(decoding: decoded, as: UTF8.self))
                }
                for spelling in spellings where spelling.count >= 3 {
                    result = result.replacing(spelling, with: masked(spelling))
                }
            }
        }
        return result
    }
}

extension GroupKind {
    var isSecret: Bool { group.isEmpty && kind == "Secret" }
}
