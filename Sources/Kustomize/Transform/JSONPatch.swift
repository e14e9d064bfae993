// JSON patches (RFC 6902) with the liberties of the reference's library: replacing a missing member creates it,
// negative indices count from the end, a path without leading slash loses its first name.

import Manifest

struct JSONPatch: Sendable {
    enum Kind: String, Sendable { case add, remove, replace, move, copy, test }

    struct Operation: Sendable {
        var kind: Kind
        var path: String
        var from: String
        var value: Value?
        var position: SourcePosition
    }

    /// An operation that does not apply.
    struct Failure: Error {
        var reason: String
        var position: SourcePosition
    }

    var operations: [Operation]

    /// Decodes a list of operations; members that no operation has are ignored.
    init(_ value: Value) throws(Failure) {
        guard let items = value.array else {
            throw Failure(
                reason: "a JSON patch is a list of operations, and this is \(value.shape)", position: value.position)
        }
        operations = []
        for item in items {
            guard let object = item.object else {
                throw Failure(
                    reason: "an operation of a JSON patch is an object, and this is \(item.shape)",
                    position: item.position)
            }
            let name = object["op"]?.text ?? ""
            guard let kind = Kind(rawValue: name) else {
                let known = "add, remove, replace, move, copy and test"
                throw Failure(
                    reason: name.isEmpty
                        ? "an operation needs `op`: one of \(known)" : "`\(name)` is no operation; there are \(known)",
                    position: object.contains("op") ? object.position(of: "op") : item.position)
            }
            func pointer(_ key: String) throws(Failure) -> String {
                guard let text = object[key]?.string else {
                    throw Failure(
                        reason: "operation `\(name)` needs `\(key)`, a JSON pointer such as /spec/replicas",
                        position: item.position)
                }
                return text
            }
            var value = object["value"]
            if let written = value {
                var changed = written
                guard Self.roundTrip(&changed) else {
                    throw Failure(
                        reason: "the patch holds a number that JSON does not have", position: written.position)
                }
                value = changed
            }
            operations.append(
                Operation(
                    kind: kind, path: try pointer("path"),
                    from: kind == .move || kind == .copy ? try pointer("from") : "",
                    value: value, position: item.position))
        }
    }

    /// Applies all operations in order. Everything in the value takes the form that it has after a trip through JSON,
    /// in which all numbers are doubles.
    func apply(to value: inout Value) throws(Failure) {
        guard Self.roundTrip(&value) else {
            throw Failure(reason: "the object holds a number that JSON does not have", position: value.position)
        }
        // Only a long patch is worth the count.
        if operations.count > 1000 {
            let values = value.count(upTo: Self.maximumSteps / operations.count) + operations.count
            if operations.count * values > Self.maximumSteps {
                throw Failure(
                    reason: "\(operations.count) operations are too many for an object of this size",
                    position: value.position)
            }
        }
        var copied = 0
        for operation in operations { try apply(operation, &value, &copied) }
    }

    // MARK: - Operations

    /// Copies may double an object over and over: all that one patch copies may come to this many values.
    private static let maximumCopies = 1_000_000
    /// An operation may look through every key of the object, and all of one patch through this many.
    private static let maximumSteps = 500_000_000

    private func apply(_ operation: Operation, _ document: inout Value, _ copied: inout Int) throws(Failure) {
        func failure(_ reason: String) -> Failure {
            Failure(reason: "\(operation.kind.rawValue) `\(operation.path)`: \(reason)", position: operation.position)
        }
        do throws(Missing) {
            switch operation.kind {
            case .add:
                if operation.path.isEmpty {
                    document = operation.value ?? .null
                    return
                }
                try Self.add(operation.value ?? .null, operation.path, &document)
            case .replace:
                if operation.path.isEmpty {
                    document = operation.value ?? .null
                    return
                }
                try Self.replace(operation.value ?? .null, operation.path, &document)
            case .remove:
                _ = try Self.remove(operation.path, &document)
            case .move:
                let value = try Self.remove(operation.from, &document)
                try Self.add(value, operation.path, &document)
            case .copy:
                let value = try Self.find(operation.from, document) ?? .null
                copied += value.count(upTo: Self.maximumCopies - copied)
                if copied >= Self.maximumCopies { throw Missing(reason: "the patch copies more than any object holds") }
                try Self.add(value, operation.path, &document)
            case .test:
                let found = operation.path.isEmpty ? document : try Self.find(operation.path, document)
                let expected = operation.value ?? .null
                if !Self.areEqual(found ?? .null, expected) {
                    throw Missing(
                        reason: "the test failed: \(found == nil ? "there is nothing there" : "the value differs")")
                }
            }
        } catch {
            throw failure(error.reason)
        }
    }

    private struct Missing: Error {
        var reason: String
    }

    /// The containers to walk through, and the last name.
    private static func split(_ path: String) throws(Missing) -> ([String], String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(unescape)
        guard parts.count >= 2, let last = parts.last else {
            throw Missing(reason: "the path is no JSON pointer; it begins with a slash")
        }
        return (Array(parts[1..<parts.count - 1]), last)
    }

    private static func unescape(_ part: Substring) -> String {
        if !part.utf8.contains(UInt8(ascii: "~")) { return String(part) }
        var result = ""
        var rest = part
        while let character = rest.popFirst() {
            if character == "~", rest.first == "1" {
                rest.removeFirst()
                result.append("/")
            } else if character == "~", rest.first == "0" {
                rest.removeFirst()
                result.append("~")
            } else {
                result.append(character)
            }
        }
        return result
    }

    private static func editContainer<Result>(
        _ names: ArraySlice<String>, _ value: inout Value, _ body: (inout Value) throws(Missing) -> Result
    ) throws(Missing) -> Result {
        guard let name = names.first else {
            if value.scalar != nil { throw Missing(reason: "its parent is \(value.shape)") }
            return try body(&value)
        }
        switch value {
        case .scalar: throw Missing(reason: "`\(name)` is looked for in \(value.shape)")
        case .array:
            let result: Result? = try value.editArray { (items) throws(Missing) in
                let index = try existingIndex(name, items.count)
                return try editContainer(names.dropFirst(), &items[index], body)
            }
            if let result { return result }
        case .object:
            let result: Result?? = try value.editObject { (object) throws(Missing) in
                try object.edit(name) { (member) throws(Missing) in try editContainer(names.dropFirst(), &member, body)
                }
            }
            if case .some(.some(let result)) = result { return result }
        }
        throw Missing(reason: "there is no `\(name)` on the way")
    }

    private static func existingIndex(_ name: String, _ count: Int) throws(Missing) -> Int {
        guard let index = Int(name) else { throw Missing(reason: "`\(name)` is no index of a list") }
        let position = index < 0 ? index + count : index
        guard position >= 0, position < count else {
            throw Missing(reason: "index \(index) is outside of the list of \(count)")
        }
        return position
    }

    private static func find(_ path: String, _ document: Value) throws(Missing) -> Value? {
        let (names, last) = try split(path)
        var container = document
        for name in names {
            switch container {
            case .array(let items): container = items[try existingIndex(name, items.count)]
            case .object(let object):
                guard let member = object[name] else { throw Missing(reason: "there is no `\(name)` on the way") }
                container = member
            case .scalar: throw Missing(reason: "`\(name)` is looked for in \(container.shape)")
            }
        }
        switch container {
        case .array(let items): return items[try existingIndex(last, items.count)]
        case .object(let object): return object[last]
        case .scalar: throw Missing(reason: "its parent is \(container.shape)")
        }
    }

    private static func add(_ value: Value, _ path: String, _ document: inout Value) throws(Missing) {
        let (names, last) = try split(path)
        try editContainer(names[...], &document) { (container) throws(Missing) in
            let added: Void? = try container.editArray { (items) throws(Missing) in
                if last == "-" {
                    items.append(value)
                    return
                }
                guard let index = Int(last) else { throw Missing(reason: "`\(last)` is no index of a list") }
                let position = index < 0 ? index + items.count + 1 : index
                guard position >= 0, position <= items.count else {
                    throw Missing(reason: "index \(index) is outside of the list of \(items.count)")
                }
                items.insert(value, at: position)
            }
            if added == nil { container[last] = value }
        }
    }

    private static func replace(_ value: Value, _ path: String, _ document: inout Value) throws(Missing) {
        let (names, last) = try split(path)
        try editContainer(names[...], &document) { (container) throws(Missing) in
            let replaced: Void? = try container.editArray { (items) throws(Missing) in
                items[try existingIndex(last, items.count)] = value
            }
            if replaced == nil { container[last] = value }
        }
    }

    private static func remove(_ path: String, _ document: inout Value) throws(Missing) -> Value {
        let (names, last) = try split(path)
        return try editContainer(names[...], &document) { (container) throws(Missing) -> Value in
            let removed: Value? = try container.editArray { (items) throws(Missing) in
                items.remove(at: try existingIndex(last, items.count))
            }
            if let removed { return removed }
            let member: Value?? = container.editObject { $0.removeValue(forKey: last) }
            guard case .some(.some(let member)) = member else {
                throw Missing(reason: "there is no `\(last)` to remove")
            }
            return member
        }
    }

    /// Equality of JSON values, where `1` equals `1.0`.
    private static func areEqual(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.scalar(let left), .scalar(let right)):
            if let a = left.double, let b = right.double { return a == b }
            return left == right
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy(areEqual)
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.entries.allSatisfy { entry in right[entry.key].map { areEqual(entry.value, $0) } ?? false }
        default: return false
        }
    }

    // MARK: - The trip through JSON

    /// Gives every scalar the form that it has after a trip through JSON text and back into YAML. False for infinities
    /// and the like.
    ///
    /// - Parameter roundsIntegers: whether the trip goes through doubles.
    static func roundTrip(_ value: inout Value, roundsIntegers: Bool = true) -> Bool {
        switch value {
        case .scalar(let scalar):
            guard let result = roundTrip(scalar, roundsIntegers) else { return false }
            value = .scalar(result)
            return true
        case .array:
            return value.editArray { items in
                var fits = true
                for index in items.indices where !roundTrip(&items[index], roundsIntegers: roundsIntegers) {
                    fits = false
                }
                return fits
            } ?? true
        case .object:
            return value.editObject { object in
                var fits = true
                for index in object.entries.indices
                where !roundTrip(&object.entries[index].value, roundsIntegers: roundsIntegers) { fits = false }
                return fits
            } ?? true
        }
    }

    private static func roundTrip(_ scalar: Scalar, _ roundsIntegers: Bool) -> Scalar? {
        var result = scalar
        switch scalar.kind {
        case .string:
            // The string was written out and read again.
            result.style = .written(scalar.text)
            return result
        case .timestamp:
            guard let text = scalar.canonicalText() else { return nil }
            return Scalar(text, kind: .string, style: .doubleQuoted, position: scalar.position)
        case .null, .bool:
            result.text = scalar.canonicalText() ?? scalar.text
        case .int, .float:
            guard let text = scalar.canonicalText() else { return nil }
            result.text = roundsIntegers ? scalar.doubleText() ?? text : text
            result.kind =
                result.text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (48...57).contains($0) } ? .int : .float
        }
        result.style = .plain
        return result
    }
}
