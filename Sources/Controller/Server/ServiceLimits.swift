// How much a port takes on at a time, whoever speaks to it.

import Synchronization

struct ServiceLimits: Sendable {
    var connections = 512
    /// Those of one address: an ingress is one for all who come through it.
    var connectionsOfPeer = 256
    /// How much of bodies is kept in memory at a time, in bytes.
    var bytes = 16 << 20
    /// The headers of a request, in bytes.
    var headers = 32 << 10
    /// How long a request may take from its first byte to its last.
    var arrival = Duration.seconds(30)
    /// How long a connection may say nothing before it is closed.
    var patience = Duration.seconds(30)
}

/// What of that is taken.
final class ServiceLoad: Sendable {
    private struct State {
        var connections = 0
        var peers: [String: Int] = [:]
        var bytes = 0
    }

    private let limits: ServiceLimits
    private let state = Mutex(State())

    init(_ limits: ServiceLimits) {
        self.limits = limits
    }

    /// - Returns: whether there is room for one more connection, which is to be closed with `close` then.
    func open(_ peer: String) -> Bool {
        state.withLock { state in
            guard state.connections < limits.connections, state.peers[peer, default: 0] < limits.connectionsOfPeer
            else { return false }
            state.connections += 1
            state.peers[peer, default: 0] += 1
            return true
        }
    }

    func close(_ peer: String) {
        state.withLock { state in
            state.connections -= 1
            let left = state.peers[peer, default: 1] - 1
            state.peers[peer] = left > 0 ? left : nil
        }
    }

    /// - Returns: whether there is room for so many bytes more, which are to be given back with `release` then.
    func take(_ bytes: Int) -> Bool {
        state.withLock { state in
            guard state.bytes + bytes <= limits.bytes else { return false }
            state.bytes += bytes
            return true
        }
    }

    func release(_ bytes: Int) { state.withLock { $0.bytes -= bytes } }
}
