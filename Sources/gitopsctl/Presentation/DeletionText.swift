// What the deletion of an application would take away, the question whether it is meant, and how it ended.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct DeletionText {
    var application: String
    var cluster: String
    var plan: Plan

    /// The objects that go, and those that stay, each with its reason.
    func plan(width: Int) -> [InkedLine] {
        let entries = zip(plan.changes, DiffEntry.entries(of: plan)).map(Self.worded)
        let gone = entries.filter { $0.action == .prune }
        let kept = entries.filter { $0.action == .skip }
        var heading = InkedLine(application, .strong)
        heading.append(" on \(cluster): ", .quiet)
        heading.append(
            Spans.list([
                (gone.count, "to delete"), (kept.count, "to keep"),
                (hooks, hooks == 1 ? "hook to run" : "hooks to run"),
            ]))
        if gone.isEmpty, kept.isEmpty { heading.append("no objects") }
        return [heading.clipped(to: width)] + lines(of: gone, width) + lines(of: kept, width)
    }

    /// An object with the words of a deletion, which is not about what Git has.
    private static func worded(_ change: PlannedChange, _ entry: DiffEntry) -> DiffEntry {
        var entry = entry
        entry.verb = entry.action == .skip ? "stays" : "delete"
        entry.note =
            switch change.action {
            case .skip(.protectedKind): "objects of this kind go with --all"
            case .skip(.keptByAnnotation(let annotation)): annotation
            case .skip(.handedOver(let other)): "application \(other) has it in Git"
            case .skip(.orphaned): nil
            default: entry.note
            }
        return entry
    }

    /// Asked at the end of a line.
    var question: String { "Type \(application) to delete it: " }

    private var hooks: Int { plan.hooks.of(.preDelete).count + plan.hooks.of(.postDelete).count }

    private func lines(of entries: [DiffEntry], _ width: Int) -> [InkedLine] {
        let shown = entries.count > 20 ? 15 : entries.count
        var lines = entries.prefix(shown).map { $0.heading(width: width) }
        if shown < entries.count { lines.append(InkedLine("  … and \(entries.count - shown) more", .quiet)) }
        return lines
    }

    /// - Parameter file: where the application is still described, nil for one that the cluster had.
    static func end(_ report: SyncReport, of application: String, isStillDescribed file: String?, width: Int)
        -> [InkedLine]
    {
        let took = "(\(Spans.duration(report.finished.since(report.started))))"
        let hooks = report.outcome?.count(.ran) ?? 0
        let changes = Spans.list([
            (report.counts.pruned, "deleted"), (report.counts.skipped, "kept"),
            (hooks, hooks == 1 ? "hook ran" : "hooks ran"),
            (report.counts.failed, "failed"),
        ])
        let words = changes.isEmpty ? took : "\(changes) \(took)"
        func head(_ mark: String, _ ink: Ink, _ verb: String) -> InkedLine {
            var line = InkedLine("\(mark) ", ink)
            line.append(application, .strong)
            line.append(" \(verb)")
            return line
        }
        let first: InkedLine =
            switch report.result {
            case .succeeded: head("✓", .good, "is deleted")
            case .interrupted: head("!", .warning, "is deleted in part")
            case .failed, .running: head("✗", .bad, "could not be deleted")
            }
        var whole = first
        whole.append(": \(words)", .quiet)
        var lines =
            whole.width <= width
            ? [whole] : [first.clipped(to: width), InkedLine("  \(words)", .quiet).clipped(to: width)]
        if report.result == .succeeded, let file {
            lines += TextWidth.wrapped("\(file) describes it still: a sync brings it back", to: width).map {
                InkedLine($0, .quiet)
            }
        }
        return lines
    }
}
