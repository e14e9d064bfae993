// Trees of objects as lines, and as documents.

import Manifest
import SyncEngine

enum TreeText {
    /// The trees as lines: what a branch hangs on, the object, and its health where it says something.
    static func lines(_ trees: [ObjectTree], width: Int) -> [InkedLine] {
        var table = Table(columns: [
            Table.Column(title: "OBJECT", shrinks: true, minimum: 24), Table.Column(title: "HEALTH"),
            Table.Column(title: "", dispensability: 1, shrinks: true, minimum: 10),
        ])
        for tree in trees { append(tree, label: "\(tree.reference)", indent: "", to: &table) }
        return table.lines(width: width)
    }

    private static func append(_ tree: ObjectTree, label: String, indent: String, to table: inout Table) {
        let (word, ink) = word(of: tree.health)
        table.rows.append([Table.Cell(label), Table.Cell(word, ink), Table.Cell(tree.health.message, .quiet)])
        for (index, child) in tree.children.enumerated() {
            let isLast = index == tree.children.count - 1 && tree.past == 0
            append(
                child, label: indent + (isLast ? "└─ " : "├─ ") + "\(child.reference.kind) \(child.reference.name)",
                indent: indent + (isLast ? "   " : "│  "), to: &table)
        }
        if tree.past > 0 {
            let words = "\(indent)└─ \(Spans.count(tree.past, "earlier ReplicaSet"))"
            table.rows.append([Table.Cell(words, .quiet), Table.Cell(""), Table.Cell("")])
        }
    }

    private static func word(of health: Health) -> (String, Ink) {
        switch health.status {
        case .healthy: ("healthy", .good)
        case .progressing: (health.isAwaited ? "progressing" : "waiting", .accent)
        case .degraded: ("degraded", .bad)
        case .suspended: ("suspended", .quiet)
        }
    }

    /// One line above: how the application is as a whole.
    static func heading(_ name: String, _ trees: [ObjectTree]) -> InkedLine {
        var line = InkedLine(name, .strong)
        let owned = trees.reduce(0) { $0 + $1.count } - trees.count
        line.append(
            "  \(Spans.count(trees.count, "object"))" + (owned > 0 ? ", and \(owned) that they own" : ""), .quiet)
        return line
    }

    static func document(_ tree: ObjectTree) -> Value {
        Documents.object(
            Documents.reference(tree.reference) + [
                ("health", .string(tree.health.status.rawValue)),
                ("message", tree.health.message.isEmpty ? nil : .string(tree.health.message)),
                ("owns", tree.children.isEmpty ? nil : .array(tree.children.map(document))),
            ])
    }
}
