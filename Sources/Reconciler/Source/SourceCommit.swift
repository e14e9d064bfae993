// The commit that a sync works from, in the form in which people and the history know it.

import GitSource
package import SyncHistory

/// A resolved revision.
package struct SourceCommit: Sendable, Hashable {
    /// As it was asked for: `main`, `v1.x`, a commit.
    package var requested: String
    /// In full.
    package var id: String
    package var subject: String
    package var author: String
    package var time: Timestamp

    package init(requested: String, id: String, subject: String, author: String, time: Timestamp) {
        self.requested = requested
        self.id = id
        self.subject = subject
        self.author = author
        self.time = time
    }

    init(_ snapshot: Snapshot, requested: String) {
        // `HEAD` says less than the branch that it stands for.
        let branch = snapshot.reference.flatMap {
            $0.hasPrefix("refs/heads/") ? String($0.dropFirst("refs/heads/".count)) : nil
        }
        self.init(
            requested: requested == "HEAD" ? branch ?? requested : requested, id: snapshot.commit,
            subject: snapshot.subject,
            author: snapshot.author.name, time: Timestamp(milliseconds: snapshot.committer.seconds * 1000))
    }

    var record: SyncRevision { SyncRevision(requested: requested, commit: id, subject: subject, author: author) }
}
