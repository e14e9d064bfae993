// Two controllers that set a field against each other: recognised by how often it flips, told once, and not joined.

package import Manifest

/// Remembers when fields drifted, and says what to do about the next time.
///
/// A value without a clock: its owner says what time it is, in seconds.
package struct FightWatch: Sendable {
    package struct Key: Sendable, Hashable {
        package var object: ObjectIdentity
        package var path: FieldPath?

        package init(_ drift: Drift) {
            object = drift.object.identity
            path = drift.path
        }
    }

    package enum Verdict: Sendable, Hashable {
        case report
        case repair
        /// Not yet: it has to stay as it is until then.
        case wait(until: Int)
        /// The field flipped too often. `isNew` the first time this is said.
        case fight(isNew: Bool)
    }

    /// More flips than these within the window are a fight.
    package static let limit = 3
    package static let window = 600

    private struct History {
        /// When it was seen to drift after it had been as it should.
        var flips: [Int] = []
        var since: Int?
        var isFight = false
    }

    private var histories: [Key: History] = [:]

    package init() {}

    /// Takes what drifted at a time, all that there is of an application, and says what is to be done about each.
    package mutating func observe(_ drift: [Drift], at now: Int) -> [(drift: Drift, verdict: Verdict)] {
        let present = Set(drift.map(Key.init))
        for key in histories.keys where !present.contains(key) {
            histories[key]?.since = nil
            if histories[key]?.flips.allSatisfy({ now - $0 > Self.window }) ?? true { histories[key] = nil }
        }
        return drift.map { ($0, verdict(on: $0, at: now)) }
    }

    package func isFight(_ key: Key) -> Bool { histories[key]?.isFight ?? false }

    private mutating func verdict(on drift: Drift, at now: Int) -> Verdict {
        var history = histories[Key(drift)] ?? History()
        defer { histories[Key(drift)] = history }
        if history.since == nil {
            history.since = now
            history.flips = history.flips.filter { now - $0 <= Self.window } + [now]
        }
        if history.flips.count > Self.limit, drift.policy != .report {
            let isNew = !history.isFight
            history.isFight = true
            return .fight(isNew: isNew)
        }
        history.isFight = false
        switch drift.policy {
        case .report: return .report
        case .repair: return .repair
        case .repairAfter(let seconds):
            let due = (history.since ?? now) + seconds
            return now >= due ? .repair : .wait(until: due)
        }
    }
}

extension Drift {
    /// What is told of a fight, in words that follow the object.
    package var fightWords: String {
        let field = path.map { "\($0)" } ?? "the object"
        return "\(field) was set against Git more than \(FightWatch.limit) times in \(FightWatch.window / 60) minutes"
            + (manager.map { " by \($0)" } ?? "") + "; it is left alone until that ends"
    }
}
