// The objects of an application and what they own, with their health.

import Manifest
import SyncEngine

/// An object with the objects that name it as their owner.
struct ObjectTree: Sendable {
    var reference: ObjectReference
    var health: Health
    var children: [ObjectTree] = []
    /// How many owned objects are left out since they are over: ReplicaSets of earlier rollouts.
    var past = 0

    /// The trees of some members.
    ///
    /// - Parameters:
    ///   - others: whatever may be owned by a member, or by something that a member owns.
    ///   - showsPast: whether to show what is over, too.
    static func of(_ members: [Value], others: [Value], rules: HealthRules, showsPast: Bool = false) -> [ObjectTree] {
        let roots = Set(members.compactMap { KubernetesObject($0).uid })
        var owned: [String: [Value]] = [:]
        for object in others where !roots.contains(KubernetesObject(object).uid ?? "") {
            for owner in object[path: "metadata", "ownerReferences"]?.array ?? [] {
                if let uid = owner["uid"]?.string { owned[uid, default: []].append(object) }
            }
        }
        func tree(_ object: Value, _ above: Set<String>) -> ObjectTree {
            var node = ObjectTree(reference: KubernetesObject(object).reference, health: rules.health(of: object))
            guard let uid = KubernetesObject(object).uid, !above.contains(uid) else { return node }
            for child in owned[uid] ?? [] {
                let branch = tree(child, above.union([uid]))
                if !showsPast, branch.children.isEmpty, Self.isPast(child) { node.past += 1 } else { node.children.append(branch) }
            }
            node.children.sort { ("\($0.reference.kind)", $0.reference.name) < ("\($1.reference.kind)", $1.reference.name) }
            return node
        }
        return members.map { tree($0, []) }.sorted { $0.order < $1.order }
    }

    /// Namespaces and what has none first, then by namespace, kind and name.
    private var order: (String, String, String) { (reference.namespace ?? "", reference.kind, reference.name) }

    private static func isPast(_ object: Value) -> Bool {
        KubernetesObject(object).kind == "ReplicaSet" && object[path: "spec", "replicas"]?.int == 0
    }

    var count: Int { children.reduce(1) { $0 + $1.count } }
}

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
        line.append("  \(Spans.count(trees.count, "object"))" + (owned > 0 ? ", and \(owned) that they own" : ""), .quiet)
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
