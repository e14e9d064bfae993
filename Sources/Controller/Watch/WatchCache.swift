// The members of all applications of one kind, shared between the watch that fills it and the syncs that read it.

import KubernetesClient
import Manifest
import SyncEngine
import Synchronization

/// The cache of one kind.
final class WatchCache: Sendable {
    private struct State {
        var members = WatchedMembers()
        var isListed = false
        var waiters: [CheckedContinuation<Void, Never>] = []
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
                // Whoever waits for the first list is about to read it.
                let news = state.members.replace(with: values)
                defer { state.isListed = true }
                waiters = state.waiters
                state.waiters = []
                return state.isListed ? news : [:]
            case .changed(let value): return state.members.update(value, isOurs: false)
            case .deleted(let value): return state.members.remove(KubernetesObject(value).identity, isOurs: false)
            }
        }
        for waiter in waiters { waiter.resume() }
        return news
    }

    /// Lets go of those who wait for the first list, which could not be had.
    func giveUp() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
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

    /// Returns once the first list is there, or once it is known that it will take a while.
    func awaitList() async {
        await withCheckedContinuation { continuation in
            let isListed = state.withLock { state -> Bool in
                if !state.isListed { state.waiters.append(continuation) }
                return state.isListed
            }
            if isListed { continuation.resume() }
        }
    }

    var isListed: Bool { state.withLock { $0.isListed } }

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

    private static func values(_ texts: [[UInt8]]) throws(JSONError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(texts.count)
        for text in texts { values.append(try JSON.read(text)) }
        return values
    }
}
