// Writes one object: the apply with what comes before it, and what its failures mean.

package import KubernetesClient
import Manifest

struct ObjectWriter {
    let cluster: any KubernetesAPI
    let clock: any SyncClock
    let options: SyncOptions
    let emit: @Sendable (SyncEvent) -> Void

    /// What became of an object, and how it stands now.
    struct Written: Sendable {
        var outcome: ObjectOutcome
        var live: Value?
        /// Why its requests were not let through, where that was so.
        var refusal: String?
    }

    /// Applies a change that creates or updates; passes every other on as it is.
    func write(_ change: PlannedChange) async -> Written {
        var outcome = ObjectOutcome(reference: change.reference, result: .unchanged)
        outcome.origin = change.origin
        guard change.isWrite, let desired = change.desired else { return Written(outcome: outcome, live: change.live) }
        if Task.isCancelled {
            outcome.result = .notReached
            return Written(outcome: outcome, live: change.live)
        }
        emit(.applying(change.reference))
        let start = clock.now()
        do throws(KubernetesError) {
            let result = try await write(desired, change)
            outcome.duration = clock.now() - start
            outcome.warnings = result.warnings
            outcome.result = self.result(of: change, result)
            emit(.applied(change.reference, outcome.result))
            return Written(outcome: outcome, live: result.object)
        } catch {
            outcome.duration = clock.now() - start
            if error.isCancelled {
                outcome.result = .notReached
                return Written(outcome: outcome, live: change.live, refusal: error.message)
            }
            let diagnostic = ApplyDiagnostics.diagnostic(
                for: error, of: change.reference, object: desired, origin: change.origin,
                changed: change.fields.map(\.path))
            outcome.result = .failed
            outcome.error = diagnostic
            outcome.cause = error.failureCause
            emit(.failed(change.reference, diagnostic))
            return Written(outcome: outcome, live: nil)
        }
    }

    /// Writes in the way that the plan has for the object.
    private func write(_ desired: Value, _ change: PlannedChange) async throws(KubernetesError) -> WriteResult {
        switch (change.action, change.options.write) {
        case (.recreate, _): return try await recreate(desired, change)
        case (.update, .replace): return try await replace(desired, change)
        case (.create, .replace), (.create, .merge): return try await create(desired, change)
        case (.update, .merge): return try await merge(desired, change)
        default:
            if !options.dryRun { try await takeOver(change) }
            return try await apply(desired, change)
        }
    }

    private func writeOptions(_ change: PlannedChange) -> WriteOptions {
        WriteOptions(
            fieldManager: options.fieldManager, dryRun: options.dryRun, fieldValidation: change.options.validation)
    }

    /// Deletes the object that the plan saw, and creates the one that is desired once nothing is left of it.
    private func recreate(_ desired: Value, _ change: PlannedChange) async throws(KubernetesError) -> WriteResult {
        guard let live = change.live, !options.dryRun else { return WriteResult(object: desired) }
        try await Deletion(cluster: cluster, clock: clock).delete(
            live, propagation: change.options.recreationPropagation, timeout: options.timeout)
        do throws(KubernetesError) {
            return try await [.replace, .merge].contains(change.options.write)
                ? create(desired, change) : apply(desired, change)
        } catch {
            var error = error
            error.message = "it was deleted and cannot be created again: \(error.message)"
            throw error
        }
    }

    private func create(_ desired: Value, _ change: PlannedChange) async throws(KubernetesError) -> WriteResult {
        try await retried(change) { () async throws(KubernetesError) in
            try await cluster.create(desired, options: writeOptions(change))
        }
    }

    /// Puts the desired object in place of the live one. What somebody else has written meanwhile, a status perhaps, is
    /// no reason to fail: the plan said that what Git does not have goes.
    private func replace(_ desired: Value, _ change: PlannedChange) async throws(KubernetesError) -> WriteResult {
        guard let live = change.live else { return try await create(desired, change) }
        return try await writeAgain(live) { (live) async throws(KubernetesError) in
            try await cluster.replace(DesiredForm.replacement(desired, of: live), options: writeOptions(change))
        } look: { () async throws(KubernetesError) in
            guard let now = try await cluster.get(change.reference),
                KubernetesObject(now).uid == KubernetesObject(live).uid
            else { return .conflict }
            return .again(now)
        }
    }

    /// Merges the desired object into the live one as it is now. One that is gone meanwhile is created.
    private func merge(_ desired: Value, _ change: PlannedChange) async throws(KubernetesError) -> WriteResult {
        let merge = ThreeWayMerge(type: change.type, manager: options.fieldManager, served: change.servedVersions)
        return try await writeAgain(change.live ?? [:]) { (live) async throws(KubernetesError) in
            let patch = try merge.request(desired, onto: live, force: options.forceConflicts)
            do throws(KubernetesError) {
                return try await cluster.patch(
                    change.reference, type: .merge, body: patch, options: writeOptions(change))
            } catch {
                guard error.isNotFound, try await cluster.get(change.reference) == nil else { throw error }
                return try await create(desired, change)
            }
        } look: { () async throws(KubernetesError) in
            if let now = try await cluster.get(change.reference) { return .again(now) }
            return .done(try await create(desired, change))
        }
    }

    /// Makes the fields of the tools before us ours. An object that changed meanwhile is applied without: its fields
    /// stay shared.
    private func takeOver(_ change: PlannedChange) async throws(KubernetesError) {
        guard let live = change.live,
            let patch = ManagerTakeover.patch(of: live, manager: options.fieldManager, served: change.servedVersions)
        else { return }
        do throws(KubernetesError) {
            _ = try await cluster.patch(
                change.reference, type: .merge, body: patch, options: WriteOptions(fieldManager: options.fieldManager))
        } catch {
            guard error.isConflict else { throw error }
        }
    }

    private func apply(_ desired: Value, _ change: PlannedChange) async throws(KubernetesError) -> WriteResult {
        let request = ApplyOptions(
            fieldManager: options.fieldManager, force: options.forceConflicts, dryRun: options.dryRun,
            fieldValidation: change.options.validation)
        return try await retried(change) { () async throws(KubernetesError) in
            try await cluster.apply(desired, options: request)
        }
    }

    /// A kind whose definition was just established may take the server a moment to serve.
    private func retried(
        _ change: PlannedChange, _ write: () async throws(KubernetesError) -> WriteResult
    ) async throws(KubernetesError) -> WriteResult {
        var backoff = Backoff(first: .milliseconds(50), limit: .seconds(1))
        let deadline = clock.now() + .seconds(10)
        while true {
            do throws(KubernetesError) {
                return try await write()
            } catch {
                guard change.awaitsKind, error.isUnknownKind, clock.now() < deadline else { throw error }
                try await clock.pause(for: backoff.next(), before: error.request)
                _ = try await cluster.discovery(refresh: true)
            }
        }
    }

    private func result(of change: PlannedChange, _ result: WriteResult) -> ObjectOutcome.Result {
        if change.action == .recreate { return .recreated }
        guard let live = change.live, !result.wasCreated else { return .created }
        let isSame = KubernetesObject(live).resourceVersion == KubernetesObject(result.object).resourceVersion
        return isSame && !options.dryRun ? .unchanged : .configured
    }
}

extension KubernetesError {
    /// Whether server-side apply met fields that the type does not have, which the server tells as a fault of its own
    /// (500).
    var isOfUnknownFields: Bool { message.contains("failed to create typed patch object") }

    /// Whether another try may come out better.
    package var failureCause: SyncFailureCause {
        let mayPass = code == 0 || code >= 500 || isTooManyRequests || isConflict && !isFieldManagerConflict
        return mayPass && !isOfUnknownFields ? .unanswered : .refused
    }
}
