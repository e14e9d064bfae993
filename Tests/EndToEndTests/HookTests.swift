// Hooks, waves and failing rollouts by the program that users run, against the sandbox and against a real API server.

import Foundation
import Testing

@Suite(.ownThread) struct HookTests {
    /// A Job that no controller ever finishes by itself: the test says how it ends.
    private static func job(_ name: String, _ phase: String) -> String {
        """
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: \(name)
          annotations:
            gitopsctl.dev/hook: \(phase)
        spec:
          parallelism: 0
          template:
            spec:
              restartPolicy: Never
              containers:
              - name: migrate
                image: registry.example.com/migrate

        """
    }

    private func prepare(_ delivery: Delivery, _ hooks: [(name: String, phase: String)]) throws {
        try delivery.write(
            "app/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: \(delivery.name)\n")
        try delivery.write("app/settings.yaml", delivery.configMap("settings"))
        for hook in hooks { try delivery.write("app/\(hook.name).yaml", Self.job(hook.name, hook.phase)) }
        let files = ["namespace.yaml", "settings.yaml"] + hooks.map { "\($0.name).yaml" }
        try delivery.write(
            "app/kustomization.yaml", "namespace: \(delivery.name)\nresources:\n" + files.map { "- \($0)\n" }.joined())
        try delivery.commit("Begin")
    }

    private func end(_ job: String, as condition: String, in delivery: Delivery) throws {
        try delivery.endJob(job, in: delivery.name, as: condition)
    }

    private func sync(_ delivery: Delivery) throws -> RunningCommand {
        try delivery.gitopsctl.start(["sync", delivery.name, "--no-wait"])
    }

    @Test(arguments: TestCluster.all)
    func aPreSyncHookEndsBeforeTheRestBegins(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try prepare(delivery, [("migrate", "PreSync")])
        let syncing = try sync(delivery)
        try end("migrate", as: "Complete", in: delivery)
        let result = try syncing.finish()
        #expect(result.status == 0, "\(result.all)")
        let hook = try #require(
            result.output.range(of: "Job \(delivery.name)/migrate ran (PreSync)"), "\(result.output)")
        let map = try #require(
            result.output.range(of: "ConfigMap \(delivery.name)/settings created"), "\(result.output)")
        #expect(hook.lowerBound < map.lowerBound)
        #expect(result.output.contains("1 hook ran"), "\(result.output)")

        // Nothing to do: the hook does not run again, and is no member.
        let second = try delivery.sync()
        #expect(second.status == 0 && second.all.contains("nothing to do"), "\(second.all)")
        #expect(try delivery.resourceVersions("configmaps,jobs").keys.sorted() == ["ConfigMap/settings"])
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 0)
    }

    @Test(arguments: TestCluster.all)
    func aPreSyncHookThatFailsKeepsEverythingBack(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try prepare(delivery, [("migrate", "PreSync"), ("alarm", "SyncFail")])
        let syncing = try sync(delivery)
        try end("migrate", as: "Failed", in: delivery)
        try end("alarm", as: "Complete", in: delivery)
        let result = try syncing.finish()
        #expect(result.status == 1, "\(result.all)")
        #expect(
            result.all.contains(
                "PreSync hook Job \(delivery.name)/migrate failed: the job failed: Told: the test said so"),
            "\(result.all)")
        #expect(result.output.contains("Job \(delivery.name)/alarm ran (SyncFail)"), "\(result.output)")
        #expect(try delivery.resourceVersions("configmaps").isEmpty)
        let history = try delivery.gitopsctl("history", delivery.name)
        #expect(history.output.contains("failed"), "\(history.output)")
    }

    @Test(arguments: TestCluster.all)
    func wavesAreAppliedInTheirOrder(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        let waves = [("last", "2"), ("first", "-1"), ("middle", "0")]
        try delivery.write(
            "app/namespace.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: \(delivery.name)\n  annotations: {gitopsctl.dev/sync-wave: '-5'}\n"
        )
        for (name, wave) in waves {
            let annotation = name == "last" ? "argocd.argoproj.io/sync-wave" : "gitopsctl.dev/sync-wave"
            try delivery.write(
                "app/\(name).yaml",
                delivery.configMap(name).replacingOccurrences(
                    of: "metadata:\n", with: "metadata:\n  annotations: {\(annotation): '\(wave)'}\n"))
        }
        try delivery.write(
            "app/kustomization.yaml",
            "namespace: \(delivery.name)\nresources: [namespace.yaml, last.yaml, first.yaml, middle.yaml]\n")
        try delivery.commit("Begin")
        let result = try delivery.sync()
        try #require(result.status == 0, "\(result.all)")
        let versions = try delivery.resourceVersions("configmaps").mapValues { Int($0) ?? 0 }
        let order = versions.sorted { $0.value < $1.value }.map(\.key)
        #expect(order == ["ConfigMap/first", "ConfigMap/middle", "ConfigMap/last"])
    }

    @Test(arguments: TestCluster.all)
    func anApplicationWaitsForThoseThatItDependsOn(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try prepare(delivery, [])
        let base = delivery.name + "-base"
        try delivery.write("base/map.yaml", delivery.configMap("base"))
        try delivery.write("base/kustomization.yaml", "resources: [map.yaml]\n")
        try delivery.write(
            "gitops/base.yaml",
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata:
              name: \(base)
            spec:
              source: {repository: ., revision: main, path: base}
            """)
        try delivery.describe(path: "app", extra: "  dependsOn:\n  - name: \(base)")
        try delivery.commit("Depend on the base")
        defer {
            _ = try? delivery.kubectl(
                "delete", "configmap", "-n", "default", "base", "gitopsctl-\(base)", "--ignore-not-found")
        }
        let early = try delivery.gitopsctl("sync", delivery.name, "--no-wait")
        #expect(early.status == 1)
        #expect(
            early.all.contains("\(delivery.name) depends on \(base), which was never synced to this cluster"),
            "\(early.all)")
        #expect(try delivery.resourceVersions("configmaps").isEmpty)
        let first = try delivery.gitopsctl("sync", base, "--no-wait")
        try #require(first.status == 0, "\(first.all)")
        let second = try delivery.sync()
        #expect(second.status == 0, "\(second.all)")

        try delivery.replace(
            "source: {", with: "dependsOn: [{name: \(delivery.name)}]\n  source: {", in: "gitops/base.yaml")
        try delivery.commit("Go round in circles")
        let cycle = try delivery.sync()
        #expect(cycle.status == 1)
        #expect(
            cycle.all.contains("\(delivery.name) waits for itself: \(delivery.name) → \(base) → \(delivery.name)"),
            "\(cycle.all)")
    }

    @Test(arguments: TestCluster.all)
    func aFailedSyncGoesBackToTheLastGoodCommitWhereAskedTo(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try prepare(delivery, [])
        try delivery.describe(path: "app", extra: "    rollback: true")
        try delivery.commit("Ask for rollbacks")
        try #require(try delivery.sync().status == 0)

        try delivery.replace("\ndata:\n", with: "\ndata:\n  new: 'yes'\n", in: "app/settings.yaml")
        try delivery.write("app/check.yaml", Self.job("check", "PostSync"))
        try delivery.replace("- settings.yaml\n", with: "- settings.yaml\n- check.yaml\n", in: "app/kustomization.yaml")
        try delivery.commit("Break it")
        let syncing = try sync(delivery)
        try end("check", as: "Failed", in: delivery)
        let result = try syncing.finish()
        #expect(result.status == 1, "\(result.all)")
        #expect(result.all.contains("PostSync hook Job \(delivery.name)/check failed"), "\(result.all)")
        #expect(result.all.contains("going back to"), "\(result.all)")
        let map = try delivery.kubectl("get", "configmap", "settings", "-n", delivery.name, "-o", "yaml")
        #expect(!map.output.contains("new:"), "\(map.output)")
        let status = try delivery.gitopsctl("status", delivery.name)
        #expect(status.output.contains("automatic syncs wait for another commit"), "\(status.output)")

        // What somebody asks for is not held; it ends the hold when it succeeds.
        try delivery.replace("- check.yaml\n", with: "", in: "app/kustomization.yaml")
        try delivery.commit("Mend it")
        #expect(try delivery.sync().status == 0)
        #expect(!(try delivery.gitopsctl("status", delivery.name).output.contains("automatic syncs wait")))
    }

    /// Needs controllers, and the sandbox's way to have pods fail.
    @Test func anImageThatCannotBePulledIsNamedDownToThePod() throws {
        let delivery = try Delivery(on: .sandbox)
        try delivery.writeShop()
        try delivery.describe(path: "app", extra: "    patience: 1s")
        try delivery.commit("Begin")
        try #require(try delivery.sync().status == 0)

        let file = delivery.folder + "/break.json"
        try #"{"kind":"deployment","name":"web","namespace":"\#(delivery.name)","breakage":"image-pull"}"#
            .write(toFile: file, atomically: true, encoding: .utf8)
        let broken = try delivery.kubectl("create", "--raw", "/sandbox/break", "-f", file)
        try #require(broken.status == 0, "\(broken.all)")
        try delivery.replace("newTag: 1.0.0", with: "newTag: 2.0.0", in: "app/kustomization.yaml")
        try delivery.commit("Raise web to 2.0.0")
        let result = try delivery.sync()
        #expect(result.status == 1, "\(result.all)")
        let pods = try delivery.kubectl("get", "pods", "-n", delivery.name, "-o", "jsonpath={.items[*].metadata.name}")
            .output
        let named = pods.split(separator: " ").contains { pod in
            result.all.contains(
                "pod \(pod): container web: ImagePullBackOff (Back-off pulling image \"registry.example.com/web:2.0.0\")"
            )
        }
        #expect(named, "\(pods)\n\(result.all)")
    }
}
