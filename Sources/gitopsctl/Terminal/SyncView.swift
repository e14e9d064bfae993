// Follows a sync and shows it: a live list on a terminal, a line per changed object elsewhere, a summary in the end.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct SyncView: Sendable {
    let console: Console
    let application: String
    /// Whether the list is drawn in place.
    let isLive: Bool
    /// Whether objects and the summary are printed at all: a machine's format has them in its document.
    let printsObjects: Bool
    /// Whether it is a deletion that is followed, which has another summary.
    var isDeletion = false

    private enum Input: Sendable {
        case event(ReconcilerEvent)
        case tick
    }

    /// Runs a sync, showing its events as they come, and returns its report once everything is shown.
    func follow(
        _ sync: @Sendable @escaping (@escaping Reconciler.Events) async throws(DiagnosticsError) -> SyncReport
    ) async throws -> SyncReport {
        let (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await show(inputs) }
            let ticker = Task {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(80))
                    continuation.yield(.tick)
                }
            }
            let result: Result<SyncReport, DiagnosticsError>
            do throws(DiagnosticsError) {
                result = .success(try await sync { continuation.yield(.event($0)) })
            } catch {
                result = .failure(error)
            }
            ticker.cancel()
            await ticker.value
            continuation.finish()
            try await group.waitForAll()
            let report = try result.get()
            conclude(report)
            return report
        }
    }

    private func show(_ inputs: AsyncStream<Input>) async {
        let clock = ContinuousClock()
        var progress = SyncProgress(application: application, stage: .fetching(repository: "", revision: ""))
        var view = ProgressView(console: console, isLive: isLive, printsObjects: printsObjects)
        var quotes: [InkedLine] = []
        for await input in inputs {
            switch input {
            case .tick: view.tick(progress, at: clock.now)
            case .event(let event):
                let changed = progress.take(event, at: clock.now)
                quotes += Self.quote(event)
                if !isLive { tell(event) }
                if let changed { view.tell(changed) }
            }
        }
        view.close(progress, at: clock.now)
        guard isLive else {
            if printsObjects { console.error.print(quotes) }
            return
        }
        let width = console.error.size?.columns ?? 80
        console.error.print(quotes.map { $0.clipped(to: width) })
    }

    /// What a container said last, for the terminal alone: no record keeps it, since it may hold anything.
    private static func quote(_ event: ReconcilerEvent) -> [InkedLine] {
        guard case .object(.lastWords(_, let pod, let container, let words)) = event else { return [] }
        var line = InkedLine("  \(pod) ", .quiet)
        line.append("\(container) | ", .quiet)
        line.append(words)
        return [line]
    }

    /// The stages, for those who read a log of standard error.
    private func tell(_ event: ReconcilerEvent) {
        guard printsObjects else { return }
        switch event {
        case .fetched(let commit):
            let line = RevisionLine(commit)
            console.error.print(InkedLine("\(application): \(line.name) “\(line.subject)” by \(line.author)", .quiet))
        case .planned(let plan) where !plan.isEmpty:
            let words = Spans.list([
                (plan.count(.create), "to create"), (plan.count(.update), "to update"),
                (plan.count(.recreate), "to recreate"),
                (plan.count(.prune), "to prune"),
            ])
            console.error.print(
                InkedLine("\(application): \(Spans.count(plan.changes.count, "object")), \(words)", .quiet))
        default: break
        }
    }

    private func conclude(_ report: SyncReport) {
        console.report(isDeletion ? report.diagnostics.filter { $0.severity > .note } : report.diagnostics)
        guard printsObjects, !isDeletion, let commit = report.commit else { return }
        let unhealthy = report.outcome?.objects.compactMap { object -> String? in
            guard let health = object.health, health.status == .progressing || health.status == .degraded else {
                return nil
            }
            return "\(object.reference)" + (health.message.isEmpty ? "" : " (\(health.message))")
        }
        let summary = SyncSummary(
            application: application, revision: RevisionLine(commit), counts: report.counts, result: report.result,
            duration: report.finished.since(report.started),
            unhealthy: report.plan?.options.wait == true ? unhealthy : nil,
            isDryRun: report.plan?.options.dryRun ?? false, hooks: report.outcome?.count(.ran) ?? 0)
        console.output.print(summary.lines(width: console.output.size?.columns ?? .max))
    }
}
