import Manifest
import Synchronization
import Testing

@testable import SyncEngine

/// What becomes ours of the entries of others, and of our own in versions that are gone.
@Suite struct ManagerTakeoverTests {
    let cluster = FakeCluster()
    let set = ApplySet(configMap: "app", namespace: "default")

    init() {
        cluster.put(manifest("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), by: "kube-apiserver")
    }

    private func scaler(_ entry: String) -> Value {
        manifest(
            """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata:
              name: web
              namespace: default
              annotations: {note: old}
              managedFields:
              - {\(entry), time: '2026-01-01T00:00:00Z', fieldsType: FieldsV1, fieldsV1: {
                  'f:metadata': {'f:annotations': {'f:note': {}}},
                  'f:spec': {'f:maxReplicas': {}, 'f:minReplicas': {}, 'f:targetCPUUtilizationPercentage': {}, 'f:scaleTargetRef': {'f:kind': {}, 'f:name': {}}}}}
            spec: {maxReplicas: 5, minReplicas: 2, scaleTargetRef: {kind: Deployment, name: web}}
            """)
    }

    private static let desired = """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: web}
        spec: {maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: web}}
        """

    @Test(arguments: [
        "manager: kubectl-client-side-apply, operation: Update, apiVersion: autoscaling/v2beta2",
        "manager: argocd-controller, operation: Apply, apiVersion: autoscaling/v2beta1",
        "manager: gitopsctl, operation: Apply, apiVersion: autoscaling/v2beta2",
    ])
    func whatWasAppliedInAVersionThatIsGoneCanBeTakenOutOfGit(_ entry: String) async throws {
        let live = scaler(entry)
        cluster.state.withLock { $0.store(live, at: KubernetesObject(live).identity) }
        let engine = SyncEngine(cluster: cluster, clock: JumpingClock())
        let plan = try await engine.plan(desired: manifests(Self.desired), applySet: set, options: SyncTests.options())
        #expect(plan.changes.first?.fields.map(\.path.description).contains("spec.minReplicas") == true)
        #expect(await engine.run(plan).status == .succeeded)
        let now = try #require(cluster.object("HorizontalPodAutoscaler", "web"))
        #expect(now[path: "spec", "minReplicas"] == nil)
        #expect(now[path: "metadata", "annotations", "note"] == nil)
        // One entry, in the version of today, of what there is.
        let entries = ManagedFields(of: now).entries
        #expect(entries.map { "\($0.manager) \($0.operation) \($0.apiVersion)" } == ["gitopsctl apply autoscaling/v2"])
        #expect(!(entries[0].fields.paths.map(\.description).contains("spec.targetCPUUtilizationPercentage")))
        #expect(
            try await engine.plan(desired: manifests(Self.desired), applySet: set, options: SyncTests.options()).isEmpty
        )
    }

    @Test func anEntryInAnotherVersionThatIsServedStaysAsItIs() throws {
        let live = scaler("manager: kubectl-client-side-apply, operation: Update, apiVersion: autoscaling/v1")
        #expect(
            ManagerTakeover.patch(of: live, manager: "gitopsctl", served: ["autoscaling/v1", "autoscaling/v2"]) == nil)
        #expect(ManagerTakeover.patch(of: live, manager: "gitopsctl") == nil)
        #expect(
            Ownership(of: live, manager: "gitopsctl", served: ["autoscaling/v1", "autoscaling/v2"]).others.count == 1)
    }
}
