// The types of Kubernetes objects: what fields there are, and how each list and map merges. The vocabulary is that of
// structured-merge-diff: a list is atomic, a set, or a map by keys; a structure or map is granular or atomic.

/// A table of types, and the kinds of objects that some of them are.
///
/// Three sources make one: the table of built-in types (`Schema.kubernetes`), the structural schema of a
/// CustomResourceDefinition (`Schema(customResource:)`), and nothing at all (`Schema.deduced`), where the shape of each
/// value says how it merges, as the API server has it for types that it knows no schema of.
package final class Schema: Sendable {
    /// An index into `definitions`.
    package typealias TypeID = Int

    package enum Definition: Sendable, Hashable {
        /// Anything: a scalar is a leaf, a list is atomic, an object is granular.
        case any
        case scalar(ScalarType)
        case list(List)
        case structure(Structure)
    }

    /// How a scalar is to be read, as far as comparison by meaning needs it.
    package enum ScalarFormat: UInt8, Sendable {
        case string, bytes, dateTime, int32, int64, double, boolean, quantity, intOrString
    }

    package struct ScalarType: Sendable, Hashable {
        package var format: ScalarFormat
        /// The values that the server takes; empty where it does not say.
        package var allowed: [String] = []
    }

    package enum ListType: Sendable, Hashable {
        case atomic, set
        case map(keys: [String])
    }

    package struct List: Sendable, Hashable {
        package var element: TypeID
        package var type: ListType
        /// `x-kubernetes-patch-merge-key` and `-strategy`, for strategic merge.
        package var patchMergeKey: String?
        package var patchStrategy: String?
    }

    /// A structure with known fields, a map with any keys of one type, or both.
    package struct Structure: Sendable, Hashable {
        /// The type's name, such as `DeploymentSpec`; empty for types that have none.
        package var name = ""
        /// Sorted by name.
        package var fields: [Field]
        /// The type of a key that is no field; nil where there may be none.
        package var element: TypeID?
        package var isAtomic: Bool

        package func field(_ name: String) -> Field? {
            var low = 0
            var high = fields.count
            while low < high {
                let middle = (low + high) / 2
                if fields[middle].name == name { return fields[middle] }
                if fields[middle].name < name { low = middle + 1 } else { high = middle }
            }
            return nil
        }
    }

    package struct Field: Sendable, Hashable {
        package var name: String
        package var type: TypeID
        package var isRequired: Bool
        /// The default that the schema names. `{}` marks a structure that the server always holds, written or not.
        package var defaultValue: Value?
    }

    let definitions: [Definition]
    private let kinds: [GroupVersionKind: TypeID]

    init(definitions: [Definition], kinds: [GroupVersionKind: TypeID]) {
        self.definitions = definitions
        self.kinds = kinds
    }

    /// The type of a kind's objects, nil for a kind that the table does not have.
    package func type(of kind: GroupVersionKind) -> SchemaType? {
        kinds[kind].map { SchemaType(schema: self, id: $0) }
    }

    /// Every kind of the table, in no order.
    package var allKinds: some Collection<GroupVersionKind> { kinds.keys }
}

extension Schema {
    /// The types of Kubernetes itself.
    package static let kubernetes = SchemaText.read(kubernetesSchemaText)

    /// No schema: values say themselves how they merge. `metadata` is that of every Kubernetes object.
    package static let deduced: SchemaType = {
        var builder = SchemaBuilder()
        let any = builder.add(.any)
        let root = builder.addRoot(fields: [], element: any)
        return SchemaType(schema: builder.schema(), id: root)
    }()

    /// The type of what no schema describes.
    package static let anything = SchemaType(schema: Schema(definitions: [.any], kinds: [:]), id: 0)

    /// The type of a kind's objects in the table of Kubernetes, else the deduced one.
    package static func builtIn(_ kind: GroupVersionKind) -> SchemaType {
        kubernetes.type(of: kind) ?? deduced
    }
}

/// A type of a schema: the handle that everything walking a value holds on to.
package struct SchemaType: Sendable {
    package let schema: Schema
    package let id: Schema.TypeID

    package var definition: Schema.Definition { schema.definitions[id] }

    package var list: Schema.List? { if case .list(let list) = definition { list } else { nil } }
    package var structure: Schema.Structure? {
        if case .structure(let structure) = definition { structure } else { nil }
    }
    package var scalar: Schema.ScalarType? { if case .scalar(let scalar) = definition { scalar } else { nil } }
    package var isAny: Bool { if case .any = definition { true } else { false } }

    /// The type of a key of an object, nil where the type has no such key.
    package func member(_ name: String) -> SchemaType? {
        switch definition {
        case .any: self
        case .structure(let structure): (structure.field(name)?.type ?? structure.element).map { of($0) }
        case .scalar, .list: nil
        }
    }

    /// The type of the items of a list.
    package var element: SchemaType? {
        switch definition {
        case .any: self
        case .list(let list): of(list.element)
        case .scalar, .structure: nil
        }
    }

    func of(_ id: Schema.TypeID) -> SchemaType { SchemaType(schema: schema, id: id) }
}
