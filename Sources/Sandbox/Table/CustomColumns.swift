// The columns that a CustomResourceDefinition asks for, and the small part of JSONPath that they are written in.

import Manifest

enum CustomColumns {
    /// The name, the declared columns, and the age where none are declared.
    static func columns(_ declared: [CustomResource.PrinterColumn]) -> [TableColumn] {
        guard !declared.isEmpty else { return [.name, TableColumn("Age", type: "date", cell: TableColumn.age.cell)] }
        return [.name]
            + declared.map { column in
                let path = JSONPath(column.path)
                let type = column.type
                let described = "Custom resource definition column (in JSONPath format): \(column.path)"
                return TableColumn(
                    column.name, type: type, format: column.format, priority: column.priority,
                    description: column.description.isEmpty ? described : column.description
                ) { row in
                    path.first(in: row.object).map { cell($0, type, row) } ?? .null
                }
            }
    }

    /// A value as a cell of its column's type: null where it is of another.
    private static func cell(_ value: Value, _ type: String, _ row: TableRow) -> Value {
        let text = value.scalar?.text ?? String(decoding: JSON.write(value), as: UTF8.self)
        switch (type, value.scalar?.kind) {
        case ("date", .string?), ("date", .timestamp?):
            return .string(Timestamp(text) == nil ? "<invalid>" : row.age(value))
        case ("string", let kind): return kind == .null ? .null : .string(text)
        case ("integer", .int?), ("number", .int?), ("number", .float?), ("boolean", .bool?): return value
        default: return .null
        }
    }
}

/// A JSON path of keys, indices, wildcards and equality filters: `.status.conditions[?(@.type=="Ready")].status`.
struct JSONPath: Sendable {
    private enum Step: Sendable {
        case key(String)
        case index(Int)
        case all
        case filter(path: [String], value: String)
    }

    private var steps: [Step] = []

    /// What cannot be read ends the path: it then finds nothing.
    init(_ text: String) {
        var rest = Substring(text)
        while let first = rest.first {
            if first == "." {
                rest.removeFirst()
                var key = ""
                while let next = rest.first, next != ".", next != "[" {
                    rest.removeFirst()
                    if next == "\\", let escaped = rest.popFirst() { key.append(escaped) } else { key.append(next) }
                }
                if !key.isEmpty { steps.append(.key(key)) }
            } else if first == "[", let end = JSONPath.end(of: rest) {
                let inner = rest[rest.index(after: rest.startIndex)..<end]
                rest = rest[rest.index(after: end)...]
                if inner == "*" {
                    steps.append(.all)
                } else if let index = Int(inner) {
                    steps.append(.index(index))
                } else if inner.hasPrefix("?(@.") {
                    let condition = inner.dropFirst(4).dropLast()
                    let halves = condition.split(separator: "==", maxSplits: 1).map { $0.filter { $0 != " " } }
                    guard halves.count == 2 else { return }
                    let value = halves[1].filter { $0 != "\"" && $0 != "'" }
                    steps.append(.filter(path: halves[0].split(separator: ".").map(String.init), value: String(value)))
                } else {
                    steps.append(.key(inner.filter { $0 != "'" && $0 != "\"" }))
                }
            } else {
                return
            }
        }
    }

    private static func end(of text: Substring) -> Substring.Index? { text.firstIndex(of: "]") }

    func first(in value: Value) -> Value? {
        var found = [value]
        for step in steps {
            found = found.flatMap { value -> [Value] in
                switch step {
                case .key(let key): return value[key].map { [$0] } ?? []
                case .index(let index):
                    let items = value.array ?? []
                    let place = index < 0 ? items.count + index : index
                    return items.indices.contains(place) ? [items[place]] : []
                case .all:
                    return value.array ?? value.object?.entries.map(\.value) ?? []
                case .filter(let path, let wanted):
                    return (value.array ?? []).filter { $0.value(at: path[...])?.scalar?.text == wanted }
                }
            }
        }
        return found.first
    }
}
