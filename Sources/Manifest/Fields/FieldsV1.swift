// The JSON form of a field set, `FieldsV1` of metav1.ManagedFieldsEntry: a trie whose keys begin with `f:`, `k:`, `v:`
// or `i:`.

extension FieldSet {
    /// Reads the object at `fieldsV1`. Keys of an unknown form are left out, as the API server asks of readers.
    package init(fieldsV1: Value) {
        var nodes: [Node] = []
        for entry in fieldsV1.object?.entries ?? [] where entry.key != "." {
            guard let element = PathElement(fieldsV1: entry.key) else { continue }
            let children = FieldSet(fieldsV1: entry.value)
            let isMember = entry.value.object?.contains(".") ?? true || children.isEmpty
            nodes.append(Node(element: element, isMember: isMember, children: children))
        }
        nodes.sort { $0.element < $1.element }
        self.init(sorted: nodes)
    }

    /// The object to write at `fieldsV1`.
    package var fieldsV1: Value {
        var object = Object()
        object.entries.reserveCapacity(nodes.count)
        for node in nodes {
            var below = node.children.fieldsV1.object ?? Object()
            if node.isMember, !node.children.isEmpty {
                below.entries.insert(Object.Entry(key: ".", value: [:]), at: 0)
            }
            object.entries.append(Object.Entry(key: node.element.fieldsV1, value: .object(below)))
        }
        return .object(object)
    }
}

extension PathElement {
    fileprivate init?(fieldsV1 text: String) {
        let bytes = text.utf8
        guard bytes.count >= 2, bytes[bytes.index(after: bytes.startIndex)] == UInt8(ascii: ":") else { return nil }
        let rest = String(text[bytes.index(bytes.startIndex, offsetBy: 2)...])
        switch bytes.first {
        case UInt8(ascii: "f"):
            self = .field(rest)
        case UInt8(ascii: "v"):
            guard let scalar = (try? JSON.read(Array(rest.utf8)))?.scalar else { return nil }
            self = .value(scalar)
        case UInt8(ascii: "k"):
            guard let keys = (try? JSON.read(Array(rest.utf8)))?.object else { return nil }
            self = .item(
                keys.entries.compactMap { entry in entry.value.scalar.map { Key(entry.key, $0) } }
                    .sorted { $0.name < $1.name })
        case UInt8(ascii: "i"):
            guard let index = Int(rest) else { return nil }
            self = .index(index)
        default:
            return nil
        }
    }

    fileprivate var fieldsV1: String {
        switch self {
        case .field(let name):
            return "f:" + name
        case .item(let keys):
            let object = Object(entries: keys.map { Object.Entry(key: $0.name, value: .scalar($0.value)) })
            return "k:" + String(decoding: JSON.write(.object(object)), as: UTF8.self)
        case .value(let value):
            return "v:" + String(decoding: JSON.write(.scalar(value)), as: UTF8.self)
        case .index(let index):
            return "i:\(index)"
        }
    }
}
