// A cluster beside the controller's own: one connection and one set of watches for all applications that go there.

import KubernetesClient
import Manifest
import Synchronization

final class ForeignCluster: Sendable {
    enum State: Sendable, Hashable {
        case connecting
        case up
        /// It does not answer, and why.
        case down(String)
    }

    let access: ClusterAccess
    let watches: WatchSet
    private let current = Mutex(State.connecting)
    /// Called when nobody uses it any more.
    let end = Signal()
    /// Called when it seems not to answer.
    let doubt: Signal

    init(_ access: ClusterAccess, watches: WatchSet, doubt: Signal) {
        self.access = access
        self.watches = watches
        self.doubt = doubt
    }

    var state: State { current.withLock { $0 } }

    /// - Returns: whether it was another one.
    func set(_ state: State) -> Bool {
        current.withLock { current in
            defer { current = state }
            return current != state
        }
    }
}
