// Reading a fixed set of fields out of a value tree, such that every mistake is reported where it stands and none hides
// another.

import Manifest

/// What a document's reader has found so far.
struct FieldFindings {
    /// The file that the document was read from, without a position.
    let source: SourceLocation
    /// What the document is: `an Application`.
    let subject: String
    var diagnostics: [Diagnostic] = []

    mutating func report(_ message: String, at position: SourcePosition, cure: String? = nil) {
        var location = source
        location.position = position
        diagnostics.append(.error(message, at: location, cure: cure))
    }
}

/// The fields of one object of a document: each is asked for by its name once, and `finish` reports those that nobody
/// knows.
struct FieldReader {
    /// `spec.source`; empty for the document itself.
    let path: String
    private let object: Object
    let position: SourcePosition
    private var known: [String] = []

    init(_ object: Object, path: String, position: SourcePosition) {
        self.object = object
        self.path = path
        self.position = position
    }

    func name(of field: String) -> String { path.isEmpty ? field : "\(path).\(field)" }

    /// Where a field's value stands, or its key for a value without a place.
    func position(of field: String) -> SourcePosition {
        let value = object[field]?.scalar?.position ?? .unknown
        return value.isKnown ? value : object.position(of: field)
    }

    mutating func value(_ field: String) -> Value? {
        known.append(field)
        guard let value = object[field], !value.isNull else { return nil }
        return value
    }

    mutating func string(_ field: String, _ findings: inout FieldFindings) -> String? {
        guard let value = value(field) else { return nil }
        if let text = value.string { return text }
        // `revision: 1.20` is a number to YAML, and silently another text than what was meant once it is read as one.
        let cure = value.scalar.map { "Quote it: \(field): \"\($0.text)\"" }
        findings.report(
            "\(name(of: field)) must be a string, not \(value.nameOfKind)", at: position(of: field), cure: cure)
        return nil
    }

    mutating func requiredString(_ field: String, example: String, _ findings: inout FieldFindings) -> String {
        let before = findings.diagnostics.count
        if let text = string(field, &findings), !text.isEmpty { return text }
        if findings.diagnostics.count == before {
            let cure = "Add it, for example \(field): \(example)"
            findings.report(
                "\(name(of: field)) is missing", at: object.contains(field) ? position(of: field) : position, cure: cure
            )
        }
        return ""
    }

    mutating func bool(_ field: String, _ findings: inout FieldFindings) -> Bool? {
        guard let value = value(field) else { return nil }
        if let truth = value.bool { return truth }
        findings.report(
            "\(name(of: field)) must be true or false, not \(value.nameOfKind)", at: position(of: field),
            cure: "Write \(field): true or \(field): false")
        return nil
    }

    /// One of a few words.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ field: String, _ findings: inout FieldFindings
    ) -> Choice? where Choice.RawValue == String {
        guard let text = string(field, &findings) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        findings.report(
            "\(name(of: field)) must be \(words.dropLast().joined(separator: ", ")) or \(words.last ?? "")",
            at: position(of: field),
            cure: NearestName.find(text, among: words, slips: 1).map { "Did you mean \($0)?" })
        return nil
    }

    /// A whole number that is not negative.
    mutating func count(_ field: String, _ findings: inout FieldFindings) -> Int? {
        guard let value = value(field) else { return nil }
        if let number = value.int, number >= 0 { return number }
        findings.report("\(name(of: field)) must be a whole number from 0", at: position(of: field))
        return nil
    }

    mutating func number(_ field: String, in range: ClosedRange<Int>, _ findings: inout FieldFindings) -> Int? {
        guard let value = value(field) else { return nil }
        if let number = value.int, range.contains(number) { return number }
        findings.report(
            "\(name(of: field)) must be a whole number from \(range.lowerBound) to \(range.upperBound)",
            at: position(of: field))
        return nil
    }

    mutating func duration(_ field: String, _ findings: inout FieldFindings) -> Duration? {
        guard let value = value(field) else { return nil }
        if let text = value.string, let duration = Duration(parsing: text) { return duration }
        findings.report(
            "\(name(of: field)) must be a duration", at: position(of: field), cure: "Write it like 90s, 5m or 1h30m")
        return nil
    }

    mutating func strings(_ field: String, _ findings: inout FieldFindings) -> [(
        text: String, position: SourcePosition
    )] {
        guard let value = value(field) else { return [] }
        guard let items = value.array else {
            findings.report("\(name(of: field)) must be a list, not \(value.nameOfKind)", at: position(of: field))
            return []
        }
        return items.enumerated().compactMap { index, item in
            if let text = item.string { return (text, item.position) }
            findings.report("\(name(of: field))[\(index)] must be a string, not \(item.nameOfKind)", at: item.position)
            return nil
        }
    }

    /// The fields of each mapping in a list.
    ///
    /// - Parameter example: one as it is written: `name: sealed-secrets`.
    mutating func mappings(_ field: String, example: String, _ findings: inout FieldFindings) -> [FieldReader] {
        guard let value = value(field) else { return [] }
        guard let items = value.array else {
            findings.report("\(name(of: field)) must be a list, not \(value.nameOfKind)", at: position(of: field))
            return []
        }
        return items.enumerated().compactMap { index, item in
            let path = "\(name(of: field))[\(index)]"
            if case .object(let object) = item { return FieldReader(object, path: path, position: item.position) }
            findings.report(
                "\(path) must be a mapping, not \(item.nameOfKind)", at: item.position,
                cure: "Write it like - \(example)")
            return nil
        }
    }

    /// The fields of a member that is an object. A wrong type is reported and reads as an empty object.
    mutating func fields(_ field: String, _ findings: inout FieldFindings) -> FieldReader? {
        guard let value = value(field) else { return nil }
        if case .object(let member) = value {
            return FieldReader(member, path: name(of: field), position: object.position(of: field))
        }
        findings.report("\(name(of: field)) must be a mapping, not \(value.nameOfKind)", at: position(of: field))
        return nil
    }

    /// The name of an object. One that cannot be a name, the empty one among them, is reported: nothing else is meant
    /// by it.
    mutating func objectName(_ field: String, _ findings: inout FieldFindings) -> String? {
        guard let text = string(field, &findings) else { return nil }
        if KubernetesName.isSubdomain(text) { return text }
        findings.report(
            "\(name(of: field)) is no name of an object: '\(text)'", at: position(of: field),
            cure: "Names are of lower-case letters, digits, '-' and '.', or take the field out")
        return nil
    }

    /// Refuses a field that is part of the API but that this version does nothing with: ignoring it in silence would be
    /// worse.
    mutating func unsupported(_ field: String, _ findings: inout FieldFindings) {
        guard let value = value(field), !value.isEmpty, value.bool != false else { return }
        findings.report(
            "\(name(of: field)) is not supported by this version of gitopsctl", at: object.position(of: field),
            cure: "Take the field out, or use a version that has it")
    }

    /// Reports the fields that were not asked for, each with the known name that is nearest to it.
    func finish(_ findings: inout FieldFindings) {
        for entry in object.entries where !known.contains(entry.key) {
            let nearest = NearestName.find(entry.key, among: known, slips: 1)
            findings.report(
                "\(name(of: entry.key)) is not a field of \(path.isEmpty ? findings.subject : path)",
                at: entry.position,
                cure: nearest.map { "Did you mean \($0)?" }
                    ?? "The fields are \(Set(known).sorted().joined(separator: ", "))")
        }
    }
}

extension Value {
    /// What a person would call it.
    var nameOfKind: String {
        switch self {
        case .array: "a list"
        case .object: "a mapping"
        case .scalar(let scalar):
            switch scalar.kind {
            case .null: "null"
            case .bool: "the boolean \(scalar.text)"
            case .int, .float: "the number \(scalar.text)"
            case .string: "a string"
            case .timestamp: "the date \(scalar.text)"
            }
        }
    }
}
