// The fields that a replacement writes: a dotted path that may branch at selectors and wildcards, create what is
// missing, and lead into JSON or YAML that stands in a string.

import Manifest

struct ReplacementPath {
    struct Failure: Error {
        var reason: String
    }

    private let path: String
    private let parts: [String]
    private let options: Replacement.Options

    init(_ path: String, options: Replacement.Options) {
        self.path = path
        self.options = options
        parts = FieldLookup.split(path)
    }

    func write(_ source: Value, into object: inout Value) throws(Failure) {
        if writeIntoText(source, &object) { return }
        var count = 0
        try visit(&object, parts[...], source) { (node) throws(Failure) in
            count += 1
            try set(&node, source)
        }
        if count == 0 {
            throw Failure(reason: "there is no such field\(options.create ? ", and it cannot be created" : "")")
        }
    }

    // MARK: - The walk

    /// What a missing field becomes: a list where an index or selector follows, the source's shape at the end, else an
    /// object.
    private func created(before rest: ArraySlice<String>, _ source: Value) -> Value {
        guard let next = rest.first else {
            switch source {
            case .scalar: return .scalar(Scalar("", kind: .null))
            case .array: return .array([])
            case .object: return .object(Object())
            }
        }
        if FieldLookup.isIndex(next) || FieldLookup.elementSelector(next) != nil { return .array([]) }
        return .object(Object())
    }

    private func visit(
        _ value: inout Value, _ rest: ArraySlice<String>, _ source: Value, _ body: (inout Value) throws(Failure) -> Void
    ) throws(Failure) {
        guard let part = rest.first else { return try body(&value) }
        let below = rest.dropFirst()
        if let index = Int(part) {
            let done: Void? = try value.editArray { (items) throws(Failure) in
                if index == items.count, options.create { items.append(created(before: below, source)) }
                guard items.indices.contains(index) else {
                    throw Failure(reason: "index \(index) is asked for, and there are \(items.count) elements")
                }
                try visit(&items[index], below, source, body)
            }
            if done == nil { throw Failure(reason: "`\(part)` is an index, and there is \(value.noun)") }
        } else if let (key, wanted) = FieldLookup.elementSelector(part) {
            try visitElements(&value, key, wanted, below, source, body)
        } else if part == "*" {
            let done: Void? = try value.editArray { (items) throws(Failure) in
                for index in items.indices { try visit(&items[index], below, source, body) }
            }
            if done == nil {
                throw Failure(reason: "`*` stands for the elements of a list, and there is \(value.noun)")
            }
        } else if part.isEmpty {
            guard value.scalar != nil else {
                throw Failure(
                    reason: "the path has an empty part, which stands for a scalar, and there is \(value.noun)")
            }
            try visit(&value, below, source, body)
        } else if options.create, part.hasPrefix("["), part.hasSuffix("]") {
            throw Failure(reason: "`\(part)` is no `[key=value]` that could be created")
        } else {
            if value.isNull, options.create { value = .object(Object()) }
            let done: Void? = try value.editObject { (object) throws(Failure) in
                if !object.contains(part) {
                    guard options.create else { return }
                    object[part] = created(before: below, source)
                }
                _ = try object.edit(part) { (member) throws(Failure) in try visit(&member, below, source, body) }
            }
            if done == nil {
                if value.isNull { return }
                // A string that holds an object is looked into, and nothing comes of it.
                guard var inside = value.text.flatMap(Self.structure), inside.object != nil else {
                    throw Failure(reason: "`\(part)` is a field, and there is \(value.noun)")
                }
                try visit(&inside, rest, source) { (_) throws(Failure) in
                    var nothing = Value.string("")
                    try body(&nothing)
                }
            }
        }
    }

    private func visitElements(
        _ value: inout Value, _ key: String, _ wanted: String, _ below: ArraySlice<String>, _ source: Value,
        _ body: (inout Value) throws(Failure) -> Void
    ) throws(Failure) {
        let pattern: RegularExpression
        do throws(PatternError) {
            pattern = try RegularExpression(wanted)
        } catch {
            throw Failure(reason: "`\(wanted)` is not a valid pattern: \(error.reason)")
        }
        if value.isNull, options.create { value = .array([]) }
        let done: Void? = try value.editArray { (items) throws(Failure) in
            var found = false
            for index in items.indices {
                guard let text = key.isEmpty ? items[index].text : items[index][key]?.text, pattern.matches(text) else {
                    continue
                }
                found = true
                try visit(&items[index], below, source, body)
            }
            if found || !options.create { return }
            // An element that is the end of the path takes its meaning from what is written into it.
            let isEnd = key.isEmpty && below.isEmpty
            let scalar = Value.scalar(isEnd ? Scalar("", kind: .null) : Scalar(wanted, kind: .resolve(wanted)))
            items.append(key.isEmpty ? scalar : .object(Object(entries: [Object.Entry(key: key, value: scalar)])))
            try visit(&items[items.count - 1], below, source, body)
        }
        if done == nil { throw Failure(reason: "`[\(key)=\(wanted)]` selects from a list, and there is \(value.noun)") }
    }

    // MARK: - The write

    private func set(_ node: inout Value, _ source: Value) throws(Failure) {
        var text = source.text ?? ""
        if !options.delimiter.isEmpty {
            guard let old = node.scalar else {
                throw Failure(reason: "`delimiter` can only be used with scalars, and there is \(node.noun)")
            }
            var parts = old.text.split(on: options.delimiter)
            if options.index < 0 {
                parts.insert(text, at: 0)
            } else if options.index >= parts.count {
                parts.append(text)
            } else {
                parts[options.index] = text
            }
            text = parts.joined(separator: options.delimiter)
        }
        guard let old = node.scalar else {
            node = source
            return
        }
        node = .scalar(try Self.written(text, over: old))
    }

    /// A scalar with a new text. Only the text is copied: a number stays a number, quotes stay quotes.
    private static func written(_ text: String, over old: Scalar) throws(Failure) -> Scalar {
        let meaning = Scalar.Kind.resolve(text)
        if old.isNull, old.text.isEmpty, !old.position.isKnown { return Scalar(text, kind: meaning) }
        let fits = old.kind == .string || old.kind == meaning || (old.kind == .float && meaning == .int)
        if !fits, old.style == .plain {
            throw Failure(reason: "`\(text)` cannot be written where \(Value.scalar(old).noun) stands")
        }
        return Scalar(text, kind: old.kind, style: old.style, position: old.position).inPlace(of: old)
    }

    // MARK: - Structured text

    /// Follows the path into a string that holds JSON or YAML. False when it leads nowhere, and then nothing is
    /// changed.
    private func writeIntoText(_ source: Value, _ object: inout Value) -> Bool {
        for count in parts.indices.dropFirst() {
            // Where the way ends, it does not go on farther down.
            guard let found = FieldLookup.find(Array(parts[..<count]), in: object) else { return false }
            guard let scalar = found.scalar else { continue }
            guard let changed = changedText(scalar.text, parts[count...], source) else { return false }
            var walk = self
            walk = ReplacementPath(walk, upTo: count)
            do throws(Failure) {
                try walk.visit(&object, walk.parts[...], source) { (node) throws(Failure) in
                    let new = Scalar(changed, kind: scalar.kind, style: scalar.style, position: scalar.position)
                    node = .scalar(new.inPlace(of: scalar))
                }
                return true
            } catch {
                return false
            }
        }
        return false
    }

    private init(_ whole: ReplacementPath, upTo count: Int) {
        path = whole.path
        parts = Array(whole.parts[..<count])
        options = Replacement.Options()
    }

    /// The object or list that a text spells, nil for other texts.
    private static func structure(_ text: String) -> Value? {
        var options = YAMLReader.Options.resources
        options.documents = .first
        guard let tree = try? YAML.read(Array(text.utf8), file: "", options: options).first, tree.scalar == nil else {
            return nil
        }
        return tree
    }

    private func changedText(_ text: String, _ rest: ArraySlice<String>, _ source: Value) -> String? {
        guard var tree = Self.structure(text) else { return nil }
        var count = 0
        do throws(Failure) {
            try visit(&tree, rest, source) { (node) throws(Failure) in
                count += 1
                guard let old = node.scalar else {
                    node = source
                    return
                }
                node = .scalar(try Self.written(source.text ?? "", over: old))
            }
        } catch {
            return nil
        }
        guard count > 0 else { return nil }
        if text.hasPrefix("{") || text.hasPrefix("[") {
            let isPretty = text.utf8.contains(UInt8(ascii: "\n")) && text.range(of: "  ") != nil
            return GoJSON.text(tree, indent: isPretty ? "  " : nil)
        }
        return OrderedYAML.text(tree, from: text)
    }
}
