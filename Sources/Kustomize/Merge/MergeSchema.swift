// What a strategic merge knows of types: which lists are told apart by which keys.

import Manifest

/// Types by number, and for each the fields that matter to a merge.
struct MergeSchema: Sendable {
    typealias TypeIndex = Int

    struct Field: Sendable {
        /// The type of the object, or of the list's elements; nil when nothing below it has merge keys.
        var type: TypeIndex?
        /// The keys that tell elements apart. Empty for a list of scalars that is a set, nil for a field that is no
        /// such list.
        var keys: [String]?
    }

    /// Types by name.
    struct Definitions {
        typealias Fields = [String: (type: String?, keys: [String]?)]

        /// The type of `apiVersion kind`.
        var roots: [String: String] = [:]
        var types: [String: Fields] = [:]
    }

    private var roots: [String: TypeIndex] = [:]
    private var types: [[String: Field]] = []
    private var numbers: [String: TypeIndex] = [:]

    /// Kubernetes' own types as the reference knows them; decoded at first use.
    static let builtIn = MergeSchema(Definitions(table: BuiltInTables.mergeSchema))

    init(_ definitions: Definitions) {
        for (index, name) in definitions.types.keys.enumerated() { numbers[name] = index }
        let named = numbers
        types = definitions.types.values.map { fields in
            fields.mapValues { field in Field(type: field.type.flatMap { named[$0] }, keys: field.keys) }
        }
        for (root, type) in definitions.roots { roots[root] = numbers[type] }
    }

    func type(named name: String) -> TypeIndex? { numbers[name] }

    func root(apiVersion: String, kind: String) -> TypeIndex? { roots["\(apiVersion) \(kind)"] }

    func field(_ name: String, of type: TypeIndex?) -> Field? {
        guard let type else { return nil }
        return types[type][name]
    }
}

extension MergeSchema.Definitions {
    /// The form that generate-merge-schema.py writes.
    init(table: String) {
        for line in table.pieces(at: UInt8(ascii: "\n")) {
            let words = line.pieces(at: UInt8(ascii: " "))
            if words[0] == "=" {
                roots["\(words[1]) \(words[2])"] = String(words[3])
                continue
            }
            var fields = Fields()
            for word in words.dropFirst() {
                let colon = word.utf8.firstIndex(of: UInt8(ascii: ":")) ?? word.endIndex
                let type = colon == word.endIndex ? nil : String(word[word.index(after: colon)...])
                let name = word[..<colon]
                if let bracket = name.utf8.firstIndex(of: UInt8(ascii: "[")) {
                    let keys = name[name.index(after: bracket)...].dropLast().pieces(at: UInt8(ascii: ",")).map(
                        String.init)
                    fields[String(name[..<bracket])] = (type, keys)
                } else {
                    fields[String(name)] = (type, nil)
                }
            }
            types[String(words[0])] = fields
        }
    }
}
