// Replacements that reach into YAML or JSON inside of a string, and what of the text survives them.

import Manifest
import Testing

@testable import Kustomize

@Suite("Structured text in strings")
struct StructuredTextTests {
    private func edited(_ text: String, _ path: String, value: String = "NEW") throws -> String? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
        let files = [
            "kustomization.yaml": """
            resources: [c.yaml]
            replacements:
            - sourceValue: \(value)
              targets: [{select: {kind: ConfigMap}, fieldPaths: [\(path)]}]
            """,
            "c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  f: |-\n"
                + lines.joined(separator: "\n") + "\n",
        ]
        return try KustomizeBuild(tree: MemoryTree(files)).build(path: "").objects.first?.value["data"]?["f"]?.string
    }

    static let texts: [(text: String, path: String, edited: String)] = [
        ("a: {b: old, c: [1, 'x, y',\n  \"z\"]}", "data.f.a.b", "a: {b: NEW, c: [1, 'x, y', \"z\"]}"),
        ("list:\n  - a: old\n  - [b]", "data.f.list.0.a", "list:\n- a: NEW\n- [b]"),
        ("# head\n\n# above\na: old # behind\nb: yes", "data.f.a", "# head\n\n# above\na: NEW # behind\nb: yes"),
        ("a:\n  # first\n  - b: old\n    c: 1", "data.f.a.0.b", "a:\n# first\n- b: NEW\n  c: 1"),
        ("a: 'old'\nb:\n\nc: null", "data.f.a", "a: 'NEW'\nb:\nc: null"),
        (#"{"z": 1, "a": "old"}"#, "data.f.a", #"{"a":"NEW","z":1}"#),
        ("{\n  \"a\": {\"b\": \"old\"}\n}", "data.f.a.b", "{\n  \"a\": {\n    \"b\": \"NEW\"\n  }\n}"),
    ]

    @Test("brackets, quotes and comments stay, lists lose their indentation", arguments: texts)
    func edits(_ text: String, _ path: String, _ expected: String) throws {
        #expect(try edited(text, path) == expected)
    }

    @Test("a schema in a comment makes a list of an unknown type merge")
    func schemaInComment() throws {
        let printed = try build([
            "kustomization.yaml": "resources: [m.yaml]\npatches: [{path: p.yaml}]\n",
            "m.yaml": """
            apiVersion: example.com/v1
            kind: Thing
            metadata: {name: m}
            parts: # {"type":"array","x-kubernetes-patch-strategy":"merge","x-kubernetes-patch-merge-key":"id"}
            - {id: a, size: 1}
            - {id: b, size: 2}
            """,
            "p.yaml": "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: m}\nparts: [{id: b, size: 3}]\n",
        ])
        #expect(printed.hasSuffix("parts:\n- id: b\n  size: 3\n- id: a\n  size: 1\n"))
    }
}
