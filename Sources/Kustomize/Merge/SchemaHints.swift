// Schemas in comments: `containers: # {"type":"array","x-kubernetes-patch-merge-key":"name",…}` says how a list of an
// unknown type merges.

import Manifest

/// The schemas that stand in the comments of one text, by line.
struct SchemaHints: Sendable {
    private var schemas: [Int: Value] = [:]

    /// Nil where there are none, as in nearly every text.
    ///
    /// - Parameter firstLine: the number of the text's first line.
    init?(_ bytes: [UInt8], firstLine: Int) {
        guard bytes.contains(UInt8(ascii: "#")) else { return nil }
        var line = firstLine
        for text in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            defer { line += 1 }
            guard let hash = text.firstIndex(of: UInt8(ascii: "#")), hash > text.startIndex,
                text[hash - 1] == UInt8(ascii: " ") || text[hash - 1] == UInt8(ascii: "\t"),
                text[..<hash].contains(UInt8(ascii: ":"))
            else { continue }
            let comment = text[(hash + 1)...].drop { $0 == UInt8(ascii: " ") }
            guard comment.first == UInt8(ascii: "{"), let schema = try? JSON.read(Array(comment)), schema.object != nil
            else { continue }
            schemas[line] = schema
        }
        if schemas.isEmpty { return nil }
    }

    /// The schema in the comment of an entry.
    subscript(entry: Object.Entry) -> Value? {
        entry.position.isKnown ? schemas[entry.position.line] : nil
    }
}

extension MergeSchema {
    /// A field as a schema in a comment describes it.
    func field(hinted schema: Value) -> Field {
        func type(_ schema: Value?) -> TypeIndex? {
            guard let name = schema?["$ref"]?.text?.split(separator: "/").last else { return nil }
            return self.type(named: Definitions.short(String(name)))
        }
        guard schema["type"]?.text == "array" || schema["items"] != nil else { return Field(type: type(schema)) }
        let strategies = (schema["x-kubernetes-patch-strategy"]?.text ?? "").split(separator: ",")
        guard strategies.contains("merge") else { return Field() }
        var keys = schema["x-kubernetes-list-map-keys"]?.array?.compactMap(\.text) ?? []
        if keys.isEmpty, let key = schema["x-kubernetes-patch-merge-key"]?.text { keys = [key] }
        return Field(type: type(schema["items"]), keys: keys)
    }
}
