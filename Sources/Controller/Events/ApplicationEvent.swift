// Something that happened to an application and that somebody may want to hear of, before it is spelt for anybody.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct ApplicationEvent: Sendable {
    /// What happened, in the one word that Events and notifications are chosen by.
    enum Reason: String, Sendable, CaseIterable {
        /// Something was written, and all of it succeeded.
        case synced = "Synced"
        case syncFailed = "SyncFailed"
        /// A plan would delete more than it may without somebody's yes.
        case pruneRefused = "PruneRefused"
        case rolledBack = "RolledBack"
        /// The Application itself cannot be worked with.
        case stalled = "Stalled"
        /// Somebody changed an object in the cluster.
        case drifted = "Drifted"
        /// Somebody sets a field against Git again and again; it is left alone.
        case driftFought = "DriftFought"
        case degraded = "Degraded"
        case recovered = "Recovered"
        case deleted = "Deleted"
        case deletionRefused = "DeletionRefused"

        var isWarning: Bool {
            switch self {
            case .synced, .recovered, .deleted: false
            default: true
            }
        }
    }

    var application: ApplicationKey
    var reason: Reason
    /// What a person reads. Never holds a value of a Secret.
    var message: String
    var time: Timestamp
    /// The uid of the Application; nil where it is not known.
    var uid: String?
    var commit: SourceCommit?
    /// Where what is wrong stands, and what to do about it.
    var location: SourceLocation?
    var cure: String?
    /// The sync, by its number in the history.
    var sync: SyncRecord.ID?
    var counts: SyncCounts?
}

extension SyncCounts {
    /// `2 created, 1 configured`; what is unchanged counts only where nothing else does.
    var inWords: String {
        let all = [(created, "created"), (configured, "configured"), (recreated, "recreated"), (pruned, "pruned"), (failed, "failed")]
        let words = all.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return words.isEmpty ? "nothing to change" : words.joined(separator: ", ")
    }
}

extension SourceCommit {
    /// `main@1a2b3c4`.
    var inWords: String { requested == id ? String(id.prefix(7)) : "\(requested)@\(id.prefix(7))" }
}
