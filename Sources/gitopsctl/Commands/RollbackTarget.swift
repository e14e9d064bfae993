// Which sync a rollback goes back to.

import Manifest
import SyncHistory

enum RollbackTarget {
    /// The revision to go back to.
    ///
    /// - Parameters:
    ///   - words: a sync's number or a revision; nil for the last good sync of another commit than the one that is
    ///     there.
    ///   - syncs: those of the application, the newest first.
    ///   - place: where the syncs are told, as the end of a sentence.
    static func revision(
        _ words: String?, of application: String, among syncs: [SyncRecord], place: String
    ) throws(DiagnosticsError) -> String {
        let cure = "See which there are with gitopsctl history \(application)"
        guard let words else {
            let current = syncs.first?.revision.commit
            let good = syncs.first {
                $0.result == .succeeded && !$0.isDeletion && $0.revision.commit != nil && $0.revision.commit != current
            }
            guard let commit = good?.revision.commit else {
                throw DiagnosticsError(
                    "no sync of another commit that succeeded is known \(place)",
                    cure: "Name the revision to go back to; \(cure.prefix(1).lowercased() + cure.dropFirst())")
            }
            return commit
        }
        guard words.count < 7, let id = Int64(words) else { return words }
        guard let sync = syncs.first(where: { $0.id == id }) else {
            throw DiagnosticsError("there is no sync \(id) of \(application) \(place)", cure: cure)
        }
        guard let commit = sync.revision.commit, !sync.isDeletion else {
            throw DiagnosticsError("sync \(id) of \(application) ended before it had a commit", cure: cure)
        }
        return commit
    }
}
