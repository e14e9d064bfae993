// What a sync leaves on the terminal: which objects changed, and one line that says how it ended.

import Manifest
import SyncHistory

struct SyncSummary {
    var application: String
    var revision: RevisionLine
    var counts: SyncCounts
    var result: SyncResult
    var duration: Duration
    /// The objects that are not healthy yet, which a sync need not wait for all of, each with what it lacks; nil when
    /// the sync did not wait at all.
    var unhealthy: [String]?
    var isDryRun: Bool
    /// How many hooks ran.
    var hooks = 0

    /// One line where it fits; what happened goes below on a narrow terminal.
    func lines(width: Int) -> [InkedLine] {
        let (head, tail) = words()
        var whole = head
        whole.append(": \(tail)", .quiet)
        if whole.width <= width { return [whole] }
        return [head.clipped(to: width)] + TextWidth.wrapped(tail, to: width - 2).map { InkedLine("  \($0)", .quiet) }
    }

    private func words() -> (head: InkedLine, tail: String) {
        let changes = Spans.list([
            (counts.created, "created"), (counts.configured, "configured"), (counts.recreated, "recreated"),
            (counts.pruned, "pruned"), (counts.skipped, "skipped"),
            (hooks, hooks == 1 ? "hook ran" : "hooks ran"), (counts.failed, "failed"),
        ])
        let took = "(\(Spans.duration(duration)))"
        func head(_ mark: String, _ ink: Ink, _ verb: String) -> InkedLine {
            var line = InkedLine("\(mark) ", ink)
            line.append(application, .strong)
            line.append(" \(verb) \(revision.name)")
            return line
        }
        switch result {
        case .succeeded where counts.changed == 0 && counts.skipped == 0 && hooks == 0:
            return (
                head("✓", .good, "is in sync with"), "\(Spans.count(counts.total, "object")), nothing to do \(took)"
            )
        case .succeeded where isDryRun:
            return (head("○", .accent, "would be synced to"), "\(changes) \(took)")
        case .succeeded:
            return (head("✓", .good, "synced to"), "\(changes)\(health) \(took)")
        case .interrupted:
            return (
                head("!", .warning, "was interrupted at"),
                "\(changes.isEmpty ? "nothing changed" : changes), the rest is left \(took)"
            )
        case .failed, .running:
            return (head("✗", .bad, "failed to sync to"), "\(changes.isEmpty ? "nothing changed" : changes) \(took)")
        }
    }

    private var health: String {
        guard let unhealthy else { return "" }
        guard let first = unhealthy.first else { return ", all healthy" }
        return ", all healthy but \(unhealthy.count == 1 ? first : "\(unhealthy.count) that have not reported yet")"
    }

    /// The line of one object that was written, skipped or failed, as logs have it; nil for one that is right or was
    /// not reached.
    static func line(of object: ObjectProgress) -> InkedLine? {
        guard let (word, ink) = result(of: object) else { return nil }
        var line = InkedLine("\(object.reference) ")
        line.append(word, ink)
        switch object.stage {
        case .failed(let why), .skipped(let why): line.append(": \(why)", ink)
        default:
            guard [.update, .recreate, .hook].contains(object.action), !object.fields.isEmpty else { break }
            let shown = object.fields.prefix(3).joined(separator: ", ")
            line.append(" (\(shown)\(object.fields.count > 3 ? " and \(object.fields.count - 3) more" : ""))", .quiet)
        }
        return line
    }

    /// What came of an object, in a word.
    static func result(of object: ObjectProgress) -> (word: String, ink: Ink)? {
        switch object.stage {
        case .planned, .applying: nil
        case .failed: ("failed", .bad)
        case .skipped: ("skipped", .quiet)
        case .written, .waiting, .done:
            switch object.action {
            case .unchanged: nil
            case .prune, .recreate: (object.action.past, .warning)
            case .create, .update, .skip, .hook: (object.action.past, .good)
            }
        }
    }
}
