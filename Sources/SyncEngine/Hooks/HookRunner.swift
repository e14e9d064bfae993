// Runs the hooks of one wave: each is made anew, waited for until it has ended, and deleted where its policy says so.

import KubernetesClient
import Manifest

struct HookRunner: Sendable {
    let cluster: any KubernetesAPI
    let clock: any SyncClock
    let options: SyncOptions
    let control: RunControl
    let emit: @Sendable (SyncEvent) -> Void

    /// A hook that was begun.
    private struct Begun: Sendable {
        var hook: Hook
        var outcome: ObjectOutcome
        /// nil for one that could not be begun, or that need not run.
        var live: Value?
    }

    /// Runs hooks side by side.
    ///
    /// - Returns: one outcome for each, in their order.
    func run(_ hooks: [Hook]) async -> [ObjectOutcome] {
        let start = clock.now()
        var begun = await concurrently(hooks, limit: options.concurrency) { await begin($0) }
        let wait = HealthWait(
            cluster: cluster, clock: clock, rules: options.healthRules, timeout: options.timeout,
            patience: options.patience, concurrency: options.concurrency, control: control, emit: emit, isForHooks: true
        )
        // One that could not be begun has failed the phase; those that run are not left alone all the same.
        let settlement = await wait.settle(begun.compactMap(\.live))
        for index in begun.indices where begun[index].live != nil {
            judge(&begun[index], settlement)
            begun[index].outcome.duration = clock.now() - start
        }
        return await concurrently(begun, limit: options.concurrency) { await end($0) }
    }

    // MARK: Beginning

    private func begin(_ hook: Hook) async -> Begun {
        var outcome = ObjectOutcome(reference: hook.reference, result: .notReached)
        outcome.origin = hook.origin
        outcome.hook = hook.phase
        if Task.isCancelled { return Begun(hook: hook, outcome: outcome) }
        emit(.running(hook.reference, hook.phase))
        do throws(KubernetesError) {
            switch try await cleared(hook) {
            case .keep(let live):
                return Begun(hook: hook, outcome: outcome, live: live)
            case .finished(let live):
                outcome.result = .skipped
                outcome.health = options.healthRules.hookHealth(of: live)
                outcome.warnings = [
                    "it ran before and was not run again, since its delete policy leaves it where it is: add BeforeHookCreation"
                ]
                emit(.ran(hook.reference, hook.phase))
                return Begun(hook: hook, outcome: outcome)
            case .create:
                let result = try await create(hook)
                outcome.reference = KubernetesObject(result.object).reference
                outcome.warnings = result.warnings
                return Begun(hook: hook, outcome: outcome, live: result.object)
            }
        } catch {
            if error.isCancelled { return Begun(hook: hook, outcome: outcome) }
            var diagnostic = ApplyDiagnostics.diagnostic(
                for: error, of: hook.reference, object: hook.desired, origin: hook.origin)
            diagnostic.message = "\(hook.phase.rawValue) hook \(diagnostic.message)"
            fail(&outcome, diagnostic, hook)
            outcome.cause = error.failureCause
            return Begun(hook: hook, outcome: outcome)
        }
    }

    private enum Beginning {
        case create
        /// The same hook runs already: a sync that was killed has left it.
        case keep(Value)
        case finished(Value)
    }

    /// Makes room for a hook, unless the same one is still at work.
    private func cleared(_ hook: Hook) async throws(KubernetesError) -> Beginning {
        if hook.isNamedByServer {
            if hook.deletePolicies.contains(.beforeHookCreation) { try await deleteEarlier(hook) }
            return .create
        }
        guard let found = try await cluster.get(hook.reference) else { return .create }
        let health = options.healthRules.hookHealth(of: found)
        let digest = hook.desired[path: "metadata", "annotations"]?[Vocabulary.hookDigest]
        let isSame = digest != nil && found[path: "metadata", "annotations"]?[Vocabulary.hookDigest] == digest
        let isTerminating = found[path: "metadata", "deletionTimestamp"] != nil
        if isSame, !health.isSettled, !isTerminating { return .keep(found) }
        if hook.deletePolicies.contains(.beforeHookCreation) || isTerminating {
            try await delete(found)
            return .create
        }
        return health.isSettled ? .finished(found) : .keep(found)
    }

    private func create(_ hook: Hook) async throws(KubernetesError) -> WriteResult {
        var desired = hook.desired
        let lifetime = HookLifetime(of: hook, timeout: options.timeout)
        if lifetime.isProlonged { desired["spec"]?["ttlSecondsAfterFinished"] = lifetime.applied.map { .int($0) } }
        if hook.isNamedByServer {
            return try await cluster.create(
                desired, options: WriteOptions(fieldManager: options.fieldManager, fieldValidation: .strict))
        }
        return try await cluster.apply(
            desired, options: ApplyOptions(fieldManager: options.fieldManager, force: true, fieldValidation: .strict))
    }

    // MARK: Ending

    private func judge(_ begun: inout Begun, _ settlement: HealthWait.Settlement) {
        let identity = begun.outcome.reference.identity
        let health = settlement.health[identity] ?? .progressing("nobody has looked at it")
        begun.live = settlement.live[identity] ?? begun.live
        begun.outcome.health = health
        let name = "\(begun.hook.phase.rawValue) hook \(begun.outcome.reference)"
        switch (health.status, settlement.end) {
        case (.healthy, _), (.suspended, _):
            begun.outcome.result = .ran
            emit(.ran(begun.hook.reference, begun.hook.phase))
        case (_, .timedOut):
            let time = options.timeout.inWords
            fail(
                &begun.outcome, .error("\(name) has not ended after \(time): \(health.message)", at: begun.hook.origin),
                begun.hook)
        case (_, .cancelled), (_, .stopped): break
        case (.degraded, _) where health.isFinal:
            fail(&begun.outcome, .error("\(name) failed: \(health.message)", at: begun.hook.origin), begun.hook)
        default:
            fail(
                &begun.outcome,
                .error("\(name) was left when another hook failed: \(health.message)", at: begun.hook.origin),
                begun.hook)
        }
    }

    private func fail(_ outcome: inout ObjectOutcome, _ diagnostic: Diagnostic, _ hook: Hook) {
        outcome.result = .failed
        outcome.error = diagnostic
        outcome.cause = .unhealthy
        emit(.failed(hook.reference, diagnostic))
    }

    /// Deletes what is to be deleted now, and gives a Job that stays the lifetime that it asked for.
    private func end(_ begun: Begun) async -> ObjectOutcome {
        var outcome = begun.outcome
        guard let live = begun.live else { return outcome }
        let policy: HookDeletePolicy? =
            switch outcome.result {
            case .ran: .hookSucceeded
            case .failed: .hookFailed
            default: nil
            }
        guard let policy else { return outcome }
        do throws(KubernetesError) {
            if begun.hook.deletePolicies.contains(policy) {
                let object = KubernetesObject(live)
                _ = try await cluster.delete(outcome.reference, options: DeleteOptions(uid: object.uid))
            } else if outcome.result == .ran,
                case let lifetime = HookLifetime(of: begun.hook, timeout: options.timeout),
                lifetime.isProlonged, let declared = lifetime.declared
            {
                _ = try await cluster.patch(
                    outcome.reference, type: .merge, body: ["spec": ["ttlSecondsAfterFinished": .int(declared)]],
                    options: WriteOptions(fieldManager: options.fieldManager))
            }
        } catch {
            // It ended as it ended: that its object stays where it is does not change that.
            if !error.isCancelled, !error.isNotFound {
                outcome.warnings.append("it could not be put away: \(error.message)")
            }
        }
        return outcome
    }

    // MARK: Deleting

    private func deleteEarlier(_ hook: Hook) async throws(KubernetesError) {
        guard let resource = try await cluster.discovery(refresh: false).resource(for: hook.reference.gvk),
            let set = hook.desired[path: "metadata", "labels"]?[Vocabulary.hookOf]?.string
        else { return }
        let earlier = try await cluster.list(
            resource, namespace: hook.reference.namespace, labelSelector: "\(Vocabulary.hookOf)=\(set)")
        for live in earlier.items where live[path: "metadata", "generateName"]?.string == hook.reference.name {
            try await delete(live)
        }
    }

    /// Deletes an object and waits until it is gone.
    private func delete(_ live: Value) async throws(KubernetesError) {
        try await Deletion(cluster: cluster, clock: clock).delete(live, propagation: .background, timeout: .seconds(60))
    }
}
