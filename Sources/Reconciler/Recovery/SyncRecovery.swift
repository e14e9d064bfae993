// What follows a sync that failed: another try, or, where the Application asks for it and no try is left, the commit
// that was synced last without failing.

package import Manifest
package import SyncEngine
package import SyncHistory

/// The way back from one failed sync. A value: whoever drives it syncs, waits and throws the dice.
package struct SyncRecovery: Sendable {
    package enum Step: Sendable, Hashable {
        /// Nothing follows.
        case end
        case retry(after: Duration)
        /// The commit to go back to, and the one that failed.
        case rollBack(to: String, from: String)
    }

    private var retry: RetrySchedule?
    private let rollsBack: Bool

    /// - Parameter retries: whether failed syncs are tried again.
    package init(_ policy: Application.SyncPolicy, retries: Bool) {
        retry = retries ? RetrySchedule(policy.retry) : nil
        rollsBack = policy.rollback
    }

    /// What follows a sync that is over.
    ///
    /// - Parameters:
    ///   - cause: why it failed; nil where it did not.
    ///   - commit: the commit that failed; nil where nothing of it was tried in the cluster.
    ///   - lastGood: another commit, that of the last sync which succeeded.
    package mutating func next(
        after cause: SyncFailureCause?, commit: String?, lastGood: String?, random: Double
    ) -> Step {
        guard let cause else { return .end }
        if let wait = retry?.next(after: cause, random: random) { return .retry(after: wait) }
        guard rollsBack, let commit, let lastGood, lastGood != commit else { return .end }
        return .rollBack(to: lastGood, from: commit)
    }
}

/// What a rollback leaves, be it automatic or somebody's: until another commit arrives, no automatic sync follows it.
package struct RollbackHold: Sendable, Hashable {
    /// The commit that was rolled back, and is not synced again by itself.
    package var failed: String
    /// The commit that is in the cluster instead.
    package var current: String

    private static let rule = "automatic-rollback"

    /// The hold that the last sync of an application left; nil where it left none.
    package init?(_ last: SyncRecord) {
        guard let remark = last.diagnostics.first(where: { $0.rule == Self.rule }),
            let failed = remark.location?.commit,
            let current = last.revision.commit
        else { return nil }
        self.init(failed: failed, current: current)
    }

    package init(failed: String, current: String) {
        self.failed = failed
        self.current = current
    }

    /// What the record of the rollback says, by which the hold is found again.
    static func remark(_ failed: String, path: String) -> Diagnostic {
        Diagnostic(
            .warning, "rolled back from \(failed.prefix(7)): no automatic sync follows before another commit arrives",
            at: SourceLocation(file: path, commit: failed), cure: nil, rule: rule)
    }

    package var diagnostic: Diagnostic {
        .warning(
            "held at \(current.prefix(7)): \(failed.prefix(7)) was rolled back, and no automatic sync follows before another commit arrives",
            cure: "Commit what mends it, or sync it by hand")
    }
}

/// What the syncs of an application have left that the next one asks about.
package struct SyncPast: Sendable, Hashable {
    /// The commit that was synced last without failing.
    package var synced: String?
    /// What keeps automatic syncs back; nil where nothing does.
    package var hold: RollbackHold?
    /// How the last sync failed; nil where it did not.
    package var failure: Failure?

    /// A sync that failed. The next try of the same commit with the same end is no news.
    package struct Failure: Sendable, Hashable {
        var commit: String?
        var errors: [String]

        init(commit: String?, _ diagnostics: [Diagnostic]) {
            self.commit = commit
            errors = diagnostics.filter { $0.severity == .error }.map(\.message)
        }
    }

    package init(synced: String?, hold: RollbackHold?) {
        self.synced = synced
        self.hold = hold
    }

    /// - Parameter syncs: the newest first.
    package init(_ syncs: [SyncRecord]) {
        synced = syncs.first { $0.result == .succeeded && !$0.isDeletion }?.revision.commit
        hold = syncs.first.flatMap(RollbackHold.init)
        failure = syncs.first.flatMap {
            $0.result == .failed ? Failure(commit: $0.revision.commit, $0.diagnostics) : nil
        }
    }
}

extension Reconciler {
    /// The commit of the last sync of an application that succeeded with another commit than the one given.
    package func lastGood(_ application: Application, otherThan commit: String) async throws(DiagnosticsError)
        -> String?
    {
        try await syncs(of: application, limit: 100)
            .first {
                $0.result == .succeeded && !$0.isDeletion && $0.revision.commit != nil && $0.revision.commit != commit
            }?.revision.commit
    }

    /// What keeps automatic syncs of an application back; nil where nothing does.
    package func hold(on application: Application) async throws(DiagnosticsError) -> RollbackHold? {
        try await syncs(of: application, limit: 1).first.flatMap(RollbackHold.init)
    }
}
