// How applications stand: one line for each, or one in full.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

/// How one application stands at this moment.
struct ApplicationStatus: Sendable {
    struct Object: Sendable, Hashable {
        var reference: ObjectReference
        var action: ObjectAction
        /// nil for what is not there.
        var health: Health?
    }

    var name: String
    var namespace: String
    /// nil when it could not be compared.
    var revision: RevisionLine?
    var objects: [Object]
    var lastSync: SyncRecord?
    /// Why it could not be compared, and warnings.
    var diagnostics: [Diagnostic]
    /// What its controller says, where one keeps it: the comparison and the objects are the controller's then.
    var reported: ReportedStatus?

    var objectCount: Int { reported?.objectCount ?? objects.count }
    /// The objects that a sync would write to.
    var outOfSync: [Object] { objects.filter { $0.action != .unchanged && $0.action != .skip } }
    var isSynced: Bool { revision != nil && outOfSync.isEmpty }

    /// The worst health of its objects, and how many are not healthy.
    var unhealthy: [Object] {
        objects.filter { object in object.health.map { $0.status == .progressing || $0.status == .degraded } ?? false }
    }

    var health: Health.Status? {
        guard revision != nil, objects.contains(where: { $0.health != nil }) else { return nil }
        if unhealthy.contains(where: { $0.health?.status == .degraded }) { return .degraded }
        return unhealthy.isEmpty ? .healthy : .progressing
    }
}

enum StatusText {
    static func table(_ applications: [ApplicationStatus], width: Int, now: Timestamp) -> [InkedLine] {
        var table = Table(columns: [
            Table.Column(title: "APPLICATION", shrinks: true, minimum: 10), Table.Column(title: "SYNC"),
            Table.Column(title: "HEALTH"),
            Table.Column(title: "REVISION", dispensability: 1, shrinks: true, minimum: 9),
            Table.Column(title: "OBJECTS", dispensability: 2),
            Table.Column(title: "LAST SYNC", dispensability: 3, shrinks: true, minimum: 10),
        ])
        for application in applications {
            let last =
                application.lastSync.map { "\($0.result.rawValue) \(Spans.ago($0.started, now: now))" } ?? "never"
            table.rows.append([
                Table.Cell(application.name, .strong), sync(application), health(application),
                Table.Cell(application.revision?.name ?? "", .accent),
                Table.Cell(String(application.objectCount), .quiet),
                Table.Cell(last, application.lastSync.map { HistoryText.ink($0.result) } ?? .quiet),
            ])
        }
        return table.lines(width: width)
    }

    static func details(_ application: ApplicationStatus, width: Int, now: Timestamp) -> [InkedLine] {
        var lines: [InkedLine] = []
        func fact(_ name: String, _ cell: Table.Cell, _ more: String = "") {
            var line = InkedLine(TextWidth.padded(name, to: 12), .quiet)
            line.append(cell.text, cell.ink)
            line.append(more, .quiet)
            lines.append(line.clipped(to: width))
        }
        fact("application", Table.Cell("\(application.namespace)/\(application.name)", .strong))
        fact("sync", sync(application))
        let unhealthy = application.unhealthy
        fact(
            "health", health(application),
            unhealthy.isEmpty ? "" : ", \(Spans.count(unhealthy.count, "object")) not healthy")
        if let revision = application.revision {
            let subject = revision.subject.isEmpty ? "" : "  “\(revision.subject)” by \(revision.author)"
            fact("revision", Table.Cell(revision.name, .accent), subject)
        }
        fact("objects", Table.Cell(String(application.objectCount)))
        if let last = application.lastSync {
            fact(
                "last sync", Table.Cell(last.result.rawValue, HistoryText.ink(last.result)),
                " \(Spans.ago(last.started, now: now)) by \(last.trigger.actor)")
        } else {
            fact("last sync", Table.Cell("never", .quiet))
        }
        if let hold = application.lastSync.flatMap(RollbackHold.init) {
            fact(
                "held", Table.Cell("automatic syncs wait", .warning),
                " for another commit than \(hold.failed.prefix(7)), which failed")
        }
        if let reported = application.reported {
            lines += Self.words(reported, width)
            lines += section(
                "NOT HEALTHY",
                reported.unhealthy.map { object in
                    let words = object.message.isEmpty ? object.status : object.message
                    return (
                        object.reference,
                        Table.Cell(words, object.status == Health.Status.degraded.rawValue ? .bad : .warning)
                    )
                }, width)
            return lines
        }
        lines += section(
            "OUT OF SYNC", application.outOfSync.map { ($0.reference, Table.Cell($0.action.rawValue, .warning)) }, width
        )
        lines += section(
            "NOT HEALTHY",
            unhealthy.map { object in
                let health = object.health ?? .healthy
                let words = health.message.isEmpty ? health.status.rawValue : health.message
                return (object.reference, Table.Cell(words, health.status == .degraded ? .bad : .warning))
            }, width)
        return lines
    }

    private static func section(_ title: String, _ rows: [(ObjectReference, Table.Cell)], _ width: Int) -> [InkedLine] {
        if rows.isEmpty { return [] }
        var table = Table(columns: [
            Table.Column(title: title, shrinks: true, minimum: 16), Table.Column(title: "", shrinks: true, minimum: 10),
        ])
        table.rows = rows.map { [Table.Cell($0.0.description), $0.1] }
        return ["" as InkedLine] + table.lines(width: width)
    }

    /// Why it is not synced, as the controller has it, whole.
    private static func words(_ reported: ReportedStatus, _ width: Int) -> [InkedLine] {
        guard let synced = reported.conditions["Synced"], !synced.isTrue || reported.stall != nil else { return [] }
        let ink: Ink = reported.stall == nil ? .warning : .bad
        return ["" as InkedLine]
            + TextWidth.wrapped(reported.stall ?? synced.message, to: width).map { InkedLine($0, ink) }
    }

    private static func sync(_ reported: ReportedStatus) -> Table.Cell {
        guard let synced = reported.conditions["Synced"] else { return Table.Cell("unknown", .quiet) }
        if reported.handling != nil { return Table.Cell("syncing", .accent) }
        if reported.stall != nil { return Table.Cell("stalled", .bad) }
        switch synced.reason {
        case "Suspended": return Table.Cell("suspended", .quiet)
        case "RolledBack": return Table.Cell("rolled back", .warning)
        default: break
        }
        if synced.isTrue { return Table.Cell("synced", .good) }
        return synced.isFalse ? Table.Cell("out of sync", .warning) : Table.Cell("unknown", .bad)
    }

    private static func health(_ reported: ReportedStatus) -> Table.Cell {
        guard let healthy = reported.conditions["Healthy"] else { return Table.Cell("unknown", .quiet) }
        if healthy.isTrue { return Table.Cell("healthy", .good) }
        return healthy.isFalse ? Table.Cell("degraded", .bad) : Table.Cell("progressing", .accent)
    }

    private static func sync(_ application: ApplicationStatus) -> Table.Cell {
        if let reported = application.reported { return sync(reported) }
        if application.revision == nil { return Table.Cell("unknown", .bad) }
        let count = application.outOfSync.count
        return count == 0 ? Table.Cell("synced", .good) : Table.Cell("\(count) out of sync", .warning)
    }

    private static func health(_ application: ApplicationStatus) -> Table.Cell {
        if let reported = application.reported { return health(reported) }
        return switch application.health {
        case .healthy?: Table.Cell("healthy", .good)
        case .progressing?: Table.Cell("progressing", .accent)
        case .degraded?: Table.Cell("degraded", .bad)
        case .suspended?: Table.Cell("suspended", .quiet)
        case nil: Table.Cell("unknown", .quiet)
        }
    }
}
