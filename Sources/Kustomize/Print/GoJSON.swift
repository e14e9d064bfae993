// JSON as Go's encoder writes it: sorted keys, HTML's characters escaped, compact or indented. Content hashes are taken of this text.

import Manifest

enum GoJSON {
    /// - Parameter indent: what each level is indented by; nil for the compact form.
    static func text(_ value: Value, indent: String? = nil) -> String {
        var bytes: [UInt8] = []
        write(value, &bytes, indent: indent)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ value: Value, _ json: inout [UInt8], indent: String? = nil, level: Int = 0) {
        func newLine(_ level: Int) {
            guard let indent else { return }
            json.append(UInt8(ascii: "\n"))
            for _ in 0..<level { json += Array(indent.utf8) }
        }
        switch value {
        case .scalar(let scalar):
            switch scalar.kind {
            case .string: writeString(scalar.text, &json)
            case .timestamp: writeString(scalar.canonicalText() ?? scalar.text, &json)
            case .null: json += Array("null".utf8)
            default: json += Array((scalar.canonicalText() ?? scalar.text).utf8)
            }
        case .array(let items):
            json.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                newLine(level + 1)
                write(item, &json, indent: indent, level: level + 1)
            }
            if !items.isEmpty { newLine(level) }
            json.append(UInt8(ascii: "]"))
        case .object(let object):
            json.append(UInt8(ascii: "{"))
            let sorted = object.entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, entry) in sorted.enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                newLine(level + 1)
                writeString(entry.key, &json)
                json.append(UInt8(ascii: ":"))
                if indent != nil { json.append(UInt8(ascii: " ")) }
                write(entry.value, &json, indent: indent, level: level + 1)
            }
            if !object.isEmpty { newLine(level) }
            json.append(UInt8(ascii: "}"))
        }
    }

    static func writeString(_ text: String, _ json: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        json.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += Array("\\\"".utf8)
            case "\\": json += Array("\\\\".utf8)
            case "\n": json += Array("\\n".utf8)
            case "\r": json += Array("\\r".utf8)
            case "\t": json += Array("\\t".utf8)
            case "\u{08}": json += Array("\\b".utf8)
            case "\u{0C}": json += Array("\\f".utf8)
            case "<", ">", "&", "\u{00}"..."\u{1F}":
                json += Array("\\u00".utf8) + [digits[Int(scalar.value >> 4)], digits[Int(scalar.value & 15)]]
            case "\u{2028}": json += Array("\\u2028".utf8)
            case "\u{2029}": json += Array("\\u2029".utf8)
            default: json += Array(UTF8.encode(scalar) ?? UTF8.EncodedScalar())
            }
        }
        json.append(UInt8(ascii: "\""))
    }
}
