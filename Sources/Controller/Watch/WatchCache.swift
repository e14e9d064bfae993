// The members of all applications of one kind, shared between the watch that fills it and the syncs that read it.

import KubernetesClient
import Manifest
import SyncEngine
import Synchronization

/// The cache of one kind.
final class WatchCache: Sendable {
    private enum Readiness {
        /// The first list is on its way.
        case awaited
        /// It could not be had so far.
        case unavailable
        case listed
    }

    private struct State {
        var members = WatchedMembers()
        var readiness = Readiness.awaited
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var tickets = 0

        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            defer { waiters = [:] }
            return Array(waiters.values)
        }
    }

    private let state = Mutex(State())

    // MARK: What the watch says

    /// Takes in what the watch says.
    ///
    /// - Returns: the sets of which there is news.
    func take(_ change: ReflectedChange) -> [String: MemberNews] {
        var waiters: [CheckedContinuation<Void, Never>] = []
        let news = state.withLock { state in
            switch change {
            case .all(let values):
                let isFirst = state.readiness != .listed
                state.readiness = .listed
                waiters = state.takeWaiters()
                return state.members.replace(with: values, isFirst: isFirst)
            case .changed(let value): return state.members.update(value, isOurs: false)
            case .deleted(let value): return state.members.remove(value)
            }
        }
        for waiter in waiters { waiter.resume() }
        return news
    }

    /// Says that the list cannot be had at the moment. Nobody waits for the first one from then on.
    func giveUp() {
        let waiters = state.withLock { state in
            if state.readiness == .awaited { state.readiness = .unavailable }
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: What we write

    /// Takes in what the server answered to a write of ours, ahead of the watch.
    func wrote(_ value: Value) {
        _ = state.withLock { $0.members.update(value, isOurs: true) }
    }

    /// Takes in that a deletion of ours is done.
    func deleted(_ identity: ObjectIdentity) {
        _ = state.withLock { $0.members.remove(identity, isOurs: true) }
    }

    // MARK: Reading

    /// Returns once the first list is there, once it is known that it will take a while, or once the task is cancelled.
    func awaitList() async {
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.readiness == .awaited, !Task.isCancelled else { return false }
                    state.waiters[ticket] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: ticket) }?.resume()
        }
    }

    /// Whether its first list could not be had so far.
    var isUnavailable: Bool { state.withLock { $0.readiness == .unavailable } }

    var isListed: Bool { state.withLock { $0.readiness == .listed } }

    /// The members of a set, read for a sync: from now on only what changes after this is news.
    func read(_ set: String) throws(JSONError) -> [Value] { try Self.values(state.withLock { $0.members.read(set) }) }

    /// The members of a set, for whoever only looks.
    func look(_ set: String) throws(JSONError) -> [Value] { try Self.values(state.withLock { $0.members.look(set) }) }

    /// Whether there is something about a set that no sync has read or written.
    func isDisturbed(_ set: String) -> Bool { state.withLock { $0.members.isDisturbed(set) } }

    /// A member; nil for an object that is none.
    func member(_ identity: ObjectIdentity) throws(JSONError) -> Value? {
        guard let text = state.withLock({ $0.members.text(of: identity) }) else { return nil }
        return try JSON.read(text)
    }

    var count: Int { state.withLock { $0.members.count } }

    /// Forgets what happened to a set that nobody reads any more.
    func forget(_ set: String) { state.withLock { $0.members.forget(set) } }

    private static func values(_ texts: [[UInt8]]) throws(JSONError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(texts.count)
        for text in texts { values.append(try JSON.read(text)) }
        return values
    }
}
