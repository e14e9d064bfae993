// Shows how far a sync is: a list that is drawn in place on a terminal, a line for each object that changed elsewhere.

import Manifest

struct ProgressView {
    let console: Console
    /// Whether the list is drawn in place.
    let isLive: Bool
    /// Whether objects are printed at all: a machine's format has them in its document.
    let printsObjects: Bool
    private var region: LiveRegion
    private var frame = 0

    init(console: Console, isLive: Bool, printsObjects: Bool) {
        self.console = console
        self.isLive = isLive
        self.printsObjects = printsObjects
        region = LiveRegion(on: console.error)
    }

    /// The picture of the next moment.
    mutating func tick(_ progress: SyncProgress, at now: ContinuousClock.Instant) {
        frame += 1
        guard isLive, let size = console.error.size else { return }
        region.draw(
            SyncScreen(progress: progress, width: size.columns, height: size.lines, now: now, frame: frame).lines())
    }

    /// An object that changed.
    func tell(_ object: ObjectProgress) {
        if !isLive, printsObjects, let line = SyncSummary.line(of: object) { console.output.print(line) }
    }

    /// Leaves what changed, and nothing that moves.
    mutating func close(_ progress: SyncProgress, at now: ContinuousClock.Instant) {
        guard isLive else { return }
        let screen = SyncScreen(
            progress: progress, width: console.error.size?.columns ?? 80, height: 24, now: now, frame: frame)
        region.close(leaving: progress.objects.isEmpty ? [] : screen.closing())
    }
}
