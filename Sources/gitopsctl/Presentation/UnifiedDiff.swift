// What a sync makes of an object's YAML, as `diff -u` would print it, with who made each change.

import Manifest
import SyncHistory

/// One object before and after a sync. Values of Secrets are masked.
struct ObjectDiff: Sendable {
    struct Change: Sendable {
        var path: FieldPath
        var cause: DiffEntry.Cause
    }

    var entry: DiffEntry
    /// nil for an object that is created.
    var before: Value?
    /// nil for one that is pruned.
    var after: Value?
    /// The fields that differ: the causes of the lines.
    var changes: [Change]
}

struct UnifiedDiff {
    var revision: RevisionLine
    var objects: [ObjectDiff]
    /// Whether what comes and what goes is shown line by line, too.
    var isFull: Bool
    var width: Int
    var now: Timestamp

    func lines() -> [InkedLine] {
        var lines: [InkedLine] = []
        for object in objects where object.entry.action != .unchanged {
            let body = body(of: object)
            if !lines.isEmpty, !body.isEmpty || lines.last?.text.hasPrefix(" ") == true { lines.append("") }
            lines.append(object.entry.heading(width: width))
            lines += body
        }
        return lines
    }

    private func body(of object: ObjectDiff) -> [InkedLine] {
        switch object.entry.action {
        case .update, .recreate: break
        case .create, .prune, .hook: if !isFull { return [] }
        case .skip, .unchanged: return []
        }
        let (before, after) = (ObjectText(object.before), ObjectText(object.after))
        let causes = LineCauses(object.changes, before, after)
        return LineDiff.hunks(from: before.lines, to: after.lines).flatMap { hunk in
            [InkedLine("  " + hunk.heading, .quiet)] + self.lines(of: hunk, before, after, causes)
        }
    }

    private func lines(of hunk: Hunk, _ before: ObjectText, _ after: ObjectText, _ causes: LineCauses) -> [InkedLine] {
        var lines: [InkedLine] = []
        // Who made the changes since the last line that is the same on both sides, each said once.
        var reasons: [DiffEntry.Cause] = []
        func sayReasons() {
            for reason in reasons {
                let words = "      # by \(reason.words(revision: revision, now: now))"
                lines.append(InkedLine(words, .quiet).clipped(to: width))
            }
            reasons = []
        }
        for line in hunk.lines {
            switch line {
            case .same(let index):
                sayReasons()
                lines.append(InkedLine("    \(before.lines[index])"))
            case .removed(let index):
                lines.append(InkedLine("  - \(before.lines[index])", .bad))
                if let cause = causes.before(index), !reasons.contains(cause) { reasons.append(cause) }
            case .added(let index):
                lines.append(InkedLine("  + \(after.lines[index])", .good))
                if let cause = causes.after(index), !reasons.contains(cause) { reasons.append(cause) }
            }
        }
        sayReasons()
        return lines
    }
}

/// Which change a line belongs to, on either side.
private struct LineCauses {
    private var removed: [(lines: Range<Int>, cause: DiffEntry.Cause)] = []
    private var added: [(lines: Range<Int>, cause: DiffEntry.Cause)] = []

    init(_ changes: [ObjectDiff.Change], _ before: ObjectText, _ after: ObjectText) {
        for change in changes {
            if let lines = before.range(of: change.path) { removed.append((lines, change.cause)) }
            if let lines = after.range(of: change.path) { added.append((lines, change.cause)) }
        }
    }

    func before(_ line: Int) -> DiffEntry.Cause? { removed.first { $0.lines.contains(line) }?.cause }
    func after(_ line: Int) -> DiffEntry.Cause? { added.first { $0.lines.contains(line) }?.cause }
}
