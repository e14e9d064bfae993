// What differs between Git and the cluster: per object the fields, what they are, what they will be, and who made it
// so.

import Manifest
import SyncHistory

/// One object of a diff, ready to be shown: values are text, and Secrets' values are masked already.
struct DiffEntry: Sendable, Hashable {
    struct Field: Sendable, Hashable {
        var path: String
        /// nil for a field that the cluster does not have.
        var live: String?
        /// nil for a field that goes.
        var desired: String?
        var cause: Cause
    }

    enum Cause: Sendable, Hashable {
        case git
        case cluster(manager: String, time: Timestamp?)
    }

    var reference: ObjectReference
    var action: ObjectAction
    var fields: [Field] = []
    /// Why it is skipped, or other words about it.
    var note: String?
    /// The word for what becomes of it, where it is not a sync's.
    var verb: String?
}

struct DiffText {
    var revision: RevisionLine
    var entries: [DiffEntry]
    var width: Int
    var now: Timestamp

    func lines() -> [InkedLine] {
        var lines: [InkedLine] = []
        for entry in entries where entry.action != .unchanged {
            if !lines.isEmpty, !entry.fields.isEmpty || lines.last?.text.hasPrefix(" ") == true { lines.append("") }
            lines += self.lines(of: entry)
        }
        return lines
    }

    /// How many objects differ, in a line; in more where it is narrow.
    func summary(application: String) -> [InkedLine] {
        let count = { action in entries.count { $0.action == action } }
        let words = Spans.list([
            (count(.create), "to create"), (count(.update), "to update"), (count(.recreate), "to recreate"),
            (count(.prune), "to prune"), (count(.skip), "skipped"),
        ])
        let text =
            words.isEmpty
            ? "\(application) is in sync with \(revision.name): \(Spans.count(entries.count, "object"))"
            : "\(application) differs from \(revision.name): \(words)"
        return TextWidth.wrapped(text, to: width).map { InkedLine($0) }
    }

    private func lines(of entry: DiffEntry) -> [InkedLine] {
        var lines = [entry.heading(width: width)]
        guard entry.action == .update || entry.action == .recreate else { return lines }
        // A cause that all fields share is said once.
        let causes = Set(entry.fields.map(\.cause))
        for field in entry.fields {
            lines += self.lines(of: field)
            if causes.count > 1 { lines.append(causeLine(field.cause, indent: 6)) }
        }
        if causes.count == 1, let cause = causes.first { lines.append(causeLine(cause, indent: 4)) }
        return lines
    }

    private func lines(of field: DiffEntry.Field) -> [InkedLine] {
        let live = field.live ?? "(none)"
        let desired = field.desired ?? "(removed)"
        let isShort = !live.contains("\n") && !desired.contains("\n")
        if isShort, 4 + TextWidth.of(field.path) + 2 + TextWidth.of(live) + 3 + TextWidth.of(desired) <= width {
            var line = InkedLine("    \(field.path)  ")
            line.append(live, field.live == nil ? .quiet : .bad)
            line.append(" → ")
            line.append(desired, field.desired == nil ? .quiet : .good)
            return [line]
        }
        var lines = [InkedLine("    " + TextWidth.shortened(field.path, to: width - 4))]
        lines += block(field.live, "-", .bad)
        lines += block(field.desired, "+", .good)
        return lines
    }

    /// The lines of a value behind a sign. Long texts show their beginning: a diff of a file in a ConfigMap is Git's to
    /// show.
    private func block(_ text: String?, _ sign: String, _ ink: Ink) -> [InkedLine] {
        guard let text else { return [] }
        let all = text.split(separator: "\n", omittingEmptySubsequences: false)
        var lines = all.prefix(8).map {
            InkedLine("      \(sign) " + TextWidth.shortened(String($0), to: max(8, width - 8)), ink)
        }
        if all.count > 8 { lines.append(InkedLine("        … and \(all.count - 8) more lines", .quiet)) }
        return lines
    }

    private func causeLine(_ cause: DiffEntry.Cause, indent: Int) -> InkedLine {
        let words = String(repeating: " ", count: indent) + "by " + cause.words(revision: revision, now: now)
        return InkedLine(words, .quiet).clipped(to: width)
    }
}

extension DiffEntry {
    /// The object, what becomes of it, and why.
    func heading(width: Int) -> InkedLine {
        let sign: (String, Ink) =
            switch action {
            case .create: ("+", .good)
            case .update: ("~", .warning)
            case .recreate: ("±", .bad)
            case .prune: ("-", .bad)
            case .skip, .unchanged, .hook: ("·", .quiet)
            }
        var heading = InkedLine("\(sign.0) ", sign.1)
        let verb = verb ?? action.rawValue
        let word = note.map { "  \(verb): \($0)" } ?? "  \(verb)"
        let room = max(20, width - 2 - TextWidth.of(word))
        heading.append(TextWidth.shortened(reference.description, to: room), .strong)
        heading.append(word, .quiet)
        return heading.clipped(to: width)
    }
}

extension DiffEntry.Cause {
    /// Who made a change, and when.
    func words(revision: RevisionLine, now: Timestamp) -> String {
        switch self {
        case .git where revision.commit.isEmpty: revision.requested
        case .git: "Git \(revision.short) “\(revision.subject)” of \(revision.author)"
        case .cluster(let manager, let time):
            "\(manager) in the cluster" + (time.map { ", " + Spans.ago($0, now: now) } ?? "")
        }
    }
}
