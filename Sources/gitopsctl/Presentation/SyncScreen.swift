// The live list of a sync: a line per group of objects, opened up where something still happens.

import Manifest

struct SyncScreen {
    var progress: SyncProgress
    /// Columns and lines that the terminal has.
    var width: Int
    var height: Int
    var now: ContinuousClock.Instant
    /// Which picture of the spinner to show.
    var frame: Int

    /// Whether the sync is over, and nothing spins any more.
    private var isOver = false

    init(progress: SyncProgress, width: Int, height: Int, now: ContinuousClock.Instant, frame: Int) {
        self.progress = progress
        self.width = width
        self.height = height
        self.now = now
        self.frame = frame
    }

    private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    private var spin: String { isOver ? "·" : Self.spinner[frame % Self.spinner.count] }

    /// The picture of this moment, never higher than the terminal, no line wider.
    func lines() -> [InkedLine] {
        var lines = [heading().clipped(to: width)]
        switch progress.stage {
        case .fetching(let repository, let revision):
            lines.append(activity("fetching \(revision) of", repository))
        case .rendering(let path): lines.append(activity("rendering", path))
        case .planning(let objects):
            lines.append(activity("comparing \(Spans.count(objects, "object")) with the cluster", ""))
        case .awaiting(let dependency): lines.append(activity("waiting until the application is healthy:", dependency))
        case .asking: lines.append(activity("waiting for the controller", ""))
        case .working: lines.append(activity("the controller renders and compares", ""))
        case .running: lines += groups(height: max(2, height - 3))
        }
        return lines
    }

    /// What stays when the sync is over: each object that changed where they are few, else a line per group.
    func closing() -> [InkedLine] {
        var screen = self
        screen.isOver = true
        return screen.closingLines()
    }

    private func closingLines() -> [InkedLine] {
        let changed = progress.objects.compactMap { object in SyncSummary.result(of: object).map { (object, $0) } }
        var lines = [heading().clipped(to: width)]
        if changed.count > 12 {
            for group in grouped() {
                lines.append(line(of: group).clipped(to: width))
                lines += group.failed.map { line(of: $0, names: 0).clipped(to: width) }
                // What a sync does not wait for, or was not given the time for.
                let waiting = group.open.filter { if case .waiting = $0.stage { true } else { false } }
                lines += waiting.prefix(5).map { line(of: $0, names: 0).clipped(to: width) }
            }
            return lines
        }
        for (object, result) in changed {
            var line = InkedLine("  " + TextWidth.padded(result.word, to: 10) + "  ", result.ink)
            if case .failed(let why) = object.stage {
                let room = max(16, (width - 16) * 3 / 5)
                line.append(TextWidth.shortened(object.reference.description, to: room))
                line.append("  \(why)", .bad)
            } else {
                line.append(TextWidth.shortened(object.reference.description, to: width - 14))
            }
            lines.append(line.clipped(to: width))
        }
        return lines
    }

    func heading() -> InkedLine {
        var line = InkedLine(progress.application, .strong)
        guard let revision = progress.revision else { return line }
        line.append("  \(revision.name)", .accent)
        line.append("  \(revision.subject)", .quiet)
        return line
    }

    private func activity(_ verb: String, _ object: String) -> InkedLine {
        var line = InkedLine(spin, .accent)
        line.append(" \(verb) ")
        line.append(TextWidth.shortened(object, to: max(8, width - 3 - TextWidth.of(verb))), .quiet)
        return line.clipped(to: width)
    }

    // MARK: - Groups

    /// The objects of one namespace; `nil` gathers what has none.
    private struct Group {
        var namespace: String?
        var objects: [ObjectProgress] = []

        var failed: [ObjectProgress] { objects.filter { if case .failed = $0.stage { true } else { false } } }
        var open: [ObjectProgress] { objects.filter { !$0.stage.isSettled } }
        var isUntouched: Bool { objects.allSatisfy { $0.stage == .planned } }
    }

    private func grouped() -> [Group] {
        var groups: [Group] = []
        var places: [String?: Int] = [:]
        for object in progress.objects {
            let place = places[object.reference.namespace] ?? groups.count
            if place == groups.count {
                places[object.reference.namespace] = place
                groups.append(Group(namespace: object.reference.namespace))
            }
            groups[place].objects.append(object)
        }
        return groups
    }

    private func groups(height: Int) -> [InkedLine] {
        let groups = grouped()
        // Failures are always shown, and so is each group's line; what is left of the height goes to objects at work.
        var left = height - groups.count - groups.reduce(0) { $0 + $1.failed.count }
        var lines: [InkedLine] = []
        for group in groups {
            lines.append(line(of: group))
            lines += group.failed.map { line(of: $0, names: 0) }
            let atWork =
                group.isUntouched ? [] : group.open.filter { $0.stage != .written }.sorted { rank($0) < rank($1) }
            let shown = atWork.count <= left ? atWork.count : max(0, left - 1)
            let names = atWork.prefix(shown).reduce(0) { max($0, TextWidth.of(name(of: $1))) }
            lines += atWork.prefix(shown).map { line(of: $0, names: names) }
            left -= shown
            if shown < atWork.count, left > 0 {
                lines.append(InkedLine("    … and \(atWork.count - shown) more", .quiet))
                left -= 1
            }
        }
        if lines.count > height {
            let hidden = lines.count - height + 1
            lines = Array(lines.prefix(height - 1))
            lines.append(InkedLine("… and \(hidden) more lines", .quiet))
        }
        return lines.map { $0.clipped(to: width) }
    }

    /// What waits for health stands before what is about to be written.
    private func rank(_ object: ObjectProgress) -> Int {
        switch object.stage {
        case .waiting: 0
        case .applying: 1
        default: 2
        }
    }

    private func line(of group: Group) -> InkedLine {
        let open = group.open.count
        var line = InkedLine()
        if !group.failed.isEmpty {
            line.append("✗", .bad)
        } else if open == 0 {
            line.append("✓", .good)
        } else if group.isUntouched {
            line.append("·", .quiet)
        } else {
            line.append(spin, .accent)
        }
        let name = group.namespace ?? "cluster-wide"
        let column = max(12, min(28, width - 30))
        line.append(
            " " + TextWidth.padded(TextWidth.shortened(name, to: column), to: column),
            group.isUntouched ? .quiet : .plain)
        line.append("  ")
        line.append(progressWords(of: group), .quiet)
        if !group.failed.isEmpty { line.append(", \(group.failed.count) failed", .bad) }
        return line
    }

    /// How many are written as long as some are not, then how many are healthy.
    private func progressWords(of group: Group) -> String {
        let count = group.objects.count
        if group.open.isEmpty { return Spans.count(count, "object") }
        let unwritten = group.objects.count { $0.stage.isUnwritten }
        if group.isUntouched { return Spans.count(count, "object") }
        return unwritten > 0
            ? "\(count - unwritten - group.failed.count) of \(count) applied"
            : "\(count - group.open.count - group.failed.count) of \(count) healthy"
    }

    private func name(of object: ObjectProgress) -> String { "\(object.reference.kind) \(object.reference.name)" }

    /// - Parameter names: the width that the names of the lines around it take.
    private func line(of object: ObjectProgress, names: Int) -> InkedLine {
        var line = InkedLine("  ")
        let state: (mark: String, ink: Ink, text: String)
        switch object.stage {
        case .planned: state = ("·", .quiet, object.action.rawValue)
        case .written: state = ("·", .quiet, object.action.past)
        case .applying: state = (spin, .accent, object.action == .prune ? "pruning" : "applying")
        case .waiting(let what): state = (spin, .accent, what)
        case .done: state = ("✓", .good, object.action.past)
        case .skipped(let why): state = ("-", .quiet, why)
        case .failed(let why): state = ("✗", .bad, why)
        }
        line.append(state.mark, state.ink)
        // The name takes what it needs up to three fifths of the line; the rest says how it stands and for how long.
        var elapsed = ""
        if case .waiting = object.stage {
            let seconds = Int((now - object.since) / .seconds(1))
            if seconds >= 3 { elapsed = "  \(seconds) s" }
        }
        let room = width - 4
        let nameWidth = min(max(names, TextWidth.of(name(of: object))), max(16, room * 3 / 5))
        line.append(" " + TextWidth.padded(TextWidth.shortened(name(of: object), to: nameWidth), to: nameWidth) + "  ")
        let stateRoom = max(0, room - nameWidth - 2 - TextWidth.of(elapsed))
        line.append(TextWidth.clipped(state.text, to: stateRoom), state.ink == .bad ? .bad : .quiet)
        line.append(elapsed, .quiet)
        return line
    }
}
