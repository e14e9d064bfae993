// Reads an object as a built-in type, as the real server's decoder does: known fields of the right type stay, null and
// what its Go types leave out go, and structures that they always hold appear.

import Manifest

/// One pass over an object by its type.
struct TypedReading {
    /// Paths of fields that the type does not have.
    private(set) var unknown: [String] = []
    /// What a Go decoder would say of values of the wrong type.
    private(set) var mismatches: [String] = []
    /// Whether defaults of the schema are filled in.
    var fillsDefaults = true
    /// Whether required lists and maps without a default appear as null, as an empty Go object holds them.
    var fillsRequired = false
    /// The fields that lead to the value at hand, without map keys and positions, and the structure that the last is a
    /// field of: as Go's decoder names a place.
    private var fields: [String] = []
    private var owner = ""

    mutating func read(_ value: Value, _ type: SchemaType) -> Value {
        read(value, type, "") ?? .null
    }

    /// Nil for a value that the decoded object does not hold.
    private mutating func read(_ value: Value, _ type: SchemaType, _ path: String) -> Value? {
        if value.isNull { return nil }
        switch type.definition {
        case .any:
            return value
        case .scalar(let scalar):
            return read(value, scalar, path)
        case .list:
            guard case .array(let items) = value, let element = type.element else {
                mismatch(value, path, "list")
                return nil
            }
            var read: [Value] = []
            read.reserveCapacity(items.count)
            for (index, item) in items.enumerated() {
                read.append(self.read(item, element, "\(path)[\(index)]") ?? emptyItem(element))
            }
            return .array(read)
        case .structure(let structure):
            guard case .object(let object) = value else {
                mismatch(value, path, "struct")
                return nil
            }
            return read(object, structure, type, path)
        }
    }

    private func emptyItem(_ type: SchemaType) -> Value {
        if type.structure != nil { return [:] }
        return type.scalar == nil ? .null : ""
    }

    private mutating func read(
        _ object: Object, _ structure: Schema.Structure, _ type: SchemaType, _ path: String
    ) -> Value {
        var result = Object()
        result.entries.reserveCapacity(object.count + 2)
        for entry in object.entries {
            let below = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            // The system writes these two; their content is free-form.
            if below == "metadata.managedFields" {
                result[entry.key] = entry.value
                continue
            }
            guard let member = type.member(entry.key) else {
                unknown.append(below)
                continue
            }
            let field = structure.field(entry.key)
            let outer = owner
            if field != nil {
                fields.append(entry.key)
                owner = structure.name
            }
            let found = read(entry.value, member, below)
            if field != nil {
                fields.removeLast()
                owner = outer
            }
            guard let value = found else { continue }
            if let field, !field.isRequired, leavesOut(value, member) { continue }
            if field != nil, value.isGoZero, OmittedZeros.kubernetes.leavesOut(entry.key, of: type.id) { continue }
            result[entry.key] = value
        }
        if fillsDefaults {
            for field in structure.fields where field.defaultValue != nil && !result.contains(field.name) {
                guard let defaultValue = field.defaultValue, let member = type.member(field.name) else { continue }
                // A metadata that is not there stays away: the real server's would hold nothing.
                if field.name == "metadata", path.isEmpty { continue }
                result[field.name] = read(defaultValue, member, path.isEmpty ? field.name : "\(path).\(field.name)")
            }
        }
        if fillsRequired {
            for field in structure.fields where field.isRequired && !result.contains(field.name) {
                result[field.name] = .null
            }
        }
        return .object(result)
    }

    /// Optional lists and maps are left out when they are empty, as Go's `omitempty` does; a piece of anything is no
    /// map.
    private func leavesOut(_ value: Value, _ type: SchemaType) -> Bool {
        switch value {
        case .array(let items): items.isEmpty
        case .object(let object):
            object.isEmpty && (type.structure.map { $0.fields.isEmpty && $0.element != nil } ?? false)
                && !(type.member("")?.isAny ?? false)
        case .scalar: false
        }
    }

    private mutating func read(_ value: Value, _ type: Schema.ScalarType, _ path: String) -> Value? {
        guard case .scalar(let scalar) = value else {
            mismatch(value, path, name(type.format))
            return nil
        }
        switch type.format {
        case .string, .dateTime:
            if scalar.kind == .string || scalar.kind == .timestamp { return .string(scalar.text) }
        case .bytes:
            if scalar.kind == .string {
                if Base64.decode(scalar.text) == nil {
                    mismatches.append("illegal base64 data at input byte \(illegalByte(of: scalar.text))")
                }
                return value
            }
        case .quantity:
            // Shown in its canonical form, however it was written.
            if scalar.kind == .string || scalar.kind == .int || scalar.kind == .float {
                if let quantity = Quantity(scalar.text) { return .string(quantity.description) }
                mismatches.append(Self.quantityRule)
                return nil
            }
        case .intOrString:
            if scalar.kind == .string || scalar.kind == .int { return value }
        case .int32, .int64:
            if scalar.kind == .int { return value }
        case .double:
            if scalar.kind == .int || scalar.kind == .float { return value }
        case .boolean:
            if scalar.kind == .bool { return value }
        }
        mismatch(value, path, name(type.format))
        return nil
    }

    private static let quantityRule =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

    /// Where Go's decoder stops reading a text as base64.
    private func illegalByte(of text: String) -> Int {
        let isOfAlphabet = { (byte: UInt8) in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
        let bytes = text.utf8.filter { $0 != 0x0A && $0 != 0x0D }
        return bytes.firstIndex { !isOfAlphabet($0) } ?? bytes.count
    }

    private func name(_ format: Schema.ScalarFormat) -> String {
        switch format {
        case .string, .dateTime: "string"
        case .bytes: "[]uint8"
        case .int32: "int32"
        case .int64: "int64"
        case .double: "float64"
        case .boolean: "bool"
        case .quantity: "resource.Quantity"
        case .intOrString: "intstr.IntOrString"
        }
    }

    private mutating func mismatch(_ value: Value, _ path: String, _ type: String) {
        let found =
            switch value {
            case .array: "array"
            case .object: "object"
            case .scalar(let scalar):
                switch scalar.kind {
                case .bool: "bool"
                case .int: "number"
                case .float: type.hasPrefix("int") ? "number \(scalar.text)" : "number"
                case .null: "null"
                case .string, .timestamp: "string"
                }
            }
        let field = fields.joined(separator: ".")
        mismatches.append("json: cannot unmarshal \(found) into Go struct field \(owner).\(field) of type \(type)")
    }
}
