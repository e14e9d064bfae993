// Reads the table of protobuf fields, which stands in the program as text that people can review.
//
// A line is a message, `group.Name`, and its fields: JSON name, `=`, number, `:`, type; a line that begins with a blank
// continues the one before. A type is s string, y bytes, b boolean, i integer, d double, q quantity, x int-or-string, t
// time, u time to the microsecond, r JSON as bytes, or a message; before it [ marks a list, { a map of such by string,
// ~ a message whose fields stand in JSON where it stands, = a message that is its one list; ! behind a scalar says that
// JSON leaves it out when it is zero.

/// One field of a message.
struct WireField: Sendable {
    enum Shape: Sendable { case single, list, map, inlined }

    enum Kind: Sendable {
        case string, bytes, boolean, integer, double, quantity, intOrString, time, microTime, json
        case message(String)
        /// A message of one repeated field, which JSON shows as a list.
        case list(String)
    }

    var name: String
    var shape: Shape
    var kind: Kind
    /// Whether JSON leaves the field out when it is zero, false or empty.
    var leavesOutZero: Bool
}

/// The messages that clients send, by name; fields by number.
struct WireTable: Sendable {
    let messages: [String: [Int: WireField]]

    static let kubernetes = WireTable(kubernetesWireText)

    private init(_ text: StaticString) {
        var messages: [String: [Int: WireField]] = [:]
        var current = ""
        let text = text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        for line in text.split(separator: "\n") {
            var words = line.split(separator: " ")[...]
            if line.first != " ", let name = words.popFirst() { current = String(name) }
            for word in words {
                let parts = word.split(separator: ":", maxSplits: 1)
                let name = parts[0].split(separator: "=")
                guard parts.count == 2, name.count == 2, let number = Int(name[1]) else { continue }
                messages[current, default: [:]][number] = WireField(name: String(name[0]), type: parts[1])
            }
        }
        self.messages = messages
    }

    /// The message of a kind: `core.Pod`, `autoscaling2.HorizontalPodAutoscaler`, `meta.DeleteOptions`.
    static func messageName(group: String, version: String, kind: String) -> String {
        if kind == "DeleteOptions" { return "meta.DeleteOptions" }
        let domain = group.isEmpty ? "core" : String(group.prefix { $0 != "." })
        return version == "v1" ? "\(domain).\(kind)" : "\(domain)\(version.dropFirst()).\(kind)"
    }
}

extension WireField {
    fileprivate init(name: String, type: Substring) {
        self.name = name
        var type = type
        switch type.first {
        case "[": shape = .list
        case "{": shape = .map
        case "~": shape = .inlined
        default: shape = .single
        }
        if shape != .single { type = type.dropFirst() }
        leavesOutZero = type.last == "!"
        if leavesOutZero { type = type.dropLast() }
        kind =
            switch type {
            case "s": .string
            case "y": .bytes
            case "b": .boolean
            case "i": .integer
            case "d": .double
            case "q": .quantity
            case "x": .intOrString
            case "t": .time
            case "u": .microTime
            case "r": .json
            case _ where type.first == "=": .list(String(type.dropFirst()))
            default: .message(String(type))
            }
    }
}
