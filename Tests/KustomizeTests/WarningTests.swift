// Quirks that hurt: the output is the reference's, and a warning with a name of its own says what was lost.

import Manifest
import Testing

@testable import Kustomize

@Suite("Warnings of builds")
struct WarningTests {
    private func rules(_ files: [String: String], _ directory: String = "") throws -> [String] {
        try warnings(files, directory).compactMap(\.rule)
    }

    private static let shop: String = ["front", "back"].map { name in
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name)}
        spec:
          selector: {matchLabels: {app: \(name)}}
          template: {metadata: {labels: {app: \(name)}}, spec: {containers: [{name: c, image: i}]}}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: \(name)}
        spec: {selector: {app: \(name)}, ports: [{port: 80}]}
        """
    }.joined(separator: "\n---\n")

    @Test("a label that makes every Service select every pod is named at its place")
    func selectors() throws {
        let found = try warnings([
            "kustomization.yaml":
                "resources: [shop.yaml]\nlabels:\n- includeSelectors: true\n  pairs:\n    tier: a\n    app: shop\n",
            "shop.yaml": Self.shop,
        ])
        #expect(found.map(\.rule) == ["selector-overwritten"])
        #expect(
            found.first?.message
                == "`labels` overwrites the label `app` in selectors: 2 Services now select every pod of the build, and 2 Deployments share one selector"
        )
        #expect(found.first?.location?.position.line == 6)
    }

    @Test("a label that no selector had is no cause for a warning")
    func harmlessLabel() throws {
        let kustomization = "resources: [shop.yaml]\nlabels: [{includeSelectors: true, pairs: {team: x}}]\n"
        #expect(try rules(["kustomization.yaml": kustomization, "shop.yaml": Self.shop]) == [])
        let metadataOnly = "resources: [shop.yaml]\nlabels: [{pairs: {app: x, version: v1}}]\n"
        #expect(try rules(["kustomization.yaml": metadataOnly, "shop.yaml": Self.shop]) == [])
    }

    @Test("a version in selectors is named")
    func version() throws {
        let kustomization = "resources: [shop.yaml]\nlabels: [{includeSelectors: true, pairs: {version: v1}}]\n"
        #expect(try rules(["kustomization.yaml": kustomization, "shop.yaml": Self.shop]) == ["version-in-selector"])
    }

    static let merges: [(patch: String, rules: [String])] = [
        ("spec: {ports: [{port: 80, protocol: TCP, targetPort: 9}]}", ["patch-lost"]),
        ("spec: {ports: [{port: 80, targetPort: 9}]}", []),
        ("spec: {ports: [{targetPort: 9}]}", ["list-emptied"]),
    ]

    @Test("a port patch that is lost is named", arguments: merges)
    func ports(_ patch: String, _ expected: [String]) throws {
        let found = try rules([
            "kustomization.yaml": "resources: [s.yaml]\npatches: [{path: p.yaml}]\n",
            "s.yaml":
                "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80, targetPort: 1}]}\n",
            "p.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n\(patch)\n",
        ])
        #expect(found == expected)
    }

    static let containers: [(patch: String, rules: [String])] = [
        ("[{image: b}]", ["list-emptied"]),
        ("[{name: main, $patch: replace, image: b}]", ["patch-lost"]),
        ("[{name: main, image: b}]", []),
        ("[{name: main, $patch: delete}]", []),
        ("[{name: main, env: [{name: LEVEL, value: null}]}]", []),
        ("[{name: other, image: b}]", []),
    ]

    @Test("a patch that empties a list, or leaves no trace in one, is named", arguments: containers)
    func lists(_ patch: String, _ expected: [String]) throws {
        let found = try rules([
            "kustomization.yaml": "resources: [web.yaml]\npatches: [{path: p.yaml}]\n", "web.yaml": webDeployment,
            "p.yaml":
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: \(patch)}}}\n",
        ])
        #expect(found == expected)
    }

    @Test("a replacement that copies a name without its hash is named, one of a name that stays is not")
    func hashes() throws {
        func kustomization(_ options: String) -> String {
            """
            resources: [web.yaml]
            configMapGenerator: [{name: c, literals: [a=b]\(options)}]
            replacements:
            - source: {kind: ConfigMap, name: c}
              targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.config], options: {create: true}}]
            """
        }
        #expect(
            try rules(["kustomization.yaml": kustomization(""), "web.yaml": webDeployment]) == ["name-without-hash"])
        let fixed = kustomization(", options: {disableNameSuffixHash: true}")
        #expect(try rules(["kustomization.yaml": fixed, "web.yaml": webDeployment]) == [])
    }

    @Test("a suffix beside a namespace that it does not rename is named")
    func namespaces() throws {
        let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
        let plain = "resources: [n.yaml]\nnamespace: shop\nnameSuffix: -dev\n"
        #expect(try rules(["kustomization.yaml": plain, "n.yaml": namespace]) == ["namespace-not-renamed"])
        let meant = "resources: [n.yaml]\nnamespace: shop-dev\nnameSuffix: -dev\n"
        #expect(try rules(["kustomization.yaml": meant, "n.yaml": namespace]) == [])
        let without = "resources: [web.yaml]\nnamespace: shop\nnameSuffix: -dev\n"
        #expect(try rules(["kustomization.yaml": without, "web.yaml": webDeployment]) == [])
    }

    @Test("beside a base without a kustomization, its siblings without one are named")
    func unreached() {
        do {
            _ = try build(
                [
                    "overlays/dev/kustomization.yaml": "resources: [../../base/web]\n",
                    "base/web/web.yaml": webDeployment,
                    "base/db/a.yaml": webDeployment, "base/db/b.yaml": webDeployment,
                    "base/good/kustomization.yaml": "resources: [g.yaml]", "base/good/g.yaml": webDeployment,
                ], "overlays/dev")
            Issue.record("the build succeeded")
        } catch {
            let found = error.diagnostics.filter { $0.rule == "manifests-unreached" }
            #expect(found.map(\.message) == ["`base` holds 2 manifests more that no kustomization names, below db"])
        }
    }

    @Test("deprecated fields name the modern ones, in the order of the file")
    func deprecated() throws {
        let found = try warnings(["kustomization.yaml": "vars: []\ncommonLabels: {}\nbases: []\nimageTags: []\n"])
        #expect(found.map(\.rule) == Array(repeating: "deprecated-field", count: 4))
        #expect(found.map { $0.location?.position.line } == [1, 2, 3, 4])
    }
}
