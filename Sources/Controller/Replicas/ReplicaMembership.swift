// Which replicas live, and what is whose, as one of them sees it: a value, told by its own clock what it asked for and
// what came back.
//
// No two replicas ever believe at once that an application is theirs. Let W be how long a replica trusts its lease,
// counted from the moment it sent the renewal, and D > W the lease's duration:
//
// - One that joins makes its lease, then reads all leases, then touches each of them, then waits for W. A renewal names
//   the version that it renews, so that it fails after a touch, and its sender reads all leases before it tries again.
//   When the wait is over, everybody else has seen the new lease, or trusts its own no longer. Of two that join at
//   once, whoever reads last sees the other.
// - One that dies is given up by whoever reads the same renewal again, D after having first read it: the dead one began
//   that renewal earlier still, and trusted it for W.
// - One that was paused, or cut off, for longer than W trusts itself no longer, and joins anew. A renewal that is
//   answered after that moment does not count.
//
// Only the speed of the replicas' clocks matters, and only by as much as D and W differ: what time they show does not.

struct ReplicaMembership: Sendable {
    private struct Peer: Sendable {
        var sight: LeaseSight
        /// When this renewal of it was read first.
        var since: Duration
        /// Whether it was read again once its lease had run out.
        var isDead = false

        var lives: Bool { !isDead && !sight.isReleased }
    }

    private enum Step: Sendable {
        case announce
        case look
        case touch([String])
        case renew
        /// Reads the leases between two renewals.
        case watch
        case sweep([LeaseSight])
        case rest
    }

    /// What is to be done next.
    enum Action: Sendable, Hashable {
        case send(LeaseRequest)
        /// Nothing before this moment.
        case wait(until: Duration)
    }

    let name: String
    private let timing: LeaseTiming
    private var peers: [String: Peer] = [:]
    private var step = Step.announce
    /// Whether the others know of this replica.
    private var hasJoined = false
    private var version: String?
    /// Until when the lease is trusted, and from when it gives a right to anything.
    private var validUntil: Duration?
    private var ownsFrom: Duration?
    private var nextRenewal = Duration.zero
    /// Before which nothing that failed is tried again.
    private var notBefore = Duration.zero

    /// - Parameter name: of its lease; no other process has ever had it.
    init(name: String, timing: LeaseTiming) {
        self.name = name
        self.timing = timing
    }

    // MARK: What is whose

    /// The replicas that share the applications, in the order of their names.
    var members: [String] { (peers.filter(\.value.lives).map(\.key) + [name]).sorted() }

    func owner(of key: ApplicationKey) -> String? { Rendezvous.owner(of: key, among: members) }

    /// Whether this replica may do anything at all.
    func isTrusted(at now: Duration) -> Bool {
        guard let validUntil, let ownsFrom else { return false }
        return now < validUntil && now >= ownsFrom
    }

    func owns(_ key: ApplicationKey, at now: Duration) -> Bool { isTrusted(at: now) && owner(of: key) == name }

    /// When `owns` may answer otherwise though nothing was heard; nil where it will not.
    func nextChange(after now: Duration) -> Duration? {
        [ownsFrom, validUntil].compactMap(\.self).filter { $0 > now }.min()
    }

    // MARK: What is done

    func next(at now: Duration) -> Action {
        if case .rest = step, now < nextRenewal { return .wait(until: max(nextRenewal, notBefore)) }
        if now < notBefore { return .wait(until: notBefore) }
        switch step {
        case .announce, .renew, .rest: return .send(version.map { .renew(version: $0) } ?? .create)
        case .look, .watch: return .send(.list)
        case .touch(let names): return .send(names.first.map { .touch($0) } ?? .list)
        case .sweep(let leases):
            return leases.first.map { .send(.delete($0.name, version: $0.version)) } ?? .wait(until: nextRenewal)
        }
    }

    /// Takes in what came of a request.
    ///
    /// - Parameters:
    ///   - sent: the moment before it was sent.
    ///   - now: the moment after it was answered.
    mutating func take(_ answer: LeaseAnswer, to request: LeaseRequest, sent: Duration, at now: Duration) {
        switch (request, answer) {
        case (.create, .done(let version)), (.renew, .done(let version)):
            self.version = version
            renewed(sent: sent, at: now)
        case (.create, .conflict), (.renew, .conflict): step = .look
        case (.renew, .missing):
            version = nil
            rejoin()
        case (.list, .leases(let leases)): read(leases, sent: sent, at: now)
        case (.touch, .done), (.touch, .missing): touched(at: now)
        case (.delete, _): sweepOn()
        default: postpone(at: now)
        }
    }

    /// Has the lease renewed as soon as nothing else is under way: it is to say something.
    mutating func hasten(at now: Duration) { nextRenewal = min(nextRenewal, now) }

    /// Ends all trust. The lease may be let go from then on.
    mutating func leave() {
        validUntil = nil
        ownsFrom = nil
    }

    private mutating func renewed(sent: Duration, at now: Duration) {
        let isUnbroken = hasJoined && validUntil.map { now < $0 } ?? false
        validUntil = sent + timing.validity
        nextRenewal = sent + timing.period
        if isUnbroken {
            step = peers.isEmpty ? .rest : .watch
        } else {
            rejoin()
            step = .look
        }
    }

    private mutating func rejoin() {
        hasJoined = false
        ownsFrom = nil
        step = .announce
    }

    /// What failed is tried again soon; the leases of others need not be read before the next renewal.
    private mutating func postpone(at now: Duration) {
        switch step {
        case .watch, .sweep: step = .rest
        default: notBefore = now + timing.period / 5
        }
    }

    private mutating func read(_ leases: [LeaseSight], sent: Duration, at now: Duration) {
        let own = leases.first { $0.name == name }
        note(leases.filter { $0.name != name }, sent: sent, at: now)
        switch step {
        case .look:
            version = own?.version
            if own == nil {
                rejoin()
            } else if hasJoined {
                step = .renew
            } else if validUntil == nil {
                step = .announce
            } else {
                step = .touch(peers.filter { !$0.value.sight.isReleased }.keys.sorted())
                if case .touch(let names) = step, names.isEmpty { touched(at: now) }
            }
        case .watch: step = .sweep(abandoned(at: now))
        default: break
        }
        if case .sweep(let leases) = step, leases.isEmpty { step = .rest }
    }

    private mutating func note(_ leases: [LeaseSight], sent: Duration, at now: Duration) {
        let present = Set(leases.map(\.name))
        for sight in leases {
            if var peer = peers[sight.name], peer.sight.renewal == sight.renewal {
                peer.sight = sight
                peer.isDead = peer.isDead || sent - peer.since >= sight.duration
                peers[sight.name] = peer
            } else {
                peers[sight.name] = Peer(sight: sight, since: now)
            }
        }
        // Somebody may have deleted the lease of one that lives.
        for (name, peer) in peers where !present.contains(name) && sent - peer.since >= peer.sight.duration {
            peers[name] = nil
        }
    }

    private mutating func touched(at now: Duration) {
        if case .touch(let names) = step, names.count > 1 {
            step = .touch(Array(names.dropFirst()))
            return
        }
        hasJoined = true
        let others = peers.values.filter(\.lives)
        let longest = others.map { LeaseTiming(duration: $0.sight.duration).validity }.max()
        ownsFrom = longest.map { now + max($0, timing.validity) } ?? now
        step = .rest
    }

    /// The leases of replicas that are gone for so long that all others have seen it.
    private func abandoned(at now: Duration) -> [LeaseSight] {
        peers.values.filter { !$0.lives && now - $0.since >= $0.sight.duration * 4 }.map(\.sight).sorted {
            $0.name < $1.name
        }
    }

    private mutating func sweepOn() {
        guard case .sweep(let leases) = step else { return }
        step = leases.count > 1 ? .sweep(Array(leases.dropFirst())) : .rest
    }
}
