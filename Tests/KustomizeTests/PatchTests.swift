// Patches: what they change, what they leave, and the reference's odd results for lists.

import Manifest
import Testing

@testable import Kustomize

@Suite("Patches")
struct PatchTests {
    /// The deployment after a strategic merge patch of its pod spec.
    private func patched(_ podSpec: String) throws -> String {
        try build([
            "kustomization.yaml": "resources: [web.yaml]\npatches:\n- path: p.yaml\n",
            "web.yaml": webDeployment,
            "p.yaml":
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: \(podSpec)}}\n",
        ])
    }

    private func podSpec(_ text: String) throws -> Value? {
        try YAML.read(Array(text.utf8), file: "out").first?["spec"]?["template"]?["spec"]
    }

    @Test("containers merge by name, their environment too, and new entries come first")
    func keyedLists() throws {
        let spec = try podSpec(
            patched("{containers: [{name: main, env: [{name: EXTRA, value: \"1\"}]}, {name: side, image: s}]}"))
        let containers = spec?["containers"]?.array ?? []
        #expect(containers.map { $0["name"]?.string } == ["main", "side"])
        #expect(containers[0]["image"]?.string == "nginx:1.25")
        #expect(containers[0]["env"]?.array?.map { $0["name"]?.string } == ["EXTRA", "LEVEL"])
    }

    @Test("`$patch: delete` removes an element, null removes a field")
    func deletion() throws {
        let spec = try podSpec(
            patched("{containers: [{name: main, image: null, env: [{name: LEVEL, $patch: delete}]}]}"))
        #expect(spec?["containers"]?.array?[0]["image"] == nil)
        #expect(spec?["containers"]?.array?[0]["env"]?.array == [])
    }

    @Test("`$patch: replace` in a list replaces it")
    func replaceDirective() throws {
        let spec = try podSpec(patched("{containers: [{$patch: replace}, {name: other, image: o}]}"))
        #expect(spec?["containers"]?.array?.map { $0["name"]?.string } == ["other"])
    }

    @Test("an element without its key wipes the list, as in the reference")
    func elementWithoutKey() throws {
        let spec = try podSpec(patched("{containers: [{image: x}]}"))
        #expect(spec?["containers"]?.array == [])
    }

    @Test("ports with and without protocol do not meet")
    func ports() throws {
        let service = """
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec: {ports: [{port: 443, protocol: TCP, targetPort: 2}]}
            """
        let printed = try build([
            "kustomization.yaml": "resources: [s.yaml]\npatches:\n- path: p.yaml\n", "s.yaml": service,
            "p.yaml":
                "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 443, targetPort: 3}]}\n",
        ])
        #expect(printed.contains("targetPort: 2"))
    }

    @Test("a quoted destination keeps a patched number a string")
    func quotes() throws {
        let printed = try build([
            "kustomization.yaml": "resources: [c.yaml]\npatches:\n- path: p.yaml\n",
            "c.yaml": "apiVersion: x/v1\nkind: Foo\nmetadata: {name: f}\nspec: {a: \"2\", b: 3}\n",
            "p.yaml": "apiVersion: x/v1\nkind: Foo\nmetadata: {name: f}\nspec: {a: 1.0, b: \"4\"}\n",
        ])
        #expect(printed.contains("a: \"1.0\"\n"))
        #expect(printed.contains("b: \"4\"\n"))
    }

    @Test("lists of unknown kinds are replaced")
    func unknownKinds() throws {
        let printed = try build([
            "kustomization.yaml": "resources: [c.yaml]\npatches:\n- path: p.yaml\n",
            "c.yaml": "apiVersion: x/v1\nkind: Foo\nmetadata: {name: f}\nspec: {l: [{name: a}, {name: b}]}\n",
            "p.yaml": "apiVersion: x/v1\nkind: Foo\nmetadata: {name: f}\nspec: {l: [{name: c}]}\n",
        ])
        #expect(printed.contains("l:\n  - name: c\n"))
        #expect(!printed.contains("name: a"))
    }

    static let targets: [(target: String, changed: Int)] = [
        ("{kind: ConfigMap}", 2), ("{kind: Conf.*}", 2), ("{kind: Conf}", 0), ("{name: a|b}", 2), ("{name: a}", 1),
        ("{labelSelector: tier=web}", 1), ("{labelSelector: \"tier in (web, db)\"}", 2),
        ("{labelSelector: \"!tier\"}", 0),
        ("{labelSelector: \"tier notin (web)\"}", 1), ("{annotationSelector: note}", 1), ("{namespace: default}", 2),
        ("{version: v1, group: \"\"}", 2), ("{}", 2),
    ]

    @Test("targets select by patterns and selectors", arguments: targets)
    func target(_ target: String, _ changed: Int) throws {
        let printed = try build([
            "kustomization.yaml": """
            resources: [c.yaml]
            patches:
            - target: \(target)
              patch: '[{"op": "add", "path": "/data/mark", "value": "x"}]'
            """,
            "c.yaml": """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: a, labels: {tier: web}, annotations: {note: y}}
            data: {k: v}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: b, labels: {tier: db}}
            data: {k: v}
            """,
        ])
        #expect(printed.split(separator: "\n").filter { $0 == "  mark: x" }.count == changed)
    }

    static let operations: [(operation: String, expected: String?)] = [
        ("{op: add, path: /spec/l/-, value: c}", "l:\n  - a\n  - b\n  - c\n"),
        ("{op: add, path: /spec/l/0, value: c}", "l:\n  - c\n  - a\n  - b\n"),
        ("{op: add, path: /spec/l/-1, value: c}", "l:\n  - a\n  - b\n  - c\n"),
        ("{op: add, path: /spec/l/5, value: c}", nil),
        ("{op: replace, path: /spec/new, value: 1}", "new: 1\n"),
        ("{op: replace, path: /spec/l/7, value: 1}", nil),
        ("{op: remove, path: /spec/l/1}", "l:\n  - a\n"),
        ("{op: remove, path: /spec/nothing}", nil),
        ("{op: move, from: /spec/n, path: /spec/m}", "m: 12345678901234567000\n"),
        ("{op: copy, from: /spec/l, path: /spec/k}", "k:\n  - a\n  - b\n"),
        ("{op: test, path: /spec/l/0, value: a}", "l:\n  - a\n"),
        ("{op: test, path: /spec/l/0, value: z}", nil),
        ("{op: test, path: /spec/nothing, value: null}", "l:\n"),
        ("{op: Add, path: /spec/x, value: z}", nil),
        ("{op: add, path: /metadata/labels/a~1b, value: yes}", "a/b: true\n"),
    ]

    @Test("operations of JSON patches", arguments: operations)
    func operation(_ operation: String, _ expected: String?) throws {
        let files = [
            "kustomization.yaml":
                "resources: [f.yaml]\npatches:\n- target: {kind: Foo}\n  patch: |-\n    - \(operation)\n",
            "f.yaml":
                "apiVersion: x/v1\nkind: Foo\nmetadata: {name: f, labels: {z: z}}\nspec: {l: [a, b], n: 12345678901234567890}\n",
        ]
        if let expected {
            #expect(try build(files).contains(expected))
        } else {
            #expect(errors(files).first?.location?.position.line == 5)
        }
    }

    @Test("a patch finds what it names under an earlier name as well")
    func earlierNames() throws {
        let printed = try build(
            [
                "top/kustomization.yaml":
                    "resources: [../base]\npatches:\n- patch: |-\n    {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {x: y}}\n",
                "base/kustomization.yaml": "namePrefix: p-\nresources: [c.yaml]\n",
                "base/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
            ], "top")
        #expect(printed == "apiVersion: v1\ndata:\n  x: \"y\"\nkind: ConfigMap\nmetadata:\n  name: p-c\n")
    }
}
