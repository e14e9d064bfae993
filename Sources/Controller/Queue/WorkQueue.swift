// Which application is worked on next. A value: the clock is the caller's, and nothing here waits.

import DequeModule
import HeapModule

/// An Application of the cluster, by its name.
package struct ApplicationKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package static func < (one: Self, other: Self) -> Bool {
        (one.namespace, one.name) < (other.namespace, other.name)
    }

    package var description: String { "\(namespace)/\(name)" }
}

/// Why an application is worked on; several reasons at once are one piece of work.
package struct WorkReasons: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Somebody asked for a sync.
    package static let requested = WorkReasons(rawValue: 1 << 0)
    /// The Application itself is new, was changed, or is being deleted.
    package static let changed = WorkReasons(rawValue: 1 << 1)
    /// An object of it was changed in the cluster by somebody else.
    package static let drift = WorkReasons(rawValue: 1 << 2)
    /// The health of an object of it has changed.
    package static let health = WorkReasons(rawValue: 1 << 3)
    /// The poller saw a commit that touches it.
    package static let commit = WorkReasons(rawValue: 1 << 4)
    /// Its last sync failed, and it is time for the next try.
    package static let retry = WorkReasons(rawValue: 1 << 5)
    /// A Git server told of a push with a commit that touches it.
    package static let pushed = WorkReasons(rawValue: 1 << 6)
    /// A time that drift was given is over.
    package static let patience = WorkReasons(rawValue: 1 << 7)

    /// How soon: people first, then what is wrong in the cluster, then what nobody waits for.
    var priority: Int {
        if !isDisjoint(with: [.requested, .changed, .pushed]) { return 0 }
        return isDisjoint(with: [.drift, .health]) ? 2 : 1
    }

    /// Whether they outrank the wait that a failure has brought about.
    var passesHold: Bool { !isDisjoint(with: [.requested, .changed, .commit, .pushed]) }

    static let priorities = 3
}

/// One piece of work.
package struct Work: Sendable, Hashable {
    package var key: ApplicationKey
    package var reasons: WorkReasons
}

/// The applications that wait for work, those that are worked on, and those that have to wait a while.
///
/// An application is worked on by one at a time: what arrives meanwhile is its next piece of work. Within a priority
/// the projects take turns, and the applications of a project stand in line. All moments are durations since one start.
package struct WorkQueue: Sendable {
    private struct Pending: Sendable {
        var reasons: WorkReasons
        var due: Duration
        var project: String
        /// Whether it stands in line: it is due, and nobody works on it.
        var isReady = false
    }

    private struct Due: Sendable, Comparable {
        var moment: Duration
        var key: ApplicationKey

        static func < (one: Self, other: Self) -> Bool { (one.moment, one.key) < (other.moment, other.key) }
    }

    private var pending: [ApplicationKey: Pending] = [:]
    private var running: Set<ApplicationKey> = []
    private var holds: [ApplicationKey: Duration] = [:]
    /// What is due later. Entries that no longer say the truth are passed over.
    private var later = Heap<Due>()
    private var lines = Array(repeating: TurnTaking(), count: WorkReasons.priorities)

    package init() {}

    /// How many applications wait, whether they are due or not.
    package var count: Int { pending.count }

    /// When the next one becomes due; nil where none is waited for but those that are worked on.
    package var nextDue: Duration? {
        if lines.contains(where: { !$0.isEmpty }) { return .zero }
        return later.min?.moment
    }

    /// Adds a reason to work on an application.
    ///
    /// - Parameters:
    ///   - project: in whose turn it is.
    ///   - delay: how long to wait for further reasons first.
    package mutating func add(
        _ key: ApplicationKey, _ reasons: WorkReasons, project: String = "", at now: Duration,
        after delay: Duration = .zero
    ) {
        var due = now + delay
        if let hold = holds[key] {
            if reasons.passesHold { holds[key] = nil } else { due = max(due, hold) }
        }
        var entry = pending[key] ?? Pending(reasons: reasons, due: due, project: project)
        let rises = entry.isReady && entry.reasons.union(reasons).priority < entry.reasons.priority
        let isSooner = due < entry.due || pending[key] == nil
        entry.reasons.formUnion(reasons)
        entry.due = min(entry.due, due)
        entry.project = project
        pending[key] = entry
        if running.contains(key) { return }
        if entry.isReady {
            if rises { stand(key) }
        } else if isSooner {
            later.insert(Due(moment: entry.due, key: key))
        }
    }

    /// The next piece of work, which is then worked on until `finish`; nil where none is due.
    package mutating func next(at now: Duration) -> Work? {
        while let first = later.min, first.moment <= now {
            later.removeMin()
            guard let entry = pending[first.key], !entry.isReady, entry.due <= now, !running.contains(first.key) else {
                continue
            }
            stand(first.key)
        }
        for priority in lines.indices {
            while let key = lines[priority].next() {
                // One that has risen still stands where it stood before.
                guard let entry = pending[key], entry.isReady, entry.reasons.priority == priority else { continue }
                pending[key] = nil
                running.insert(key)
                return Work(key: key, reasons: entry.reasons)
            }
        }
        return nil
    }

    /// Ends a piece of work.
    ///
    /// - Parameter hold: how long to leave the application alone, unless somebody asks for it or changes it; nil for
    ///   not at all.
    package mutating func finish(_ key: ApplicationKey, at now: Duration, hold: Duration? = nil) {
        running.remove(key)
        holds[key] = hold.map { now + $0 }
        guard var entry = pending[key] else { return }
        if let until = holds[key], !entry.reasons.passesHold { entry.due = max(entry.due, until) }
        pending[key] = entry
        later.insert(Due(moment: entry.due, key: key))
    }

    /// Forgets an application that is no more; work that is under way goes on.
    package mutating func remove(_ key: ApplicationKey) {
        pending[key] = nil
        holds[key] = nil
    }

    private mutating func stand(_ key: ApplicationKey) {
        guard let entry = pending[key] else { return }
        pending[key]?.isReady = true
        lines[entry.reasons.priority].append(key, to: entry.project)
    }
}

/// Lines of which each gives one in turn, so that a long one does not keep the others waiting.
private struct TurnTaking: Sendable {
    private var lines: [String: Deque<ApplicationKey>] = [:]
    private var turns = Deque<String>()

    var isEmpty: Bool { turns.isEmpty }

    mutating func append(_ key: ApplicationKey, to line: String) {
        if lines[line] == nil { turns.append(line) }
        lines[line, default: []].append(key)
    }

    mutating func next() -> ApplicationKey? {
        guard let line = turns.popFirst(), let key = lines[line]?.popFirst() else { return nil }
        if lines[line]?.isEmpty == true { lines[line] = nil } else { turns.append(line) }
        return key
    }
}
