// The form that a value has in JSON, which is the form that a build prints and a cluster stores.

extension Scalar.Kind {
    var isNumber: Bool { self == .int || self == .float }

    /// What a user calls it, without article.
    var noun: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .int, .float: "number"
        case .string: "string"
        case .timestamp: "date"
        }
    }
}

extension Scalar {
    /// The text that JSON has for the scalar: decimal integers, floats as Go prints them, `true`, dates in RFC 3339.
    /// Nil for infinities and not-a-number, which JSON lacks, and for a text that is not what its kind says.
    package func canonicalText() -> String? { canonical()?.text }

    /// The text that a number has once it went through a Go program as a double and back to YAML: `1e+06` for a
    /// million. Nil for what is no finite number.
    package func doubleText() -> String? { double.map { FloatFormat($0).yaml } }

    /// What is wrong with a scalar that has no canonical form. Its text is not quoted: it may be a secret's.
    static let notInJSON = (
        message: "the value is an infinity, no number, or not what its tag says, and has no place in JSON",
        cure: "Use a finite number, or put the text in quotes"
    )

    /// The scalar with JSON's text and kind: a float without a fraction that fits 64 bits is an integer, a date is a
    /// string.
    func canonical() -> Scalar? {
        var text = text
        return text.withUTF8 { bytes -> Scalar? in
            var scalar = self
            switch kind {
            case .string: break
            case .null:
                // An empty scalar in brackets; see the reader.
                if bytes.isEmpty && style == .singleQuoted {
                    return Scalar("", kind: .string, style: .plain, position: position)
                }
                scalar.text = "null"
            case .bool:
                guard let first = bytes.first else { return nil }
                let isTrue =
                    first | 0x20 == UInt8(ascii: "t") || first | 0x20 == UInt8(ascii: "y")
                    || (first | 0x20 == UInt8(ascii: "o") && bytes.count == 2)
                scalar.text = isTrue ? "true" : "false"
            case .int:
                guard let integer = NumberText.integer(bytes) else { return nil }
                scalar.text = integer.text
            case .float:
                if let integer = NumberText.integer(bytes) {
                    (scalar.text, scalar.kind) = (integer.text, .int)
                } else {
                    guard let value = NumberText.float(bytes) else { return nil }
                    scalar.text = FloatFormat(value).json
                    // Whoever reads the JSON text takes what looks like an integer and fits 64 bits for one.
                    if let integer = scalar.text.withUTF8(NumberText.integer) {
                        (scalar.text, scalar.kind) = (integer.text, .int)
                    }
                }
            case .timestamp:
                guard let time = YAMLTimestamp(bytes) else { return nil }
                (scalar.text, scalar.kind) = (time.rfc3339, .string)
            }
            return scalar
        }
    }
}

extension Value {
    /// The value as it is after a trip through JSON, as every object of a build makes before it is printed: all scalars
    /// in JSON's form, no key twice, no character that YAML cannot carry.
    ///
    /// - Parameter origin: The file and commit of the value, for diagnostics.
    /// - Throws: A diagnostic for each infinity or not-a-number, each repeated key, each `<<` that is no merge, and
    ///   each string with a control character that YAML readers refuse.
    package func canonicalized(at origin: SourceLocation? = nil) throws(DiagnosticsError) -> Value {
        var form = CanonicalForm(origin: origin)
        let changed = form.of(self)
        if !form.errors.isEmpty { throw DiagnosticsError(form.errors) }
        return changed ?? self
    }
}

/// One walk over a tree, which rebuilds only what is not canonical yet.
private struct CanonicalForm {
    let origin: SourceLocation?
    var errors: [Diagnostic] = []

    init(origin: SourceLocation?) {
        self.origin = origin
    }

    /// The canonical form, nil when the value has it.
    mutating func of(_ value: Value) -> Value? {
        switch value {
        case .scalar(let scalar): self.scalar(scalar).map(Value.scalar)
        case .array(let items): array(items).map(Value.array)
        case .object(let object): self.object(object).map(Value.object)
        }
    }

    private mutating func array(_ items: [Value]) -> [Value]? {
        var changed: [Value]?
        for (index, item) in items.enumerated() {
            guard let canonical = of(item) else { continue }
            if changed == nil { changed = items }
            changed?[index] = canonical
        }
        return changed
    }

    private mutating func object(_ object: Object) -> Object? {
        var changed: Object?
        for (index, entry) in object.entries.enumerated() {
            if entry.key == "<<" {
                report(
                    "the key << stands in quotes: YAML readers take it for a merge, or drop it with all below it",
                    at: entry.position, cure: "Remove the quotes to merge, or choose another key")
            }
            let key = string(entry.key, at: entry.position)
            let value = of(entry.value)
            guard key != nil || value != nil else { continue }
            if changed == nil { changed = object }
            if let key { changed?.entries[index].key = key }
            if let value { changed?.entries[index].value = value }
        }
        for (first, repeated) in object.repeatedKeys() {
            let entry = object.entries[repeated]
            let earlier = object.entries[first].position
            let place = earlier.isKnown ? "at line \(earlier.line)" : "in the same mapping"
            report(
                "mapping key \"\(entry.key)\" already defined \(place)", at: entry.position,
                cure: "Remove one of the two, or join their values")
        }
        return changed
    }

    private mutating func scalar(_ scalar: Scalar) -> Scalar? {
        if scalar.kind == .string {
            guard let text = string(scalar.text, at: scalar.position) else { return nil }
            return Scalar(text, kind: .string, style: scalar.style, position: scalar.position)
        }
        guard let canonical = scalar.canonical() else {
            report(Scalar.notInJSON.message, at: scalar.position, cure: Scalar.notInJSON.cure)
            return nil
        }
        return canonical.text == scalar.text && canonical.kind == scalar.kind ? nil : canonical
    }

    /// The text after the trip through JSON, nil when the trip leaves it as it is.
    private mutating func string(_ text: String, at position: SourcePosition) -> String? {
        if text.withBytes(ByteScan.isBelowDelete) { return nil }
        var hasNextLine = false
        for character in text.unicodeScalars {
            switch character.value {
            case 0x85: hasNextLine = true
            case 0x7F...0x9F, 0xFFFE, 0xFFFF:
                let code = String(character.value, radix: 16, uppercase: true)
                report(
                    "the text holds the control character U+"
                        + String(repeating: "0", count: max(4 - code.utf8.count, 0)) + code
                        + ", which YAML does not allow",
                    at: position, cure: "Remove the character, or store the value as binary data")
                return nil
            default: break
            }
        }
        return hasNextLine ? foldingNextLines(text) : nil
    }

    /// U+0085 passes JSON unescaped, and a YAML reader folds it inside quotes as it folds every line break: blanks
    /// around it go, a single one is a space, of several the first is dropped.
    private func foldingNextLines(_ text: String) -> String {
        func isBlank(_ character: Unicode.Scalar) -> Bool { character == " " }
        var folded = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let character = rest.popFirst() {
            guard character.value == 0x85 else {
                folded.append(character)
                continue
            }
            while let last = folded.last, isBlank(last) { folded.removeLast() }
            var breaks = 1
            while let next = rest.first, isBlank(next) || next.value == 0x85 {
                if next.value == 0x85 { breaks += 1 }
                rest.removeFirst()
            }
            folded.append(
                contentsOf: breaks == 1 ? " ".unicodeScalars : String(repeating: "\n", count: breaks - 1).unicodeScalars
            )
        }
        return String(folded)
    }

    private mutating func report(_ message: String, at position: SourcePosition, cure: String) {
        var place = origin
        if position.isKnown { place?.position = position }
        errors.append(.error(message, at: place, cure: cure))
    }
}

extension Object {
    /// The entries whose key an earlier entry has too, with the earlier one's place.
    func repeatedKeys() -> [(first: Int, repeated: Int)] {
        if entries.count <= 8 {
            var found: [(first: Int, repeated: Int)] = []
            for index in entries.indices.dropFirst() {
                if let earlier = entries[..<index].firstIndex(where: { $0.key == entries[index].key }) {
                    found.append((earlier, index))
                }
            }
            return found
        }
        let hashes = entries.map { entry -> UInt64 in
            var key = entry.key
            return key.withUTF8 { KeyTable.hash(UnsafeRawBufferPointer($0)) }
        }
        return hashes.withUnsafeBufferPointer { hashes in
            DuplicateKeys.find(hashes) { entries[$0].key == entries[$1].key }
        }
    }
}
