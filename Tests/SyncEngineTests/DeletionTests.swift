import Foundation
import KubernetesClient
import Manifest
import Synchronization
import Testing

@testable import SyncEngine

/// Applications that go, objects that move from one to another, and objects that do not go when they should.
@Suite final class DeletionTests: Sendable {
    let cluster = FakeCluster()
    let clock = JumpingClock()
    let set = ApplySet(configMap: "app", namespace: "default")
    var engine: SyncEngine { SyncEngine(cluster: cluster, clock: clock) }

    init() {
        cluster.put(manifest("{apiVersion: v1, kind: Namespace, metadata: {name: default}}"), by: "kube-apiserver")
        // Every Job ends well as soon as somebody looks.
        cluster.state.withLock { state in
            state.controllers = { object in
                guard object["kind"]?.string == "Job" else { return object }
                var object = object
                object["status"] = ["conditions": [["type": "Complete", "status": "True"]]]
                return object
            }
        }
    }

    private static let app = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings, namespace: shop}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: shop, annotations: {argocd.argoproj.io/sync-options: Delete=false}}
        spec: {ports: [{port: 80}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: shop}
        spec: {selector: {matchLabels: {a: b}}}
        """

    private static func hook(_ phase: String) -> String {
        """
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: \(phase.lowercased()), namespace: default, annotations: {gitopsctl.dev/hook: \(phase)}}
        """
    }

    @discardableResult
    private func run(_ text: String, in set: ApplySet? = nil, _ change: (inout SyncOptions) -> Void = { _ in })
        async throws -> Outcome
    {
        let plan = try await engine.plan(
            desired: text.isEmpty ? [] : manifests(text), applySet: set ?? self.set, options: SyncTests.options(change))
        return await engine.run(plan)
    }

    private func member(_ kind: String, _ name: String) -> String? {
        cluster.object(kind, name).flatMap { KubernetesObject($0).label(Vocabulary.partOf) }
    }

    // MARK: Deletion

    @Test func anApplicationGoesInReverseOrderBetweenItsHooksAndLeavesNothingBehind() async throws {
        let text =
            Self.app + "\n" + Self.hook("PreDelete") + "\n" + Self.hook("PostDelete") + "\n" + Self.hook("PostSync")
        try await run(text)
        #expect(cluster.object("Job", "postsync") != nil)
        _ = cluster.takeRequests()
        let outcome = try await run(text) {
            $0.isDeletion = true
            $0.concurrency = 1
        }
        #expect(outcome.status == .succeeded)
        #expect(
            cluster.takeWrites() == [
                "apply Job default/predelete", "delete Deployment shop/web", "delete ConfigMap shop/settings",
                // What stays is nobody's.
                "patch Service shop/web", "patch Namespace shop",
                "apply Job default/postdelete",
                "delete Job default/postdelete", "delete Job default/postsync", "delete Job default/predelete",
                "delete ConfigMap default/app",
            ])
        #expect(cluster.names == ["Namespace/default", "Namespace/shop", "Service/web"])
        #expect(member("Service", "web") == nil && member("Namespace", "shop") == nil)
    }

    /// Wherever its writes are no longer let through, it has not succeeded, and the next one does what is left.
    @Test(arguments: 0..<10)
    func aDeletionWhoseWritesAreNotLetThroughStops(limit: Int) async throws {
        let text = Self.app + "\n" + Self.hook("PreDelete") + "\n" + Self.hook("PostDelete")
        try await run(text)
        cluster.cut(
            afterWrites: limit, reason: KubernetesError.Reason.cancelled, message: "another replica has it")
        let outcome = try await run(text) {
            $0.isDeletion = true
            $0.concurrency = 1
        }
        // Two hooks, each with its deletion at the end; two objects, two that stay, and the record.
        #expect(outcome.status == (limit < 9 ? .stopped : .succeeded), "\(outcome.diagnostics)")
        #expect(!outcome.diagnostics.contains { $0.severity == .error })

        cluster.state.withLock { $0.fault = { _ in nil } }
        if outcome.status == .stopped {
            #expect(try await run(text) { $0.isDeletion = true }.status == .succeeded)
        }
        #expect(cluster.names == ["Namespace/default", "Namespace/shop", "Service/web"])
    }

    /// So it is while it waits for an object to be gone, where even a look is refused.
    @Test func aDeletionThatMayNotLookAnyMoreStops() async throws {
        try await run(Self.app)
        cluster.edit("ConfigMap", "settings") { $0["metadata"]?["finalizers"] = ["example.com/slow"] }
        cluster.state.withLock { state in
            let isDeleting = Mutex(false)
            state.fault = { request in
                if request.verb == "delete", request.target.contains("settings") { isDeleting.withLock { $0 = true } }
                return request.verb == "get" && isDeleting.withLock({ $0 })
                    ? KubernetesError(
                        code: 0, reason: KubernetesError.Reason.cancelled, message: "another replica has it",
                        request: "") : nil
            }
        }
        let outcome = try await run("") { $0.isDeletion = true }
        #expect(outcome.status == .stopped)
        #expect(outcome.diagnostics.map(\.message) == ["the sync was given up: another replica has it"])
    }

    @Test func namespacesGoWhereThatIsAskedForAndWhatSaysDeleteFalseStays() async throws {
        try await run(Self.app)
        let outcome = try await run("") {
            $0.isDeletion = true
            $0.prunesProtectedKinds = true
        }
        #expect(outcome.count(.pruned) == 3)
        #expect(cluster.object("Namespace", "shop") == nil)
        #expect(cluster.object("Service", "web") != nil)
    }

    @Test func anApplicationMayGoWithoutItsObjects() async throws {
        try await run(Self.app)
        let before = cluster.names
        let outcome = try await run("") {
            $0.isDeletion = true
            $0.orphansMembers = true
        }
        #expect(outcome.status == .succeeded)
        #expect(outcome.count(.pruned) == 0 && outcome.count(.skipped) == 4)
        #expect(cluster.names == before.subtracting(["ConfigMap/app"]))
        #expect(member("Deployment", "web") == nil)
        // Another application takes them as it would take anything.
        #expect(try await run(Self.app, in: ApplySet(configMap: "other", namespace: "default")).status == .succeeded)
        #expect(member("Deployment", "web") == ApplySet(configMap: "other", namespace: "default").id)
    }

    @Test func aPreDeleteHookThatFailsKeepsEverything() async throws {
        cluster.state.withLock { state in
            state.controllers = { object in
                guard object["kind"]?.string == "Job" else { return object }
                var object = object
                object["status"] = ["conditions": [["type": "Failed", "status": "True", "message": "no"]]]
                return object
            }
        }
        let text = Self.app + "\n" + Self.hook("PreDelete")
        try await run(text)
        let outcome = try await run(text) { $0.isDeletion = true }
        #expect(outcome.status == .failed)
        #expect(cluster.object("Deployment", "web") != nil && cluster.object("ConfigMap", "app") != nil)
    }

    @Test func aDryRunOfADeletionChangesNothing() async throws {
        try await run(Self.app)
        let before = cluster.names
        let outcome = try await run("") {
            $0.isDeletion = true
            $0.dryRun = true
        }
        #expect(outcome.count(.pruned) == 2)
        #expect(cluster.names == before && member("Service", "web") == set.id)
    }

    // MARK: What does not go

    private func hold() {
        cluster.edit("Deployment", "web") { $0["metadata"]?["finalizers"] = ["example.com/hold"] }
    }

    @Test func aDeletionThatWaitsForAFinalizerSaysWhichAndIsNotOver() async throws {
        try await run(Self.app + "\n" + Self.hook("PostDelete"))
        hold()
        let outcome = try await run(Self.app + "\n" + Self.hook("PostDelete")) {
            $0.isDeletion = true
            $0.wait = true
        }
        #expect(outcome.status == .failed)
        let error = outcome.objects.compactMap(\.error).first
        #expect(
            error?.message
                == "Deployment shop/web was deleted 5m ago: it is still being deleted, and waits for example.com/hold")
        // What would have come after it has not begun, and somebody can go on.
        #expect(cluster.object("ConfigMap", "settings") != nil && cluster.object("ConfigMap", "app") != nil)
        #expect(!cluster.names.contains("Job/postdelete"))
        cluster.state.withLock { state in state.objects = state.objects.filter { $0.key.kind != "Deployment" } }
        #expect(try await run(Self.app) { $0.isDeletion = true }.status == .succeeded)
        #expect(cluster.object("ConfigMap", "app") == nil)
    }

    @Test func aPruneThatWaitsForAFinalizerWarnsAndStaysInTheRecord() async throws {
        try await run(Self.app)
        hold()
        let rest = Self.app.components(separatedBy: "\n---\n").dropLast().joined(separator: "\n---\n")
        let outcome = try await run(rest) { $0.wait = true }
        #expect(outcome.status == .succeeded)
        #expect(
            outcome.diagnostics.map(\.message) == [
                "Deployment shop/web was deleted 30s ago: it is still being deleted, and waits for example.com/hold"
            ])
        let parent = try #require(cluster.object("ConfigMap", "app"))
        #expect(KubernetesObject(parent).annotation(Vocabulary.containsGroupKinds)?.contains("Deployment.apps") == true)
    }

    @Test func aPrunedObjectsDependentsGoAsItSays() async throws {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {OPTIONS}}"
        let keep = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: keep}"
        for (options, propagation) in [
            ("", DeleteOptions.Propagation.foreground),
            ("gitopsctl.dev/sync-options: PrunePropagationPolicy=orphan", .orphan),
        ] {
            try await run(map.replacing("OPTIONS", with: options) + keep)
            try await run(String(keep.dropFirst(5))) { $0.objects.propagation = .foreground }
            #expect(cluster.state.withLock { $0.propagations["a"] } == propagation)
        }
    }

    // MARK: Handover

    @Test func anObjectThatAnotherApplicationHasInGitIsLeftToIt() async throws {
        try await run(Self.app)
        let rest = Self.app.components(separatedBy: "\n---\n").dropLast().joined(separator: "\n---\n")
        let web = try #require(cluster.object("Deployment", "web"))
        let uid = KubernetesObject(web).uid
        let plan = try await engine.plan(desired: manifests(rest), applySet: set, options: SyncTests.options())
        let handing = plan.handingOver([KubernetesObject(web).identity: "other"])
        #expect(handing.digest != plan.digest)
        #expect(handing.changes.contains { $0.action == .skip(.handedOver("other")) })
        #expect(await engine.run(handing).status == .succeeded)
        // It is ours until the other one has it, and never gone in between.
        let other = ApplySet(configMap: "other", namespace: "default")
        #expect(member("Deployment", "web") == set.id)
        try await run(Self.app.components(separatedBy: "\n---\n").last ?? "", in: other)
        #expect(member("Deployment", "web") == other.id)
        try await run(rest)
        #expect(cluster.object("Deployment", "web").flatMap { KubernetesObject($0).uid } == uid)
    }

    @Test func handingOverTakesAnObjectOutOfWhatAGuardCounts() async throws {
        let names = (1...8).map { "c\($0)" }
        let all = names.map { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \($0), namespace: default}" }
        try await run(all.joined(separator: "\n---\n"))
        let plan = try await engine.plan(desired: manifests(all[0]), applySet: set, options: SyncTests.options())
        #expect(plan.guards == [.share(pruned: 7, inventory: 8)])
        let claims = Dictionary(
            uniqueKeysWithValues: plan.changes.filter { $0.action == .prune }.prefix(4).map {
                ($0.reference.identity, "other")
            })
        #expect(plan.handingOver(claims).guards.isEmpty)
    }

    @Test func anObjectOfAnotherApplicationIsRefusedWhereThatIsAskedFor() async throws {
        try await run(Self.app)
        let error = await #expect(throws: DiagnosticsError.self) {
            try await self.run(Self.app, in: ApplySet(configMap: "other", namespace: "default")) {
                $0.failsOnSharedObjects = true
            }
        }
        #expect(error?.diagnostics.filter { $0.severity == .error }.count == 4)
    }
}
