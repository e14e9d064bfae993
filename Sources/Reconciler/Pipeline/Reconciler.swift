// The one way from a commit to a cluster: fetch, render, plan, run, record. The controller, the command line and the webhook all
// go this way, and nothing goes round it.

package import KubernetesClient
package import Manifest
package import PluginHost
import SyncEngine
package import SyncHistory

/// Reconciles applications with one cluster.
package struct Reconciler: Sendable {
    /// What a reconciler works with.
    package struct Surroundings: Sendable {
        package var cluster: any KubernetesAPI
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
            cluster: any KubernetesAPI, clusterName: String, fetcher: SourceFetcher, renderer: Renderer, plugins: PluginHost?,
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

    private let surroundings: Surroundings
    private let source: SourceStage
    /// One for all syncs: it remembers what it learnt of the server's defaults.
    private let engine: SyncEngine

    package init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
        source = SourceStage(
            fetcher: surroundings.fetcher, renderer: surroundings.renderer, cluster: surroundings.cluster)
        engine = SyncEngine(cluster: surroundings.cluster)
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
        let (commit, rendering) = try await source.render(application, revision: request.revision, events: events)
        let plugins = PluginSteps(host: surroundings.plugins, application: application)
        let desired = try await plugins.desired(rendering)
        try await requireLimits(desired.objects, of: application)
        let plan = try await plan(desired.objects, of: application, request)
        events(.planned(plan))
        let deleted = try await deleted(plan, of: application)
        let observed = await plugins.observe(plan, deleted: deleted)
        return Comparison(
            commit: commit, plan: plan, deleted: deleted,
            diagnostics: rendering.diagnostics + desired.diagnostics + plan.diagnostics + observed)
    }

    /// Makes the cluster equal to what Git says. Whatever comes of it is in the report, and in the history unless it was a dry run.
    ///
    /// Cancelling the task ends the sync after the writes that are under way; it is then recorded as interrupted.
    ///
    /// - Throws: when the sync cannot begin (another one of the application runs) or cannot be recorded.
    package func sync(
        _ application: Application, request: SyncRequest, events: @escaping Events
    ) async throws(DiagnosticsError) -> SyncReport {
        if application.suspend {
            throw DiagnosticsError(
                "\(application.name) is suspended", at: application.origin, cure: "Set spec.suspend to false, or take it out")
        }
        var sync = SyncRun(application: id(of: application), trigger: request.trigger, history: surroundings.history, now: surroundings.now)
        sync.revision = SyncRevision(requested: request.revision ?? application.source.revision)
        var lock: SyncLock?
        if !request.dryRun {
            lock = try await acquireLock(of: application)
            _ = try await surroundings.history.settleInterrupted(sync.application, at: surroundings.now())
        }
        defer { withExtendedLifetime(lock) {} }

        do throws(DiagnosticsError) {
            let (commit, snapshot) = try await source.fetch(application, revision: request.revision, events: events)
            sync.commit = commit
            if request.trigger.kind != .commandLine, let hold = try await hold(on: application), hold.failed == commit.id {
                return try await sync.end(.failed, [hold.diagnostic], recorded: false)
            }
            if let failed = request.rolledBack { sync.remarks = [RollbackHold.remark(failed, of: application)] }
            let rendering = try await source.render(snapshot, of: application, events: events)
            sync.rendering = rendering
            if !request.dryRun { try await awaitDependencies(of: application, request, events) }
            let plugins = PluginSteps(host: surroundings.plugins, application: application)
            let desired = try await plugins.desired(rendering)
            try await requireLimits(desired.objects, of: application)
            sync.pluginFindings = desired.diagnostics
            let plan = try await plan(desired.objects, of: application, request)
            events(.planned(plan))
            sync.plan = plan
            sync.pluginFindings += await plugins.observe(plan, deleted: try deleted(plan, of: application))
            if plan.needsConfirmation {
                throw DiagnosticsError(plan.guards.map { $0.diagnostic(planDigest: plan.digest) })
            }
        } catch {
            // A sync that was told to end while it still looked around has changed nothing.
            return try await sync.end(Task.isCancelled ? .interrupted : .failed, error.diagnostics, recorded: !request.dryRun)
        }
        return try await sync.run(on: engine, recorded: !request.dryRun) { events(.object($0)) }
    }

    /// What a plan creates that a sync of the application had created before.
    private func deleted(_ plan: Plan, of application: Application) async throws(DiagnosticsError) -> Set<ObjectIdentity> {
        let created = Set(plan.changes.filter { $0.action == .create }.map(\.reference.identity))
        return created.isEmpty ? [] : created.intersection(try await surroundings.history.delivered(by: id(of: application)))
    }

    /// - Throws: what the application's Project does not allow among its objects.
    private func requireLimits(_ objects: [KubernetesObject], of application: Application) async throws(DiagnosticsError) {
        guard let limits = application.limits else { return }
        let served: Discovery
        do throws(KubernetesError) {
            served = try await surroundings.cluster.discovery(refresh: false)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
        // A kind that comes along with its objects is told by its definition.
        let defined = objects.filter { $0.gvk.groupKind == GroupKind(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition") }
        let findings = limits.findings(on: objects, namespace: application.destination.namespace) { kind in
            if let resource = served.resource(for: kind.groupKind) { return resource.isNamespaced }
            let definition = defined.first {
                $0.value[path: "spec", "group"]?.string == kind.group && $0.value[path: "spec", "names", "kind"]?.string == kind.kind
            }
            return definition.map { $0.value[path: "spec", "scope"]?.string == "Namespaced" }
        }
        if !findings.isEmpty { throw DiagnosticsError(findings) }
    }

    /// - Throws: when one is not healthy: in time where the sync waits, at all where it does not.
    private func awaitDependencies(
        of application: Application, _ request: SyncRequest, _ events: Events
    ) async throws(DiagnosticsError) {
        for dependency in request.dependencies {
            events(.awaiting(dependency: dependency.name))
            var options = SyncOptions()
            options.wait = request.wait
            options.timeout = request.timeout ?? application.sync.timeout
            options.patience = dependency.sync.patience
            options.healthRules = dependency.health
            let health = try await engine.settle(applySet(of: dependency), options: options)
            if health.isHealthy { continue }
            let place = application.dependsOn.first { $0.name == dependency.name }?.origin
            guard health.exists else {
                throw DiagnosticsError(
                    "\(application.name) depends on \(dependency.name), which was never synced to this cluster", at: place,
                    cure: "Sync it first: gitopsctl sync \(dependency.name)")
            }
            let first = health.unhealthy.first.map { "\($0.reference): \($0.health.message)" } ?? ""
            let more = health.unhealthy.count > 1 ? ", and \(health.unhealthy.count - 1) more" : ""
            throw DiagnosticsError(
                "\(application.name) depends on \(dependency.name), which is not healthy (\(first)\(more))", at: place,
                cure: "Look at it with gitopsctl status \(dependency.name)")
        }
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

    private func plan(
        _ desired: [KubernetesObject], of application: Application, _ request: SyncRequest
    ) async throws(DiagnosticsError) -> Plan {
        var options = SyncOptions()
        options.namespace = application.destination.namespace ?? options.namespace
        options.prune = request.prune ?? application.sync.prune
        options.allowEmpty = request.allowEmpty ?? application.sync.allowEmpty
        options.forceConflicts = request.forceConflicts ?? application.sync.forceConflicts
        options.ignoredDifferences = application.ignoredDifferences
        options.timeout = request.timeout ?? application.sync.timeout
        options.wait = request.wait
        options.patience = application.sync.patience
        options.healthRules = application.health
        options.dryRun = request.dryRun
        var plan = try await engine.plan(desired: desired, applySet: applySet(of: application), options: options)
        // A plan is named by as much of its digest as tells it apart, as commits are.
        if let confirmed = request.confirmedPlan, confirmed.utf8.count >= 8, plan.digest.hasPrefix(confirmed) {
            plan.options.confirmedPlan = plan.digest
        }
        return plan
    }

    /// The set's parent is the Application where the cluster has it, and a ConfigMap of the same namespace where it was read from a file.
    private func applySet(of application: Application) -> ApplySet {
        application.origin == nil
            ? ApplySet(parent: application.reference)
            : ApplySet(configMap: "gitopsctl-\(application.name)", namespace: application.namespace)
    }
}
