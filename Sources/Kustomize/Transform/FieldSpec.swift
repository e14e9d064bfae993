// Field specifications: which fields of which kinds a transformer touches, and the walk that finds them in an object.

import Manifest

/// A path into objects of certain types. A class, because every transformer hands the same few specifications about for
/// every object.
final class FieldSpec: Sendable {
    struct Part: Sendable {
        var name: String
        /// Written with `[]`: the field is a list, and is never created.
        var isSequence: Bool

        init(written text: String) {
            isSequence = text.hasSuffix("[]")
            name = isSequence ? String(text.dropLast(2)) : text
        }
    }

    let type: TypeFilter
    /// The path as written.
    let path: String
    let create: Bool
    let parts: [Part]

    init(path: String, type: TypeFilter = TypeFilter(), create: Bool = false) {
        self.type = type
        self.path = path
        self.create = create
        parts = Self.split(path)
    }

    /// A line of the built-in tables: path, group, version, kind, and `create` perhaps.
    convenience init(tableLine line: Substring) {
        let words = line.pieces(at: UInt8(ascii: " ")).map(String.init)
        func part(_ index: Int) -> String { words.count > index && words[index] != "*" ? words[index] : "" }
        self.init(
            path: words.first ?? "", type: TypeFilter(group: part(1), version: part(2), kind: part(3)),
            create: words.count > 4)
    }

    static func table(_ text: String) -> [FieldSpec] {
        text.pieces(at: UInt8(ascii: "\n")).map { FieldSpec(tableLine: $0) }
    }

    /// Splits at `/`, where `\/` is a slash of the name; a leading slash does not count.
    private static func split(_ path: String) -> [Part] {
        var names: [String] = []
        if !path.utf8.contains(UInt8(ascii: "\\")) {
            names = path.pieces(at: UInt8(ascii: "/"), omitsEmpty: false).map(String.init)
            if names.count > 1, names.first == "" { names.removeFirst() }
            return names.map(Part.init(written:))
        }
        var current = ""
        var rest = path[...]
        while let character = rest.popFirst() {
            if character == "\\", rest.first == "/" {
                rest.removeFirst()
                current.append("/")
            } else if character == "/" {
                names.append(current)
                current = ""
            } else {
                current.append(character)
            }
        }
        names.append(current)
        if names.count > 1, names.first == "" { names.removeFirst() }
        return names.map(Part.init(written:))
    }
}

/// What a transformer makes of a field that is missing.
enum FieldCreation: Sendable {
    case never, scalar, map, list

    fileprivate var emptyValue: Value {
        switch self {
        case .never, .scalar: .null
        case .map: .object(Object())
        case .list: .array([])
        }
    }
}

/// A field that a specification leads to is of the wrong shape.
struct FieldShapeError: Error {
    var path: String
    var reason: String
}

extension FieldSpec {
    /// Walks into `value` and hands every node at the end of the path to `set`; lists on the way are walked element by
    /// element.
    func apply(
        to value: inout Value, creation: FieldCreation, _ set: (inout Value) throws(FieldShapeError) -> Void
    ) throws(FieldShapeError) {
        try walk(&value, parts[...], create ? creation : .never, set)
    }

    private func walk(
        _ value: inout Value, _ rest: ArraySlice<Part>, _ creation: FieldCreation,
        _ set: (inout Value) throws(FieldShapeError) -> Void
    ) throws(FieldShapeError) {
        guard let part = rest.first else { return try set(&value) }
        switch value {
        case .scalar(let scalar):
            if scalar.isNull { return }
            throw FieldShapeError(path: path, reason: "`\(part.name)` is looked for in a scalar")
        case .array:
            _ = try value.editArray { (items) throws(FieldShapeError) in
                for index in items.indices { try walk(&items[index], rest, creation, set) }
            }
        case .object:
            if part.name.isEmpty { throw FieldShapeError(path: path, reason: "the path has an empty field name") }
            _ = try value.editObject { (object) throws(FieldShapeError) in
                try walkMember(&object, part, rest.dropFirst(), creation, set)
            }
        }
    }

    private func walkMember(
        _ object: inout Object, _ part: Part, _ rest: ArraySlice<Part>, _ creation: FieldCreation,
        _ set: (inout Value) throws(FieldShapeError) -> Void
    ) throws(FieldShapeError) {
        let creates: Bool
        if case .never = creation { creates = false } else { creates = !part.isSequence }
        let fresh = rest.isEmpty ? creation.emptyValue : .object(Object())
        if let index = object.index(of: part.name) {
            if object.entries[index].value.isNull {
                if part.isSequence {
                    object.entries[index].value = .array([])
                } else if creates {
                    object.entries[index].value = fresh
                }
            }
            if rest.isEmpty { return try set(&object.entries[index].value) }
            return try walk(&object.entries[index].value, rest, creation, set)
        }
        guard creates else { return }
        var made = fresh
        if rest.isEmpty { try set(&made) } else { try walk(&made, rest, creation, set) }
        object.entries.append(Object.Entry(key: part.name, value: made))
    }
}

/// Field specifications sorted by type, so that a transformer asks once a type and not once an object.
struct FieldSpecTable: Sendable {
    private let specs: [FieldSpec]
    private var byType: [TypeFilter: [FieldSpec]] = [:]

    init(_ specs: [FieldSpec]) { self.specs = specs }

    var isEmpty: Bool { specs.isEmpty }

    mutating func specs(for id: ResourceID) -> [FieldSpec] {
        let type = TypeFilter(group: id.group, version: id.version, kind: id.kind)
        if let known = byType[type] { return known }
        let found = specs.filter { $0.type.selects(id) }
        byType[type] = found
        return found
    }
}
