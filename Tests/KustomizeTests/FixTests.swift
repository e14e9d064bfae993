// Deprecated fields written in today's spelling, in place: comments, order and output stay.

import Manifest
import Testing

@testable import Kustomize

@Suite("Today's spelling")
struct FixTests {
    private func fixed(_ kustomization: String, _ more: [String: String] = [:]) throws -> (
        text: String, rules: [String?]
    ) {
        var files = [
            "kustomization.yaml": kustomization, "web.yaml": webDeployment,
            "base/kustomization.yaml": "resources: [s.yaml]",
            "base/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
            "p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n",
        ]
        files.merge(more) { $1 }
        let fix = try KustomizeBuild(tree: MemoryTree(files)).fix(path: "")
        let text = fix.files["kustomization.yaml"] ?? Array(kustomization.utf8)
        return (String(decoding: text, as: UTF8.self), fix.diagnostics.map(\.rule))
    }

    static let rewrites: [(before: String, after: String)] = [
        ("# all\nbases: # here\n- base\n\n# end\n", "# all\nresources: # here\n- base\n\n# end\n"),
        ("bases: [base]\n", "resources:\n- base\n"),
        (
            "resources:\n  # one\n  - web.yaml\n\n# two\nbases:\n- base # b\n",
            "resources:\n  # one\n  - web.yaml\n  - base # b\n\n# two\n"
        ),
        (
            "bases:\n- base\nresources:\n- web.yaml\n", "resources:\n- web.yaml\n- base\n"
        ),
        (
            "resources: [web.yaml]\ncommonLabels:\n  # who\n  team: a # b\nnamePrefix: p-\n",
            "resources: [web.yaml]\nlabels:\n- includeSelectors: true\n  pairs:\n    # who\n    team: a # b\nnamePrefix: p-\n"
        ),
        (
            "resources: [web.yaml]\ncommonLabels: {team: a}\n",
            "resources: [web.yaml]\nlabels:\n- includeSelectors: true\n  pairs:\n    team: a\n"
        ),
        (
            "resources: [web.yaml]\nlabels:\n- pairs: {x: z}\ncommonLabels:\n  team: a\n",
            "resources: [web.yaml]\nlabels:\n- pairs: {x: z}\n- includeSelectors: true\n  pairs:\n    team: a\n"
        ),
        (
            "resources: [web.yaml]\nimageTags:\n- name: nginx\n  newTag: v1\n",
            "resources: [web.yaml]\nimages:\n- name: nginx\n  newTag: v1\n"
        ),
        (
            "resources: [web.yaml]\npatchesStrategicMerge:\n- p.yaml\n",
            "resources: [web.yaml]\npatches:\n- path: p.yaml\n"
        ),
        (
            "resources: [web.yaml]\npatchesStrategicMerge:\n- |-\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  spec: {paused: true}\n",
            "resources: [web.yaml]\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web}\n    spec: {paused: true}\n"
        ),
        (
            "resources: [web.yaml]\npatchesJson6902:\n- target: {version: v1, group: apps, kind: Deployment, name: web}\n  patch: '[{\"op\": \"add\", \"path\": \"/spec/paused\", \"value\": true}]'\n",
            "resources: [web.yaml]\npatches:\n- target: {version: v1, group: apps, kind: Deployment, name: web}\n  patch: '[{\"op\": \"add\", \"path\": \"/spec/paused\", \"value\": true}]'\n"
        ),
        ("resources: [web.yaml]\npatchesJson6902: []\n# end\n", "resources: [web.yaml]\n# end\n"),
    ]

    @Test("each field becomes its modern one", arguments: rewrites)
    func rewrite(_ before: String, _ after: String) throws {
        let (text, rules) = try fixed(before)
        #expect(text == after)
        #expect(rules == ["fixed"])
    }

    @Test("a field whose move would change the output stays, with the reason")
    func unsafe() throws {
        let text = """
            resources: [web.yaml]
            namePrefix: p-
            patchesJson6902:
            - target: {version: v1, group: apps, kind: Deployment, name: web}
              patch: '[{"op": "test", "path": "/metadata/name", "value": "p-web"}]'

            """
        let (after, rules) = try fixed(text)
        #expect(after == text)
        #expect(rules == ["not-fixed"])
    }

    @Test("a key that stands twice, and variables, are left to people")
    func left() throws {
        let text = "resources: [web.yaml]\nbases: [base]\nbases: [base]\nvars: []\n"
        let (after, rules) = try fixed(text)
        #expect(after == text)
        #expect(rules == ["not-fixed", "not-fixed"])
    }

    @Test("bases are brought up to date too")
    func bases() throws {
        let files = [
            "kustomization.yaml": "bases: [a]\n",
            "a/kustomization.yaml": "resources: [web.yaml]\ncommonLabels: {t: a}\n",
            "a/web.yaml": webDeployment,
        ]
        let fix = try KustomizeBuild(tree: MemoryTree(files)).fix(path: "")
        #expect(fix.files.keys.sorted() == ["a/kustomization.yaml", "kustomization.yaml"])
    }
}
