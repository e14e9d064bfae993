// Reads the protobuf bodies that typed clients of client-go send, into the same tree as JSON. Answers are JSON always:
// every such client accepts it.

import Manifest

/// A body that is no Kubernetes protobuf, or a message that is cut short.
struct WireError: Error, CustomStringConvertible {
    var description: String
}

enum KubernetesProtobuf {
    static let mediaType = "application/vnd.kubernetes.protobuf"
    private static let magic: [UInt8] = [0x6b, 0x38, 0x73, 0]

    /// Reads an enveloped object (`runtime.Unknown` behind four magic bytes).
    static func read(_ bytes: [UInt8]) throws(WireError) -> Value {
        guard bytes.starts(with: magic) else { throw WireError(description: "the body lacks the magic bytes") }
        var apiVersion = ""
        var kind = ""
        var raw: ArraySlice<UInt8> = []
        var reader = WireReader(bytes[4...])
        while let (number, content) = try reader.next() {
            guard case .bytes(let bytes) = content else { continue }
            switch number {
            case 1:
                var type = WireReader(bytes)
                while let (number, content) = try type.next() {
                    guard case .bytes(let bytes) = content else { continue }
                    if number == 1 { apiVersion = String(decoding: bytes, as: UTF8.self) }
                    if number == 2 { kind = String(decoding: bytes, as: UTF8.self) }
                }
            case 2: raw = bytes
            default: break
            }
        }
        let gvk = GroupVersionKind(apiVersion: apiVersion, kind: kind)
        let name = WireTable.messageName(group: gvk.group, version: gvk.version, kind: kind)
        guard WireTable.kubernetes.messages[name] != nil else {
            throw WireError(description: "no protobuf message is known for \(gvk)")
        }
        var object: Object = ["apiVersion": .string(apiVersion), "kind": .string(kind)]
        object.entries += try message(raw, name).entries
        return .object(object)
    }

    private static func message(_ bytes: ArraySlice<UInt8>, _ name: String) throws(WireError) -> Object {
        let fields = WireTable.kubernetes.messages[name] ?? [:]
        var object = Object()
        var reader = WireReader(bytes)
        while let (number, content) = try reader.next() {
            guard let field = fields[number] else { continue }
            switch field.shape {
            case .single:
                let value = try value(content, field.kind)
                // What is no pointer in Go is always on the wire.
                if !(field.leavesOutZero && value.isZero) { object[field.name] = value }
            case .list:
                var items = object[field.name]?.array ?? []
                items.append(try value(content, field.kind))
                object[field.name] = .array(items)
            case .inlined:
                guard case .bytes(let bytes) = content, case .message(let name) = field.kind else { continue }
                for entry in try message(bytes, name).entries { object[entry.key] = entry.value }
            case .map:
                guard case .bytes(let bytes) = content else { continue }
                var key = ""
                var item: Value = ""
                var entry = WireReader(bytes)
                while let (number, content) = try entry.next() {
                    if number == 1, case .bytes(let text) = content { key = String(decoding: text, as: UTF8.self) }
                    if number == 2 { item = try value(content, field.kind) }
                }
                var map = object[field.name]?.object ?? Object()
                map[key] = item
                object[field.name] = .object(map)
            }
        }
        return object
    }

    private static func value(_ content: WireReader.Content, _ kind: WireField.Kind) throws(WireError) -> Value {
        switch (kind, content) {
        case (.string, .bytes(let bytes)): return .string(String(decoding: bytes, as: UTF8.self))
        case (.bytes, .bytes(let bytes)): return .string(Base64.encode(Array(bytes)))
        case (.boolean, .varint(let number)): return .bool(number != 0)
        case (.integer, .varint(let number)): return .int(Int(Int64(bitPattern: number)))
        case (.double, .fixed64(let bits)):
            return .scalar(Scalar(String(Double(bitPattern: bits)), kind: .float))
        case (.quantity, .bytes(let bytes)):
            return .string(try text(bytes, field: 1))
        case (.intOrString, .bytes(let bytes)):
            var reader = WireReader(bytes)
            var isText = false
            var number = 0
            var string = ""
            while let (field, content) = try reader.next() {
                switch (field, content) {
                case (1, .varint(let type)): isText = type == 1
                case (2, .varint(let value)): number = Int(Int64(bitPattern: value))
                case (3, .bytes(let bytes)): string = String(decoding: bytes, as: UTF8.self)
                default: break
                }
            }
            return isText ? .string(string) : .int(number)
        case (.time, .bytes(let bytes)), (.microTime, .bytes(let bytes)):
            return try time(bytes, kind)
        case (.json, .bytes(let bytes)):
            let json = try bytesField(bytes, 1)
            return (try? JSON.read(Array(json))) ?? .null
        case (.message(let name), .bytes(let bytes)): return .object(try message(bytes, name))
        case (.list(let name), .bytes(let bytes)): return try message(bytes, name)["items"] ?? []
        default: throw WireError(description: "a field has another wire type than its message declares")
        }
    }

    /// A time that is zero is null in JSON.
    private static func time(_ bytes: ArraySlice<UInt8>, _ kind: WireField.Kind) throws(WireError) -> Value {
        var reader = WireReader(bytes)
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        while let (number, content) = try reader.next() {
            guard case .varint(let value) = content else { continue }
            if number == 1 { seconds = Int64(bitPattern: value) }
            if number == 2 { nanoseconds = Int64(bitPattern: value) }
        }
        guard seconds > 0, seconds < 253_402_300_800 else { return .null }
        let time = Timestamp(microseconds: seconds * 1_000_000 + nanoseconds / 1000)
        if case .microTime = kind { return .string(time.preciseText) }
        return .string(time.text)
    }

    private static func bytesField(_ bytes: ArraySlice<UInt8>, _ wanted: Int) throws(WireError) -> ArraySlice<UInt8> {
        var reader = WireReader(bytes)
        while let (number, content) = try reader.next() {
            if number == wanted, case .bytes(let bytes) = content { return bytes }
        }
        return []
    }

    private static func text(_ bytes: ArraySlice<UInt8>, field: Int) throws(WireError) -> String {
        String(decoding: try bytesField(bytes, field), as: UTF8.self)
    }
}

extension Value {
    /// The zero of Go's scalar types.
    fileprivate var isZero: Bool { self == "" || self == 0 || self == false }
}

/// The fields of one protobuf message, in the order of the wire.
struct WireReader {
    enum Content {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The next field's number and content; nil at the end.
    mutating func next() throws(WireError) -> (Int, Content)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        let number = Int(truncatingIfNeeded: tag >> 3)
        switch tag & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, .fixed64(try fixed(8)))
        case 2:
            let count = try varint()
            guard count <= UInt64(rest.count) else { throw WireError(description: "a field is cut short") }
            let content = rest.prefix(Int(count))
            rest = rest.dropFirst(Int(count))
            return (number, .bytes(content))
        case 5: return (number, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
        default: throw WireError(description: "a field has an unknown wire type")
        }
    }

    private mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst(), shift < 64 {
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw WireError(description: "a number is cut short")
    }

    private mutating func fixed(_ count: Int) throws(WireError) -> UInt64 {
        guard rest.count >= count else { throw WireError(description: "a number is cut short") }
        var value: UInt64 = 0
        for (index, byte) in rest.prefix(count).enumerated() { value |= UInt64(byte) << UInt64(8 * index) }
        rest = rest.dropFirst(count)
        return value
    }
}
