// From an application's objects to the plan of its sync: what the Application and the request say of it, and what it
// leaves to its neighbours.

import KubernetesClient
import Manifest
import SyncEngine

extension Reconciler {
    func plan(
        _ desired: [KubernetesObject], of application: Application, _ request: SyncRequest,
        holdingBack heldBack: [ObjectIdentity: HeldBack] = [:]
    ) async throws(DiagnosticsError) -> Plan {
        try requireDestination(of: application)
        var options = SyncOptions()
        options.heldBack = heldBack
        options.namespace = application.destination.namespace ?? options.namespace
        options.prune = request.prune ?? application.sync.prune
        options.allowEmpty = request.allowEmpty ?? application.sync.allowEmpty
        options.forceConflicts = request.forceConflicts ?? application.sync.forceConflicts
        options.objects = application.sync.objects
        options.createsNamespace = application.sync.createsNamespace
        options.failsOnSharedObjects = application.sync.failsOnSharedObjects
        options.ignoredDifferences = application.ignoredDifferences
        options.timeout = request.timeout ?? application.sync.timeout
        options.wait = request.wait
        options.patience = application.sync.patience
        options.healthRules = application.health
        options.dryRun = request.dryRun
        if let deletion = request.deletion {
            options.isDeletion = true
            options.orphansMembers = deletion.orphans
            options.prunesProtectedKinds = deletion.includesProtectedKinds
        }
        var plan = try await engine.plan(desired: desired, applySet: application.applySet, options: options)
        if plan.count(.prune) > 0 {
            plan = plan.handingOver(await claims(on: plan, by: await request.neighbours(), besides: application))
        }
        // A plan is named by as much of its digest as tells it apart, as commits are.
        if let confirmed = request.confirmedPlan, confirmed.utf8.count >= 8, plan.digest.hasPrefix(confirmed) {
            plan.options.confirmedPlan = plan.digest
        }
        return plan
    }

    /// Which of the objects that a plan prunes another application has in Git now, with its name. An object moves in
    /// one commit, so that only applications of the same repository are looked at.
    private func claims(
        on plan: Plan, by neighbours: [Application], besides application: Application
    ) async -> [ObjectIdentity: String] {
        let pruned = Set(plan.changes.filter { $0.action == .prune }.map(\.reference.identity))
        var sources = NeighbourSources { neighbour in
            try? await source.fetch(neighbour, revision: nil, events: { _ in })
        }
        var claims: [ObjectIdentity: String] = [:]
        for neighbour in neighbours where id(of: neighbour) != id(of: application) {
            guard neighbour.source.repository == application.source.repository,
                let polled = await sources.source(of: neighbour),
                let rendering = try? await source.render(polled.snapshot, of: neighbour, events: { _ in })
            else { continue }
            let namespace = neighbour.destination.namespace ?? SyncOptions().namespace
            for object in rendering.objects {
                var identity = object.identity
                if !pruned.contains(identity) { identity.namespace = identity.namespace ?? namespace }
                if pruned.contains(identity) { claims[identity] = neighbour.name }
            }
        }
        return claims
    }

    /// - Throws: when this is not the cluster that an application goes to.
    private func requireDestination(of application: Application) throws(DiagnosticsError) {
        guard let cluster = application.destination.cluster, cluster != surroundings.destination else { return }
        throw DiagnosticsError(
            "\(application.name) goes to the cluster \(cluster), and this is "
                + (surroundings.destination.map { "\($0)" } ?? "another one"),
            at: application.origin, cure: "Name its context: --context \(cluster)")
    }
}

/// The sources of neighbours, each asked for once by everyone who asks for the same with the same rights.
struct NeighbourSources {
    private struct Key: Hashable {
        var repository: String
        var revision: String
        /// Where the credentials and the service account are.
        var namespace: String
        var credentials: String?
        var serviceAccount: String?
    }

    private let look: (Application) async -> PolledSource?
    /// nil for one that could not be had.
    private var known: [Key: PolledSource?] = [:]

    init(_ look: @escaping (Application) async -> PolledSource?) {
        self.look = look
    }

    mutating func source(of application: Application) async -> PolledSource? {
        guard (try? application.requireLimits()) != nil else { return nil }
        let key = Key(
            repository: application.source.repository, revision: application.source.revision,
            namespace: application.namespace, credentials: application.source.credentialsSecret,
            serviceAccount: application.serviceAccountName)
        if let known = known[key] { return known }
        let found = await look(application)
        known[key] = .some(found)
        return found
    }
}
