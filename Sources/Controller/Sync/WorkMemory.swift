// What a controller remembers of each application from one piece of work to the next.

import Reconciler
import SyncEngine
import Synchronization

/// In memory only: after a restart everything is compared anew.
final class WorkMemory: Sendable {
    private struct Entry {
        var facts: ApplicationFacts?
        /// The commit that arrived for it last.
        var newest: SourceCommit?
        /// Whether something of it failed that was told, and whether something is degraded: until all is well again.
        var isFailing = false
        var isDegraded = false
        /// What its syncs have left, as far as it was asked for.
        var past: SyncPast?
        /// Whether there is a sync in the history of which the status could not tell yet.
        var owesHistory = false
        /// The application with the limits of its Project, as it was worked on last.
        var held: Application?
        /// How long to leave the application alone after the next thing that fails without being a sync, or after its
        /// last try.
        var pauses = WorkMemory.pauses
        /// The tries of the sync that fails at the moment, and the commit that they try.
        var recovery: (commit: String?, state: SyncRecovery)?
    }

    private let entries = Mutex<[ApplicationKey: Entry]>([:])

    func facts(_ key: ApplicationKey) -> ApplicationFacts? { entries.withLock { $0[key]?.facts } }

    func note(_ facts: ApplicationFacts, of key: ApplicationKey) {
        entries.withLock { $0[key, default: Entry()].facts = facts }
    }

    func note(newest commit: SourceCommit?, of key: ApplicationKey) {
        entries.withLock { $0[key, default: Entry()].newest = commit }
    }

    /// The commit that has arrived since `note(newest: nil)`.
    func newest(_ key: ApplicationKey) -> SourceCommit? { entries.withLock { $0[key]?.newest } }

    /// What the syncs of an application have left; nil where nobody has looked since the last one.
    func past(_ key: ApplicationKey) -> SyncPast? { entries.withLock { $0[key]?.past } }

    func note(past: SyncPast?, of key: ApplicationKey) { entries.withLock { $0[key, default: Entry()].past = past } }

    func owesHistory(_ key: ApplicationKey) -> Bool { entries.withLock { $0[key]?.owesHistory ?? false } }

    func note(owesHistory: Bool, of key: ApplicationKey) {
        entries.withLock { $0[key, default: Entry()].owesHistory = owesHistory }
    }

    func held(_ key: ApplicationKey) -> Application? { entries.withLock { $0[key]?.held } }

    /// - Returns: as what it was worked on before.
    func note(held application: Application) -> Application? {
        entries.withLock { entries in
            defer { entries[application.key, default: Entry()].held = application }
            return entries[application.key]?.held
        }
    }

    func forget(_ key: ApplicationKey) { entries.withLock { $0[key] = nil } }

    /// Takes in whether the last thing that was tried failed.
    ///
    /// - Returns: whether the one before had failed.
    func note(isFailing: Bool, of key: ApplicationKey) -> Bool {
        entries.withLock { entries in
            defer {
                entries[key, default: Entry()].isFailing = isFailing
                if !isFailing { entries[key]?.pauses = Self.pauses }
            }
            return entries[key]?.isFailing ?? false
        }
    }

    private static let pauses = Backoff(first: .seconds(5), limit: .seconds(300))

    /// How long to leave an application alone that failed for a reason which nobody has to mend in Git: longer each
    /// time, until something succeeds.
    func pause(of key: ApplicationKey) -> Duration { entries.withLock { $0[key, default: Entry()].pauses.next() } }

    /// Takes in the health of an application, which is degraded until all is healthy again.
    ///
    /// - Returns: whether it was degraded before, and is now.
    func note(healthOf facts: ApplicationFacts, of key: ApplicationKey) -> (before: Bool, now: Bool) {
        entries.withLock { entries in
            let before = entries[key]?.isDegraded ?? false
            let now = facts.unhealthy.contains { $0.health.status == .degraded } || before && !facts.unhealthy.isEmpty
            entries[key, default: Entry()].isDegraded = now
            return (before, now)
        }
    }

    func endRecovery(_ key: ApplicationKey) { entries.withLock { $0[key]?.recovery = nil } }

    /// What follows a failure. Another commit begins its tries anew.
    func recovery(
        _ application: Application, of report: SyncReport, commit: String?, lastGood: String?
    ) -> SyncRecovery.Step {
        entries.withLock { entries in
            var entry = entries[application.key] ?? Entry()
            let known = entry.recovery.flatMap { $0.commit == report.commit?.id ? $0.state : nil }
            var state = known ?? SyncRecovery(application.sync, retries: true)
            let step = state.next(after: report.cause, commit: commit, lastGood: lastGood, random: .random(in: 0..<1))
            entry.recovery = (report.commit?.id, state)
            entries[application.key] = entry
            return step
        }
    }
}
