// The engine: compares what is desired with what is, plans, and carries plans out.

package import KubernetesClient
package import Manifest

/// Plans and runs syncs against one cluster. What it learns of the server's defaults it remembers from sync to sync.
package struct SyncEngine: Sendable {
    let cluster: any KubernetesAPI
    let clock: any SyncClock
    /// nil where the parents are kept beside their members.
    private let foreignParents: (any ApplySetParents)?
    private let verdicts = DoubtVerdicts()

    /// - Parameter parents: where the parents of sets are kept; the cluster itself where that is nil.
    package init(
        cluster: any KubernetesAPI, parents: (any ApplySetParents)? = nil, clock: any SyncClock = SystemClock()
    ) {
        self.cluster = cluster
        self.clock = clock
        foreignParents = parents
    }

    private var parents: any ApplySetParents { foreignParents ?? ClusterParents(cluster: cluster) }

    /// What a sync of these objects would do. Reads the cluster, writes nothing.
    ///
    /// - Throws: everything that is wrong with the objects, each at its place, or why the cluster cannot be read.
    package func plan(
        desired: [KubernetesObject], applySet: ApplySet, options: SyncOptions = SyncOptions()
    ) async throws(DiagnosticsError) -> Plan {
        var options = options
        if options.isDeletion {
            options.allowEmpty = true
            options.prune = true
        }
        let (state, live) = try await read(desired, applySet, options)
        let planner = Planner(applySet: applySet, options: options, verdicts: verdicts)
        let comparisons = await settle(planner.compare(state, live), options)
        var plan = planner.plan(comparisons, live)
        plan.diagnostics = state.diagnostics + plan.diagnostics
        if plan.diagnostics.contains(where: { $0.severity == .error }) { throw DiagnosticsError(plan.diagnostics) }
        plan.hooks = state.hooks
        plan.recordedHooks = live.recordedHooks
        plan.digest = plan.computedDigest
        return plan
    }

    /// Carries a plan out.
    ///
    /// Cancelling the task ends the run after the requests in flight; what was done stands in the outcome, and the next
    /// sync goes on from there.
    ///
    /// - Parameters:
    ///   - control: is asked what may end the run before its plan is done.
    ///   - events: is told each step, from several tasks at a time.
    package func run(
        _ plan: Plan, control: RunControl = RunControl(), events: @escaping @Sendable (SyncEvent) -> Void = { _ in }
    ) async -> Outcome {
        var run = SyncRun(
            cluster: cluster, parents: parents, clock: clock, plan: plan, control: control, emit: events)
        return await run.run()
    }

    // MARK: Planning

    /// What is desired, by the kinds that the cluster serves, and what it has of it.
    ///
    /// Which kinds it serves may have been learned a while ago. One that seems not to be served, or is not any more, is
    /// a reason to ask once more before it is an error.
    func read(
        _ manifests: [KubernetesObject], _ applySet: ApplySet, _ options: SyncOptions
    ) async throws(DiagnosticsError) -> (DesiredState, LiveState) {
        if let states = try await read(manifests, applySet, options, asksAnew: false) { return states }
        if let states = try await read(manifests, applySet, options, asksAnew: true) { return states }
        throw DiagnosticsError("the kinds that the cluster serves change while it is read", cure: "Sync again")
    }

    /// - Returns: nil when what is known of the cluster's kinds may be outdated.
    private func read(
        _ manifests: [KubernetesObject], _ applySet: ApplySet, _ options: SyncOptions, asksAnew: Bool
    ) async throws(DiagnosticsError) -> (DesiredState, LiveState)? {
        let discovery = try await discovery(refresh: asksAnew)
        let isKnown = manifests.allSatisfy { $0.kind.isEmpty || discovery.resource(for: $0.gvk) != nil }
        guard isKnown || asksAnew else { return nil }
        var state = try DesiredState(manifests, discovery: discovery, applySet: applySet, options: options)
        if options.isDeletion { state.objects = [] }
        let reader = LiveStateReader(
            cluster: cluster, parents: foreignParents, discovery: discovery, isDiscoveryFresh: asksAnew,
            applySet: applySet, options: options)
        let live: LiveState
        do throws(KubernetesError) {
            live = try await reader.read(state)
        } catch {
            if error.isUnknownKind, !asksAnew { return nil }
            throw DiagnosticsError([error.diagnostic()])
        }
        if live.diagnostics.contains(where: { $0.severity == .error }) { throw DiagnosticsError(live.diagnostics) }
        return (state, live)
    }

    private func discovery(refresh: Bool) async throws(DiagnosticsError) -> Discovery {
        do throws(KubernetesError) {
            return try await cluster.discovery(refresh: refresh)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }

    /// Asks the server about every comparison that has doubts, or that it may refuse. Where it does not answer, the
    /// doubts are believed.
    private func settle(_ comparisons: [Planner.Comparison], _ options: SyncOptions) async -> [Planner.Comparison] {
        guard options.settlesDoubts else { return comparisons }
        let rehearsal = Rehearsal(cluster: cluster, verdicts: verdicts, fieldManager: options.fieldManager)
        return await concurrently(comparisons, limit: options.concurrency) { comparison async throws(Never) in
            await rehearsal.settled(comparison)
        }
    }
}
