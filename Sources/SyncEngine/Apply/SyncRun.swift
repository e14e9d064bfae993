// Carries a plan out: phase by phase, wave by wave, stage by stage, the prune last of all that is applied.

import KubernetesClient
import Manifest

/// One run of a plan.
struct SyncRun {
    let cluster: any KubernetesAPI
    let clock: any SyncClock
    let plan: Plan
    let control: RunControl
    let emit: @Sendable (SyncEvent) -> Void

    var options: SyncOptions { plan.options }
    var results: [ObjectIdentity: ObjectOutcome] = [:]
    private var live: [ObjectIdentity: Value] = [:]
    var diagnostics: [Diagnostic] = []
    /// The namespaces that the plan creates.
    private let newNamespaces: Set<String>
    private var record: MembershipRecord
    /// Kinds and namespaces of objects that were deleted and are not gone yet.
    var remaining: [ObjectReference] = []
    private(set) var stop: RunStop?
    private var hookOutcomes: [ObjectOutcome] = []

    init(
        cluster: any KubernetesAPI, parents: any ApplySetParents, clock: any SyncClock, plan: Plan, control: RunControl,
        emit: @escaping @Sendable (SyncEvent) -> Void
    ) {
        self.cluster = cluster
        self.clock = clock
        self.plan = plan
        self.control = control
        self.emit = emit
        let created = plan.changes.filter { $0.action == .create && $0.reference.gvk.groupKind == .namespace }
        newNamespaces = Set(created.map(\.reference.name))
        record = MembershipRecord(parents: parents, plan: plan)
    }

    private var writer: ObjectWriter { ObjectWriter(cluster: cluster, clock: clock, options: options, emit: emit) }

    mutating func run() async -> Outcome {
        let start = clock.now()
        if plan.needsConfirmation {
            diagnostics = plan.guards.map { $0.diagnostic(planDigest: plan.digest) }
            return outcome(.refused, start)
        }
        guard await widenRecord() else { return outcome(ended, start) }
        if await runPhases() {
            if options.isDeletion { await removeRecord() } else { await narrowRecord() }
        } else if ended == .failed {
            await run(.syncFail)
        }
        return outcome(ended, start)
    }

    /// - Returns: whether all went well.
    private mutating func runPhases() async -> Bool {
        if options.isDeletion {
            guard await run(.preDelete), mayGoOn(), await prune() else { return false }
            noteSkipped()
            guard await release(), await run(.postDelete) else { return false }
            if !options.dryRun {
                diagnostics += await dissolution.removeHooks(Set(plan.hooks.all.map(\.reference.gvk)))
            }
            return true
        }
        let runsHooks = plan.runsHooks && !options.dryRun
        if runsHooks {
            await provideNamespaces(of: plan.hooks.of(.preSync))
            guard await run(.preSync) else { return false }
        }
        var waves = SyncWave.waves(of: plan.changes, hooks: runsHooks ? plan.hooks.of(.sync) : [])
        while !waves.isEmpty {
            guard mayGoOn() else { return false }
            let wave = waves.removeFirst()
            guard await run(wave) else {
                noteUnreached(waves, after: wave)
                return false
            }
        }
        noteSkipped()
        guard mayGoOn(), await prune() else { return false }
        if runsHooks { return await run(.postSync) }
        return true
    }

    /// Says which waves a failed one has kept from beginning.
    private mutating func noteUnreached(_ waves: [SyncWave], after failed: SyncWave) {
        if waves.isEmpty || Task.isCancelled || stop != nil { return }
        let numbers = waves.map { String($0.number) }
        let objects = waves.reduce(0) { $0 + $1.stages.reduce(0) { $0 + $1.changes.count } }
        diagnostics.append(
            .warning(
                "wave \(failed.number) failed: \(numbers.count == 1 ? "wave" : "waves") \(numbers.joined(separator: ", ")) "
                    + "with \(objects) \(objects == 1 ? "object" : "objects") did not begin",
                cure: nil))
    }

    // MARK: Hooks

    /// Runs the hooks of a phase, wave by wave; none of a wave begins after one of the wave before has failed.
    ///
    /// - Returns: whether all ran and ended well.
    @discardableResult
    private mutating func run(_ phase: HookPhase) async -> Bool {
        if options.dryRun { return true }
        let waves = Dictionary(grouping: plan.hooks.of(phase), by: \.wave).sorted { $0.key < $1.key }
        for (_, hooks) in waves {
            // What is to be told of a failure is told even when the run was stopped.
            guard phase == .syncFail || mayGoOn(), await run(hooks) else { return false }
        }
        return true
    }

    private mutating func run(_ hooks: [Hook]) async -> Bool {
        let runner = HookRunner(cluster: cluster, clock: clock, options: options, control: control, emit: emit)
        let outcomes = await runner.run(hooks)
        hookOutcomes += outcomes
        if outcomes.contains(where: { $0.result == .notReached }) { giveUp() }
        return !Task.isCancelled && outcomes.allSatisfy { $0.result == .ran || $0.result == .skipped }
    }

    /// The namespaces of hooks that run before everything else have to be there before them.
    private mutating func provideNamespaces(of hooks: [Hook]) async {
        let needed = Set(hooks.compactMap(\.reference.namespace)).map { ObjectReference.namespace($0).identity }
        for change in plan.changes where change.action == .create && needed.contains(change.reference.identity) {
            if results[change.reference.identity] == nil { note(await writer.write(change)) }
        }
    }

    private var ended: Outcome.Status {
        if Task.isCancelled { return .cancelled }
        if stop != nil { return .stopped }
        let outcomes = Array(results.values) + hookOutcomes
        let hasFailed = outcomes.contains { $0.result == .failed || $0.error != nil }
        return hasFailed || diagnostics.contains { $0.severity == .error } ? .failed : .succeeded
    }

    // MARK: Membership

    private mutating func widenRecord() async -> Bool {
        if options.dryRun { return true }
        do throws(KubernetesError) {
            do throws(KubernetesError) {
                try await record.widen(to: plan.scope)
            } catch {
                guard error.isNotFound, let namespace = plan.applySet.parent.namespace else { throw error }
                try await provide(namespace)
                try await record.widen(to: plan.scope)
            }
            return true
        } catch {
            noteUnrecorded(error)
            return false
        }
    }

    private mutating func noteUnrecorded(_ error: KubernetesError) {
        if error.isCancelled { return giveUp(error.message) }
        diagnostics.append(ApplyDiagnostics.diagnostic(for: error, of: plan.applySet.parent, object: nil, origin: nil))
    }

    /// The namespace of the parent has to be there before the parent, and the parent before everything else.
    private mutating func provide(_ namespace: String) async throws(KubernetesError) {
        let reference = ObjectReference.namespace(namespace)
        if let change = plan.changes.first(where: { $0.reference.identity == reference.identity && $0.isWrite }) {
            note(await writer.write(change))
        } else {
            _ = try await cluster.apply(
                ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]],
                options: ApplyOptions(fieldManager: options.fieldManager))
        }
    }

    private mutating func removeRecord() async {
        if options.dryRun || ended != .succeeded { return }
        do throws(KubernetesError) {
            try await record.remove()
        } catch {
            noteUnrecorded(error)
        }
    }

    private mutating func narrowRecord() async {
        if options.dryRun || ended != .succeeded { return }
        var scope = ApplySetScope()
        scope.groupKinds = plan.unlisted
        let kept = plan.changes.filter { $0.isMember && $0.action != .prune && $0.action != .skip(.notOurs) }.map(
            \.reference)
        for reference in kept + remaining {
            scope.groupKinds.insert(reference.gvk.groupKind)
            if let namespace = reference.namespace, namespace != plan.applySet.parent.namespace {
                scope.namespaces.insert(namespace)
            }
        }
        do throws(KubernetesError) {
            try await record.narrow(to: scope, hooks: plan.hooks.digest)
        } catch {
            noteUnrecorded(error)
        }
    }

    // MARK: Waves

    /// - Returns: whether what follows may start.
    private mutating func run(_ wave: SyncWave) async -> Bool {
        emit(.wave(number: wave.number, objects: wave.stages.reduce(wave.hooks.count) { $0 + $1.changes.count }))
        for stage in wave.stages {
            var changes = stage.changes.filter { results[$0.reference.identity] == nil }
            changes.removeAll { isPredicted($0) || isWithoutDefinition($0) }
            let writer = writer
            for written in await concurrently(changes, limit: options.concurrency, { await writer.write($0) }) {
                note(written)
            }
            if stage.stage == .definitions { await awaitDefinitions(stage.changes) }
            if Task.isCancelled || stop != nil { return false }
        }
        // The hooks of a wave run beside the workloads that it has just written.
        let hooksEnded = wave.hooks.isEmpty ? true : await run(wave.hooks)
        let objects = wave.stages.flatMap(\.changes)
        await assess(objects)
        return hooksEnded && !Task.isCancelled && stop == nil
            && !objects.contains { results[$0.reference.identity]?.error != nil }
    }

    /// Whether a change can only be foretold: a dry run cannot go into what only a real one would create.
    private mutating func isPredicted(_ change: PlannedChange) -> Bool {
        guard options.dryRun, change.action == .create else { return false }
        let isInNewNamespace = change.reference.namespace.map(newNamespaces.contains) ?? false
        guard change.awaitsKind || isInNewNamespace else { return false }
        var outcome = ObjectOutcome(reference: change.reference, result: .created)
        outcome.origin = change.origin
        results[change.reference.identity] = outcome
        return true
    }

    /// Whether the definition of the object's kind failed, so that the object fails with it.
    private mutating func isWithoutDefinition(_ change: PlannedChange) -> Bool {
        guard change.awaitsKind else { return false }
        let definition = plan.changes.first { other in
            guard let error = results[other.reference.identity]?.error, error.severity == .error else { return false }
            return other.definedKind == change.reference.gvk.groupKind
        }
        guard let definition else { return false }
        let diagnostic = Diagnostic.error(
            "\(change.reference) needs \(definition.reference), which failed", at: change.origin)
        var outcome = ObjectOutcome(reference: change.reference, result: .failed)
        outcome.origin = change.origin
        outcome.error = diagnostic
        outcome.cause = results[definition.reference.identity]?.cause
        results[change.reference.identity] = outcome
        emit(.failed(change.reference, diagnostic))
        return true
    }

    private mutating func note(_ written: ObjectWriter.Written) {
        let identity = written.outcome.reference.identity
        results[identity] = written.outcome
        if written.outcome.result == .notReached { giveUp(written.refusal) }
        // Health asks nothing about the owners of fields, and they are half of what a long wait would keep.
        live[identity] = written.live
        live[identity]?["metadata"]?["managedFields"] = nil
    }

    /// Waits until the definitions of kinds that this plan goes on to use are established.
    private mutating func awaitDefinitions(_ definitions: [PlannedChange]) async {
        let awaited = Set(plan.changes.filter(\.awaitsKind).map(\.reference.gvk.groupKind))
        let used = definitions.filter { change in
            guard let kind = change.definedKind, results[change.reference.identity]?.error == nil else { return false }
            return awaited.contains(kind)
        }
        if used.isEmpty || options.dryRun { return }
        _ = await wait(timeout: .seconds(60)).settle(used.compactMap { live[$0.reference.identity] })
        _ = try? await cluster.discovery(refresh: true)
    }

    // MARK: Health

    private func wait(timeout: Duration) -> HealthWait {
        HealthWait(
            cluster: cluster, clock: clock, rules: options.healthRules, timeout: timeout, patience: options.patience,
            concurrency: options.concurrency, control: control, emit: emit)
    }

    /// Whether the next step may begin; where not, why stands in the outcome.
    private mutating func mayGoOn() -> Bool {
        if stop == nil {
            stop = control.stop
            if let stop { diagnostics.append(stop.diagnostic) }
        }
        return stop == nil
    }

    /// Ends the run where a request was not let through: with nobody having cancelled the task, whoever stands before
    /// the cluster has taken the application away.
    ///
    /// - Parameter reason: what was said to it, where that is known.
    mutating func giveUp(_ reason: String? = nil) {
        guard !Task.isCancelled, mayGoOn() else { return }
        let stop = RunStop.handover(reason ?? "its requests are not let through any more")
        diagnostics.append(stop.diagnostic)
        self.stop = stop
    }

    private mutating func assess(_ changes: [PlannedChange]) async {
        let objects = changes.compactMap { live[$0.reference.identity] }
        guard options.wait, !options.dryRun, !Task.isCancelled, stop == nil else {
            for object in objects {
                let health = options.healthRules.health(of: object)
                results[KubernetesObject(object).identity]?.health = health
            }
            return
        }
        let settlement = await wait(timeout: options.timeout).settle(objects)
        for change in changes {
            let identity = change.reference.identity
            guard let found = settlement.health[identity] else { continue }
            results[identity]?.health = found
            guard let diagnostic = Self.failure(of: change, found, settlement.end, after: options.timeout) else {
                continue
            }
            results[identity]?.error = diagnostic
            results[identity]?.cause = .unhealthy
            emit(.failed(change.reference, diagnostic))
        }
        if case .stopped = settlement.end { _ = mayGoOn() }
    }

    /// What is wrong with an object that was waited for; nil for one that is well, or that was not given its time
    /// because another one failed.
    private static func failure(
        of change: PlannedChange, _ health: Health, _ end: HealthWait.Settlement.End, after timeout: Duration
    ) -> Diagnostic? {
        guard health.status == .progressing || health.status == .degraded, health.isAwaited else { return nil }
        switch end {
        case .timedOut:
            return .error(
                "\(change.reference) is not healthy after \(timeout.inWords): \(health.message)", at: change.origin)
        case .failed where health.isFinal:
            return .error("\(change.reference) is not healthy: \(health.message)", at: change.origin)
        case .failed, .settled, .stopped, .cancelled: return nil
        }
    }

    private func outcome(_ status: Outcome.Status, _ start: Duration) -> Outcome {
        let objects = plan.changes.map { change in
            var blank = ObjectOutcome(reference: change.reference, result: .notReached)
            blank.origin = change.origin
            return results[change.reference.identity] ?? blank
        }
        return Outcome(
            status: status, objects: objects + hookOutcomes, diagnostics: diagnostics, duration: clock.now() - start)
    }
}

extension PlannedChange {
    /// The kind that a CustomResourceDefinition defines.
    fileprivate var definedKind: GroupKind? {
        guard reference.kind == "CustomResourceDefinition", let spec = desired?["spec"],
            let group = spec["group"]?.string,
            let kind = spec[path: "names", "kind"]?.string
        else { return nil }
        return GroupKind(group: group, kind: kind)
    }
}
