// Objects that were applied in a version that their CustomResourceDefinition serves no longer.

import Foundation
import Testing

@Suite(.ownThread) struct GoneVersionTests {
    private func definition(_ group: String, serves versions: [String], stores: String) -> String {
        let entries = versions.map { version in
            """
              - name: \(version)
                served: true
                storage: \(version == stores)
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec: {type: object, properties: {size: {type: integer}, colour: {type: string}}}

            """
        }.joined()
        return """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: widgets.\(group)}
            spec:
              group: \(group)
              scope: Namespaced
              names: {plural: widgets, singular: widget, kind: Widget}
              versions:
            \(entries)
            """
    }

    private func widget(_ group: String, _ version: String, _ spec: String) -> String {
        "apiVersion: \(group)/\(version)\nkind: Widget\nmetadata: {name: it}\nspec: \(spec)\n"
    }

    @Test(arguments: TestCluster.all)
    func whatKubectlAppliedInItCanBeTakenOutOfGit(cluster: TestCluster) throws {
        let delivery = try Delivery(on: cluster)
        let group = "\(delivery.name).example.com"
        let file = delivery.folder + "/it.yaml"
        func apply(_ text: String) throws {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let applied = try delivery.kubectl("apply", "-f", file, "-n", delivery.name)
            try #require(applied.status == 0, "\(applied.all)")
        }
        defer { _ = try? delivery.kubectl("delete", "crd", "widgets.\(group)", "--wait=false") }
        _ = try delivery.kubectl("create", "namespace", delivery.name)
        try apply(definition(group, serves: ["v1alpha1", "v1"], stores: "v1"))
        for _ in 0..<100 where try delivery.kubectl("get", "widgets.v1alpha1.\(group)", "-n", delivery.name).status != 0
        {}
        try apply(widget(group, "v1alpha1", "{size: 3, colour: red}"))
        try apply(definition(group, serves: ["v1"], stores: "v1"))
        for _ in 0..<100 where try delivery.kubectl("get", "--raw", "/apis/\(group)/v1alpha1").status == 0 {}

        try delivery.write("app/widget.yaml", widget(group, "v1", "{size: 3}"))
        try delivery.write("app/kustomization.yaml", "namespace: \(delivery.name)\nresources: [widget.yaml]\n")
        try delivery.commit("Adopt")
        let differences = try delivery.differences()
        #expect(differences.keys.contains("Widget it spec.colour"), "\(differences)")
        let synced = try delivery.gitopsctl("sync", delivery.name, "--no-wait")
        #expect(synced.status == 0, "\(synced.all)")
        let live = try delivery.kubectl("get", "widgets.\(group)", "it", "-n", delivery.name, "-o", "jsonpath={.spec}")
            .output
        #expect(live == #"{"size":3}"#)
        #expect(try delivery.gitopsctl("diff", delivery.name).status == 0)
    }
}
