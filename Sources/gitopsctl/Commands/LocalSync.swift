// A sync that this program carries out itself: shown while it runs, and printed as data where that is asked for.

import ArgumentParser
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct LocalSync: Sendable {
    let console: Console
    let reconciler: Reconciler
    let application: Application
    let format: OutputFormat

    /// Syncs once.
    ///
    /// - Throws: the signal that interrupted it, where one did.
    func run(_ request: SyncRequest) async throws -> SyncReport {
        let isText = format == .text
        let (report, interruption) = try await Interruptions.watching(console) {
            try await SyncView(
                console: console, application: application.name, isLive: isText && console.isLive, printsObjects: isText
            )
            .follow { events throws(DiagnosticsError) in
                try await reconciler.sync(application, request: request, events: events)
            }
        }
        if !isText { console.output.print(Self.document(report, of: application), as: format) }
        if let interruption { throw interruption }
        return report
    }

    private static func document(_ report: SyncReport, of application: Application) -> Value {
        Documents.object([
            ("application", .string(application.name)), ("namespace", .string(application.namespace)),
            ("result", .string(report.result.rawValue)), ("sync", report.id.map { .int(Int($0)) }),
            ("revision", report.commit.map(Documents.revision)), ("started", .string(report.started.description)),
            ("finished", .string(report.finished.description)), ("counts", Documents.counts(report.counts)),
            ("plan", report.plan.map { .string($0.digest) }), ("changes", report.plan.map(Documents.changes)),
            ("objects", report.outcome.map(Documents.objects)),
            ("diagnostics", .array(report.diagnostics.map(Documents.diagnostic))),
        ])
    }
}
