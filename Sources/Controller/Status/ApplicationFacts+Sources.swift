// What is known of an application from its registration, from a mistake, or from a sync that is over.

import Manifest
import Reconciler
import SyncEngine
import SyncHistory

extension ApplicationFacts {
    init(_ registered: RegisteredApplication, synchrony: Synchrony, isSuspended: Bool = false) {
        self.init(generation: registered.generation, synchrony: synchrony, isSuspended: isSuspended)
        handledRequest = registered.handledRequest
    }

    init(_ registered: RegisteredApplication, stalledBy error: DiagnosticsError) {
        self.init(registered, synchrony: .unknown("nothing is done before it is mended"))
        stall = error.diagnostics.first
    }

    /// The same, as the answer to a request: nobody waits for another one.
    func answering(_ order: SyncOrder?) -> ApplicationFacts {
        guard let order else { return self }
        var facts = self
        facts.handledRequest = order.moment
        return facts
    }

    /// The same after a sync that rolled a commit back: what the revision means is not in the cluster.
    func heldBack(_ request: SyncRequest, _ report: SyncReport) -> ApplicationFacts {
        guard let failed = request.rolledBack, let current = report.commit?.id, synchrony == .synced else {
            return self
        }
        var facts = self
        facts.synchrony = .held(RollbackHold(failed: failed, current: current).diagnostic.message)
        return facts
    }

    /// What a sync that is over says of its application.
    init(_ registered: RegisteredApplication, _ report: SyncReport) {
        let error = report.diagnostics.first { $0.severity == .error }
        let words = error.map { "\($0)" } ?? "the sync was interrupted"
        let synchrony: Synchrony =
            switch (report.result, report.cause) {
            case (.succeeded, _), (_, .unhealthy?): .synced
            case _ where report.outcome == nil: .unknown(words)
            default: .outOfSync(words)
            }
        self.init(registered, synchrony: synchrony)
        commit = report.commit
        if report.cause == .refused { stall = error }
    }
}
