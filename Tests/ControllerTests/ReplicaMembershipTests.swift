// Replicas that come, go, stop and go on, before an API server that is slow and loses answers: never do two of them
// believe at once that an application is theirs.

import SyncEngine
import Testing

@testable import Controller

/// An API server and its replicas, in one thread and in no time. Moments are milliseconds of the world's own clock.
private struct World {
    struct Lease {
        var version: Int
        var renewal: Int
        var isReleased = false
    }

    struct Replica {
        var membership: ReplicaMembership
        /// What its clock shows at the world's beginning, and how much faster than the world's it runs.
        var offset: Int
        var rate: Double
        var pausedUntil = 0
        var request: (what: LeaseRequest, sent: Duration)?
        /// When the server does what is asked, and when the answer is there; nil for what is lost on its way.
        var arrives: Int?
        var answer: (at: Int, what: LeaseAnswer)?

        func clock(_ now: Int) -> Duration { .milliseconds(offset + Int(Double(now) * rate)) }
    }

    var random: SeededGenerator
    var now = 0
    var leases: [String: Lease] = [:]
    var replicas: [String: Replica] = [:]
    var stamp = 0
    var names = 0
    let timing = LeaseTiming(duration: .seconds(15))
    let keys = (0..<7).map { ApplicationKey(namespace: "shop", name: "web-\($0)") }
    var faults = true
    /// The requests that each replica made.
    var requests: [String: Int] = [:]

    /// When somebody pushes, apart from everything else that happens.
    var pushes: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        pushes = SeededGenerator(seed: seed &+ 1000)
    }

    mutating func join() -> String {
        names += 1
        let name = "replica-\(names)"
        let rate = 1 + Double.random(in: -0.02...0.02, using: &random)
        replicas[name] = Replica(
            membership: ReplicaMembership(name: name, timing: timing),
            offset: .random(in: 0...9_000_000, using: &random), rate: rate)
        return name
    }

    private mutating func delay() -> Int {
        guard faults else { return .random(in: 1...20, using: &random) }
        return Int.random(in: 0..<10, using: &random) == 0
            ? .random(in: 100...12_000, using: &random) : .random(in: 1...60, using: &random)
    }

    private mutating func chance(_ percent: Int) -> Bool { faults && Int.random(in: 0..<100, using: &random) < percent }

    /// Goes on to the next thing that happens, at the latest after a second.
    mutating func step() {
        var next = now + 1000
        for replica in replicas.values {
            let moments = [replica.arrives, replica.answer.map { max($0.at, replica.pausedUntil) }, wake(replica)]
                .compactMap(\.self)
            for moment in moments where moment > now { next = min(next, moment) }
        }
        now = next
        for name in replicas.keys.sorted() { serve(name) }
        for name in replicas.keys.sorted() { act(name) }
    }

    /// When a replica that waits goes on.
    private func wake(_ replica: Replica) -> Int? {
        guard replica.request == nil else { return nil }
        guard case .wait(let until) = replica.membership.next(at: replica.clock(now)) else {
            return max(now + 1, replica.pausedUntil)
        }
        let wait =
            Double((until - replica.clock(now)).components.attoseconds) / 1e15
            + Double((until - replica.clock(now)).components.seconds) * 1000
        return max(now + max(1, Int(wait / replica.rate) + 1), replica.pausedUntil)
    }

    /// What arrives is done, whether its sender is awake or not.
    private mutating func serve(_ name: String) {
        guard let arrives = replicas[name]?.arrives, arrives <= now, let request = replicas[name]?.request?.what else {
            return
        }
        replicas[name]?.arrives = nil
        let what = done(request, for: name)
        // The answer may be lost: the client gives up after a while.
        let answer: LeaseAnswer = chance(5) ? .failed : what
        let wait = delay()
        replicas[name]?.answer = (now + wait, answer)
    }

    private mutating func done(_ request: LeaseRequest, for name: String) -> LeaseAnswer {
        stamp += 1
        switch request {
        case .create:
            if leases[name] != nil { return .conflict }
            leases[name] = Lease(version: stamp, renewal: stamp)
        case .renew(let version):
            guard let lease = leases[name] else { return .missing }
            if "\(lease.version)" != version { return .conflict }
            leases[name] = Lease(version: stamp, renewal: stamp)
        case .release:
            leases[name]?.isReleased = true
            leases[name]?.version = stamp
        case .touch(let other):
            if leases[other] == nil { return .missing }
            leases[other]?.version = stamp
        case .delete(let other, let version):
            guard let lease = leases[other] else { return .missing }
            if "\(lease.version)" != version { return .conflict }
            leases[other] = nil
        case .list:
            return .leases(
                leases.map {
                    LeaseSight(
                        name: $0.key, version: "\($0.value.version)", renewal: "\($0.value.renewal)",
                        duration: timing.duration,
                        isReleased: $0.value.isReleased)
                })
        }
        return .done(version: "\(stamp)")
    }

    private mutating func act(_ name: String) {
        guard var replica = replicas[name], replica.pausedUntil <= now else { return }
        let clock = replica.clock(now)
        if let answer = replica.answer, answer.at <= now, let request = replica.request {
            replica.membership.take(answer.what, to: request.what, sent: request.sent, at: clock)
            (replica.request, replica.answer) = (nil, nil)
        }
        // Somebody pushes, and the others are to know.
        if Int.random(in: 0..<50, using: &pushes) == 0, faults { replica.membership.hasten(at: clock) }
        if replica.request == nil, case .send(let what) = replica.membership.next(at: clock) {
            requests[name, default: 0] += 1
            replica.request = (what, clock)
            if chance(3) {
                replica.answer = (now + 5000, .failed)
            } else {
                replica.arrives = now + delay()
            }
        }
        replicas[name] = replica
    }

    /// Who believes that an application is theirs.
    func owners(of key: ApplicationKey) -> [String] {
        replicas.filter { $0.value.membership.owns(key, at: $0.value.clock(now)) }.map(\.key).sorted()
    }

    mutating func disturb() {
        let names = replicas.keys.sorted()
        let name = names.randomElement(using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<2 where names.count < 5: _ = join()
        case 2..<3 where names.count > 1: if let name { replicas[name] = nil }
        case 3..<4 where names.count > 1:
            guard let name else { return }
            // In order: it trusts its lease no more, and lets it go.
            replicas[name]?.membership.leave()
            _ = done(.release, for: name)
            replicas[name] = nil
        case 4..<9:
            let pause = Int.random(in: 10...60_000, using: &random)
            if let name { replicas[name]?.pausedUntil = now + pause }
        default: return
        }
    }
}

@Suite struct ReplicaMembershipTests {
    @Test(arguments: Array(UInt64(1)...20))
    func noTwoReplicasEverHaveTheSameApplication(seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<Int.random(in: 1...3, using: &world.random) { _ = world.join() }
        var owned = 0
        while world.now < 1_200_000 {
            world.step()
            for key in world.keys {
                let owners = world.owners(of: key)
                owned += owners.count
                if owners.count > 1 {
                    Issue.record("\(key) has \(owners) at \(world.now)")
                    return
                }
            }
            world.disturb()
        }
        #expect(owned > 0)
        // Left in peace, every application has one.
        world.faults = false
        for name in world.replicas.keys { world.replicas[name]?.pausedUntil = 0 }
        let calm = world.now + 120_000
        while world.now < calm { world.step() }
        for key in world.keys { #expect(world.owners(of: key).count == 1, "\(key) at \(world.now)") }
        #expect(Set(world.replicas.values.map(\.membership.members)).count == 1)
    }

    @Test func oneThatIsAloneBeginsAtOnceAndOnlyRenewsItsLease() {
        var world = World(seed: 1)
        world.faults = false
        let name = world.join()
        while world.now < 300 { world.step() }
        #expect(world.keys.allSatisfy { world.owners(of: $0) == [name] })
        let before = world.requests[name, default: 0]
        while world.now < 60_300 { world.step() }
        #expect(world.requests[name, default: 0] - before <= 12)
    }

    @Test func oneThatDiesIsTakenOverAndOneThatLeavesSooner() {
        for leaves in [false, true] {
            var world = World(seed: 3)
            world.faults = false
            let (one, other) = (world.join(), world.join())
            while world.now < 60_000 { world.step() }
            #expect(Set(world.keys.flatMap { world.owners(of: $0) }) == [one, other])
            if leaves { world.leases[one]?.isReleased = true }
            world.replicas[one] = nil
            let end = world.now + (leaves ? 6_000 : 22_000)
            while world.now < end { world.step() }
            #expect(world.keys.allSatisfy { world.owners(of: $0) == [other] }, "\(leaves)")
        }
    }

    @Test func oneThatWasStoppedBelievesNothingWhenItGoesOn() {
        var world = World(seed: 5)
        world.faults = false
        let (one, other) = (world.join(), world.join())
        while world.now < 60_000 { world.step() }
        world.replicas[one]?.pausedUntil = world.now + 40_000
        while world.now < 100_100 {
            world.step()
            if world.now > 71_000 { #expect(!world.keys.contains { world.owners(of: $0).contains(one) }) }
        }
        #expect(world.keys.allSatisfy { world.owners(of: $0) == [other] })
        while world.now < 130_000 { world.step() }
        #expect(Set(world.keys.flatMap { world.owners(of: $0) }) == [one, other])
    }

    @Test func applicationsAreSharedEvenlyAndStayWhereTheyAre() {
        let keys = (0..<3000).map { ApplicationKey(namespace: "ns-\($0 % 7)", name: "app-\($0)") }
        let three = ["one-a1", "two-b2", "three-c3"]
        let before = keys.map { Rendezvous.owner(of: $0, among: three) }
        for name in three { #expect((800...1200).contains(before.count { $0 == name })) }
        let after = keys.map { Rendezvous.owner(of: $0, among: ["one-a1", "three-c3"]) }
        for (one, other) in zip(before, after) where one != "two-b2" { #expect(one == other) }
    }
}
