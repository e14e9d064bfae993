// Whether an object does what it is there for.

import Manifest

/// The health of one object, with the reason in the user's words.
package struct Health: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable {
        case healthy, progressing, degraded, suspended
    }

    package var status: Status
    /// `2 of 3 replicas are available`; empty where there is nothing to say.
    package var message: String
    /// Whether no waiting will make it better: a failed Job stays failed.
    package var isFinal: Bool
    /// Whether a sync waits for it. A volume claim that binds at its first use holds nobody back.
    package var isAwaited: Bool

    package init(_ status: Status, _ message: String = "", isFinal: Bool = false, isAwaited: Bool = true) {
        self.status = status
        self.message = message
        self.isFinal = isFinal
        self.isAwaited = isAwaited
    }

    package static let healthy = Health(.healthy)
    package static func progressing(_ message: String) -> Health { Health(.progressing, message) }
    package static func degraded(_ message: String, isFinal: Bool = false) -> Health {
        Health(.degraded, message, isFinal: isFinal)
    }
    package static func suspended(_ message: String) -> Health { Health(.suspended, message) }

    /// Whether a wait for this object is over.
    package var isSettled: Bool {
        switch status {
        case .healthy, .suspended: true
        case .progressing: !isAwaited
        case .degraded: isFinal || !isAwaited
        }
    }
}
