// A value inside an object, with the way that leads to it and the place where it was written.

import Manifest

struct Field {
    let value: Value
    /// `spec.containers[web].image`; empty for the object itself.
    let path: String
    /// Where its key stands, or what is around it where nobody wrote one.
    let position: SourcePosition

    init(_ value: Value, path: String = "", position: SourcePosition = .unknown) {
        self.value = value
        self.path = path
        self.position = position.isKnown ? position : value.position
    }

    private init(_ value: Value, path: String, key: SourcePosition, around: SourcePosition) {
        self.value = value
        self.path = path
        position = key.isKnown ? key : value.position.isKnown ? value.position : around
    }

    /// The key alone: for findings about its name rather than its value.
    var key: Field { Field(.null, path: path, position: position) }

    /// Where a finding about it stands: at a scalar itself, which a patch may have written, else at the key.
    var place: SourcePosition {
        if let scalar = value.scalar, scalar.position.isKnown { return scalar.position }
        return position
    }

    /// The member of an object; nil where there is none, or null.
    subscript(key: String) -> Field? {
        guard let object = value.object, let index = object.index(of: key), !object.entries[index].value.isNull else {
            return nil
        }
        return member(object.entries[index])
    }

    subscript(path keys: String...) -> Field? {
        var field = self
        for key in keys {
            guard let next = field[key] else { return nil }
            field = next
        }
        return field
    }

    private func member(_ entry: Object.Entry) -> Field {
        Field(
            entry.value, path: path.isEmpty ? entry.key : "\(path).\(entry.key)", key: entry.position, around: position)
    }

    /// The members of an object, null ones left out.
    var members: [(key: String, field: Field)] {
        (value.object?.entries ?? []).filter { !$0.value.isNull }.map { ($0.key, member($0)) }
    }

    /// The items of a list, by their names in the path where they have some.
    var items: [Field] {
        (value.array ?? []).enumerated().map { index, item in
            let name = item["name"]?.string ?? String(index)
            return Field(item, path: "\(path)[\(name)]", key: .unknown, around: position)
        }
    }

    var string: String? { value.string }
    var int: Int? { value.int }
    var bool: Bool? { value.bool }

    /// The texts of a map of texts, such as labels.
    var texts: [String: String] {
        var texts: [String: String] = [:]
        for entry in value.object?.entries ?? [] { texts[entry.key] = entry.value.scalar?.text ?? "" }
        return texts
    }
}
