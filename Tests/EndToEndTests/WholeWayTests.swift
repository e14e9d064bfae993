// From a commit to a synced cluster, against the sandbox and against a real API server.

import Foundation
import Testing

@Suite(.ownThread) struct WholeWayTests {
    @Test(arguments: TestCluster.all)
    func aSecondSyncWritesNothing(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.writeShop()
        try delivery.commit("Begin")
        let first = try delivery.sync()
        #expect(first.status == 0, "\(first.all)")
        if cluster.hasControllers {
            let ready = try delivery.kubectl(
                "get", "deployment", "web", "-n", delivery.name, "-o", "jsonpath={.status.readyReplicas}")
            #expect(ready.output == "2")
        }
        let before = try delivery.resourceVersions(Delivery.shopKinds)
        #expect(before.count == 5, "\(before)")

        let second = try delivery.sync()
        #expect(second.status == 0 && second.all.contains("nothing to do"), "\(second.all)")
        #expect(try delivery.resourceVersions(Delivery.shopKinds) == before)
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 0)
    }

    @Test(arguments: TestCluster.all)
    func aPlanNamesWhoChangedWhat(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.writeShop()
        try delivery.commit("Begin")
        try #require(try delivery.sync().status == 0)

        let labelled = try delivery.kubectl("label", "-n", delivery.name, "deployment/web", "tier=back", "--overwrite")
        try #require(labelled.status == 0, "\(labelled.all)")
        try delivery.replace("newTag: 1.0.0", with: "newTag: 2.0.0", in: "app/kustomization.yaml")
        try delivery.commit("Raise web to 2.0.0")

        #expect(
            try delivery.differences() == [
                "Deployment web metadata.labels.tier": "kubectl-label",
                "Deployment web spec.template.spec.containers[name=web].image": "git",
            ])
        let text = try delivery.gitopsctl("diff", delivery.name)
        #expect(text.status == 2)
        #expect(text.output.contains("Raise web to 2.0.0") && text.output.contains("kubectl-label"), "\(text.output)")

        try #require(try delivery.sync().status == 0)
        let label = try delivery.kubectl(
            "get", "deployment", "web", "-n", delivery.name, "-o", "jsonpath={.metadata.labels.tier}")
        #expect(label.output == "front")
        #expect(try delivery.differences().isEmpty)
    }

    @Test(arguments: TestCluster.all)
    func whatOnlyTheClusterHasIsNoDifference(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.writeShop()
        try delivery.commit("Begin")
        try #require(try delivery.sync().status == 0)

        // The same quantities spelt otherwise, in Git this time; a field and a label that Git does not have, in the
        // cluster.
        try delivery.replace("{cpu: 1000m, memory: 1024Mi}", with: "{cpu: \"1\", memory: 1Gi}", in: "app/web.yaml")
        try delivery.commit("Spell the quantities otherwise")
        let patched = try delivery.kubectl(
            "patch", "-n", delivery.name, "deployment/web", "--type=merge", "-p",
            #"{"metadata":{"labels":{"seen":"yes"}},"spec":{"minReadySeconds":3}}"#)
        try #require(patched.status == 0, "\(patched.all)")
        #expect(try delivery.differences().isEmpty)
    }

    @Test(arguments: TestCluster.all)
    func aFileThatIsRemovedIsPruned(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.writeShop(extraConfigMaps: 1)
        try delivery.commit("Begin")
        try #require(try delivery.sync().status == 0)
        let bystander = try delivery.kubectl("create", "configmap", "bystander", "-n", delivery.name)
        try #require(bystander.status == 0, "\(bystander.all)")

        try delivery.replace("- extra-0.yaml\n", with: "", in: "app/kustomization.yaml")
        try delivery.commit("Remove extra-0")
        let result = try delivery.sync()
        #expect(result.status == 0 && result.all.contains("1 pruned"), "\(result.all)")
        let left = try delivery.kubectl("get", "configmaps", "-n", delivery.name, "-o", "name")
        #expect(!left.output.contains("extra-0") && left.output.contains("bystander"), "\(left.output)")
    }

    @Test(arguments: TestCluster.all)
    func anEmptyOverlayPrunesNothingUnlessAllowed(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.writeShop()
        try delivery.commit("Begin")
        try #require(try delivery.sync().status == 0)
        try delivery.write("app/kustomization.yaml", "resources: []\n")
        try delivery.commit("Lose everything")
        let before = try delivery.resourceVersions(Delivery.shopKinds)
        let refused = try delivery.sync()
        #expect(refused.status == 1, "\(refused.all)")
        #expect(try delivery.resourceVersions(Delivery.shopKinds) == before)
    }

    @Test(arguments: TestCluster.all)
    func theValuesOfSecretsAreNeverShown(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        try delivery.writeShop()
        try delivery.commit("Begin")
        var seen = try delivery.gitopsctl("diff", delivery.name).all
        seen += try delivery.gitopsctl("diff", delivery.name, "-o", "json").all
        seen += try delivery.sync().all
        try delivery.replace(Delivery.secretValue, with: Delivery.secretValue + "-new", in: "app/secret.yaml")
        // A second key whose value the server refuses: the error must not repeat it.
        try delivery.replace(
            "stringData:", with: "data:\n  broken: \(Delivery.secretValue)!\nstringData:", in: "app/secret.yaml")
        try delivery.commit("Change the password")
        seen += try delivery.gitopsctl("diff", delivery.name).all
        let refused = try delivery.sync("-o", "json")
        #expect(refused.status == 1)
        seen += refused.all
        seen += try delivery.gitopsctl("history", delivery.name).all
        seen += try delivery.gitopsctl("history", delivery.name, "-o", "json").all
        #expect(seen.contains("login"))
        #expect(!seen.contains(Delivery.secretValue))
        let encoded = Data(Delivery.secretValue.utf8).base64EncodedString().prefix(16)
        #expect(!seen.contains(encoded))

        // Nor do they stand in any file that was written beside the repository.
        let files = FileManager.default.enumerator(atPath: delivery.folder)
        var searched = 0
        while let file = files?.nextObject() as? String {
            guard !file.hasPrefix("repository/"),
                let bytes = FileManager.default.contents(atPath: delivery.folder + "/" + file)
            else { continue }
            searched += 1
            #expect(bytes.range(of: Data(Delivery.secretValue.utf8)) == nil, "\(file)")
            #expect(bytes.range(of: Data(encoded.utf8)) == nil, "\(file)")
        }
        #expect(searched > 0)
    }
}
