// JSON patch, RFC 6902.

import Manifest

/// A list of operations on a document.
struct JSONPatch {
    private var operations: [Value]

    /// - Throws: 400 for what is no list of operations.
    init(_ patch: Value) throws(StatusError) {
        guard let operations = patch.array else {
            throw .badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
        }
        self.operations = operations
    }

    /// - Throws: 422 for an operation that cannot be done. The real server does not say which one, and why.
    func applied(to document: Value) throws(StatusError) -> Value {
        var document = document
        for operation in operations {
            do throws(PatchFailure) {
                try apply(operation, to: &document)
            } catch {
                var refusal = StatusError(
                    code: 422, reason: "Invalid",
                    message: "the server rejected our request due to an error in our request")
                refusal.showsDetails = true
                throw refusal
            }
        }
        return document
    }

    private struct PatchFailure: Error {}

    private func apply(_ operation: Value, to document: inout Value) throws(PatchFailure) {
        let path = try pointer(operation, "path")
        switch operation["op"]?.string {
        case "add":
            try add(try value(operation), at: path[...], to: &document)
        case "remove":
            _ = try remove(at: path[...], from: &document)
        case "replace":
            guard look(path[...], in: document) != nil else { throw PatchFailure() }
            if path.isEmpty {
                document = try value(operation)
            } else {
                try set(try value(operation), at: path[...], in: &document)
            }
        case "move":
            let from = try pointer(operation, "from")
            let moved = try remove(at: from[...], from: &document)
            try add(moved, at: path[...], to: &document)
        case "copy":
            let from = try pointer(operation, "from")
            guard let copied = look(from[...], in: document) else { throw PatchFailure() }
            try add(copied, at: path[...], to: &document)
        case "test":
            let found = look(path[...], in: document) ?? .null
            guard found == operation["value"] ?? .null else { throw PatchFailure() }
        default:
            throw PatchFailure()
        }
    }

    private func value(_ operation: Value) throws(PatchFailure) -> Value {
        guard let value = operation["value"] else { throw PatchFailure() }
        return value
    }

    private func pointer(_ operation: Value, _ member: String) throws(PatchFailure) -> [String] {
        guard let text = operation[member]?.string else { throw PatchFailure() }
        if text.isEmpty { return [] }
        guard text.hasPrefix("/") else { throw PatchFailure() }
        return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            String($0.replacing("~1", with: "/").replacing("~0", with: "~"))
        }
    }

    private func look(_ path: ArraySlice<String>, in value: Value) -> Value? {
        guard let first = path.first else { return value }
        switch value {
        case .object(let object): return object[first].flatMap { look(path.dropFirst(), in: $0) }
        case .array(let items):
            guard let index = Int(first), items.indices.contains(index) else { return nil }
            return look(path.dropFirst(), in: items[index])
        case .scalar: return nil
        }
    }

    /// Goes to the container of the path's last part and changes it there.
    private func change<Result>(
        _ path: ArraySlice<String>, in value: inout Value,
        _ body: (String, inout Value) throws(PatchFailure) -> Result
    ) throws(PatchFailure) -> Result {
        guard let first = path.first else { throw PatchFailure() }
        if path.count == 1 { return try body(first, &value) }
        let missing = PatchFailure()
        switch value {
        case .object(var object):
            guard let index = object.index(of: first) else { throw missing }
            value = .null
            defer { value = .object(object) }
            return try change(path.dropFirst(), in: &object.entries[index].value, body)
        case .array(var items):
            guard let index = Int(first), items.indices.contains(index) else { throw missing }
            value = .null
            defer { value = .array(items) }
            return try change(path.dropFirst(), in: &items[index], body)
        case .scalar:
            throw missing
        }
    }

    private func add(_ added: Value, at path: ArraySlice<String>, to document: inout Value) throws(PatchFailure) {
        if path.isEmpty {
            document = added
            return
        }
        try change(path, in: &document) { (key, container) throws(PatchFailure) in
            switch container {
            case .object(var object):
                object[key] = added
                container = .object(object)
            case .array(var items):
                let index = key == "-" ? items.count : Int(key) ?? -1
                guard (0...items.count).contains(index) else { throw PatchFailure() }
                items.insert(added, at: index)
                container = .array(items)
            case .scalar:
                throw PatchFailure()
            }
        }
    }

    private func set(_ new: Value, at path: ArraySlice<String>, in document: inout Value) throws(PatchFailure) {
        try change(path, in: &document) { (key, container) throws(PatchFailure) in
            switch container {
            case .object(var object):
                object[key] = new
                container = .object(object)
            case .array(var items):
                if let index = Int(key), items.indices.contains(index) { items[index] = new }
                container = .array(items)
            case .scalar:
                break
            }
        }
    }

    private func remove(
        at path: ArraySlice<String>, from document: inout Value
    ) throws(PatchFailure) -> Value {
        try change(path, in: &document) { (key, container) throws(PatchFailure) in
            let missing = PatchFailure()
            switch container {
            case .object(var object):
                guard let removed = object.removeValue(forKey: key) else { throw missing }
                container = .object(object)
                return removed
            case .array(var items):
                guard let index = Int(key), items.indices.contains(index) else { throw missing }
                let removed = items.remove(at: index)
                container = .array(items)
                return removed
            case .scalar:
                throw missing
            }
        }
    }
}
