// From libyaml's events straight into the value tree: anchors copied, merge keys expanded, limits kept.
//
// Most manifests need none of libyaml: PlainBlocks.swift reads what is plain, and leaves the rest to what stands here.

internal import CYAML

/// Builds the documents of one text after another; limits count across all of them.
struct YAMLTreeBuilder: ~Copyable {
    /// Problems that did not stop the reading.
    private(set) var errors: [Diagnostic] = []
    private(set) var warnings: [Diagnostic] = []
    /// Whether a text was not plain enough to be read without libyaml.
    private(set) var usedLibyaml = false

    private let file: String
    let options: YAMLReader.Options
    private(set) var text = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    private(set) var lineOffset = 0
    private var events = YAMLEvents()
    private var anchors: [String: Anchor] = [:]
    private var flowDepth = 0

    // What both ways of reading build with.
    var keys: KeyTable
    var values = Workspace<Value>()
    var entries = Workspace<Object.Entry>()
    var hashes = Workspace<UInt64>()
    var budget: AliasBudget
    var depth = 0

    // What reading plain blocks needs besides.
    var line = SourceLine()
    var isASCII = true
    var scratch = ByteBuffer(capacity: 1024)

    private enum Anchor {
        /// The node is being read: an alias to it here would contain itself.
        case open
        case complete(Value, weight: AliasBudget.Weight)
    }

    /// - Parameter textSize: Bytes of all the texts together.
    init(file: String, options: YAMLReader.Options, textSize: Int) {
        self.file = file
        self.options = options
        budget = AliasBudget(options.limits)
        keys = KeyTable(textSize: textSize)
    }

    /// Hands each document of a text that is not empty to `body`, until that says that it wants no more. Problems go to
    /// `errors`.
    mutating func read(_ text: UnsafeBufferPointer<UInt8>, lineOffset: Int, _ body: (Value) -> Bool) {
        self.text = text
        self.lineOffset = lineOffset
        if options.parser == .fastest {
            switch plainDocument() {
            case .document(let document):
                _ = body(document)
                return
            case .nothing: return
            case .unusual: break
            }
        }
        usedLibyaml = true
        reset()
        guard events.begin(text) else {
            return report("there is no memory left", at: SourcePosition(line: lineOffset + 1, column: 1), cure: nil)
        }
        do {
            while let document = try document() {
                if !body(document) { break }
            }
        } catch {
            errors += error.diagnostics
        }
    }

    /// Forgets what was left on the stacks when a text turned out to be unreadable.
    private mutating func reset() {
        values.drop(to: 0)
        entries.drop(to: 0)
        hashes.drop(to: 0)
        (depth, flowDepth) = (0, 0)
    }

    /// Runs an attempt at reading, and undoes all of it if it gives nil.
    mutating func attempt(_ body: (inout YAMLTreeBuilder) -> Value?) -> Value? {
        let before = (budget, errors.count, warnings.count)
        if let value = body(&self) { return value }
        budget = before.0
        errors.removeLast(errors.count - before.1)
        warnings.removeLast(warnings.count - before.2)
        reset()
        return nil
    }

    /// The next document, nil at the end of the text.
    private mutating func document() throws(DiagnosticsError) -> Value? {
        repeat { try advance() } while events.type == YAML_STREAM_START_EVENT || events.type == YAML_DOCUMENT_END_EVENT
        guard events.type == YAML_DOCUMENT_START_EVENT else { return nil }
        anchors.removeAll(keepingCapacity: true)
        try advance()
        return try node()
    }

    private mutating func advance() throws(DiagnosticsError) {
        do {
            try events.advance()
        } catch {
            throw DiagnosticsError([error.diagnostic(in: text, file: file, lineOffset: lineOffset)])
        }
    }

    private var position: SourcePosition {
        let start = events.start
        return SourcePosition(line: start.line + 1 + lineOffset, column: start.column + 1)
    }

    private func refusal(_ message: String, at position: SourcePosition, cure: String? = nil) -> DiagnosticsError {
        DiagnosticsError(message, at: SourceLocation(file: file, position: position), cure: cure)
    }

    private mutating func report(_ message: String, at position: SourcePosition, cure: String?) {
        errors.append(.error(message, at: SourceLocation(file: file, position: position), cure: cure))
    }

    // MARK: - Nodes

    /// The node that begins with the current event.
    private mutating func node() throws(DiagnosticsError) -> Value {
        if events.type == YAML_ALIAS_EVENT { return try alias() }
        try count(budget.addNode())
        guard let anchor = events.anchor else { return try content() }
        let before = budget.total
        anchors[anchor] = .open
        let value = try content()
        anchors[anchor] = .complete(value, weight: budget.total - before)
        return value
    }

    private mutating func content() throws(DiagnosticsError) -> Value {
        switch events.type {
        case YAML_SEQUENCE_START_EVENT: try sequence()
        case YAML_MAPPING_START_EVENT: try mapping()
        default: .scalar(try scalar())
        }
    }

    private mutating func alias() throws(DiagnosticsError) -> Value {
        let name = events.anchor ?? ""
        switch anchors[name] {
        case .complete(let value, let weight)?:
            try count(budget.addAlias(weight))
            return value
        case .open?:
            throw refusal(
                "the alias *\(name) stands inside the value that it names", at: position,
                cure: "Take the alias out of the value marked &\(name)")
        case nil:
            throw refusal(
                "the alias *\(name) names no anchor of this document", at: position,
                cure: "Mark the value it stands for with &\(name), in the same document and above the alias")
        }
    }

    /// Holds the reader to its limits.
    private func count(_ excess: AliasBudget.Excess?) throws(DiagnosticsError) {
        guard let excess else { return }
        throw refusal(excess.message, at: position, cure: excess.cure)
    }

    /// Goes one level down, into the collection that the current event begins.
    private mutating func enter() throws(DiagnosticsError) {
        depth += 1
        // A flow collection holds nothing but flow collections.
        if flowDepth > 0 || events.isFlow { flowDepth += 1 }
        guard depth > options.limits.depth else { return }
        throw refusal(
            "collections are nested more than \(options.limits.depth) deep", at: position,
            cure: "Check for a run of brackets or dashes that was not meant; no Kubernetes object is nested so deeply")
    }

    private mutating func leave() {
        depth -= 1
        flowDepth = max(flowDepth - 1, 0)
    }

    private mutating func sequence() throws(DiagnosticsError) -> Value {
        try enter()
        let mark = values.height
        try advance()
        while events.type != YAML_SEQUENCE_END_EVENT {
            values.push(try node())
            try advance()
        }
        leave()
        return .array(values.take(from: mark))
    }

    // MARK: - Mappings

    private mutating func mapping() throws(DiagnosticsError) -> Value {
        try enter()
        let entryMark = entries.height
        let hashMark = hashes.height
        var merges: [(value: Value, position: SourcePosition)] = []
        try advance()
        while events.type != YAML_MAPPING_END_EVENT {
            let position = position
            if isMergeKey {
                if !merges.isEmpty, options.duplicateKeys == .keep {
                    throw refusal(
                        "<< stands twice in one mapping", at: position, cure: "Merge a list: <<: [*first, *second]")
                }
                try count(budget.addNode())
                try advance()
                merges.append((try node(), self.position))
            } else {
                let (key, hash) = try mappingKey()
                try advance()
                let value = try node()
                entries.push(Object.Entry(key: key, value: value, position: position))
                hashes.push(hash)
            }
            try advance()
        }
        leave()
        var object = object(from: entryMark, hashMark)
        if !merges.isEmpty { try merge(merges, into: &object) }
        return .object(object)
    }

    /// Takes the entries of a mapping off the stacks, and settles keys that repeat.
    mutating func object(from entryMark: Int, _ hashMark: Int) -> Object {
        let repeats = hashes.withElements(from: hashMark) { hashes in
            DuplicateKeys.find(hashes) { entries[entryMark + $0].key == entries[entryMark + $1].key }
        }
        hashes.drop(to: hashMark)
        var object = Object(entries: entries.take(from: entryMark))
        if !repeats.isEmpty { settle(repeats, in: &object) }
        return object
    }

    private var isMergeKey: Bool {
        guard events.type == YAML_SCALAR_EVENT, events.text.count == 2, events.style == .plain else { return false }
        return events.text[0] == UInt8(ascii: "<") && events.text[1] == UInt8(ascii: "<") && (events.tag ?? "!") == "!"
    }

    /// The key that the current event begins.
    private mutating func mappingKey() throws(DiagnosticsError) -> (key: String, hash: UInt64) {
        let position = position
        if events.type == YAML_SCALAR_EVENT, events.tag == nil, events.anchor == nil {
            try count(budget.addNode())
            let text = events.text
            if events.style != .plain || options.schema.kind(text) == .string || options.schema.kind(text) == .timestamp
            {
                return keys.key(text)
            }
        }
        let key = try node()
        guard case .scalar(let scalar) = key else {
            throw refusal(
                "a key of a mapping is itself a collection", at: position,
                cure: "Put the key in quotes; template braces need them too: '{{ … }}'")
        }
        switch (scalar.kind, options.otherKeys) {
        case (.string, _), (.timestamp, _): break
        case (.null, _):
            report("a key of a mapping is null", at: position, cure: "Put the key in quotes, or remove the stray colon")
        case (_, .stringify): break
        case (_, .refuse):
            report(
                "the key \(scalar.text) is a \(scalar.kind.noun), and Kubernetes objects have strings for keys",
                at: position,
                cure: "Put it in quotes: \"\(scalar.text)\"")
        }
        var text = scalar.kind.isNumber || scalar.kind == .bool ? scalar.canonicalText() ?? scalar.text : scalar.text
        return text.withUTF8 { keys.key($0) }
    }

    private mutating func settle(_ repeats: [(first: Int, repeated: Int)], in object: inout Object) {
        switch options.duplicateKeys {
        case .keep: return
        case .refuse:
            for (first, repeated) in repeats {
                let entry = object.entries[repeated]
                report(
                    "the key \(entry.key) is given twice in one mapping, first in line "
                        + "\(object.entries[first].position.line)",
                    at: entry.position, cure: "Remove one of them, or join their values")
            }
        case .lastWins:
            warn(of: repeats, in: object)
            for (first, repeated) in repeats { object.entries[first].value = object.entries[repeated].value }
            let dropped = Set(repeats.map(\.repeated))
            object.entries = object.entries.indices.filter { !dropped.contains($0) }.map { object.entries[$0] }
        }
    }

    /// A warning at each place of a repeated key that does not count, and a note at the one that does.
    private mutating func warn(of repeats: [(first: Int, repeated: Int)], in object: Object) {
        var places: [(first: Int, all: [Int])] = []
        for (first, repeated) in repeats {
            if let known = places.firstIndex(where: { $0.first == first }) {
                places[known].all.append(repeated)
            } else {
                places.append((first, [first, repeated]))
            }
        }
        for (_, all) in places {
            guard let last = all.last else { continue }
            let key = object.entries[last].key
            for index in all {
                let entry = object.entries[index]
                let location = SourceLocation(file: file, position: entry.position)
                if index == last {
                    warnings.append(
                        Diagnostic(.note, "this `\(key)` is the one that counts", at: location, rule: "repeated-key"))
                    continue
                }
                let count = entry.value.array?.count ?? entry.value.object?.count ?? 0
                let loss =
                    count == 0
                    ? ""
                    : count == 1 ? ", and the entry below it is lost" : ", and the \(count) entries below it are lost"
                warnings.append(
                    .warning(
                        "the key `\(key)` stands here \(all.count == 2 ? "and" : "\(all.count) times, the last") in line "
                            + "\(object.entries[last].position.line): only the last one counts\(loss)",
                        at: location, cure: "join them under one `\(key)`", rule: "repeated-key"))
            }
        }
    }

    /// Expands `<<`: explicit keys win over merged ones, and of several merged mappings the first that has a key.
    private func merge(
        _ merges: [(value: Value, position: SourcePosition)], into object: inout Object
    ) throws(DiagnosticsError) {
        var present = Set(object.entries.lazy.map(\.key))
        for merge in merges {
            for source in merge.value.array ?? [merge.value] {
                guard case .object(let source) = source else {
                    throw refusal(
                        "<< merges a mapping or a list of mappings, and this is neither", at: merge.position,
                        cure: "Name an anchored mapping, as in <<: *defaults")
                }
                for entry in source.entries where present.insert(entry.key).inserted {
                    object.entries.append(entry)
                }
            }
        }
    }

    // MARK: - Scalars

    private mutating func scalar() throws(DiagnosticsError) -> Scalar {
        let position = position
        let text = events.text
        try count(budget.addText(text.count))
        let style = events.style
        var scalar: Scalar
        if let tag = events.tag, tag != "!" {
            scalar = try tagged(tag, text: text, style: style, at: position)
        } else {
            let kind = style == .plain ? options.schema.kind(text) : .string
            // `{key: }`: go-yaml v3 has to quote an empty scalar in brackets, so what it read as null it prints as a
            // string.
            let isEmptyInBrackets = text.isEmpty && flowDepth > 0 && style == .plain
            scalar = Scalar(
                String(decoding: text, as: UTF8.self), kind: kind, style: isEmptyInBrackets ? .singleQuoted : style,
                position: position)
        }
        if options.canonicalScalars { canonicalize(&scalar) }
        return scalar
    }

    mutating func canonicalize(_ scalar: inout Scalar) {
        // A date is the text that it was written with: the decoder that meets one here wants a string.
        if scalar.kind == .timestamp { scalar.kind = .string }
        guard scalar.kind != .string else { return }
        guard let canonical = scalar.canonical() else {
            report(Scalar.notInJSON.message, at: scalar.position, cure: Scalar.notInJSON.cure)
            return
        }
        scalar = canonical
    }

    /// A scalar with an explicit tag. Tags of applications (`!foo`) are dropped and leave a string.
    private func tagged(
        _ tag: String, text: UnsafeBufferPointer<UInt8>, style: Scalar.Style, at position: SourcePosition
    ) throws(DiagnosticsError) -> Scalar {
        let spelt = String(decoding: text, as: UTF8.self)
        let prefix = "tag:yaml.org,2002:"
        guard tag.utf8.starts(with: prefix.utf8) else {
            return Scalar(spelt, kind: .string, style: style, position: position)
        }
        let name = tag.dropFirst(prefix.count)
        if name == "binary" {
            guard let decoded = Base64.decode(spelt) else {
                throw refusal(
                    "the value is tagged !!binary and is not base64", at: position, cure: "Encode it, or remove the tag"
                )
            }
            return Scalar(UTF8Validation.repaired(decoded), kind: .string, style: .plain, position: position)
        }
        let found = options.schema.kind(text)
        let kind: Scalar.Kind
        switch (name, found) {
        case ("null", .null): kind = .null
        case ("bool", .bool): kind = .bool
        case ("int", .int): kind = .int
        case ("float", .float), ("float", .int): kind = .float
        case ("timestamp", .timestamp): kind = .timestamp
        case ("null", _), ("bool", _), ("int", _), ("float", _), ("timestamp", _):
            throw refusal(
                "the value is tagged !!\(name) and cannot be read as one", at: position,
                cure: "Remove the tag, or mend the value")
        default: kind = .string
        }
        return Scalar(spelt, kind: kind, style: style, position: position)
    }
}
