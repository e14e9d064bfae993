// Which scalar fields a Go object does not show when they are empty, zero or false: those that are no pointers and say
// `omitempty`. The wire table knows both of each field; this holds it against the types of the schema.

import Manifest

/// For each type of the schema, the fields that are left out when they are zero.
struct OmittedZeros: Sendable {
    private var fields: [Schema.TypeID: Set<String>] = [:]

    static let kubernetes = OmittedZeros(Schema.kubernetes, WireTable.kubernetes)

    private init(_ schema: Schema, _ wire: WireTable) {
        for kind in schema.allKinds {
            guard let type = schema.type(of: kind) else { continue }
            add(type, WireTable.messageName(group: kind.group, version: kind.version, kind: kind.kind), wire)
        }
    }

    func leavesOut(_ field: String, of type: Schema.TypeID) -> Bool {
        fields[type]?.contains(field) ?? false
    }

    private mutating func add(_ type: SchemaType, _ message: String, _ wire: WireTable) {
        guard fields[type.id] == nil, type.structure != nil else { return }
        fields[type.id] = []
        addFields(of: message, type, wire)
    }

    private mutating func addFields(of message: String, _ type: SchemaType, _ wire: WireTable) {
        for field in (wire.messages[message] ?? [:]).values {
            guard case .message(let below) = field.kind else {
                if field.leavesOutZero, field.shape == .single { fields[type.id]?.insert(field.name) }
                continue
            }
            if field.shape == .inlined {
                addFields(of: below, type, wire)
            } else if let member = type.member(field.name) {
                let element =
                    switch field.shape {
                    case .list: member.element
                    case .map: member.member("")
                    case .single, .inlined: member
                    }
                if let element { add(element, below, wire) }
            }
        }
    }
}

extension Value {
    /// Whether this is what Go calls the zero value of a string, a number or a boolean.
    var isGoZero: Bool {
        guard let scalar else { return false }
        return switch scalar.kind {
        case .string: scalar.text.isEmpty
        case .bool: scalar.text == "false"
        case .int, .float: scalar.double == 0
        case .null, .timestamp: false
        }
    }
}
