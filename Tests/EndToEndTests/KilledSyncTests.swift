// A sync that is killed at any moment is finished by the next one.

import Foundation
import Testing

@Suite(.ownThread) struct KilledSyncTests {
    /// Alternates between two commits that differ in a prune, an update and a create each way, kills the sync of each
    /// after a random time, and lets the next one finish.
    @Test(arguments: TestCluster.all)
    func theNextSyncFinishesTheWork(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.writeShop(extraConfigMaps: 6)
        try delivery.commit("Begin")
        let clock = ContinuousClock()
        var whole = Duration.zero
        whole = try clock.measure { try #require(try delivery.sync("--no-wait").status == 0) }
        let bystander = try delivery.kubectl("create", "configmap", "bystander", "-n", delivery.name)
        try #require(bystander.status == 0, "\(bystander.all)")

        let all = (0..<6).map { "- extra-\($0).yaml\n" }.joined()
        let some = (3..<6).map { "- extra-\($0).yaml\n" }.joined()
        var generator = SystemRandomNumberGenerator()
        var killed = 0
        for round in 0..<50 {
            let isEven = round.isMultiple(of: 2)
            try delivery.replace(isEven ? all : some, with: isEven ? some : all, in: "app/kustomization.yaml")
            try delivery.write(
                "app/extra-4.yaml",
                delivery.configMap("extra-4").replacing("\ndata:\n", with: "\ndata:\n  round: \"\(round)\"\n"))
            try delivery.commit("Round \(round)")

            let sync = try delivery.gitopsctl.start(["sync", delivery.name, "--no-wait"])
            let moment = Duration.nanoseconds(Int64.random(in: 0..<Int64(whole / .nanoseconds(1)), using: &generator))
            Thread.sleep(forTimeInterval: moment / .seconds(1))
            sync.kill()
            if try sync.finish().status == 128 + SIGKILL { killed += 1 }

            let next = try delivery.sync("--no-wait")
            try #require(next.status == 0, "round \(round): \(next.all)")
            let left = try delivery.kubectl("get", "configmaps", "-n", delivery.name, "-o", "name")
            let extras = Set(left.output.split(separator: "\n").map(String.init).filter { $0.contains("extra") })
            let expected = Set(((isEven ? 3 : 0)..<6).map { "configmap/extra-\($0)" })
            try #require(extras == expected, "round \(round)")
            try #require(left.output.contains("bystander"))
            try #require(try delivery.differences().isEmpty, "round \(round)")
        }
        #expect(killed > 0)
        let history = try delivery.gitopsctl("history", delivery.name, "--limit", "200")
        #expect(history.status == 0)
        #expect(!history.output.contains("running"), "\(history.output)")
    }

    /// A sync that waits for something that never becomes healthy is under way for as long as the test wants.
    @Test(arguments: TestCluster.all)
    func historyShowsTheInterruptedRun(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.writeNeverReady()
        try delivery.commit("Begin")
        let sync = try delivery.gitopsctl.start(["sync", delivery.name])
        while try delivery.results() != ["running"] { Thread.sleep(forTimeInterval: 0.05) }
        sync.kill()
        try #require(try sync.finish().status == 128 + SIGKILL)
        #expect(try delivery.results() == ["interrupted"])

        try #require(try delivery.sync("--no-wait").status == 0)
        #expect(try delivery.results() == ["succeeded", "interrupted"])
    }
}

extension Delivery {
    /// A custom object that says of itself that it is not ready.
    fileprivate func writeNeverReady() throws {
        let group = "\(name).example.com"
        try write("app/kustomization.yaml", "resources: [definition.yaml, object.yaml]\n")
        try write(
            "app/definition.yaml",
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata:
              name: waits.\(group)
            spec:
              group: \(group)
              scope: Cluster
              names: {plural: waits, singular: wait, kind: Wait, listKind: WaitList}
              versions:
              - name: v1
                served: true
                storage: true
                schema:
                  openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
            """)
        try write(
            "app/object.yaml",
            """
            apiVersion: \(group)/v1
            kind: Wait
            metadata:
              name: for-ever
            status:
              conditions:
              - {type: Ready, status: "False", reason: Waiting, message: not yet}
            """)
    }

    /// How the application's syncs ended, newest first.
    fileprivate func results() throws -> [String] {
        let result = try gitopsctl("history", name, "-o", "json")
        let syncs = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]], "\(result.all)")
        return syncs.map { $0["result"] as? String ?? "?" }
    }
}
