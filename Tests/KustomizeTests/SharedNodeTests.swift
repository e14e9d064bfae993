// A label that was written into several fields is one node of the reference's tree: whoever changes it at one place
// changes it at all.

import Testing

@testable import Kustomize

@Suite("Labels that share a node")
struct SharedNodeTests {
    private static let base = [
        "base/kustomization.yaml": "resources: [web.yaml]\nlabels: [{pairs: {tier: x}, includeSelectors: true}]\n",
        "base/web.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec: {template: {spec: {containers: [{name: main, image: nginx}]}}}
        """,
    ]

    private func tiers(_ overlay: String) throws -> [String] {
        let files = Self.base.merging(["o/kustomization.yaml": "resources: [../base]\n" + overlay]) { $1 }
        return try build(files, "o").split(separator: "\n").filter { $0.contains("tier:") }.map {
            String($0.drop { $0 == " " })
        }
    }

    @Test(
        "a change of one place reaches metadata, selector and template",
        arguments: [
            "labels: [{pairs: {tier: new}}]",
            """
            patches:
            - patch: |
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec: {template: {metadata: {labels: {tier: new}}}}
            """,
            """
            patches:
            - target: {kind: Deployment}
              patch: |
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: any, labels: {tier: new}}
            """,
            "namePrefix: p-\nnamespace: ns\nlabels: [{pairs: {tier: new}}]",
            """
            replacements:
            - sourceValue: new
              targets: [{select: {kind: Deployment}, fieldPaths: [spec.selector.matchLabels.tier]}]
            """,
        ])
    func change(_ overlay: String) throws {
        #expect(try tiers(overlay) == ["tier: new", "tier: new", "tier: new"])
    }

    @Test("a JSON patch writes the object anew, and leaves no node shared")
    func jsonPatch() throws {
        let patch = """
            patches:
            - target: {kind: Deployment}
              patch: '[{"op": "add", "path": "/metadata/labels/other", "value": "y"}]'
            labels: [{pairs: {tier: new}}]
            """
        #expect(try tiers(patch) == ["tier: new", "tier: x", "tier: x"])
    }

    @Test("labels that stood in the manifest are nodes of their own")
    func written() throws {
        let files = [
            "base/kustomization.yaml": "resources: [web.yaml]\nlabels: [{pairs: {app: x}, includeSelectors: true}]\n",
            "base/web.yaml": webDeployment,
            "o/kustomization.yaml": "resources: [../base]\nlabels: [{pairs: {app: new}}]\n",
        ]
        let found = try build(files, "o").split(separator: "\n").filter { $0.contains("app:") }
        #expect(found.map { $0.drop { $0 == " " } } == ["app: new", "app: x", "app: x"])
    }
}
