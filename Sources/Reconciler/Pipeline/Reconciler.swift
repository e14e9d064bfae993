// The one way from a commit to a cluster: fetch, render, plan, run, record. The controller, the command line and the
// webhook all go this way, and nothing goes round it.

import GitSource
package import KubernetesClient
package import Manifest
package import PluginHost
package import SyncEngine
package import SyncHistory

/// Reconciles applications with one cluster.
package struct Reconciler: Sendable {
    /// What a reconciler works with.
    package struct Surroundings: Sendable {
        /// Where the objects go.
        package var cluster: any KubernetesAPI
        /// Where Applications and their Secrets are; nil for the same cluster.
        package var home: (any KubernetesAPI)?
        /// What keeps the parents of sets; nil for the cluster itself.
        package var parents: (any ApplySetParents)?
        /// By which name Applications know the cluster in `spec.destination.cluster`; nil for none.
        package var destination: String?
        /// The URL of the cluster's API server.
        package var clusterName: String
        package var fetcher: SourceFetcher
        package var renderer: Renderer
        /// Runs the plugins that applications use; nil where none are run.
        package var plugins: PluginHost?
        package var history: any HistoryStore
        /// Where the applications' locks are.
        package var stateFolder: String
        package var now: @Sendable () -> Timestamp

        package init(
            cluster: any KubernetesAPI, clusterName: String, fetcher: SourceFetcher, renderer: Renderer,
            plugins: PluginHost?,
            history: any HistoryStore, stateFolder: String, now: @escaping @Sendable () -> Timestamp
        ) {
            self.cluster = cluster
            self.clusterName = clusterName
            self.fetcher = fetcher
            self.renderer = renderer
            self.plugins = plugins
            self.history = history
            self.stateFolder = stateFolder
            self.now = now
        }
    }

    package typealias Events = @Sendable (ReconcilerEvent) -> Void

    let surroundings: Surroundings
    let source: SourceStage
    /// One for all syncs: it remembers what it learnt of the server's defaults.
    let engine: SyncEngine

    package init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
        source = SourceStage(
            fetcher: surroundings.fetcher, renderer: surroundings.renderer,
            cluster: surroundings.home ?? surroundings.cluster)
        engine = SyncEngine(cluster: surroundings.cluster, parents: surroundings.parents)
    }

    /// The same reconciler for another place: plugins are granted what is read there, too.
    package func placed(_ change: (inout Surroundings) -> Void) -> Reconciler {
        var surroundings = surroundings
        change(&surroundings)
        surroundings.plugins = surroundings.plugins?.granting(
            GrantedSecrets.source(surroundings.home ?? surroundings.cluster))
        return Reconciler(surroundings)
    }

    var history: any HistoryStore { surroundings.history }

    /// What an application's revision means now.
    package func poll(_ application: Application) async throws(DiagnosticsError) -> PolledSource {
        try await source.fetch(application, revision: nil, events: { _ in })
    }

    /// Whether a commit may render otherwise than the one before it.
    ///
    /// - Parameter before: the commit that the application was told of last. It need not be the one that was rendered
    ///   last: a neighbour's prune, for one, looks at the newest.
    package func isTouched(_ application: Application, by polled: PolledSource, after before: PolledSource) -> Bool {
        !surroundings.renderer.rendersAlike(before.snapshot, polled.snapshot, path: application.source.path)
    }

    /// Forgets what was rendered of an application that is not delivered any more, or not from there.
    package func forgetRender(of application: Application) {
        surroundings.renderer.forget(repository: application.source.repository, path: application.source.path)
    }

    /// The syncs of an application, the newest first.
    package func syncs(of application: Application, limit: Int) async throws(DiagnosticsError) -> [SyncRecord] {
        try await surroundings.history.syncs(
            name: application.name, namespace: application.namespace, cluster: surroundings.clusterName, limit: limit)
    }

    package func id(of application: Application) -> ApplicationID {
        ApplicationID(cluster: surroundings.clusterName, namespace: application.namespace, name: application.name)
    }

    /// What a sync would do.
    package func compare(
        _ application: Application, request: SyncRequest, events: Events = { _ in }
    ) async throws(DiagnosticsError) -> Comparison {
        let polled = try await polled(application, request, events)
        let rendering = try await source.render(polled.snapshot, of: application, events: events)
        let plugins = PluginSteps(host: surroundings.plugins, application: application)
        let desired = try await plugins.desired(rendering)
        try await requireLimits(desired.objects, of: application)
        let plan = try await plan(desired.objects, of: application, request)
        events(.planned(plan))
        let deleted = try await deleted(plan, of: application)
        let observed = await plugins.observe(plan, deleted: deleted)
        return Comparison(
            commit: polled.commit, plan: plan, deleted: deleted,
            diagnostics: rendering.diagnostics + desired.diagnostics + plan.diagnostics + observed)
    }

    /// What the deletion of an application would do.
    ///
    /// - Throws: also where the cluster has nothing of the application.
    package func deletionPlan(
        of application: Application, request: SyncRequest
    ) async throws(DiagnosticsError) -> Plan {
        var hooks: [KubernetesObject] = []
        if request.deletion?.runsHooks == true {
            let (_, rendering) = try await source.render(application, revision: request.revision)
            hooks = try await PluginSteps(host: surroundings.plugins, application: application).desired(rendering)
                .objects
        }
        return try await deletionPlan(of: application, hooks: hooks, request)
    }

    private func deletionPlan(
        of application: Application, hooks: [KubernetesObject], _ request: SyncRequest
    ) async throws(DiagnosticsError) -> Plan {
        let plan = try await plan(hooks, of: application, request)
        if plan.recordedScope == nil {
            throw DiagnosticsError(
                "\(application.name) was never synced to this cluster: there is nothing to delete",
                at: application.origin,
                cure: "Check the context")
        }
        return plan
    }

    /// Makes the cluster equal to what Git says. Whatever comes of it is in the report, and in the history unless it
    /// was a dry run.
    ///
    /// Cancelling the task ends the sync after the writes that are under way; it is then recorded as interrupted.
    ///
    /// - Throws: when the sync cannot begin (another one of the application runs) or cannot be recorded.
    package func sync(
        _ application: Application, request: SyncRequest, events: @escaping Events
    ) async throws(DiagnosticsError) -> SyncReport {
        if application.suspend, request.deletion == nil {
            throw DiagnosticsError(
                "\(application.name) is suspended", at: application.origin,
                cure: "Set spec.suspend to false, or take it out")
        }
        if !request.dryRun, let closed = closedWindow(of: application, for: request.trigger) {
            throw DiagnosticsError([
                .error(
                    "\(application.name) is not synced: \(closed.message)", at: closed.location, cure: closed.cure,
                    rule: closed.rule)
            ])
        }
        var sync = RecordedSync(
            application: id(of: application), trigger: request.trigger, history: surroundings.history,
            now: surroundings.now)
        sync.revision = SyncRevision(requested: request.revision ?? application.source.revision)
        sync.recordsIdleness = request.recordsIdleness
        if !request.recordsIdleness { sync.lastFailure = request.past?.failure }
        sync.historyLimit = application.historyLimit
        var lock: SyncLock?
        if !request.dryRun {
            lock = try await acquireLock(of: application)
            _ = try await surroundings.history.settleInterrupted(sync.application, at: surroundings.now())
        }
        defer { withExtendedLifetime(lock) {} }

        if request.deletion != nil { sync.remarks = [SyncRecord.deletionRemark(of: application.name)] }
        do throws(DiagnosticsError) {
            if let deletion = request.deletion, !deletion.runsHooks {
                let plan = try await deletionPlan(of: application, hooks: [], request)
                try confirm(plan, request)
                events(.planned(plan))
                sync.plan = plan
                return try await run(sync, of: application, request, events)
            }
            let (commit, snapshot) = try await commit(application, request, events)
            sync.commit = commit
            if request.trigger.kind != .commandLine {
                let hold = if let past = request.past { past.hold } else { try await hold(on: application) }
                if let hold, hold.failed == commit.id {
                    return try await sync.end(.failed, [hold.diagnostic], recorded: false)
                }
            }
            if let failed = request.rolledBack, failed != commit.id {
                sync.remarks = [RollbackHold.remark(failed, path: application.source.path)]
            }
            let rendering = try await rendering(snapshot, of: application, request, events)
            sync.rendering = rendering
            if !request.dryRun, request.deletion == nil {
                let control = control(of: application, request)
                if let obstacle = try await awaitDependencies(of: application, request, control, events) {
                    return try await sync.end(
                        obstacle.result, [obstacle.diagnostic], cause: obstacle.cause, recorded: true)
                }
            }
            let plugins = PluginSteps(host: surroundings.plugins, application: application)
            let desired = try await plugins.desired(rendering)
            try await requireLimits(desired.objects, of: application)
            sync.pluginFindings = desired.diagnostics
            var plan =
                try await request.deletion == nil
                ? plan(desired.objects, of: application, request)
                : deletionPlan(of: application, hooks: desired.objects, request)
            sync.plan = plan
            if request.deletion == nil {
                let deleted = try await deleted(plan, of: application)
                let observed = await plugins.observe(plan, deleted: deleted)
                let verdict = request.judgesDrift?(plan, deleted) ?? DriftVerdict()
                sync.note(verdict, observed)
                if !verdict.heldBack.isEmpty {
                    plan = try await self.plan(desired.objects, of: application, request, holdingBack: verdict.heldBack)
                    sync.plan = plan
                }
            }
            events(.planned(plan))
            try confirm(plan, request)
        } catch {
            // A sync that was told to end while it still looked around has changed nothing.
            return try await sync.end(
                Task.isCancelled ? .interrupted : .failed, error.diagnostics, recorded: !request.dryRun)
        }
        return try await run(sync, of: application, request, events)
    }

    /// The commit that is synced, and its tree; nil for manifests that the request brings along.
    private func commit(
        _ application: Application, _ request: SyncRequest, _ events: Events
    ) async throws(DiagnosticsError) -> (SourceCommit, Snapshot?) {
        if let given = request.manifests?.commit {
            events(.fetched(given))
            return (given, nil)
        }
        let polled = try await polled(application, request, events)
        return (polled.commit, polled.snapshot)
    }

    private func rendering(
        _ snapshot: Snapshot?, of application: Application, _ request: SyncRequest, _ events: Events
    ) async throws(DiagnosticsError) -> Rendering {
        if let snapshot { return try await source.render(snapshot, of: application, events: events) }
        let given = request.manifests?.rendering ?? Rendering(objects: [], diagnostics: [], isRemembered: false)
        events(.rendered(objects: given.objects.count, isRemembered: given.isRemembered))
        return given
    }

    /// What is synced: what the request brings along, or what the revision means now.
    private func polled(
        _ application: Application, _ request: SyncRequest, _ events: Events
    ) async throws(DiagnosticsError) -> PolledSource {
        guard let known = request.source else {
            return try await source.fetch(application, revision: request.revision, events: events)
        }
        // It may have been polled for another application of the same repository.
        try application.requireLimits()
        return known
    }

    /// - Throws: where the plan is held back by a guard, or is not the one that was confirmed.
    private func confirm(_ plan: Plan, _ request: SyncRequest) throws(DiagnosticsError) {
        if plan.needsConfirmation {
            throw DiagnosticsError(plan.guards.map { $0.diagnostic(planDigest: plan.digest) })
        }
        if request.deletion != nil, !request.dryRun, plan.options.confirmedPlan != plan.digest {
            throw DiagnosticsError(
                "the application's objects are others than those whose deletion was confirmed",
                cure: "Look at them again with gitopsctl delete")
        }
    }

    private func run(
        _ sync: RecordedSync, of application: Application, _ request: SyncRequest, _ events: @escaping Events
    ) async throws(DiagnosticsError) -> SyncReport {
        let control = control(of: application, request)
        return try await sync.run(on: engine, control: control, recorded: !request.dryRun) { events(.object($0)) }
    }

    /// What may end a sync before it is done.
    private func control(of application: Application, _ request: SyncRequest) -> RunControl {
        RunControl(
            newerRevision: request.newerRevision,
            closedWindow: { request.dryRun ? nil : closedWindow(of: application, for: request.trigger)?.message },
            handover: request.handover)
    }

    /// What keeps a sync from beginning now; nil where nothing does.
    package func closedWindow(of application: Application, for trigger: SyncTrigger) -> Diagnostic? {
        application.sync.windows.closed(at: surroundings.now(), isManual: trigger.kind == .commandLine)
    }

    /// What a plan creates that a sync of the application had created before.
    private func deleted(_ plan: Plan, of application: Application) async throws(DiagnosticsError) -> Set<
        ObjectIdentity
    > {
        let created = Set(plan.changes.filter { $0.action == .create }.map(\.reference.identity))
        return created.isEmpty
            ? [] : created.intersection(try await surroundings.history.delivered(by: id(of: application)))
    }

    private func acquireLock(of application: Application) async throws(DiagnosticsError) -> SyncLock {
        switch try await SyncLock.acquire(id(of: application), in: surroundings.stateFolder, as: .current()) {
        case .acquired(let lock): return lock
        case .held(let holder):
            throw DiagnosticsError(
                "another sync of \(application.name) is running" + (holder.map { " (\($0))" } ?? ""),
                cure: "Wait for it, or look at it with `gitopsctl history \(application.name)`")
        }
    }
}

extension Application {
    /// The set of its objects. The parent is the Application where the cluster has it, and a ConfigMap of the same
    /// namespace where it was read from a file.
    package var applySet: ApplySet {
        origin == nil ? ApplySet(parent: reference) : ApplySet(configMap: "gitopsctl-\(name)", namespace: namespace)
    }
}
