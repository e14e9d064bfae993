import Manifest
import Reconciler
import SyncEngine
import Testing

@Suite struct SyncRecoveryTests {
    private func policy(rollback: Bool) -> Application.SyncPolicy {
        var policy = Application.SyncPolicy()
        policy.retry.limit = 1
        policy.rollback = rollback
        return policy
    }

    @Test func aSyncThatSucceededEnds() {
        var recovery = SyncRecovery(policy(rollback: true), retries: true)
        #expect(recovery.next(after: nil, commit: "2", lastGood: "1", random: 0) == .end)
    }

    @Test func triesComeBeforeTheRollback() {
        var recovery = SyncRecovery(policy(rollback: true), retries: true)
        #expect(recovery.next(after: .unhealthy, commit: "2", lastGood: "1", random: 0) == .retry(after: .seconds(5)))
        #expect(
            recovery.next(after: .unhealthy, commit: "2", lastGood: "1", random: 0) == .rollBack(to: "1", from: "2"))
    }

    @Test func whatIsRefusedIsRolledBackAtOnce() {
        var recovery = SyncRecovery(policy(rollback: true), retries: true)
        #expect(recovery.next(after: .refused, commit: "2", lastGood: "1", random: 0) == .rollBack(to: "1", from: "2"))
    }

    @Test(
        arguments: [
            // asked for, commit, last good
            (false, "2", "1"), (true, nil, "1"), (true, "2", nil), (true, "2", "2"),
        ] as [(Bool, String?, String?)]) func nothingIsRolledBackWithoutReason(
            isAsked: Bool, commit: String?, lastGood: String?
        )
    {
        var recovery = SyncRecovery(policy(rollback: isAsked), retries: false)
        #expect(recovery.next(after: .unhealthy, commit: commit, lastGood: lastGood, random: 0) == .end)
    }
}
