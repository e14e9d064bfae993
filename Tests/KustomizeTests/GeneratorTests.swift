// Generated ConfigMaps and Secrets: their data, their names, and what becomes of references to them.

import Manifest
import Testing

@testable import Kustomize

@Suite("Generators")
struct GeneratorTests {
    static let hashes: [(generator: String, name: String)] = [
        ("configMapGenerator: [{name: c, literals: [a=b]}]", "c-4h2mbtbbt6"),
        ("configMapGenerator: [{name: c}]", "c-6ct58987ht"),
        ("secretGenerator: [{name: c, literals: [\"a=<&>\"]}]", "c-t8dd8d42gk"),
        (
            #"configMapGenerator: [{name: c, literals: ["a=x<a href=\"x\">&\\\t\n\u2028\u2029\u20aa\u00e9\U0001F600"]}]"#,
            "c-595b8c4f5h"
        ),
        ("namePrefix: x-\nnameSuffix: -y\nconfigMapGenerator: [{name: c, literals: [a=b]}]", "x-c-y-4h2mbtbbt6"),
        ("generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator: [{name: c, literals: [a=b]}]", "c"),
    ]

    @Test("names carry the digest of the content", arguments: hashes)
    func names(_ generator: String, _ name: String) throws {
        let result = try KustomizeBuild(tree: MemoryTree(["kustomization.yaml": generator])).build(path: "")
        #expect(result.objects.map(\.name) == [name])
    }

    @Test("references follow a generated name")
    func references() throws {
        let printed = try build([
            "kustomization.yaml": "resources: [p.yaml]\nconfigMapGenerator: [{name: c, literals: [a=b]}]",
            "p.yaml": """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              containers: [{name: m, envFrom: [{configMapRef: {name: c}}]}]
              volumes: [{name: v, configMap: {name: c}}, {name: w, secret: {secretName: c}}]
            """,
        ])
        #expect(printed.split(separator: "\n").filter { $0.hasSuffix("name: c-4h2mbtbbt6") }.count == 3)
        #expect(printed.contains("secretName: c\n"))
    }

    @Test("literals, environment files and files")
    func sources() throws {
        let printed = try build([
            "kustomization.yaml": """
            configMapGenerator:
            - name: c
              literals: ["q='x y'", e=]
              envs: [env]
              files: [f.txt, k=f.txt]
              options: {disableNameSuffixHash: true, labels: {l: m}, immutable: true}
            """,
            "env": "\u{FEFF}# comment\n\n  A=1 \r\nB\n",
            "f.txt": "one\ntwo\n",
        ])
        #expect(
            printed == """
                apiVersion: v1
                data:
                  A: '1 '
                  B: ""
                  e: ""
                  f.txt: |
                    one
                    two
                  k: |
                    one
                    two
                  q: x y
                immutable: true
                kind: ConfigMap
                metadata:
                  labels:
                    l: m
                  name: c

                """)
    }

    @Test("base64 of 70 characters and more is cut into lines")
    func base64() {
        #expect(Base64.encodeInLines(Array(repeating: 0, count: 50)) == String(repeating: "A", count: 67) + "=")
        #expect(
            Base64.encodeInLines(Array(repeating: 0, count: 54))
                == String(repeating: "A", count: 70) + "\n" + String(repeating: "A", count: 2) + "\n")
    }

    @Test("merge and replace find the object under its earlier namespace")
    func behaviours() throws {
        let base = [
            "base/kustomization.yaml":
                "namespace: ns\nconfigMapGenerator: [{name: c, literals: [a=1, b=2], options: {disableNameSuffixHash: true}}]"
        ]
        func data(_ behavior: String) throws -> Value? {
            let files = base.merging(
                [
                    "top/kustomization.yaml":
                        "resources: [../base]\nconfigMapGenerator: [{name: c, behavior: \(behavior), literals: [b=3]}]"
                ]
            ) { $1 }
            return try KustomizeBuild(tree: MemoryTree(files)).build(path: "top").objects[0].value["data"]
        }
        #expect(try data("merge") == ["a": "1", "b": "3"])
        #expect(try data("replace") == ["b": "3"])
        #expect(throws: DiagnosticsError.self) { try data("create") }
    }

    static let mistakes: [(generator: String, message: String)] = [
        ("literals: [secret-without-key]", "a literal is written `key=value`"),
        ("literals: [a=1, a=2]", "`c` has the key `a` twice"),
        ("files: [nothing.txt]", "`nothing.txt` does not exist"),
        ("behavior: merge", "there is no v1 ConfigMap c to merge with"),
    ]

    @Test("mistakes are named without giving values away", arguments: mistakes)
    func mistake(_ field: String, _ message: String) {
        let found = errors(["kustomization.yaml": "configMapGenerator:\n- name: c\n  \(field)\n"])
        #expect(found.map(\.message) == [message])
        #expect(found.first?.location?.file == "kustomization.yaml")
    }
}
