// The history of an application as a table, and one sync of it in full.

import Manifest
import SyncHistory

enum HistoryText {
    static func table(_ syncs: [SyncRecord], width: Int, now: Timestamp, manyApplications: Bool) -> [InkedLine] {
        var columns = [
            Table.Column(title: "ID"), Table.Column(title: "WHEN"),
            Table.Column(title: "REVISION", shrinks: true, minimum: 9), Table.Column(title: "RESULT"),
            Table.Column(title: "CHANGES"),
            Table.Column(title: "SUBJECT", dispensability: 2, shrinks: true, minimum: 16),
            Table.Column(title: "BY", dispensability: 3, shrinks: true),
        ]
        if manyApplications { columns.insert(Table.Column(title: "APPLICATION", shrinks: true), at: 1) }
        var table = Table(columns: columns)
        for sync in syncs {
            var cells = [
                Table.Cell(String(sync.id)), Table.Cell(Spans.ago(sync.started, now: now)),
                Table.Cell(revision(sync), .accent),
                Table.Cell(sync.result.rawValue, ink(sync.result)), Table.Cell(changes(sync)),
                Table.Cell(sync.isDeletion ? "(application deleted)" : sync.revision.subject ?? "", .quiet),
                Table.Cell(sync.trigger.actor, .quiet),
            ]
            if manyApplications { cells.insert(Table.Cell(sync.application.name), at: 1) }
            table.rows.append(cells)
        }
        return table.lines(width: width)
    }

    /// One sync: what is known of it, its objects, its findings.
    static func details(_ sync: SyncRecord, objects: [ObjectRecord], width: Int, now: Timestamp, offset: Int)
        -> [InkedLine]
    {
        var lines: [InkedLine] = []
        func fact(_ name: String, _ value: String, _ ink: Ink = .plain) {
            var line = InkedLine(TextWidth.padded(name, to: 10), .quiet)
            line.append(TextWidth.shortened(value, to: width - 10), ink)
            lines.append(line)
        }
        fact("sync", "\(sync.id) of \(sync.application.namespace)/\(sync.application.name)", .strong)
        fact("result", sync.result.rawValue, ink(sync.result))
        fact("revision", revision(sync), .accent)
        if let commit = sync.revision.commit { fact("commit", commit) }
        if let subject = sync.revision.subject { fact("subject", subject) }
        if let author = sync.revision.author { fact("author", author) }
        let moment = sync.started.calendar(offset: offset)
        fact("started", "\(moment.date) \(moment.time) (\(Spans.ago(sync.started, now: now)))")
        if let finished = sync.finished { fact("took", Spans.duration(finished.since(sync.started))) }
        fact("by", "\(sync.trigger.actor) (\(sync.trigger.kind.rawValue))")
        if !sync.application.cluster.isEmpty { fact("cluster", sync.application.cluster) }
        let tally = Spans.list(counts(sync) + [(sync.counts.unchanged, "unchanged")])
        fact("objects", tally.isEmpty ? "nothing changed" : "\(sync.counts.total): " + tally)
        if !objects.isEmpty {
            lines.append("")
            var table = Table(columns: [
                Table.Column(title: "OBJECT", shrinks: true, minimum: 20), Table.Column(title: "RESULT"),
                Table.Column(title: "TOOK", dispensability: 1),
                Table.Column(title: "FIELDS", shrinks: true, minimum: 10),
            ])
            for object in objects {
                table.rows.append([
                    Table.Cell(object.reference.description),
                    Table.Cell(object.result, object.result == "failed" ? .bad : .good),
                    Table.Cell(Spans.duration(object.duration), .quiet),
                    Table.Cell(
                        object.error ?? object.fields.joined(separator: ", "), object.error == nil ? .quiet : .bad),
                ])
            }
            lines += table.lines(width: width)
        }
        if !sync.diagnostics.isEmpty {
            lines.append("")
            lines += sync.diagnostics.flatMap { DiagnosticText.lines($0, width: width) }
        }
        return lines
    }

    /// `+12 ~3 -1 ✗2`, with the signs of a diff: created, configured, recreated, pruned, failed.
    private static func changes(_ sync: SyncRecord) -> String {
        let counts = [
            (sync.counts.created, "+"), (sync.counts.configured, "~"), (sync.counts.recreated, "±"),
            (sync.counts.pruned, "-"), (sync.counts.skipped, "·"),
            (sync.counts.failed, "✗"),
        ]
        let words = counts.filter { $0.0 > 0 }.map { "\($0.1)\($0.0)" }.joined(separator: " ")
        return words.isEmpty ? (sync.result == .running ? "…" : "none") : words
    }

    private static func counts(_ sync: SyncRecord) -> [(Int, String)] {
        let counts = sync.counts
        return [
            (counts.created, "created"), (counts.configured, "configured"), (counts.recreated, "recreated"),
            (counts.pruned, "pruned"), (counts.skipped, "skipped"),
            (counts.failed, "failed"),
        ]
    }

    static func revision(_ sync: SyncRecord) -> String {
        guard let commit = sync.revision.commit else { return sync.revision.requested }
        return commit.hasPrefix(sync.revision.requested)
            ? String(commit.prefix(7)) : "\(sync.revision.requested)@\(commit.prefix(7))"
    }

    static func ink(_ result: SyncResult) -> Ink {
        switch result {
        case .running: .accent
        case .succeeded: .good
        case .failed: .bad
        case .interrupted: .warning
        }
    }
}
