// Waits until objects are healthy: looks at those that are not, less and less often, asks behind them why, and gives up
// on what will not get better.

import KubernetesClient
import Manifest

/// The wait for the objects of one wave.
struct HealthWait: Sendable {
    let cluster: any KubernetesAPI
    let clock: any SyncClock
    let rules: HealthRules
    let timeout: Duration
    /// How long to bear with troubles that pass by themselves now and then.
    let patience: Duration
    let concurrency: Int
    let control: RunControl
    let emit: @Sendable (SyncEvent) -> Void
    /// Whether objects are waited for as hooks, which run to their end and may be deleted by then.
    var isForHooks = false

    /// How a wait came out.
    struct Settlement: Sendable {
        enum End: Sendable, Hashable {
            /// Nothing is left to wait for.
            case settled
            /// One object will not get better, so that there is no use in waiting for the others.
            case failed
            case timedOut
            case stopped(RunStop)
            case cancelled
        }

        /// How each object stood when the wait was over.
        var health: [ObjectIdentity: Health]
        /// The objects as they were seen last, those that were looked at again.
        var live: [ObjectIdentity: Value]
        var end: End
    }

    /// - Parameter objects: the live objects as they were seen last.
    func settle(_ objects: [Value]) async -> Settlement {
        var state = State()
        for live in objects { note(live, companions: nil, in: &state) }
        let deadline = clock.now() + timeout
        var backoff = Backoff()
        var inspected = clock.now()
        var end = Settlement.End.settled
        while !state.pending.isEmpty {
            if state.hasFailed {
                end = .failed
                break
            }
            if let stop = control.endOfWaiting {
                end = .stopped(stop)
                break
            }
            let now = clock.now()
            if now >= deadline {
                end = .timedOut
                break
            }
            guard (try? await clock.sleep(for: min(backoff.next(), deadline - now))) != nil else {
                end = .cancelled
                break
            }
            await look(at: &state)
            if clock.now() - inspected >= Self.inspectionInterval {
                await inspect(&state)
                inspected = clock.now()
            }
        }
        if state.hasFailed, end == .settled { end = .failed }
        if end == .timedOut || end == .failed { await nameCauses(in: &state) }
        return Settlement(health: state.health, live: state.live, end: end)
    }

    /// How often pods are asked why their workload is not healthy.
    private static let inspectionInterval = Duration.seconds(2)

    private struct State {
        var health: [ObjectIdentity: Health] = [:]
        var live: [ObjectIdentity: Value] = [:]
        /// What is waited for, as it was seen last.
        var pending: [ObjectIdentity: Value] = [:]
        var causes: [ObjectIdentity: RolloutCause] = [:]
        /// Since when an object suffers from what one bears with for a limited time only.
        var troubledSince: [ObjectIdentity: Duration] = [:]
        /// Whose last words were told.
        var quoted: Set<ObjectIdentity> = []

        var hasFailed: Bool { health.values.contains { $0.status == .degraded && $0.isFinal && $0.isAwaited } }
    }

    // MARK: Looking

    /// Takes in how an object stands, and tells what is new about it.
    private func note(_ live: Value, companions: [Value]?, in state: inout State) {
        let object = KubernetesObject(live)
        let identity = object.identity
        var health = isForHooks ? rules.hookHealth(of: live) : rules.health(of: live, companions: companions)
        if companions == nil, !isForHooks, let first = rules.companions(of: object.reference).first {
            health = .progressing("looking at \(first)")
        }
        state.live[identity] = live
        if !health.isSettled, let cause = state.causes[identity] { health = Self.health(health, because: cause) }
        set(health, of: live, in: &state)
    }

    private func set(_ health: Health, of live: Value, in state: inout State) {
        let object = KubernetesObject(live)
        let before = state.health.updateValue(health, forKey: object.identity)
        state.pending[object.identity] = health.isSettled ? nil : live
        if health.status == .healthy {
            if before?.status != .healthy { emit(.healthy(object.reference)) }
        } else if before != health {
            emit(.waiting(object.reference, health))
        }
    }

    private static func health(_ health: Health, because cause: RolloutCause) -> Health {
        // The rule of the kind may say the same already.
        let words = cause.text.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? cause.text
        if health.message.contains(words) { return health }
        var health = health
        health.message = "\(health.message): \(cause.text)"
        return health
    }

    private enum Answer: Sendable {
        case seen(Value, companions: [Value]?)
        case gone
        case unknown
    }

    private func look(at state: inout State) async {
        let references = state.pending.values.map { KubernetesObject($0).reference }.sorted { "\($0)" < "\($1)" }
        let answers = await concurrently(references, limit: concurrency) { reference async throws(Never) -> Answer in
            await look(at: reference)
        }
        for (reference, answer) in zip(references, answers) {
            switch answer {
            case .seen(let live, let companions): note(live, companions: companions, in: &state)
            case .gone:
                state.pending[reference.identity] = nil
                state.health[reference.identity] = .degraded("it was deleted meanwhile", isFinal: true)
            case .unknown: continue
            }
        }
    }

    private func look(at reference: ObjectReference) async -> Answer {
        do throws(KubernetesError) {
            guard var live = try await cluster.get(reference) else { return .gone }
            live["metadata"]?["managedFields"] = nil
            let wanted = rules.companions(of: reference)
            if wanted.isEmpty { return .seen(live, companions: nil) }
            var companions: [Value] = []
            for reference in wanted {
                if let found = try await cluster.get(reference) { companions.append(found) }
            }
            return .seen(live, companions: companions)
        } catch {
            // A cluster that does not answer now may answer at the next look.
            return .unknown
        }
    }

    // MARK: Causes

    /// Asks behind everything that is waited for why it is not healthy, and gives up on what will not get better.
    private func inspect(_ state: inout State) async {
        let inspection = RolloutInspection(cluster: cluster)
        let pending = state.pending.values.sorted {
            "\(KubernetesObject($0).reference)" < "\(KubernetesObject($1).reference)"
        }
        let causes = await concurrently(pending, limit: concurrency) { live async throws(Never) in
            (live, await inspection.cause(of: live))
        }
        for (live, cause) in causes {
            let identity = KubernetesObject(live).identity
            state.causes[identity] = cause
            guard let cause else {
                state.troubledSince[identity] = nil
                continue
            }
            let plain = isForHooks ? rules.hookHealth(of: live) : rules.health(of: live)
            if plain.isSettled { continue }
            var health = Self.health(plain, because: cause)
            if hasRunOut(cause, identity, &state) {
                health = .degraded(health.message, isFinal: true)
            }
            set(health, of: live, in: &state)
        }
    }

    private func hasRunOut(_ cause: RolloutCause, _ identity: ObjectIdentity, _ state: inout State) -> Bool {
        switch cause.patience {
        case .none: return true
        case .unlimited:
            state.troubledSince[identity] = nil
            return false
        case .limited:
            let since = state.troubledSince[identity] ?? clock.now()
            state.troubledSince[identity] = since
            return clock.now() - since >= patience
        }
    }

    /// Says of everything that is not healthy why, down to the last words of a container that ended.
    private func nameCauses(in state: inout State) async {
        let inspection = RolloutInspection(cluster: cluster)
        for (identity, health) in state.health where health.status == .degraded || health.status == .progressing {
            guard health.isAwaited, let live = state.live[identity],
                let cause = await inspection.cause(of: live) ?? state.causes[identity]
            else { continue }
            state.causes[identity] = cause
            state.health[identity] = Self.health(health, because: cause)
            guard state.quoted.insert(identity).inserted, let words = await inspection.lastWords(of: cause),
                let pod = cause.pod, let log = cause.log
            else { continue }
            emit(.lastWords(KubernetesObject(live).reference, pod: pod.name, container: log.container, line: words))
        }
    }
}
