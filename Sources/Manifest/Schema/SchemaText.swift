// Reads the table of built-in types, which stands in the program as text that people can review.
//
// A line is a type; a line that begins with a blank continues the one before. After the type's name come the kind that
// it is, as <group/version/Kind>, a lone `=` when it is atomic, and its fields: name, `!` when required, `:`, type, `=`
// and the default as JSON. A type is s string, y bytes, t date-time, i int32, l int64, d double, b boolean, q quantity,
// x int-or-string, * anything; a scalar may be followed by (a|b) for the values it takes, with ` for a blank; [T] an
// atomic list, [T]~ a set, [T]@k1,k2 a map by keys; behind it ^key the patch merge key and %text its strategy; {T} a
// map, {T}= an atomic one; Name another type, =Name the same taken as atomic, +Name as granular.

enum SchemaText {
    static func read(_ text: StaticString) -> Schema {
        text.withUTF8Buffer { bytes in
            var reader = SchemaTextReader(bytes: bytes)
            return reader.read()
        }
    }
}

private struct SchemaTextReader {
    let bytes: UnsafeBufferPointer<UInt8>
    var at = 0
    var builder = SchemaBuilder()
    var named: [String: Schema.TypeID] = [:]
    /// References taken as atomic or granular, made when every type is known.
    var overrides: [(id: Schema.TypeID, name: String, isAtomic: Bool)] = []
    var names: [String: String] = [:]

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func read() -> Schema {
        while at < bytes.count { readType() }
        for override in overrides {
            guard let target = named[override.name], case .structure(var structure) = builder.definitions[target]
            else { continue }
            structure.isAtomic = override.isAtomic
            builder.define(override.id, as: .structure(structure))
        }
        return builder.schema()
    }

    private var current: UInt8 { at < bytes.count ? bytes[at] : UInt8(ascii: "\n") }

    /// Skips blanks, and the line break before a continued line.
    private mutating func skipBlanks() {
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: " ") {
                at += 1
            } else if bytes[at] == UInt8(ascii: "\n"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: " ") {
                at += 2
            } else {
                return
            }
        }
    }

    private mutating func skip(_ character: Character) -> Bool {
        guard let ascii = character.asciiValue, current == ascii else { return false }
        at += 1
        return true
    }

    /// The text up to the first of some bytes, or a blank or the end of the line.
    private mutating func text(until stops: StaticString) -> String {
        let start = at
        stops.withUTF8Buffer { stops in
            while at < bytes.count, bytes[at] > UInt8(ascii: " "), !stops.contains(bytes[at]) { at += 1 }
        }
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self)
    }

    private mutating func readType() {
        let name = text(until: "")
        let id = reference(name)
        // Where a name is not unique, group and version stand before it.
        let ownName = String(name.split(separator: ".").last ?? "")
        var structure = Schema.Structure(name: ownName, fields: [], element: nil, isAtomic: false)
        skipBlanks()
        if skip("<") {
            let group = text(until: "/")
            at += 1
            let version = text(until: "/")
            at += 1
            builder.kinds[GroupVersionKind(group: group, version: version, kind: text(until: ">"))] = id
            at += 1
            skipBlanks()
        }
        if skip("=") { structure.isAtomic = true }
        skipBlanks()
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") {
            structure.fields.append(readField())
            skipBlanks()
        }
        at += 1
        structure.fields.sort { $0.name < $1.name }
        builder.define(id, as: .structure(structure))
    }

    private mutating func readField() -> Schema.Field {
        let name = text(until: "!:")
        let isRequired = skip("!")
        at += 1
        let type = readExpression()
        var defaultValue: Value?
        if skip("=") { defaultValue = literal(text(until: "")) }
        return Schema.Field(name: shared(name), type: type, isRequired: isRequired, defaultValue: defaultValue)
    }

    /// Equal field names share one storage.
    private mutating func shared(_ name: String) -> String {
        if name.utf8.count <= 15 { return name }
        if let known = names[name] { return known }
        names[name] = name
        return name
    }

    private func literal(_ text: String) -> Value {
        switch text {
        case "{}": [:]
        case "true", "false": .bool(text == "true")
        case _ where text.hasPrefix("\""): .string(String(text.dropFirst().dropLast()))
        default: .scalar(Scalar(text, kind: .int))
        }
    }

    private mutating func readExpression() -> Schema.TypeID {
        switch current {
        case UInt8(ascii: "*"):
            at += 1
            return builder.add(.any)
        case UInt8(ascii: "["):
            return readList()
        case UInt8(ascii: "{"):
            at += 1
            let element = readExpression()
            at += 1
            // A `=` directly before a blank or a bracket marks the map; before anything else it begins a default.
            let marksMap = current == UInt8(ascii: "=") && (at + 1 >= bytes.count || endsExpression(bytes[at + 1]))
            if marksMap { at += 1 }
            return builder.add(.structure(Schema.Structure(fields: [], element: element, isAtomic: marksMap)))
        case UInt8(ascii: "="), UInt8(ascii: "+"):
            let isAtomic = skip("=")
            if !isAtomic { at += 1 }
            let id = builder.reserve()
            overrides.append((id, text(until: "=]}"), isAtomic))
            return id
        case UInt8(ascii: "a")...UInt8(ascii: "z") where format(current) != nil && standsAlone(at + 1):
            return readScalar()
        default:
            return reference(text(until: "=]}"))
        }
    }

    private mutating func readList() -> Schema.TypeID {
        at += 1
        var list = Schema.List(element: readExpression(), type: .atomic)
        at += 1
        if skip("~") { list.type = .set }
        if skip("@") { list.type = .map(keys: text(until: "^%=]}").split(separator: ",").map(String.init)) }
        if skip("^") { list.patchMergeKey = text(until: "%=]}") }
        if skip("%") { list.patchStrategy = text(until: "=]}") }
        return builder.add(.list(list))
    }

    private mutating func readScalar() -> Schema.TypeID {
        var scalar = Schema.ScalarType(format: format(current) ?? .string)
        at += 1
        if skip("(") {
            let start = at
            while at < bytes.count, bytes[at] != UInt8(ascii: ")") { at += 1 }
            let allowed = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self)
            at += 1
            scalar.allowed = allowed.split(separator: "|", omittingEmptySubsequences: false).map { value in
                String(decoding: value.utf8.map { $0 == UInt8(ascii: "`") ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
            }
        }
        return builder.add(.scalar(scalar))
    }

    private func format(_ letter: UInt8) -> Schema.ScalarFormat? {
        switch letter {
        case UInt8(ascii: "s"): .string
        case UInt8(ascii: "y"): .bytes
        case UInt8(ascii: "t"): .dateTime
        case UInt8(ascii: "i"): .int32
        case UInt8(ascii: "l"): .int64
        case UInt8(ascii: "d"): .double
        case UInt8(ascii: "b"): .boolean
        case UInt8(ascii: "q"): .quantity
        case UInt8(ascii: "x"): .intOrString
        default: nil
        }
    }

    private func endsExpression(_ byte: UInt8) -> Bool {
        byte <= UInt8(ascii: " ") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
    }

    private func standsAlone(_ index: Int) -> Bool {
        index >= bytes.count || endsExpression(bytes[index]) || bytes[index] == UInt8(ascii: "=")
            || bytes[index] == UInt8(ascii: "(")
    }

    private mutating func reference(_ name: String) -> Schema.TypeID {
        if let id = named[name] { return id }
        let id = builder.reserve()
        named[name] = id
        return id
    }
}
