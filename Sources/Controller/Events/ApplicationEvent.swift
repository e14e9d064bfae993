// Something that happened to an application and that somebody may want to hear of, before it is spelt for anybody.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct ApplicationEvent: Sendable {
    typealias Reason = EventReason

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
    /// Whether nothing came of it, and it is told to those alone who show the state of commits.
    var isIdle = false
}

extension SyncCounts {
    /// `2 created, 1 configured`; what is unchanged counts only where nothing else does.
    var inWords: String {
        let all = [
            (created, "created"), (configured, "configured"), (recreated, "recreated"), (pruned, "pruned"),
            (failed, "failed"),
        ]
        let words = all.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return words.isEmpty ? "nothing to change" : words.joined(separator: ", ")
    }
}

extension SourceCommit {
    /// `main@1a2b3c4`.
    var inWords: String { requested == id ? String(id.prefix(7)) : "\(requested)@\(id.prefix(7))" }
}
