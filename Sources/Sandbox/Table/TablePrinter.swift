// The Table form of objects: what `kubectl get` prints, made by the server.

import Manifest

/// One column of a table.
struct TableColumn: Sendable {
    var name: String
    var type = "string"
    var format = ""
    /// 0 for what everybody sees, 1 for `-o wide`.
    var priority = 0
    var description = ""
    var cell: @Sendable (TableRow) -> Value

    init(
        _ name: String, type: String = "string", format: String = "", priority: Int = 0, description: String = "",
        cell: @escaping @Sendable (TableRow) -> Value
    ) {
        self.name = name
        self.type = type
        self.format = format
        self.priority = priority
        self.description = description
        self.cell = cell
    }

    static let name = TableColumn("Name", format: "name") { .string($0.text("metadata", "name")) }
    static let age = TableColumn("Age") { .string($0.age($0["metadata", "creationTimestamp"])) }
    static let createdAt = TableColumn("Created At", format: "date-time") {
        .string($0.text("metadata", "creationTimestamp"))
    }

    /// A column that shows the text at a path.
    static func text(_ name: String, priority: Int = 0, none: String = "", _ path: String...) -> TableColumn {
        TableColumn(name, priority: priority) { row in
            let text = row.object.value(at: path[...])?.scalar?.text ?? ""
            return .string(text.isEmpty ? none : text)
        }
    }

    static func number(_ name: String, _ path: String...) -> TableColumn {
        TableColumn(name, type: "integer") { row in
            .int(row.object.value(at: path[...])?.int ?? 0)
        }
    }
}

/// An object as the cells of its row are made from it.
struct TableRow {
    var object: Value
    var now: Timestamp

    subscript(path: String...) -> Value? { object.value(at: path[...]) }
    func text(_ path: String...) -> String { object.value(at: path[...])?.scalar?.text ?? "" }
    func int(_ path: String...) -> Int { object.value(at: path[...])?.int ?? 0 }
    func items(_ path: String...) -> [Value] { object.value(at: path[...])?.array ?? [] }

    /// How long ago a time was, as `duration.HumanDuration` prints it.
    func age(_ time: Value?) -> String {
        guard let text = time?.scalar?.text, let then = Timestamp(text) else { return "<unknown>" }
        return humanDuration((now.microseconds - then.microseconds) / 1_000_000)
    }
}

/// Seconds in the form of `k8s.io/apimachinery/pkg/util/duration.HumanDuration`.
func humanDuration(_ seconds: Int64) -> String {
    if seconds < -1 { return "<invalid>" }
    if seconds < 0 { return "0s" }
    if seconds < 120 { return "\(seconds)s" }
    let minutes = seconds / 60
    if minutes < 10 { return seconds % 60 == 0 ? "\(minutes)m" : "\(minutes)m\(seconds % 60)s" }
    if minutes < 180 { return "\(minutes)m" }
    let hours = minutes / 60
    if hours < 8 { return minutes % 60 == 0 ? "\(hours)h" : "\(hours)h\(minutes % 60)m" }
    if hours < 48 { return "\(hours)h" }
    let days = hours / 24
    if hours < 192 { return hours % 24 == 0 ? "\(days)d" : "\(days)d\(hours % 24)h" }
    if days < 730 { return "\(days)d" }
    let years = days / 365
    if days < 8 * 365 { return days % 365 == 0 ? "\(years)y" : "\(years)y\(days % 365)d" }
    return "\(years)y"
}

struct TablePrinter {
    private let resource: Resource
    private let version: String
    private let columns: [TableColumn]
    private let includes: String

    init(_ resource: Resource, _ version: String, _ request: APIRequest) {
        self.resource = resource
        self.version = version
        includes = request.parameter("includeObject") ?? "Metadata"
        if let custom = resource.custom {
            columns = CustomColumns.columns(custom.versions[version]?.columns ?? [])
        } else {
            columns = BuiltinColumns.columns(resource) ?? [.name, .age]
        }
    }

    /// - Parameter revision: that of a list; nil for single objects, which carry their own.
    func table(_ objects: [StoredObject], revision: UInt64?, continuation: String?) -> Value {
        let now = Timestamp.now()
        let rows: [Value] = objects.map { object in
            let value = resource.converted(object.value, to: version)
            let row = TableRow(object: value, now: now)
            var entry: Object = ["cells": .array(columns.map { $0.cell(row) })]
            switch includes {
            case "None": break
            case "Object": entry["object"] = value
            default: entry["object"] = Representation.partialMetadata(value)
            }
            return .object(entry)
        }
        var metadata = Object()
        metadata["resourceVersion"] = .string(String(revision ?? objects.last?.revision ?? 0))
        if let continuation { metadata["continue"] = .string(continuation) }
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": .object(metadata),
            "columnDefinitions": .array(
                columns.map { column in
                    [
                        "name": .string(column.name), "type": .string(column.type), "format": .string(column.format),
                        "description": .string(column.description), "priority": .int(column.priority),
                    ]
                }), "rows": .array(rows),
        ]
    }
}
