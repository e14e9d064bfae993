// Changes to a value tree made in place: the storage of an object or list is taken out, changed, and put back, so that
// nothing is copied; and the rules by which a new scalar takes over from an old one.

import Manifest

extension Value {
    /// Changes the members of an object in place; nil when the value is no object.
    mutating func editObject<Result, Failure: Error>(
        _ body: (inout Object) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard case .object(var object) = self else { return nil }
        self = .null
        defer { self = .object(object) }
        return try body(&object)
    }

    /// Changes the elements of a list in place; nil when the value is no list.
    mutating func editArray<Result, Failure: Error>(
        _ body: (inout [Value]) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard case .array(var items) = self else { return nil }
        self = .null
        defer { self = .array(items) }
        return try body(&items)
    }

    /// How many values the tree has; counting ends at a limit.
    func count(upTo limit: Int) -> Int {
        var count = 1
        func add(_ value: Value) { if count < limit { count += value.count(upTo: limit - count) } }
        switch self {
        case .scalar: break
        case .array(let items): items.forEach(add)
        case .object(let object): for entry in object.entries { add(entry.value) }
        }
        return count
    }

    /// The source text of a scalar, nil for lists and objects.
    var text: String? { scalar?.text }

    /// Writes a scalar where something stands already: the text and meaning are new, the style stays. With `kind` nil
    /// the new text means what it would mean when read; quoted, it is a string whatever it says.
    ///
    /// - Parameter place: where the new text was written, if it was; it counts in a build that traces its files, for in
    ///   others a position without its file would mislead.
    mutating func overwrite(_ text: String, kind: Scalar.Kind?, writtenAt place: SourcePosition = .unknown) {
        let old = scalar
        let position = place.isTraced ? place : old?.position ?? position
        let style = old?.style ?? .plain
        let meaning: Scalar.Kind
        if style != .plain {
            meaning = .string
        } else {
            meaning = kind ?? Scalar.Kind.resolve(text)
        }
        let new = Scalar(text, kind: meaning, style: style, position: position)
        self = .scalar(old.map { new.inPlace(of: $0) } ?? new)
    }
}

extension Object {
    /// Changes the value of a key in place; nil when the key is absent.
    mutating func edit<Result, Failure: Error>(
        _ key: String, _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let index = index(of: key) else { return nil }
        return try body(&entries[index].value)
    }
}
