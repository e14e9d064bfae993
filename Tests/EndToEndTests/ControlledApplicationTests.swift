// An application that a controller keeps, by the commands of somebody who has a kubeconfig and nothing else: no
// repository, no history of their own, no address of the controller.

import Foundation
import Testing

extension RunningController {
    /// gitopsctl as somebody runs it who has the kubeconfig alone.
    func user() throws -> Command {
        var environment = delivery.gitopsctl.environment
        for name in ["STATE", "CACHE"] { environment["XDG_\(name)_HOME"] = "\(delivery.folder)/user-\(name)" }
        let folder = delivery.folder + "/user"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return Command(program: Workplace.gitopsctl, environment: environment, folder: folder)
    }

    /// An application that is synced on request only, and known to the controller.
    func begin() throws -> Command {
        try commit(value: "one")
        try describe("interval: 1s")
        try until("it is looked at") { try condition("Synced").hasPrefix("False") }
        return try user()
    }
}

@Suite(.ownThread, .serialized) struct ControlledApplicationTests {
    @Test(arguments: TestCluster.all)
    func aSyncIsAskedForAndFollowed(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let name = controller.delivery.name
        let user = try controller.begin()

        let first = try user("sync", name)
        #expect(first.status == 0, "\(first.all)")
        #expect(first.output.contains("ConfigMap \(name)/settings created"), "\(first.all)")
        #expect(first.output.contains("✓ \(name) synced to main@"), "\(first.all)")
        #expect(first.errors.contains("asking the controller"), "\(first.all)")
        #expect(try controller.value() == "one")

        let second = try user("sync", name)
        #expect(second.status == 0 && second.output.contains("2 objects, nothing to do"), "\(second.all)")
        #expect(!second.output.contains("settings"), "\(second.all)")

        try controller.commit(value: "two")
        let json = try user("sync", name, "-o", "json")
        #expect(json.status == 0, "\(json.all)")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(document["result"] as? String == "succeeded")
        #expect((document["counts"] as? [String: Int])?["configured"] == 1, "\(json.output)")
        let objects = document["objects"] as? [[String: Any]] ?? []
        #expect(
            objects.map { "\($0["kind"] ?? "") \($0["result"] ?? "")" } == ["ConfigMap configured"], "\(json.output)")

        try controller.commit(
            value: "three", "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: broken, label: {}}\n")
        let broken = try user("sync", name)
        #expect(broken.status == 1 && broken.errors.contains("app/all.yaml"), "\(broken.all)")

        let history = try user("history", name)
        #expect(history.status == 0 && history.output.contains("Set two"), "\(history.all)")
        let rows = history.output.split(separator: "\n").dropFirst()
        #expect(rows.count == 4 && rows.first?.contains("failed") == true, "\(history.output)")
    }

    @Test(arguments: TestCluster.all)
    func aRollbackHoldsUntilAnotherCommitArrives(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let name = controller.delivery.name
        let user = try controller.begin()
        let nothing = try user("rollback", name)
        #expect(
            nothing.status == 1 && nothing.errors.contains("no sync of another commit that succeeded"), "\(nothing.all)"
        )

        try controller.describe("automated: true, selfHeal: true, interval: 1s")
        try controller.until("the first sync") { try controller.value() == "one" }
        try controller.commit(value: "two")
        try controller.until("the second") {
            try controller.value() == "two" && controller.condition("Ready").hasPrefix("True")
        }

        let back = try user("rollback", name)
        #expect(back.status == 0, "\(back.all)")
        #expect(back.output.contains("settings configured"), "\(back.all)")
        #expect(back.errors.contains("no automatic sync follows before another commit arrives"), "\(back.all)")
        #expect(try controller.value() == "one")
        let status = try user("status", name)
        #expect(status.output.contains("rolled back"), "\(status.all)")

        // Drift is not repaired to what was rolled back, and polls of the same commit change nothing.
        _ = try controller.delivery.kubectl(
            "annotate", "configmap", "settings", "-n", name, "gitopsctl.dev/applied-digest-")
        _ = try controller.delivery.kubectl("label", "configmap", "settings", "-n", name, "touched=yes")
        usleep(2_500_000)
        #expect(try controller.value() == "one", "\(controller.log)")
        #expect(try controller.condition("Synced").contains("rolled back"))

        try controller.commit(value: "three")
        try controller.until("another commit ends it") { try controller.value() == "three" }
        try controller.until("and it is Ready") { try controller.condition("Ready").hasPrefix("True") }

        let ids = try user("history", name, "-o", "json")
        let syncs = try #require(try JSONSerialization.jsonObject(with: Data(ids.output.utf8)) as? [[String: Any]])
        let first = try #require(syncs.last?["id"] as? Int)
        let named = try user("rollback", name, "\(first)")
        #expect(named.status == 0, "\(named.all)")
        #expect(try controller.value() == "one")
        // Somebody's sync ends it, too.
        let forward = try user("sync", name)
        #expect(forward.status == 0, "\(forward.all)")
        #expect(try controller.value() == "three")
        #expect(try controller.condition("Ready").hasPrefix("True"))

        // Of what is synced on request only, too, it is said for as long as it is so.
        try controller.describe("interval: 1s")
        #expect(try user("rollback", name, "\(first)").status == 0)
        usleep(2_500_000)
        #expect(try controller.condition("Synced").contains("rolled back"))
    }

    @Test(arguments: TestCluster.all)
    func isSeenWithNothingButAKubeconfig(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let name = controller.delivery.name
        let user = try controller.begin()
        let outOfSync = try user("status", name)
        #expect(outOfSync.status == 0 && outOfSync.output.contains("out of sync"), "\(outOfSync.all)")
        let never = try user("tree", name)
        #expect(never.status == 1 && never.errors.contains("never synced"), "\(never.all)")
        try #require(try user("sync", name).status == 0)

        let owner = try controller.delivery.kubectl(
            "get", "configmap", "settings", "-n", name, "-o", "jsonpath={.metadata.uid}"
        ).output
        let pod = controller.delivery.folder + "/pod.yaml"
        try """
        apiVersion: v1
        kind: Pod
        metadata:
          name: owned
          namespace: \(name)
          ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: settings, uid: "\(owner)"}]
        spec: {automountServiceAccountToken: false, containers: [{name: a, image: "a:1"}]}
        """.write(toFile: pod, atomically: true, encoding: .utf8)
        // A bare API server makes no service account for it.
        _ = try controller.delivery.kubectl("create", "serviceaccount", "default", "-n", name)
        let created = try controller.delivery.kubectl("create", "-f", pod)
        try #require(created.status == 0, "\(created.all)")
        let tree = try user("tree", name)
        #expect(tree.output.contains("ConfigMap \(name)/settings"), "\(tree.all)")
        #expect(tree.output.contains("└─ Pod owned"), "\(tree.all)")

        _ = try controller.delivery.kubectl("create", "configmap", "left-behind", "-n", name)
        let orphans = try user("status", name, "--orphans")
        #expect(
            orphans.output.contains("ConfigMap \(name)/left-behind") && !orphans.output.contains("owned"),
            "\(orphans.all)")
        #expect(!orphans.output.contains("settings") && !orphans.output.contains("ServiceAccount"), "\(orphans.all)")

        let status = try user("status")
        #expect(status.output.contains(name) && status.output.contains("synced"), "\(status.all)")
        let get = try user("get", name)
        #expect(get.output.contains("on request"), "\(get.all)")
        let yaml = try user("get", name, "-o", "yaml")
        #expect(yaml.output.contains("kind: Application\n") && !yaml.output.contains("managedFields"), "\(yaml.all)")
        let misspelt = try user("get", name + "x")
        #expect(misspelt.status == 1 && misspelt.errors.contains("Did you mean \(name)?"), "\(misspelt.all)")
    }

    @Test(arguments: TestCluster.all)
    func livesFromItsCreationToItsDeletion(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        let name = delivery.name
        try controller.commit(value: "one")
        let user = try controller.user()
        let flags = [
            "create", name, "-n", "default", "--repo", delivery.repository, "--path", "app", "--revision", "main",
            "--dest-namespace", name,
            "--automated", "--interval", "1s",
        ]
        let printed = try user.run(flags + ["--dry-run"])
        #expect(printed.status == 0 && printed.output.contains("automated: true"), "\(printed.all)")
        #expect(try delivery.kubectl("get", "application", name).status != 0)
        let wrong = try user.run(["create", name, "--repo", delivery.repository, "--interval", "soon"])
        #expect(wrong.status == 1 && wrong.errors.contains("spec.sync.interval"), "\(wrong.all)")
        let created = try user.run(flags)
        #expect(created.status == 0, "\(created.all)")
        let again = try user.run(flags)
        #expect(again.status == 1 && again.errors.contains("already"), "\(again.all)")

        let waited = try user("wait", name, "--timeout", "60s")
        #expect(waited.status == 0, "\(waited.all)")
        #expect(try controller.value() == "one")

        #expect(try user("suspend", name).status == 0)
        try controller.until("it is suspended") { try controller.condition("Synced").contains("suspend") }
        try controller.commit(value: "two")
        let refused = try user("sync", name)
        #expect(refused.status == 1 && refused.errors.contains("gitopsctl resume \(name)"), "\(refused.all)")
        let never = try user("wait", name, "--timeout", "60s")
        #expect(never.status == 1 && never.errors.contains("suspended"), "\(never.all)")
        #expect(try user("resume", name).status == 0)
        try controller.until("what came meanwhile is synced") { try controller.value() == "two" }

        let deleted = try user("delete", name, "--yes", "--timeout", "60s")
        #expect(deleted.status == 0 && deleted.output.contains("is deleted, with its objects"), "\(deleted.all)")
        #expect(try delivery.kubectl("get", "application", name).status != 0)
        #expect(try controller.value() == "")
    }

    @Test(arguments: TestCluster.all)
    func aFileOfTheSameNameIsNotTakenByAccident(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let delivery = controller.delivery
        _ = try controller.begin()
        try delivery.describe(path: "app")

        // In the repository that describes it, too: the cluster's Application goes before the file, which is said.
        let asked = try delivery.gitopsctl("sync", delivery.name)
        #expect(asked.status == 0 && asked.errors.contains("gitops/application.yaml is not read"), "\(asked.all)")
        let refused = try delivery.gitopsctl("sync", delivery.name, "-f", "gitops/application.yaml")
        #expect(refused.status == 1 && refused.errors.contains("--local"), "\(refused.all)")
        let nobody = try delivery.gitopsctl("sync", "nobody", "--controller")
        #expect(nobody.status == 1 && nobody.errors.contains("no application nobody"), "\(nobody.all)")
        let both = try delivery.gitopsctl("sync", delivery.name, "--controller", "--local")
        #expect(both.status == 64)
    }

    @Test(arguments: TestCluster.all)
    func aControllerThatIsNotThereIsSaid(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let name = controller.delivery.name
        let user = try controller.begin()
        _ = try controller.end()
        let interrupted = try user.start(["sync", name])
        usleep(1_500_000)
        Foundation.kill(interrupted.pid, SIGINT)
        let left = try interrupted.finish()
        #expect(left.status == 130 && left.errors.contains("the controller goes on"), "\(left.all)")
        let unanswered = try user("sync", name, "--timeout", "2s")
        #expect(
            unanswered.status == 1 && unanswered.errors.contains("no controller has taken the request up"),
            "\(unanswered.all)")
        let local = try user("sync", name, "--local")
        #expect(local.status == 0, "\(local.all)")
        #expect(try controller.value() == "one")
    }
}
