// What was changed in the cluster behind Git's back, told by `gitopsctl diff --drift`, by the plugin and by the history
// in the same words.

import Foundation
import Testing

@Suite(.ownThread) struct DriftTests {
    /// Two ConfigMaps, in the cluster.
    private func delivery(on cluster: TestCluster) throws -> Delivery {
        let delivery = try Delivery(on: cluster)
        try delivery.describe(path: "app", extra: "  plugins: [{name: drift-detector}]")
        try delivery.write(
            "app/kustomization.yaml", "namespace: \(delivery.name)\nresources: [colours.yaml, sizes.yaml]\n")
        try delivery.write(
            "app/colours.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: colours}\ndata: {sky: blue}\n")
        try delivery.write(
            "app/sizes.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sizes}\ndata: {shoe: '44'}\n")
        try delivery.commit("Begin")
        try #require(try delivery.kubectl("create", "namespace", delivery.name).status == 0)
        let synced = try delivery.sync()
        try #require(synced.status == 0, "\(synced.all)")
        return delivery
    }

    @Test(arguments: TestCluster.all)
    func whatWasDeletedIsToldAndWhatIsNewInGitIsNot(cluster: TestCluster) throws {
        let delivery = try delivery(on: cluster)
        try delivery.write("app/new.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n")
        try delivery.replace("sizes.yaml]", with: "sizes.yaml, new.yaml]", in: "app/kustomization.yaml")
        try delivery.commit("Add one")
        let drift = try delivery.gitopsctl("diff", delivery.name, "--drift")
        #expect(drift.status == 0 && drift.errors.contains("nothing was changed in the cluster"), "\(drift.all)")

        try #require(try delivery.kubectl("delete", "configmap", "colours", "-n", delivery.name).status == 0)
        let gone = try delivery.gitopsctl("diff", delivery.name, "--drift")
        #expect(gone.status == 2)
        #expect(gone.output == "ConfigMap \(delivery.name)/colours\n  major  is gone from the cluster\n", "\(gone.all)")
        #expect(try delivery.sync().errors.contains("ConfigMap \(delivery.name)/colours is gone from the cluster"))

        // Pruned by us is not deleted behind our back, and comes back as something new.
        try delivery.replace("colours.yaml, ", with: "", in: "app/kustomization.yaml")
        try delivery.commit("Take it away")
        try #require(try delivery.sync().status == 0)
        try delivery.replace("[sizes.yaml", with: "[colours.yaml, sizes.yaml", in: "app/kustomization.yaml")
        try delivery.commit("Bring it back")
        #expect(try delivery.gitopsctl("diff", delivery.name, "--drift").status == 0)
    }

    @Test(arguments: TestCluster.all)
    func diffPluginAndHistoryUseTheSameWords(cluster: TestCluster) throws {
        let delivery = try delivery(on: cluster)
        try #require(
            try delivery.kubectl(
                "patch", "configmap", "colours", "-n", delivery.name, "--type", "merge", "-p",
                #"{"data":{"sky":"red"}}"#
            ).status == 0)
        let document = try delivery.json("diff", delivery.name, "--drift")
        let results = try #require(document["drift"] as? [[String: Any]])
        let words = try #require(results.first?["message"] as? String)
        #expect(
            words.hasPrefix(
                "ConfigMap \(delivery.name)/colours data.sky is red and should be blue, changed by kubectl-patch at "))
        let lines = try delivery.gitopsctl("diff", delivery.name, "--drift").output.split(separator: "\n")
        #expect(lines.count == 2 && "\(lines[0]) \(lines[1].dropFirst("  major  ".count))" == words)
        #expect(try delivery.sync().errors.contains(words))

        let history = try delivery.gitopsctl("history", delivery.name, "--limit", "1", "-o", "json").output
        #expect(history.contains(words), "\(history)")
    }

    /// What the server copies our label to (EndpointSlices of a Service) and what somebody is deleting is nobody's
    /// drift.
    @Test(arguments: TestCluster.all)
    func aCopyOfOurLabelIsNoObjectOfOurs(cluster: TestCluster) throws {
        let delivery = try delivery(on: cluster)
        let label = try delivery.kubectl(
            "get", "configmap", "sizes", "-n", delivery.name, "-o",
            #"jsonpath={.metadata.labels.applyset\.kubernetes\.io/part-of}"#)
        try #require(try delivery.kubectl("create", "configmap", "copy", "-n", delivery.name).status == 0)
        try #require(
            try delivery.kubectl(
                "label", "configmap", "copy", "-n", delivery.name, "applyset.kubernetes.io/part-of=\(label.output)"
            ).status == 0)
        let drift = try delivery.gitopsctl("diff", delivery.name, "--drift")
        #expect(drift.status == 0, "\(drift.all)")
        // One that nothing in Git asks for any more is told, for as long as nobody prunes it.
        try delivery.replace("colours.yaml, ", with: "", in: "app/kustomization.yaml")
        try delivery.commit("Take it away")
        let left = try delivery.gitopsctl("diff", delivery.name, "--drift")
        #expect(
            left.output
                == "ConfigMap \(delivery.name)/colours\n  major  is in the cluster, and nothing in Git asks for it\n",
            "\(left.all)")
    }
}
