// What a team does with its platform, one thing after the other, on the sandbox and on a real API server.

import Foundation
import Testing

/// Every test takes the platform as the others left it: synced. Each changes objects that no other one does.
@Suite(.ownThread, .wholePlatforms, .deliveredPlatforms) struct PlatformTests {
    @Test(arguments: Platform.all, TestCluster.all)
    func theFirstSyncCreatesEverything(platform: Platform, cluster: TestCluster) throws {
        try DeliveredPlatforms.with(platform, on: cluster) { delivered in
            let first = SyncSummary(delivered.first)
            // Of other tests' namespaces and definitions some may be there.
            #expect(first.created + first.configured == delivered.objects.count && first.failed == 0, "\(first.all)")
            #expect(first.created > delivered.objects.count / 2)
            for kind in ["Deployment", "ServiceAccount", "RoleBinding"] {
                let object = try #require(delivered.members(of: kind).first)
                #expect(try delivered.exists(object), "\(object)")
            }
        }
    }

    @Test(arguments: Platform.all, TestCluster.all)
    func theSecondSyncWritesNothing(platform: Platform, cluster: TestCluster) throws {
        try DeliveredPlatforms.with(platform, on: cluster) { delivered in
            let before = try delivered.resourceVersions()
            #expect(before.count >= 10)
            let second = try delivered.sync()
            #expect(second.status == 0 && second.writes == 0, "\(second.all)")
            #expect(try delivered.resourceVersions() == before)
            #expect(try delivered.delivery.differences() == [:])
        }
    }

    @Test(arguments: Platform.all, TestCluster.all)
    func aChangedImageIsOneFieldOfOneObject(platform: Platform, cluster: TestCluster) throws {
        try DeliveredPlatforms.with(platform, on: cluster) { delivered in
            let web = try #require(delivered.members(of: "Deployment").first)
            let image = "registry.example.com/changed:2.0.0"
            delivered.patch(
                "image", web.patch("- {op: replace, path: /spec/template/spec/containers/0/image, value: \"\(image)\"}")
            )
            try delivered.commit("Change an image")
            let differences = try delivered.delivery.differences()
            #expect(differences.count == 1, "\(differences)")
            #expect(
                differences.allSatisfy {
                    $0.key.hasPrefix("Deployment \(web.name) spec.template.spec.containers[name=")
                        && $0.key.hasSuffix("].image")
                        && $0.value == "git"
                }, "\(differences)")
            let sync = try delivered.sync()
            #expect(sync.status == 0 && sync.configured == 1 && sync.writes == 1, "\(sync.all)")
            #expect(try delivered.field(web, ".spec.template.spec.containers[0].image") == image)
        }
    }

    @Test(arguments: Platform.all, TestCluster.all)
    func aRenamedObjectIsANewOneAndThenTheOldOneGoes(platform: Platform, cluster: TestCluster) throws {
        try DeliveredPlatforms.with(platform, on: cluster) { delivered in
            let old = delivered.renamed
            var new = old
            new.name = "renamed"
            delivered.patch(
                "rename",
                old.patch("- {op: replace, path: /metadata/name, value: renamed}")
                    + "\n  options: {allowNameChange: true}")
            try delivered.commit("Rename an object")
            let sync = try delivered.sync()
            #expect(sync.status == 0 && sync.created == 1 && sync.pruned == 1, "\(sync.all)")
            #expect(try delivered.exists(new))
            #expect(try !delivered.exists(old))
        }
    }

    @Test(arguments: Platform.all, TestCluster.all)
    func aRemovedObjectIsPrunedAlone(platform: Platform, cluster: TestCluster) throws {
        try DeliveredPlatforms.with(platform, on: cluster) { delivered in
            let gone = delivered.removed
            let before = try delivered.resourceVersions()
            delivered.patch(
                "removal",
                gone.patch(
                    "apiVersion: \(gone.apiVersion)", "kind: \(gone.kind)", "metadata: {name: any}", "$patch: delete"))
            try delivered.commit("Remove an object")
            let sync = try delivered.sync()
            #expect(sync.status == 0 && sync.pruned == 1 && sync.writes == 1, "\(sync.all)")
            #expect(try !delivered.exists(gone))
            let after = try delivered.resourceVersions()
            #expect(after == before.filter { $0.key != "\(gone.kind)/\(gone.namespace)/\(gone.name)" })
        }
    }

    @Test(arguments: Platform.all, TestCluster.all)
    func anImmutableChangeFailsAloneAndSaysWhatToDo(platform: Platform, cluster: TestCluster) throws {
        try DeliveredPlatforms.with(platform, on: cluster) { delivered in
            let workload = try #require(delivered.members(of: "Deployment").last)
            let beside = delivered.annotated
            delivered.patch(
                "immutable",
                workload.patch(
                    "- {op: add, path: /spec/selector/matchLabels/moved, value: \"yes\"}",
                    "- {op: add, path: /spec/template/metadata/labels/moved, value: \"yes\"}"))
            delivered.patch("beside", beside.annotation("beside", "written"))
            try delivered.commit("Change what cannot be changed")
            let sync = try delivered.sync()
            #expect(sync.status == 1 && sync.failed == 1, "\(sync.all)")
            #expect(sync.all.contains("cannot be changed on an existing object"), "\(sync.all)")
            #expect(sync.all.contains("Deployment \(workload.namespace)/\(workload.name)"), "\(sync.all)")
            #expect(try delivered.field(beside, ".metadata.annotations.beside") == "written")

            delivered.withdraw("immutable")
            try delivered.commit("Leave it as it was")
            #expect(try delivered.delivery.differences() == [:])
        }
    }

    @Test(arguments: Platform.all, TestCluster.all)
    func aConflictNamesTheOtherManagerAndIsTakenOverOnRequest(platform: Platform, cluster: TestCluster) throws {
        try DeliveredPlatforms.with(platform, on: cluster) { delivered in
            let object = delivered.contested
            let file = delivered.delivery.folder + "/other.yaml"
            try """
            apiVersion: \(object.apiVersion)
            kind: \(object.kind)
            metadata: {name: \(object.name), namespace: \(object.namespace), annotations: {owner: somebody}}

            """.write(toFile: file, atomically: true, encoding: .utf8)
            let other = try delivered.delivery.kubectl(
                "apply", "--server-side", "--force-conflicts", "--field-manager=somebody", "-f", file)
            try #require(other.status == 0, "\(other.all)")

            let refused = try delivered.sync("--no-force-conflicts")
            #expect(refused.status == 1 && refused.failed == 1, "\(refused.all)")
            #expect(refused.all.contains("metadata.annotations.owner belongs to somebody"), "\(refused.all)")
            #expect(try delivered.field(object, ".metadata.annotations.owner") == "somebody")

            #expect(
                try delivered.delivery.differences() == [
                    "\(object.kind) \(object.name) metadata.annotations.owner": "somebody"
                ])
            let taken = try delivered.sync("--force-conflicts")
            #expect(taken.status == 0 && taken.configured == 1 && taken.writes == 1, "\(taken.all)")
            #expect(try delivered.field(object, ".metadata.annotations.owner") == "git")
        }
    }

    @Test(arguments: Platform.all, TestCluster.all)
    func aMissingDefinitionIsNamedAndMayAppearLater(platform: Platform, cluster: TestCluster) throws {
        try DeliveredPlatforms.with(platform, on: cluster) { delivered in
            let group = "\(delivered.delivery.name).example.com"
            let place = delivered.annotated.namespace
            try delivered.add(
                "gadget.yaml",
                "apiVersion: \(group)/v1\nkind: Gadget\nmetadata: {name: later, namespace: \(place)}\nspec: {size: 3}\n"
            )
            try delivered.commit("Add a gadget")
            let before = try delivered.resourceVersions()
            let refused = try delivered.sync()
            #expect(refused.status == 1, "\(refused.all)")
            #expect(
                refused.all.contains("the cluster does not serve \(group)")
                    && refused.all.contains("CustomResourceDefinition"), "\(refused.all)")
            #expect(refused.all.contains("app/gadget.yaml"), "\(refused.all)")
            #expect(try delivered.resourceVersions() == before)

            let file = delivered.delivery.folder + "/definition.yaml"
            try """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: gadgets.\(group)}
            spec:
              group: \(group)
              scope: Namespaced
              names: {plural: gadgets, singular: gadget, kind: Gadget, listKind: GadgetList}
              versions:
              - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}

            """.write(toFile: file, atomically: true, encoding: .utf8)
            try #require(try delivered.delivery.kubectl("apply", "-f", file).status == 0)
            defer { _ = try? delivered.delivery.kubectl("delete", "-f", file, "--wait=false") }
            let established = try delivered.delivery.kubectl(
                "wait", "--for=condition=Established", "--timeout=30s", "crd/gadgets.\(group)")
            try #require(established.status == 0, "\(established.all)")
            let sync = try delivered.sync()
            #expect(sync.status == 0 && sync.created == 1 && sync.writes == 1, "\(sync.all)")
            #expect(
                try delivered.field(.init(kind: "gadgets.\(group)", namespace: place, name: "later"), ".spec.size")
                    == "3")

            delivered.remove("gadget.yaml")
            try delivered.commit("Remove the gadget")
            let pruned = try delivered.sync()
            #expect(pruned.status == 0 && pruned.pruned == 1, "\(pruned.all)")
        }
    }

    @Test(arguments: Platform.all, TestCluster.all)
    func aRollbackBringsBackWhatWasThere(platform: Platform, cluster: TestCluster) throws {
        try DeliveredPlatforms.with(platform, on: cluster) { delivered in
            let object = delivered.mistaken
            let good = try delivered.delivery.head()
            delivered.patch("mistake", object.annotation("mistake", "made"))
            try delivered.add(
                "mistake.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mistake, namespace: \(object.namespace)}\n")
            try delivered.commit("Make a mistake")
            let mistake = try delivered.sync()
            #expect(mistake.status == 0 && mistake.created == 1 && mistake.configured == 1, "\(mistake.all)")
            #expect(try delivered.field(object, ".metadata.annotations.mistake") == "made")

            let rollback = try delivered.sync("--revision", good)
            #expect(
                rollback.status == 0 && rollback.configured == 1 && rollback.pruned == 1 && rollback.writes == 2,
                "\(rollback.all)")
            #expect(try delivered.field(object, ".metadata.annotations.mistake").isEmpty)
            #expect(try !delivered.exists(.init(kind: "configmap", namespace: object.namespace, name: "mistake")))
            let history = try delivered.delivery.gitopsctl(
                "history", delivered.delivery.name, "--limit", "1", "-o", "json")
            #expect(history.output.contains(good), "\(history.all)")

            // Git itself is rolled back, so that the next test finds the platform synced.
            delivered.withdraw("mistake")
            delivered.remove("mistake.yaml")
            try delivered.commit("Take the mistake back")
            #expect(try delivered.delivery.differences() == [:])
        }
    }
}
