// Keeps the values of Secrets from plugins that were not granted them: placeholders go in, and come back as the values.

import Manifest

/// The values that were taken out of some items, by placeholder.
struct SecretVeil {
    private var values: [String: Value] = [:]

    /// An item with placeholders for what a Secret holds; any other item as it is.
    mutating func veiled(_ item: Value) -> Value {
        let object = KubernetesObject(item)
        guard object.kind == "Secret", object.apiVersion == "v1" else { return item }
        var veiled = item
        for field in ["data", "stringData"] {
            guard var entries = item[field]?.object else { continue }
            for index in entries.entries.indices {
                let name = "hidden-\(values.count)"
                let placeholder = field == "data" ? Base64.encode(Array(name.utf8)) : name
                values[placeholder] = entries.entries[index].value
                entries.entries[index].value = .string(placeholder)
            }
            veiled[field] = .object(entries)
        }
        return veiled
    }

    /// An item that came back, with the values in their places again.
    func unveiled(_ item: Value) -> Value {
        let object = KubernetesObject(item)
        guard !values.isEmpty, object.kind == "Secret", object.apiVersion == "v1" else { return item }
        var unveiled = item
        for field in ["data", "stringData"] {
            guard var entries = item[field]?.object else { continue }
            for index in entries.entries.indices {
                if let value = entries.entries[index].value.string.flatMap({ values[$0] }) {
                    entries.entries[index].value = value
                }
            }
            unveiled[field] = .object(entries)
        }
        return unveiled
    }
}

/// The values of Secrets, to be struck out of what a plugin says.
struct SecretScrub {
    private var spellings: Set<String> = []

    /// Takes the values of the Secrets among some items, encoded and decoded.
    mutating func learn(_ items: [Value]) {
        for item in items {
            let object = KubernetesObject(item)
            guard object.kind == "Secret", object.apiVersion == "v1" else { continue }
            for (field, isEncoded) in [("data", true), ("stringData", false)] {
                for entry in item[field]?.object?.entries ?? [] {
                    // What is masked already tells nothing.
                    guard let text = entry.value.scalar?.text, !text.hasPrefix("<hidden ") else { continue }
                    spellings.insert(text)
                    if isEncoded, let bytes = Base64.decode(text) {
                        spellings.insert(String(decoding: bytes, as: UTF8.self))
                    }
                }
            }
        }
    }

    /// A text without any of them. Of what is shorter than three characters nothing can be struck out without harm to
    /// everything else.
    func scrubbed(_ text: String) -> String {
        var text = text
        for spelling in spellings.sorted(by: { $0.count > $1.count })
        where spelling.count >= 3 && text.contains(spelling) {
            text = text.replacing(spelling, with: "<hidden>")
        }
        return text
    }

    func scrubbed(_ result: FunctionResult) -> FunctionResult {
        var result = result
        result.message = scrubbed(result.message)
        result.tags = result.tags.map { ($0.name, scrubbed($0.value)) }
        func scrub(_ value: Value?) -> Value? {
            guard let value else { return nil }
            if let scalar = value.scalar { return .scalar(Scalar(scrubbed(scalar.text), kind: scalar.kind)) }
            let text = String(decoding: JSON.write(value), as: UTF8.self)
            return scrubbed(text) == text ? value : "<hidden>"
        }
        if var field = result.field {
            field.currentValue = scrub(field.currentValue)
            field.proposedValue = scrub(field.proposedValue)
            result.field = field
        }
        return result
    }
}
