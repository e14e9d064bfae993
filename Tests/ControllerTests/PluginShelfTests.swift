// Catalogues of plugins as ConfigMaps come, change and go.

import Manifest
import PluginHost
import Testing

@testable import Controller

@Suite struct PluginShelfTests {
    private func map(_ name: String, _ text: String) -> Value {
        [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "gitops-system"],
            "data": ["catalog.yaml": .string(text)],
        ]
    }

    private func catalog(_ plugin: String, _ executable: String) -> String {
        "apiVersion: gitopsctl.dev/v1alpha1\nkind: PluginCatalog\nplugins: [{name: \(plugin), executable: \(executable)}]\n"
    }

    private func shelf() -> PluginShelf {
        PluginShelf(
            PluginCatalog([
                PluginDefinition(name: "sealed-secrets", executable: "/bin/sealed-secrets", stages: [.transform])
            ]), folder: "/opt")
    }

    @Test func aCatalogueComesChangesAndGoes() throws {
        let shelf = shelf()
        #expect(shelf.take(.all([])).changed.isEmpty)
        #expect(shelf.take(.changed(map("a", catalog("label", "bin/label")))).changed == ["label"])
        #expect(shelf.catalog.definitions["label"]?.executable == "/opt/bin/label")
        // The same again is no news: an application that uses it is left alone.
        #expect(shelf.take(.changed(map("a", catalog("label", "bin/label")))).changed.isEmpty)
        #expect(shelf.take(.changed(map("a", catalog("label", "/bin/other")))).changed == ["label"])
        // The later over the earlier, by name.
        #expect(shelf.take(.changed(map("b", catalog("label", "/bin/third")))).changed == ["label"])
        #expect(shelf.take(.changed(map("a", catalog("label", "/bin/fourth")))).changed.isEmpty)
        #expect(shelf.catalog.definitions["label"]?.executable == "/bin/third")
        #expect(shelf.take(.deleted(map("b", ""))).changed == ["label"])
        #expect(shelf.catalog.definitions["label"]?.executable == "/bin/fourth")
        #expect(shelf.take(.all([])).changed == ["label"])
        #expect(shelf.catalog.definitions.keys.sorted() == ["sealed-secrets"])
    }

    @Test func whatCannotBeReadGrantsNothing() throws {
        let shelf = shelf()
        _ = shelf.take(.all([map("a", catalog("label", "/bin/label")), map("b", catalog("check", "/bin/check"))]))
        let news = shelf.take(
            .changed(
                map(
                    "a",
                    "kind: PluginCatalog\napiVersion: gitopsctl.dev/v1alpha1\nplugins: [{name: label, executabel: x}]\n"
                )))
        #expect(
            news.changed == ["label"] && news.isUnreadChanged
                && news.problems.contains { "\($0)".contains("executabel") })
        #expect(news.concerns("label") && news.concerns("unheard-of") && !news.concerns("check"))
        #expect(throws: DiagnosticsError.self) { try shelf.catalog.definition(of: PluginUse(name: "label")) }
        do {
            _ = try shelf.catalog.definition(of: PluginUse(name: "label"))
        } catch {
            #expect(error.diagnostics.first?.cure?.contains("ConfigMap a") == true)
        }
        #expect(try shelf.catalog.definition(of: PluginUse(name: "check")).executable == "/bin/check")
        #expect(shelf.take(.changed(map("a", catalog("label", "/bin/label")))).isUnreadChanged)
    }
}
