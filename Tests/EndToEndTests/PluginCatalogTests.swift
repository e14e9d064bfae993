// Catalogues of plugins in ConfigMaps: those of the controller's own namespace are followed, and those of tenants are
// not read.

import Foundation
import Testing

@Suite(.ownThread, .serialized) struct PluginCatalogTests {
    @Test(arguments: TestCluster.all)
    func followsTheCataloguesOfItsOwnNamespace(cluster: TestCluster) throws {
        let home = "catalog-" + UUID().uuidString.prefix(6).lowercased()
        let controller = try RunningController(on: cluster, options: ["--namespace", home])
        let delivery = controller.delivery
        try #require(try delivery.kubectl("create", "namespace", home).status == 0)
        defer { _ = try? delivery.kubectl("delete", "namespace", home, "--wait=false") }
        // Replaces a word in whatever it is given, as a program of its own.
        let program = delivery.folder + "/replace.sh"
        try "#!/bin/sh\nexec sed \"s/plain/$1/\"\n".write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        func provide(
            _ word: String, in namespace: String, label: String = "gitopsctl.dev/plugins", field: String = "arguments"
        ) throws {
            let file = delivery.folder + "/catalog.yaml"
            try """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: catalog, namespace: \(namespace), labels: {\(label): ""}}
            data:
              catalog.yaml: |
                apiVersion: gitopsctl.dev/v1alpha1
                kind: PluginCatalog
                plugins:
                - {name: replace, executable: \(program), \(field): [\(word)]}
            """.write(toFile: file, atomically: true, encoding: .utf8)
            let applied = try delivery.kubectl("apply", "-f", file)
            try #require(applied.status == 0, "\(applied.all)")
        }

        try provide("stolen", in: "default")
        try provide("unlabelled", in: home, label: "other")
        defer { _ = try? delivery.kubectl("delete", "configmap", "catalog", "-n", "default") }
        try controller.commit(value: "plain")
        try controller.describe("automated: true, interval: 1s, retry: {limit: 0}", "plugins: [{name: replace}]")
        try controller.until("a plugin that is in no catalogue is told") {
            try controller.condition("Ready").contains("no plugin replace")
        }
        #expect(try controller.value() == "")

        try provide("first", in: home)
        try controller.until("a catalogue is read") { try controller.value() == "first" }
        try provide("second", in: home)
        try controller.until("its change is followed") { try controller.value() == "second" }
        try provide("third", in: home, field: "argument")
        try controller.until("a mistake in it is told") {
            try controller.condition("Ready").contains("ConfigMap catalog")
        }
        #expect(controller.log.contains("argument is not a field of a plugin"))
        try provide("fourth", in: home)
        try controller.until("and is over") { try controller.value() == "fourth" }
        _ = try delivery.kubectl("delete", "configmap", "catalog", "-n", home)
        try controller.until("what is taken away is gone") {
            try controller.condition("Ready").contains("no plugin replace")
        }
        #expect(try controller.value() == "fourth")
    }
}
