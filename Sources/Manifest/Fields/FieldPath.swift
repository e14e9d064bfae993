// A place inside an object, by names and list keys rather than by positions, as managedFields records it.

/// One step of a field path.
package enum PathElement: Sendable, Hashable {
    /// A key of an object.
    case field(String)
    /// An item of a list that is a map: the values of its keys, sorted by key.
    case item([Key])
    /// An item of a list that is a set: the value itself.
    case value(Scalar)
    /// An item of a list by position, from 0. Only lists without a schema are addressed so.
    case index(Int)

    package struct Key: Sendable, Hashable {
        package var name: String
        package var value: Scalar

        package init(_ name: String, _ value: Scalar) {
            self.name = name
            self.value = value
        }
    }

    /// An item by one or more keys, in any order.
    package static func item(_ keys: (String, Scalar)...) -> PathElement {
        .item(keys.map { Key($0.0, $0.1) }.sorted { $0.name < $1.name })
    }

    package var fieldName: String? { if case .field(let name) = self { name } else { nil } }
}

extension PathElement: Comparable {
    /// The order of structured-merge-diff: fields, keyed items, values, positions.
    package static func < (left: PathElement, right: PathElement) -> Bool {
        switch (left, right) {
        case (.field(let left), .field(let right)): return left < right
        case (.field, _): return true
        case (_, .field): return false
        case (.item(let left), .item(let right)):
            for (a, b) in zip(left, right) {
                if a.name != b.name { return a.name < b.name }
                if a.value != b.value { return precedes(a.value, b.value) }
            }
            return left.count < right.count
        case (.item, _): return true
        case (_, .item): return false
        case (.value(let left), .value(let right)): return precedes(left, right)
        case (.value, _): return true
        case (_, .value): return false
        case (.index(let left), .index(let right)): return left < right
        }
    }

    /// Numbers by value, then strings, then booleans, then null.
    private static func precedes(_ left: Scalar, _ right: Scalar) -> Bool {
        if let left = left.int, let right = right.int { return left < right }
        if let left = left.double, let right = right.double { return left < right }
        if left.kind != right.kind { return rank(left.kind) < rank(right.kind) }
        return left.text < right.text
    }

    private static func rank(_ kind: Scalar.Kind) -> Int {
        switch kind {
        case .int, .float: 0
        case .string, .timestamp: 1
        case .bool: 2
        case .null: 3
        }
    }
}

extension PathElement: CustomStringConvertible {
    package var description: String {
        switch self {
        case .field(let name): name.isPlainFieldName ? name : "[\"\(name)\"]"
        case .item(let keys): "[\(keys.map { "\($0.name)=\($0.value.text)" }.joined(separator: ","))]"
        case .value(let value): "[=\(value.text)]"
        case .index(let index): "[\(index)]"
        }
    }
}

extension String {
    /// Whether a name needs no quotes in a path: letters, digits, `-` and `_`.
    fileprivate var isPlainFieldName: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "$"):
                    true
                default: false
                }
            }
    }
}

/// A path from the root of an object to a field or item in it.
package struct FieldPath: Sendable, Hashable {
    package var elements: [PathElement]

    package init(_ elements: [PathElement] = []) {
        self.elements = elements
    }

    /// A path of field names only.
    package init(fields names: String...) {
        elements = names.map(PathElement.field)
    }

    package var isEmpty: Bool { elements.isEmpty }

    package func appending(_ element: PathElement) -> FieldPath {
        FieldPath(elements + [element])
    }

    package func hasPrefix(_ prefix: FieldPath) -> Bool {
        elements.starts(with: prefix.elements)
    }
}

extension FieldPath: Comparable {
    package static func < (left: FieldPath, right: FieldPath) -> Bool {
        left.elements.lexicographicallyPrecedes(right.elements)
    }
}

extension FieldPath: CustomStringConvertible {
    /// `spec.template.spec.containers[name=web].image`; a name with other signs is quoted: `metadata.labels["a.b/c"]`.
    package var description: String {
        var text = ""
        for element in elements {
            let part = element.description
            if !text.isEmpty, !part.hasPrefix("[") { text += "." }
            text += part
        }
        return text.isEmpty ? "." : text
    }
}

extension FieldPath: ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: PathElement...) { self.elements = elements }
}
