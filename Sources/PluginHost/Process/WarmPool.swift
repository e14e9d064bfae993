// Processes of re-entrant plugins that wait for their next list, so that a thousand applications do not mean a
// thousand starts.

import Synchronization

/// Idle processes by what they were started as.
final class WarmPool: Sendable {
    /// A process serves only whoever would start just the same.
    struct Key: Hashable, Sendable {
        var definition: PluginDefinition
        /// The granted Secrets, by digest.
        var grants: String
    }

    private struct Idle {
        var process: PluginProcess
        var answered: Int
    }

    /// How many lists a process answers before a fresh one takes its place: leaks stay small.
    private static let usesLimit = 500

    private let idle = Mutex<[Key: [Idle]]>([:])
    private let limit: Int

    /// - Parameter limit: how many idle processes of one kind are kept.
    init(limit: Int) {
        self.limit = limit
    }

    func take(_ key: Key) -> (process: PluginProcess, answered: Int)? {
        idle.withLock { idle in
            // Processes of the same plugin under other grants will not be asked for again.
            for other in idle.keys where other != key && other.definition.name == key.definition.name {
                idle[other] = nil
            }
            return idle[key]?.popLast().map { ($0.process, $0.answered) }
        }
    }

    func put(_ process: PluginProcess, answered: Int, for key: Key) {
        guard answered < Self.usesLimit else { return }
        idle.withLock { idle in
            guard idle[key, default: []].count < limit else { return }
            idle[key, default: []].append(Idle(process: process, answered: answered))
        }
    }

    /// Ends all that is idle.
    func clear() {
        idle.withLock { $0 = [:] }
    }
}
