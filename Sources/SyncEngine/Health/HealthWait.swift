// Waits until objects are healthy: looks at those that are not, less and less often, and gives up on what will not get
// better.

import KubernetesClient
import Manifest

/// The wait for the objects of one wave.
struct HealthWait {
    let cluster: any KubernetesAPI
    let clock: any SyncClock
    let timeout: Duration
    let concurrency: Int
    let emit: @Sendable (SyncEvent) -> Void

    /// The health of every object when the wait was over.
    ///
    /// - Parameter objects: the live objects as they were seen last.
    func settle(_ objects: [Value]) async -> [ObjectIdentity: Health] {
        var state = State()
        for live in objects { note(live, in: &state) }
        let deadline = clock.now() + timeout
        var backoff = Backoff()
        while !state.pending.isEmpty, clock.now() < deadline {
            let interval = min(backoff.next(), deadline - clock.now())
            guard (try? await clock.sleep(for: interval)) != nil else { break }
            await look(at: &state)
        }
        await nameCauses(&state)
        return state.health
    }

    private struct State {
        var health: [ObjectIdentity: Health] = [:]
        var pending: [ObjectIdentity: Value] = [:]
    }

    /// Takes in how an object stands, and tells what is new about it.
    private func note(_ live: Value, in state: inout State) {
        let object = KubernetesObject(live)
        let health = Health(of: live)
        let before = state.health.updateValue(health, forKey: object.identity)
        if health.isSettled {
            state.pending[object.identity] = nil
            if health.status == .healthy, before?.status != .healthy { emit(.healthy(object.reference)) }
            if health.status != .healthy, before != health { emit(.waiting(object.reference, health)) }
        } else {
            state.pending[object.identity] = live
            if before != health { emit(.waiting(object.reference, health)) }
        }
    }

    private func look(at state: inout State) async {
        let references = state.pending.values.map { KubernetesObject($0).reference }.sorted { "\($0)" < "\($1)" }
        let answers = await concurrently(references, limit: concurrency) { reference async throws(Never) -> Answer in
            do throws(KubernetesError) {
                return .seen(try await cluster.get(reference))
            } catch {
                // A cluster that does not answer now may answer at the next look.
                return .unknown
            }
        }
        for (reference, answer) in zip(references, answers) {
            switch answer {
            case .seen(let live?): note(live, in: &state)
            case .seen(nil):
                state.pending[reference.identity] = nil
                state.health[reference.identity] = .degraded("it was deleted meanwhile", isFinal: true)
            case .unknown: continue
            }
        }
    }

    private enum Answer: Sendable {
        case seen(Value?)
        case unknown
    }

    /// Asks the pods of what is not healthy why.
    private func nameCauses(_ state: inout State) async {
        for (identity, live) in state.pending {
            guard let health = state.health[identity],
                let cause = await RolloutTrouble(cluster: cluster).found(for: live)
            else { continue }
            state.health[identity]?.message = "\(health.message): \(cause)"
        }
    }
}
