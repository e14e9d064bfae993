// What may end a run before its plan is done, other than its cancellation.

package import Manifest

/// Asked by a run while it waits and between its waves.
package struct RunControl: Sendable {
    /// The revision that has arrived meanwhile and makes this run pointless; nil as long as there is none. A wait ends
    /// with it, and nothing further begins.
    package var newerRevision: @Sendable () -> String?
    /// The sync window that has closed meanwhile, in the user's words; nil as long as syncs are allowed. What has begun
    /// is waited for; the next wave does not begin.
    package var closedWindow: @Sendable () -> String?

    /// Why somebody else carries the application on from here, in the user's words; nil as long as it is ours. A wait
    /// ends with it, and nothing further begins.
    package var handover: @Sendable () -> String?

    package init(
        newerRevision: @escaping @Sendable () -> String? = { nil },
        closedWindow: @escaping @Sendable () -> String? = { nil },
        handover: @escaping @Sendable () -> String? = { nil }
    ) {
        self.newerRevision = newerRevision
        self.closedWindow = closedWindow
        self.handover = handover
    }

    /// What ends a wait.
    var endOfWaiting: RunStop? { handover().map { .handover($0) } ?? newerRevision().map { .newerRevision($0) } }

    /// What keeps the next step from beginning.
    var stop: RunStop? { endOfWaiting ?? closedWindow().map { .closedWindow($0) } }
}

/// Why a run stopped between two steps.
package enum RunStop: Sendable, Hashable {
    case newerRevision(String)
    case closedWindow(String)
    case handover(String)
}

extension RunStop {
    /// What the record says of it.
    package var diagnostic: Diagnostic {
        switch self {
        case .newerRevision(let revision):
            .warning("the sync was given up: \(revision) has arrived meanwhile", cure: nil, rule: "newer-revision")
        case .handover(let reason):
            .warning("the sync was given up: \(reason)", cure: nil, rule: "handover")
        case .closedWindow(let window):
            .warning(
                "the sync stopped between two steps: \(window)", cure: "The rest is synced when the window opens again",
                rule: "sync-window")
        }
    }
}
