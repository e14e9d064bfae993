// What was seen of the drift of all applications, from one look to the next.

import DriftDetector
import Manifest
import Reconciler
import SyncEngine
import Synchronization

/// In memory only: after a restart what is still there is told anew, and a fight is recognised once more.
final class DriftBook: Sendable {
    private let watches = Mutex<[ApplicationKey: DriftWatch]>([:])
    private let clock: any SyncClock

    init(clock: any SyncClock) {
        self.clock = clock
    }

    private var now: Int { Int(clock.now().components.seconds) }

    /// Judges the drift in a plan.
    func judge(
        _ plan: Plan, deleted: Set<ObjectIdentity>, of application: Application, isDriftOnly: Bool,
        onlyReports: Bool = false
    ) -> DriftJudgement {
        let stance = DriftStance(of: application)
        return watches.withLock { watches in
            DriftJudgement(
                plan, deleted: deleted, stance: stance, isDriftOnly: isDriftOnly, onlyReports: onlyReports,
                watch: &watches[application.key, default: DriftWatch()], at: now)
        }
    }

    /// Takes in what a sync has repaired: drift that comes back is another.
    func settle(_ judgement: DriftJudgement, repaired: Set<ObjectIdentity>, of key: ApplicationKey) {
        watches.withLock { watches in
            _ = watches[key, default: DriftWatch()].observe(judgement.remaining(without: repaired), at: now)
        }
    }

    /// How long until a moment of a judgement.
    func wait(until moment: Int) -> Duration { max(.seconds(moment) - clock.now(), .milliseconds(10)) }

    func forget(_ key: ApplicationKey) { watches.withLock { $0[key] = nil } }
}
