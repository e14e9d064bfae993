// `gitopsctl diff --from --to`: any two of revision, working tree, recorded sync and cluster.

import Foundation
import Testing

@Suite(.ownThread) struct StateDiffTests {
    /// One object as a line: `changed ConfigMap extra-0: data.name extra-0 → other`.
    private func changes(_ delivery: Delivery, _ words: String...) throws -> [String] {
        let result = try delivery.gitopsctl.run(["diff", delivery.name] + words + ["-o", "json"])
        #expect(result.status == 0 || result.status == 2, "\(result.all)")
        #expect(
            !result.all.contains(Delivery.secretValue)
                && !result.all.contains(Data(Delivery.secretValue.utf8).base64EncodedString()))
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(result.all)")
        let found = (document["changes"] as? [[String: Any]] ?? []).map { change in
            let fields = (change["fields"] as? [[String: Any]] ?? []).map {
                "\($0["path"] ?? "") \($0["from"] ?? "-") → \($0["to"] ?? "-")"
            }
            let title = "\(change["change"] ?? "") \(change["kind"] ?? "") \(change["name"] ?? "")"
            return fields.isEmpty ? title : "\(title): \(fields.joined(separator: "; "))"
        }
        #expect(found.isEmpty == (result.status == 0))
        return found.sorted()
    }

    private func firstCommit(of delivery: Delivery) throws -> String {
        try delivery.git("rev-list", "--max-parents=0", "main").output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test(arguments: TestCluster.all)
    func anyTwoStatesAreCompared(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.writeShop(extraConfigMaps: 1)
        try delivery.commit("Begin")
        let first = try delivery.sync()
        try #require(first.status == 0, "\(first.all)")
        try delivery.replace("\ndata:\n  name: extra-0", with: "\ndata:\n  name: second", in: "app/extra-0.yaml")
        try delivery.commit("Second")
        // What is not committed yet.
        try delivery.replace("name: second", with: "name: third", in: "app/extra-0.yaml")
        try delivery.replace("replicas: 2", with: "replicas: 3", in: "app/web.yaml")
        // What somebody does to the cluster.
        _ = try delivery.kubectl(
            "patch", "configmap", "extra-0", "-n", delivery.name, "--type=merge", "-p", #"{"data":{"name":"edited"}}"#)

        #expect(
            try changes(delivery, "--from", try firstCommit(of: delivery), "--to", "main") == [
                "changed ConfigMap extra-0: data.name extra-0 → second"
            ])
        #expect(try changes(delivery, "--from", "main", "--to", "main") == [])
        let tree = try changes(delivery, "--from", "main", "--to", "worktree")
        #expect(
            tree == [
                "changed ConfigMap extra-0: data.name second → third", "changed Deployment web: spec.replicas 2 → 3",
            ])
        #expect(
            try changes(delivery, "--from", "worktree", "--to", "main").first
                == "changed ConfigMap extra-0: data.name third → second")
        #expect(try changes(delivery, "--from", "sync:1", "--to", "sync:last") == [])
        #expect(
            try changes(delivery, "--from", "sync:1", "--to", "worktree").contains(
                "changed Deployment web: spec.replicas 2 → 3"))

        let live = try changes(delivery, "--to", "worktree")
        #expect(
            live.contains { $0.contains("data.name edited → third") }
                && live.contains { $0.contains("spec.replicas 2 → 3") }, "\(live)")
        let reversed = try changes(delivery, "--from", "sync:last", "--to", "live")
        #expect(reversed == ["changed ConfigMap extra-0: data.name extra-0 → edited"])
    }

    @Test func aSecretThatChangesShowsThatItDoesAndNotHow() throws {
        let delivery = try Delivery(on: .sandbox)
        try delivery.writeShop()
        try delivery.commit("Begin")
        let first = try delivery.sync()
        try #require(first.status == 0, "\(first.all)")
        try delivery.replace(Delivery.secretValue, with: "another", in: "app/secret.yaml")
        try delivery.commit("Change the password")
        for (from, to) in [
            (try firstCommit(of: delivery), "main"), ("sync:last", "main"), ("sync:last", "worktree"),
            ("live", "worktree"), ("worktree", "live"),
        ] {
            let found = try changes(delivery, "--from", from, "--to", to)
            #expect(
                found.count == 1 && found[0].hasPrefix("changed Secret login: ") && found[0].contains("<hidden"),
                "\(from) \(to): \(found)")
            let text = try delivery.gitopsctl("diff", delivery.name, "--from", from, "--to", to)
            #expect(text.status == 2 && text.output.contains("~ Secret"), "\(text.all)")
            #expect(!text.all.contains(Delivery.secretValue) && !text.all.contains("another"))
        }
    }

    @Test func theExitStatusAndWrongUseAreToldPlainly() throws {
        let delivery = try Delivery(on: .sandbox)
        try delivery.writeShop()
        try delivery.commit("Begin")
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 2)
        #expect(try delivery.gitopsctl("diff", delivery.name, "--no-exit-code").status == 0)
        #expect(
            try delivery.gitopsctl("diff", delivery.name, "--from", "live", "--to", "worktree", "--no-exit-code").status
                == 0)
        #expect(try delivery.gitopsctl("diff", delivery.name, "--to", "live").status == 64)
        #expect(try delivery.gitopsctl("diff", delivery.name, "--to", "main", "--revision", "main").status == 64)
        let unknown = try delivery.gitopsctl("diff", delivery.name, "--from", "sync:7")
        #expect(unknown.status == 1 && unknown.errors.contains("is not recorded here"), "\(unknown.all)")
    }
}
