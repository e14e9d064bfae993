import Manifest
import Reconciler
import SyncEngine
import Testing

@Suite struct RetryScheduleTests {
    private func waits(_ policy: RetryPolicy, _ cause: SyncFailureCause = .unanswered, random: Double = 0) -> [Duration]
    {
        var schedule = RetrySchedule(policy)
        var waits: [Duration] = []
        while let wait = schedule.next(after: cause, random: random), waits.count < 50 { waits.append(wait) }
        return waits
    }

    @Test func waitsDoubleUpToTheLongest() {
        var policy = RetryPolicy()
        policy.limit = 8
        #expect(waits(policy) == [5, 10, 20, 40, 80, 160, 180, 180].map { .seconds($0) })
        #expect(waits(policy, .unhealthy).count == 8)
    }

    /// By the greatest numbers that an Application may have.
    @Test func theWaitsOfTheGreatestPolicyAreItsLongest() throws {
        let sync = try Application(
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application", "metadata": ["name": "shop"],
                "spec": [
                    "source": ["repository": "https://git.example.com/shop.git"],
                    "sync": ["retry": ["backoff": ["factor": 100, "duration": "8784h", "maxDuration": "8784h"]]],
                ],
            ], source: nil
        ).sync
        #expect(waits(sync.retry) == [Duration](repeating: .seconds(366 * 86_400), count: 5))
    }

    @Test func whatIsRefusedIsNotTriedAgain() {
        #expect(waits(RetryPolicy(), .refused) == [])
    }

    @Test func theLimitIsHeeded() {
        var policy = RetryPolicy()
        policy.limit = 0
        #expect(waits(policy) == [])
        #expect(waits(RetryPolicy()).count == 5)
    }

    @Test func diceShortenAWaitByAFifthAtMost() {
        #expect(waits(RetryPolicy(), random: 0.5).first == .milliseconds(4500))
        #expect(waits(RetryPolicy(), random: 0.999999).first == .milliseconds(4000))
    }

    @Test func causesMayAlternate() {
        var schedule = RetrySchedule(RetryPolicy())
        #expect(schedule.next(after: .unhealthy, random: 0) == .seconds(5))
        #expect(schedule.next(after: .unanswered, random: 0) == .seconds(10))
        #expect(schedule.next(after: .refused, random: 0) == nil)
    }
}
