// What a sync is told to leave: fields, and objects as a whole.

import KubernetesClient
import Manifest
import Testing

@testable import SyncEngine

@Suite struct HeldBackTests {
    let cluster = FakeCluster()
    let set = ApplySet(configMap: "app", namespace: "default")
    var engine: SyncEngine { SyncEngine(cluster: cluster, clock: JumpingClock()) }
    private let identity = ObjectReference(
        gvk: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"), namespace: "default", name: "a"
    ).identity

    init() {
        cluster.put(manifest("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), by: "kube-apiserver")
    }

    private func map(_ data: String, _ annotations: String = "") -> String {
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: {\(annotations)}}, data: {\(data)}}"
    }

    @discardableResult
    private func sync(_ text: String, leaving held: HeldBack? = nil) async throws -> Plan {
        let plan = try await engine.plan(
            desired: manifests(text), applySet: set,
            options: SyncTests.options { $0.heldBack = held.map { [identity: $0] } ?? [:] })
        _ = await engine.run(plan)
        return plan
    }

    /// Another manager changes the object, as `kubectl edit` does.
    private func rival(_ data: String) {
        cluster.edit("ConfigMap", "a", by: "rival") { $0["data"] = manifest(map(data))["data"] }
    }

    private func data() async throws -> Value? {
        try await cluster.get(
            ObjectReference(
                gvk: GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"), namespace: "default", name: "a"))?[
                "data"]
    }

    @Test func aFieldIsLeftAndTheRestIsRepaired() async throws {
        try await sync(map("x: one, y: one"))
        rival("x: two, y: two")
        let plan = try await sync(map("x: one, y: one"), leaving: .fields([FieldPath(fields: "data", "x")]))
        #expect(plan.changes.map(\.fields).first?.map(\.path) == [FieldPath(fields: "data", "y")])
        #expect(try await data() == ["x": "two", "y": "one"])
        // Left again, there is nothing to do.
        #expect(try await sync(map("x: one, y: one"), leaving: .fields([FieldPath(fields: "data", "x")])).isEmpty)
        // And not left any more, it is repaired.
        try await sync(map("x: one, y: one"))
        #expect(try await data() == ["x": "one", "y": "one"])
    }

    @Test(arguments: ["", "argocd.argoproj.io/sync-options: 'Replace=true'"])
    func anObjectIsLeftWhole(annotations: String) async throws {
        try await sync(map("x: one", annotations))
        rival("x: two")
        // What is replaced cannot be written in part.
        let held: HeldBack = annotations.isEmpty ? .whole : .fields([FieldPath(fields: "data", "x")])
        let plan = try await sync(map("x: one", annotations), leaving: held)
        #expect(plan.changes.map(\.action) == [.skip(.heldBack)])
        #expect(try await data() == ["x": "two"])
    }

    @Test func whatIsGoneStaysGoneAndWhatIsTooMuchStays() async throws {
        #expect(try await sync(map("x: one"), leaving: .whole).changes.map(\.action) == [.skip(.heldBack)])
        #expect(try await data() == nil)
        let other = "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}"
        try await sync(map("x: one") + "\n---\n" + other)
        let plan = try await sync(other, leaving: .whole)
        #expect(plan.changes.contains { $0.reference.name == "a" && $0.action == .skip(.heldBack) })
        #expect(try await data() == ["x": "one"])
    }
}
