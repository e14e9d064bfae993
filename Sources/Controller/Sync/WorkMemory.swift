// What a controller remembers of each application from one piece of work to the next.

import Reconciler
import Synchronization

/// In memory only: after a restart everything is compared anew.
final class WorkMemory: Sendable {
    private struct Entry {
        var facts: ApplicationFacts?
        /// The commit that arrived for it last.
        var newest: SourceCommit?
        /// The commit that was synced last without failing, as far as it was asked for.
        var synced: String??
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

    /// The commit that was synced last without failing: nil where nobody has looked, `.some(nil)` where there is none.
    func synced(_ key: ApplicationKey) -> String?? { entries.withLock { $0[key]?.synced } ?? nil }

    func note(synced commit: String?, of key: ApplicationKey) {
        entries.withLock { $0[key, default: Entry()].synced = .some(commit) }
    }

    func forget(_ key: ApplicationKey) { entries.withLock { $0[key] = nil } }

    /// Whether its last sync failed.
    func isRecovering(_ key: ApplicationKey) -> Bool { entries.withLock { $0[key]?.recovery != nil } }

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
