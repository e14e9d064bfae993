// When an application may be synced: `spec.sync.windows`, with the names and the meaning of Argo CD's.

package import Manifest
package import SyncHistory

/// A span of time that comes again and again, in which syncs are allowed, or not.
package struct SyncWindow: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Syncs are allowed in the windows of this kind, and, where there are any, in no other time.
        case allow
        /// Syncs are refused, whatever other windows allow.
        case deny
    }

    package var kind: Kind
    /// When it begins, by the clock of its time zone.
    package var schedule: CronSchedule
    package var duration: Duration
    /// A name of the time zone database.
    package var timeZone: String
    /// Whether somebody who asks for a sync gets it all the same.
    package var allowsManual: Bool
    package var origin: SourceLocation?
    var rules = TimeZoneRules.utc

    /// `“0 22 * * MON-FRI” (8h, Europe/Berlin)`.
    package var description: String { "“\(schedule.text)” (\(duration.text), \(timeZone))" }

    private var seconds: Int { Int(duration.components.seconds) }

    /// When the window that is open at a moment closes, in seconds since 1970; nil where none is open.
    func end(at moment: Int) -> Int? {
        guard let start = schedule.last(atOrBefore: moment, after: moment - seconds, in: rules) else { return nil }
        var end = start + seconds
        // One that begins before the last has ended goes on; one that never ends has no end to tell.
        for _ in 0..<100 {
            guard let later = schedule.last(atOrBefore: end, after: end - seconds, in: rules), later + seconds > end
            else { break }
            end = later + seconds
        }
        return end
    }

    func opening(after moment: Int) -> Int? { schedule.next(after: moment, in: rules) }

    /// A moment by the clock of the window.
    func local(_ moment: Int) -> String {
        let (date, time) = Timestamp(milliseconds: Int64(moment) * 1000).calendar(offset: rules.offset(at: moment))
        return "\(date) \(time.prefix(5)) \(timeZone)"
    }
}

/// All windows of an application.
package struct SyncWindows: Sendable, Hashable {
    package var windows: [SyncWindow]

    package init(_ windows: [SyncWindow] = []) {
        self.windows = windows
    }

    /// What keeps a sync from beginning, or from going on, at a moment; nil where nothing does.
    ///
    /// - Parameter isManual: whether somebody asks for the sync.
    package func closed(at moment: Timestamp, isManual: Bool) -> Diagnostic? {
        let now = Int(moment.milliseconds / 1000)
        let open = windows.compactMap { window in window.end(at: now).map { (window: window, end: $0) } }
        let denying = open.filter { $0.window.kind == .deny && !(isManual && $0.window.allowsManual) }
        if let last = denying.max(by: { $0.end < $1.end }) {
            return Self.remark(
                "the window \(last.window.description) denies syncs until \(last.window.local(last.end))", last.window)
        }
        let allowing = windows.filter { $0.kind == .allow }
        if allowing.isEmpty || open.contains(where: { $0.window.kind == .allow }) { return nil }
        if isManual, allowing.allSatisfy(\.allowsManual) { return nil }
        let next = allowing.compactMap { window in window.opening(after: now).map { (window: window, start: $0) } }
            .min { $0.start < $1.start }
        guard let next else { return Self.remark("no window allows syncs", allowing[0]) }
        return Self.remark(
            "no window allows syncs before \(next.window.local(next.start)), when \(next.window.description) opens",
            next.window)
    }

    private static func remark(_ message: String, _ window: SyncWindow) -> Diagnostic {
        .warning(
            message, at: window.origin, cure: "Wait for it, or let people sync all the same with manualSync: true",
            rule: "sync-window")
    }
}

extension Duration {
    /// `8h`, `90m`, `1h30m`, `45s`.
    var text: String {
        let seconds = components.seconds
        let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
        let words = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
        return words.isEmpty ? "0s" : words
    }
}
