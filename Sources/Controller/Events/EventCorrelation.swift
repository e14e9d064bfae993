// Which events are written, and as what: the same again counts up, many alike become one, and nobody gets more than his
// share.

import SyncEngine

/// Decides for each event what is written of it. A value: the clock is the caller's.
struct EventCorrelation: Sendable {
    enum Step: Sendable, Hashable {
        /// A new Event of this name.
        case create(name: String, message: String)
        /// One that is there already has happened so often now.
        case count(name: String, Int, message: String)
        /// It has been counted, and is written with one of the next.
        case nothing
    }

    /// The same event counts up for as long as nothing is heard of it for no longer than this: shorter than a server
    /// keeps Events.
    static let memory = Duration.seconds(50 * 60)
    /// How long an Event that is counted up is left alone after it was written.
    static let rest = Duration.seconds(60)
    /// So many different messages for one reason are told one by one within `memory`; the others are one Event
    /// together.
    static let varieties = 10
    /// What an application may have new at once, and how long it takes to have one more.
    static let burst = 25.0
    static let refill = Duration.seconds(60)

    private struct Kind: Hashable {
        var application: ApplicationKey
        var reason: ApplicationEvent.Reason
    }

    private struct Known {
        var name: String
        var count: Int
        var seen: Duration
        var written: Duration
    }

    private var known: [Kind: [String: Known]] = [:]
    private var limit = RateLimit<ApplicationKey>(burst: burst, refill: refill)
    private var swept = Duration.zero

    /// - Parameter name: a name that no Event has yet.
    mutating func step(_ event: ApplicationEvent, name: String, at now: Duration) -> Step {
        sweep(at: now)
        let kind = Kind(application: event.application, reason: event.reason)
        let alike = known[kind] ?? [:]
        var key = event.message
        var message = event.message
        if alike[key] == nil, alike.count >= Self.varieties {
            key = ""
            message = "(combined from similar events) " + message
        }
        if var entry = alike[key] {
            entry.count += 1
            entry.seen = now
            let isDue = now - entry.written >= Self.rest
            if isDue { entry.written = now }
            known[kind, default: [:]][key] = entry
            return isDue ? .count(name: entry.name, entry.count, message: message) : .nothing
        }
        guard limit.take(event.application, at: now) == nil else { return .nothing }
        known[kind, default: [:]][key] = Known(name: name, count: 1, seen: now, written: now)
        return .create(name: name, message: message)
    }

    /// How many different events are remembered.
    var count: Int { known.values.reduce(0) { $0 + $1.count } }

    mutating func forget(_ key: ApplicationKey) {
        known = known.filter { $0.key.application != key }
        limit.forget(key)
    }

    /// Forgets what has not happened for long.
    private mutating func sweep(at now: Duration) {
        guard now - swept >= Self.rest else { return }
        swept = now
        for (kind, alike) in known {
            let rest = alike.filter { now - $0.value.seen < Self.memory }
            known[kind] = rest.isEmpty ? nil : rest
        }
    }
}
