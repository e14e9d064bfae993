// JSON as Go's encoder writes it: sorted keys, HTML's characters escaped, compact or indented. Content hashes are taken
// of this text.

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

    /// Copies whole runs of bytes that stand for themselves: the texts are configuration files, of which most bytes do.
    static func writeString(_ text: String, _ json: inout [UInt8]) {
        var text = text
        json.append(UInt8(ascii: "\""))
        text.withUTF8 { bytes in
            var run = 0
            var at = 0
            while at < bytes.count {
                guard let escaped = escape(bytes, at) else {
                    at += 1
                    continue
                }
                json += bytes[run..<at]
                json += escaped.text.utf8
                at += escaped.length
                run = at
            }
            json += bytes[run...]
        }
        json.append(UInt8(ascii: "\""))
    }

    /// What is written for the character that begins at an offset, and how many bytes it has; nil where it stands for
    /// itself.
    private static func escape(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> (text: String, length: Int)? {
        switch bytes[at] {
        case UInt8(ascii: "\""): return ("\\\"", 1)
        case UInt8(ascii: "\\"): return ("\\\\", 1)
        case UInt8(ascii: "\n"): return ("\\n", 1)
        case UInt8(ascii: "\r"): return ("\\r", 1)
        case UInt8(ascii: "\t"): return ("\\t", 1)
        case 0x08: return ("\\b", 1)
        case 0x0C: return ("\\f", 1)
        case UInt8(ascii: "<"): return ("\\u003c", 1)
        case UInt8(ascii: ">"): return ("\\u003e", 1)
        case UInt8(ascii: "&"): return ("\\u0026", 1)
        case 0..<0x20:
            let digits = String(bytes[at], radix: 16)
            return ("\\u00" + (digits.count < 2 ? "0" : "") + digits, 1)
        case 0xE2 where at + 2 < bytes.count && bytes[at + 1] == 0x80 && bytes[at + 2] & 0xFE == 0xA8:
            // The separators of lines and paragraphs, U+2028 and U+2029
            return (bytes[at + 2] == 0xA8 ? "\\u2028" : "\\u2029", 3)
        default: return nil
        }
    }
}
