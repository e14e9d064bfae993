// When which revision of which repository is looked at next. A value: the clock and the dice are the caller's.

package import Reconciler

/// What is polled: however many applications use it, it is asked for once.
package struct PollTarget: Sendable, Hashable {
    package var repository: String
    package var revision: String
    /// The Secret with the credentials, `namespace/name`, and who reads it: what two users may see of one repository
    /// may differ.
    package var credentials: String?
    /// Whether the repository may be in a private network.
    package var isNamed: Bool

    package init(_ application: Application) {
        repository = application.source.repository
        revision = application.source.revision
        credentials = application.source.credentialsSecret.map {
            "\(application.namespace)/\($0) \(application.serviceAccountName ?? "")"
        }
        isNamed = application.hasNamedSource
    }
}

/// The targets, who uses them, and when each is due.
struct PollSchedule: Sendable {
    private struct Entry: Sendable {
        var users: [ApplicationKey: Application] = [:]
        var due: Duration
        var failures = 0

        /// The shortest interval that a user asks for.
        var interval: Duration { users.values.map(\.sync.interval).min() ?? .seconds(60) }
    }

    private var entries: [PollTarget: Entry] = [:]
    private var targets: [ApplicationKey: PollTarget] = [:]
    /// The targets of each repository, by which a push finds them.
    private var places: [RepositoryAddress: Set<PollTarget>] = [:]

    /// A repository that does not answer is asked at least this often.
    private static let longestWait = Duration.seconds(600)

    /// Notes that an application uses its target, and no other one any more. A target that is new is due after
    /// its interval: the application's own first sync looks at it before.
    ///
    /// - Returns: the target that has lost its last user by that.
    mutating func track(_ application: Application, at now: Duration) -> PollTarget? {
        let target = PollTarget(application)
        let left = targets[application.key] == target ? nil : forget(application.key)
        targets[application.key] = target
        if entries[target] == nil, let address = RepositoryAddress(target.repository) {
            places[address, default: []].insert(target)
        }
        var entry = entries[target] ?? Entry(due: now + application.sync.interval)
        let before = entry.users.updateValue(application, forKey: application.key)
        // Whoever asks for a shorter interval does not wait for the end of the longer one.
        if before?.sync.interval != application.sync.interval {
            entry.due = min(entry.due, now + application.sync.interval)
        }
        entries[target] = entry
        return left
    }

    /// - Returns: the target that has lost its last user by that.
    mutating func forget(_ key: ApplicationKey) -> PollTarget? {
        guard let target = targets.removeValue(forKey: key) else { return nil }
        entries[target]?.users[key] = nil
        guard entries[target]?.users.isEmpty == true else { return nil }
        entries[target] = nil
        guard let address = RepositoryAddress(target.repository) else { return target }
        places[address]?.remove(target)
        if places[address]?.isEmpty == true { places[address] = nil }
        return target
    }

    /// The applications that use a target, in the order of their names.
    func users(of target: PollTarget) -> [Application] {
        (entries[target]?.users ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    }

    /// The targets of repositories, by their addresses.
    func targets(at addresses: Set<RepositoryAddress>) -> Set<PollTarget> {
        addresses.reduce(into: []) { $0.formUnion(places[$1] ?? []) }
    }

    /// When the next target is due.
    var nextDue: Duration? { entries.values.map(\.due).min() }

    /// Takes the targets that are due, and puts each off until it has been looked at.
    mutating func takeDue(at now: Duration) -> [PollTarget] {
        let due = entries.filter { $0.value.due <= now }.map(\.key)
        for target in due { entries[target]?.due = now + Self.longestWait }
        return due
    }

    /// Notes how a look at a target came out.
    ///
    /// - Parameter random: in `0..<1`. Targets that became due together drift apart by up to a tenth of their interval.
    mutating func polled(_ target: PollTarget, succeeded: Bool, at now: Duration, random: Double) {
        guard var entry = entries[target] else { return }
        entry.failures = succeeded ? 0 : entry.failures + 1
        var wait = entry.interval
        for _ in 0..<entry.failures where wait < Self.longestWait { wait *= 2 }
        entry.due = now + min(wait, max(Self.longestWait, entry.interval)) * (0.95 + random / 10)
        entries[target] = entry
    }
}
