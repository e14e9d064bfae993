// What a controller remembers of each application from one piece of work to the next.

import Reconciler
import Synchronization

/// In memory only: after a restart everything is compared anew.
final class WorkMemory: Sendable {
    private struct Entry {
        var facts: ApplicationFacts?
        /// The tries of the sync that fails at the moment, and the commit that they try.
        var recovery: (commit: String?, state: SyncRecovery)?
    }

    private let entries = Mutex<[ApplicationKey: Entry]>([:])

    func facts(_ key: ApplicationKey) -> ApplicationFacts? { entries.withLock { $0[key]?.facts } }

    func note(_ facts: ApplicationFacts, of key: ApplicationKey) {
        entries.withLock { $0[key, default: Entry()].facts = facts }
    }

    func forget(_ key: ApplicationKey) { entries.withLock { $0[key] = nil } }

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
