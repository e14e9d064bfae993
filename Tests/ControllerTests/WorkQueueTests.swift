// The queue as a value: whose turn it is, and when.

import Testing

@testable import Controller

@Suite struct WorkQueueTests {
    private func key(_ name: String) -> ApplicationKey { ApplicationKey(namespace: "apps", name: name) }

    @Test func peopleGoBeforeDriftAndDriftBeforeTheInterval() {
        var queue = WorkQueue()
        queue.add(key("interval"), .commit, at: .zero)
        queue.add(key("drift"), .drift, at: .zero)
        queue.add(key("person"), .requested, at: .zero)
        let names = (0..<3).compactMap { _ in queue.next(at: .zero)?.key.name }
        #expect(names == ["person", "drift", "interval"])
        #expect(queue.next(at: .zero) == nil)
    }

    @Test func reasonsGatherInOnePieceOfWork() {
        var queue = WorkQueue()
        queue.add(key("a"), .commit, at: .zero)
        queue.add(key("a"), .drift, at: .zero)
        #expect(queue.next(at: .zero) == Work(key: key("a"), reasons: [.commit, .drift]))
        #expect(queue.count == 0)
    }

    @Test func oneThatIsWorkedOnIsNotGivenOutTwice() {
        var queue = WorkQueue()
        queue.add(key("a"), .commit, at: .zero)
        _ = queue.next(at: .zero)
        queue.add(key("a"), .requested, at: .zero)
        #expect(queue.next(at: .zero) == nil)
        queue.finish(key("a"), at: .seconds(1))
        #expect(queue.next(at: .seconds(1))?.reasons == .requested)
    }

    @Test func oneThatRisesWhileItStandsInLineIsGivenOutOnce() {
        var queue = WorkQueue()
        queue.add(key("a"), .commit, at: .zero)
        queue.add(key("b"), .drift, at: .zero)
        #expect(queue.next(at: .zero)?.key == key("b"))
        queue.add(key("a"), .requested, at: .zero)
        #expect(queue.next(at: .zero)?.reasons == [.commit, .requested])
        #expect(queue.next(at: .zero) == nil)
    }

    @Test func aHoldKeepsDriftAndRetriesBackButNoPerson() {
        var queue = WorkQueue()
        queue.add(key("a"), .commit, at: .zero)
        _ = queue.next(at: .zero)
        queue.finish(key("a"), at: .zero, hold: .seconds(10))
        queue.add(key("a"), .drift, at: .zero)
        #expect(queue.next(at: .seconds(9)) == nil)
        #expect(queue.nextDue == .seconds(10))
        queue.add(key("a"), .requested, at: .seconds(9))
        #expect(queue.next(at: .seconds(9))?.reasons == [.drift, .requested])
    }

    @Test func projectsTakeTurns() {
        var queue = WorkQueue()
        for number in 0..<3 { queue.add(key("large\(number)"), .commit, project: "large", at: .zero) }
        queue.add(key("small"), .commit, project: "small", at: .zero)
        let names = (0..<4).compactMap { _ in queue.next(at: .zero)?.key.name }
        #expect(names == ["large0", "small", "large1", "large2"])
    }

    @Test func delaysEndOnTime() {
        var queue = WorkQueue()
        queue.add(key("a"), .health, at: .zero, after: .seconds(3))
        #expect(queue.nextDue == .seconds(3))
        #expect(queue.next(at: .milliseconds(2999)) == nil)
        queue.add(key("a"), .health, at: .seconds(1), after: .seconds(1))
        #expect(queue.next(at: .seconds(2))?.key == key("a"))
        #expect(queue.next(at: .seconds(3)) == nil)
    }

    /// Whatever is added, in whatever order work begins and ends: nothing is lost, and nothing is worked on twice at
    /// once.
    @Test(arguments: 0..<200)
    func nothingIsLostAndNothingRunsTwice(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = WorkQueue()
        var owed: [ApplicationKey: WorkReasons] = [:]
        var running: Set<ApplicationKey> = []
        var now = Duration.zero
        let reasons: [WorkReasons] = [.requested, .changed, .drift, .health, .commit, .retry, .pushed]
        func take(_ work: Work) {
            #expect(!running.contains(work.key))
            #expect(owed[work.key] == work.reasons)
            owed[work.key] = nil
            running.insert(work.key)
        }
        for _ in 0..<300 {
            now += .milliseconds(Int.random(in: 0...40, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let key = key("\(Int.random(in: 0..<8, using: &random))")
                let reason = reasons[Int.random(in: 0..<reasons.count, using: &random)]
                let delay = Duration.milliseconds(Int.random(in: 0...100, using: &random))
                queue.add(key, reason, project: "\(key.name.utf8.count)", at: now, after: delay)
                owed[key, default: []].formUnion(reason)
            case 2: if let work = queue.next(at: now) { take(work) }
            default:
                guard let key = running.sorted().first else { continue }
                running.remove(key)
                queue.finish(key, at: now, hold: Bool.random(using: &random) ? .milliseconds(50) : nil)
            }
        }
        for key in running.sorted() { queue.finish(key, at: now) }
        running = []
        now += .seconds(10)
        while let work = queue.next(at: now) { take(work) }
        #expect(owed.isEmpty)
        #expect(queue.count == 0)
    }
}

/// A random generator that is the same for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
