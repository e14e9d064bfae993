// What is done about an application's drift, each time somebody looks: what to tell, what to repair and what to leave
// as it is, and when to look again though nothing changes.

package import Manifest

/// Remembers the drift of one application. A value without a clock and without a cluster: whoever watches the cluster
/// hands in all that drifted and the time in seconds, and carries out the response.
package struct DriftWatch: Sendable {
    /// Something to tell, once: as an Event, in the status and the history, and as one more in the metrics.
    package struct Notice: Sendable, Hashable {
        package var drift: Drift
        /// Whether the field is fought over, and not merely another.
        package var isFight: Bool

        package init(drift: Drift, isFight: Bool) {
            self.drift = drift
            self.isFight = isFight
        }

        /// What is told, in words that follow the object.
        package var words: String { isFight ? drift.fightWords : drift.words }
    }

    /// An object to sync: to apply, to create again, or to prune where nothing asks for it.
    package struct Repair: Sendable, Hashable {
        package var object: ObjectReference
        /// The fields of it that drifted and that the sync must leave: their policy is another, their quiet time is not
        /// over, or somebody fights for them.
        package var leaving: [FieldPath]

        package init(object: ObjectReference, leaving: [FieldPath]) {
            self.object = object
            self.leaving = leaving
        }
    }

    package struct Response: Sendable, Hashable {
        package var news: [Notice] = []
        package var repairs: [Repair] = []
        /// When the first quiet time is over; nil where none is running.
        package var next: Int?

        package init(news: [Notice] = [], repairs: [Repair] = [], next: Int? = nil) {
            self.news = news
            self.repairs = repairs
            self.next = next
        }
    }

    private var fights = FightWatch()
    private var told: [FightWatch.Key: Drift] = [:]

    package init() {}

    /// - Parameters:
    ///   - drift: all that there is of the application, as `DriftDetector` finds it.
    ///   - now: seconds, of a clock that does not go back.
    package mutating func observe(_ drift: [Drift], at now: Int) -> Response {
        var response = Response()
        var repairs: [ObjectIdentity: Repair] = [:]
        var left: [ObjectIdentity: [FieldPath]] = [:]
        let verdicts = fights.observe(drift, at: now)
        for (drift, verdict) in verdicts {
            let identity = drift.object.identity
            switch verdict {
            case .repair: repairs[identity] = Repair(object: drift.object, leaving: [])
            case .wait(let until): response.next = min(response.next ?? until, until)
            case .report, .fight: break
            }
            if verdict != .repair, let path = drift.path { left[identity, default: []].append(path) }
            if case .fight(let isNew) = verdict {
                // What two others do to each other meanwhile is no news.
                if isNew { response.news.append(Notice(drift: drift, isFight: true)) }
            } else if !isTold(drift) {
                response.news.append(Notice(drift: drift, isFight: false))
            }
        }
        let before = told
        told = Dictionary(
            drift.map { drift in
                let key = FightWatch.Key(drift)
                return (key, before[key].map { $0.says(drift) ? $0 : drift } ?? drift)
            }
        ) { first, _ in first }
        response.repairs = repairs.map { Repair(object: $1.object, leaving: left[$0] ?? []) }
            .sorted { "\($0.object)" < "\($1.object)" }
        return response
    }

    /// Whether a difference that was observed last is fought over.
    package func isFight(_ drift: Drift) -> Bool { fights.isFight(FightWatch.Key(drift)) }

    private func isTold(_ drift: Drift) -> Bool { told[FightWatch.Key(drift)]?.says(drift) ?? false }
}

extension Drift {
    /// Whether another look at the same field has nothing to add. Who changed it is forgotten once the rest of its
    /// object is repaired, and what is done about it may depend on the hour.
    fileprivate func says(_ other: Drift) -> Bool {
        var other = other
        other.policy = policy
        if other.manager == nil { (other.manager, other.time) = (manager, time) }
        return other == self
    }
}
