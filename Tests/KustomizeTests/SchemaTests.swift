// Schemas of the caller's own in place of the built-in one.

import Manifest
import Testing

@testable import Kustomize

@Suite("Schemas of a cluster")
struct SchemaTests {
    private static let files = [
        "kustomization.yaml": "resources: [p.yaml]\npatches: [{path: patch.yaml}]\n",
        "p.yaml":
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {schedulingGates: [{name: a}], containers: [{name: c, image: i}]}\n",
        "patch.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {schedulingGates: [{name: b}]}\n",
    ]

    private static func document(_ wrap: (Value) -> Value) -> Value {
        let gates: Value = [
            "type": "array", "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name",
            "items": ["type": "object"],
        ]
        return wrap([
            "io.k8s.api.core.v1.Pod": [
                "x-kubernetes-group-version-kind": [["group": "", "version": "v1", "kind": "Pod"]],
                "properties": ["spec": ["allOf": [["$ref": "#/components/schemas/io.k8s.api.core.v1.PodSpec"]]]],
            ],
            "io.k8s.api.core.v1.PodSpec": ["properties": ["schedulingGates": gates]],
        ])
    }

    @Test("a list that Kubernetes 1.21 did not know is replaced by default, and merged by a newer schema")
    func newerSchema() throws {
        #expect(try build(Self.files).hasSuffix("  schedulingGates:\n  - name: b\n"))
        for wrap: (Value) -> Value in [{ ["definitions": $0] }, { ["components": ["schemas": $0]] }] {
            var options = BuildOptions()
            options.schemas = [Self.document(wrap)]
            #expect(try build(Self.files, options: options).hasSuffix("  schedulingGates:\n  - name: b\n  - name: a\n"))
        }
    }
}
