// Odd corners of the reference that change what is printed, or whether anything is: each by the least that shows it.

import Manifest
import Testing

@testable import Kustomize

@Suite("Odd corners of the reference")
struct ReferenceQuirkTests {
    private static let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n"
    private static let thing = """
        apiVersion: example.com/v1
        kind: Thing
        metadata: {name: t}
        spec: {list: [a], text: one, none: null, day: 2001-01-01, ports: [{name: x, port: 80}]}
        """

    private func printed(_ kustomization: String, _ resources: String = map, _ more: [String: String] = [:]) throws
        -> String
    {
        try build(["kustomization.yaml": kustomization, "r.yaml": resources].merging(more) { $1 })
    }

    private func isRefused(_ kustomization: String, _ resources: String = map, _ more: [String: String] = [:]) -> Bool {
        (try? printed(kustomization, resources, more)) == nil
    }

    // MARK: - The kustomization file

    static let empty = [
        "namePrefix: \"\"", "nameSuffix: \"\"", "namespace: \"\"", "bases: []", "imageTags: []",
        "helmChartInflationGenerator: []", "kind: Kustomization",
    ]
    static let notEmpty = [
        "images: []", "openapi: {}", "metadata: {}", "generatorOptions: {}", "buildMetadata: []",
        "patches: []", "commonAnnotations: {}", "vars: []",
    ]

    @Test("fields that come to nothing leave a kustomization empty", arguments: empty)
    func emptyKustomization(_ field: String) {
        #expect(errors(["kustomization.yaml": field]).map(\.message) == ["the kustomization is empty"])
    }

    @Test("an empty list or map is something nevertheless", arguments: notEmpty)
    func somethingEmpty(_ field: String) throws {
        #expect(try build(["kustomization.yaml": field]) == "")
    }

    @Test(
        "of several capitalisations the last in the order of bytes counts",
        arguments: ["namePrefix: b-\nnameprefix: a-", "nameprefix: a-\nnamePrefix: b-"])
    func capitals(_ fields: String) throws {
        #expect(try printed("resources: [r.yaml]\n\(fields)\n").contains("name: a-c\n"))
    }

    @Test("maps under several capitalisations grow together")
    func capitalsOfMaps() throws {
        let text = try printed(
            "resources: [r.yaml]\ncommonAnnotations: {a: x, b: x}\nCommonAnnotations: {b: v, c: v}\n")
        #expect(text.contains("annotations:\n    a: x\n    b: x\n    c: v\n"))
    }

    @Test(
        "the kustomization's own metadata is checked, though nothing comes of it",
        arguments: ["{name: 5}", "{namespace: [x]}", "{labels: []}", "{annotations: {a: true}}", "{generateName: x}"])
    func metadata(_ metadata: String) {
        #expect(isRefused("resources: [r.yaml]\nmetadata: \(metadata)\n"))
    }

    @Test("a field specification cannot name the empty field", arguments: ["\"\"", "/", "data//x", "data/"])
    func emptyFieldNames(_ path: String) {
        #expect(isRefused("resources: [r.yaml]\nlabels: [{pairs: {a: b}, fields: [{path: \(path), create: true}]}]\n"))
    }

    @Test("`crds` takes OpenAPI definitions and no CustomResourceDefinition")
    func customResourceDefinitions() {
        let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x.y}\n"
        let found = errors([
            "kustomization.yaml": "resources: [r.yaml]\ncrds: [crd.yaml]\n", "r.yaml": Self.map, "crd.yaml": definition,
        ])
        #expect(found.first?.location?.file == "crd.yaml")
        #expect(found.first?.cure?.contains("under `resources`") == true)
    }

    @Test("an OpenAPI document without definitions takes the built-in merge keys away")
    func emptySchema() throws {
        let patch = "spec: {template: {spec: {containers: [{name: main, image: z}]}}}"
        let text = try printed(
            "resources: [r.yaml]\nopenapi: {path: o.json}\npatches: [{target: {kind: Deployment}, path: p.yaml}]\n",
            webDeployment,
            ["o.json": "{}", "p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n\(patch)\n"])
        #expect(text.hasSuffix("containers:\n      - image: z\n        name: main\n"))
    }

    // MARK: - Patches

    @Test("a patch in place is trimmed, so that a block at its end loses its line break")
    func trimming() throws {
        let merge = "apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: c}\n    data:\n      a: |\n        x"
        #expect(try printed("resources: [r.yaml]\npatches:\n- patch: |\n    \(merge)\n").contains("a: x\n"))
        let operation = "- op: add\n      path: /data/a\n      value: |\n        x"
        let entry = "- target: {kind: ConfigMap, name: c, version: v1}\n  patch: |\n    \(operation)\n"
        #expect(try printed("resources: [r.yaml]\npatches:\n" + entry).contains("a: x\n"))
        #expect(try printed("resources: [r.yaml]\npatchesJson6902:\n" + entry).contains("a: |\n    x\n"))
    }

    @Test("what is wrong in a trimmed patch is named at its line")
    func trimmedLines() {
        let found = errors([
            "kustomization.yaml":
                "resources: [r.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: |\n\n\n    - op: remove\n      path: /x\n",
            "r.yaml": Self.map,
        ])
        #expect(found.first?.location?.position.line == 7)
    }

    static let removals: [(metadata: String, target: String, forgets: Bool)] = [
        ("annotations: null", "", true), ("annotations: null", "target: {kind: ConfigMap}, ", false),
        ("annotations: {$patch: delete}", "", true), ("annotations: {$patch: replace, z: q}", "", true),
        ("annotations: {$patch: replace}", "target: {kind: ConfigMap}, ", true), ("$patch: replace", "", true),
        ("annotations: {a: null}", "", false), ("annotations: {$patch: merge, a: b}", "", false),
    ]

    @Test("with all annotations go earlier names and the wish for a hash, and a warning says so", arguments: removals)
    func forgetting(_ metadata: String, _ target: String, _ forgets: Bool) throws {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {volumes: [{configMap: {name: c}}]}\n"
        let patch = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, \(metadata)}}"
        let result = try KustomizeBuild(
            tree: MemoryTree([
                "base/kustomization.yaml":
                    "namePrefix: p-\nresources: [pod.yaml]\nconfigMapGenerator: [{name: c, literals: [a=b]}]\n",
                "base/pod.yaml": pod,
                "top/kustomization.yaml": "resources: [../base]\npatches: [{\(target)patch: '\(patch)'}]\n",
            ])
        ).build(path: "top")
        let volume = result.objects.first { $0.kind == "Pod" }?.value["spec"]?["volumes"]?.array?.first
        #expect(result.objects.first { $0.kind == "ConfigMap" }?.name == (forgets ? "p-c" : "p-c-4h2mbtbbt6"))
        #expect(volume?["configMap"]?["name"]?.string == (forgets ? "c" : "p-c-4h2mbtbbt6"))
        #expect(result.diagnostics.contains { $0.rule == "names-forgotten" } == forgets)
    }

    @Test("annotations that are no map are none once the object was renamed")
    func oddAnnotations() throws {
        let text = try printed(
            "resources: [r.yaml]\nnamePrefix: p-\ncommonAnnotations: {a: b}\n",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: 5}\n")
        #expect(text.hasSuffix("metadata:\n  annotations:\n    a: b\n  name: p-c\n"))
    }

    @Test("annotations of an object that was renamed are text for the patches that follow")
    func textAnnotations() throws {
        let text = try printed(
            """
            resources: [r.yaml]
            namePrefix: p-
            patchesJson6902:
            - target: {version: v1, kind: ConfigMap, name: c}
              patch: '[{"op": "test", "path": "/metadata/annotations/n", "value": "5"}]'
            """, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {n: 5}}\n")
        #expect(text.contains("\"n\": \"5\""))
    }

    @Test("annotations of a renamed object are a map, whether they are seen or not", arguments: ["5", "[]"])
    func annotationsOfAnotherShape(_ annotations: String) {
        let patch = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, annotations: \(annotations)}}"
        #expect(isRefused("configMapGenerator: [{name: c}]\npatches: [{patch: '\(patch)'}]\n"))
        #expect(!isRefused("resources: [r.yaml]\npatches: [{patch: '\(patch)'}]\n"))
    }

    @Test("two merges in one mapping are an error, a list of them is none")
    func merges() throws {
        let head = "x: &x {a: b}\ny: &y {c: d}\n"
        #expect(isRefused("resources: [r.yaml]\n", Self.map + head + "z:\n  <<: *x\n  <<: *y\n"))
        #expect(
            try printed("resources: [r.yaml]\n", Self.map + head + "z:\n  <<: [*x, *y]\n").contains(
                "z:\n  a: b\n  c: d\n"))
    }

    // MARK: - Generators

    @Test("a generated key cannot be the sign of a merge")
    func mergeKey() {
        #expect(isRefused("configMapGenerator: [{name: c, literals: ['<<=x']}]\n"))
    }

    @Test("numbers are hashed as doubles")
    func hashOfNumbers() throws {
        let text = try printed(
            """
            configMapGenerator: [{name: g}]
            patches: [{target: {kind: ConfigMap}, patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: g}, data: {n: 9223372036854775808}}'}]
            """)
        let hash = ContentHash.encode(Array(#"{"data":{"n":9223372036854776000},"kind":"ConfigMap","name":""}"#.utf8))
        #expect(text.contains("name: g-\(hash)\n"))
    }

    @Test("what transformers did to an object stays on record when a generator replaces it")
    func transformations() throws {
        let text = try build(
            [
                "base/kustomization.yaml": "nameSuffix: -x\nsecretGenerator: [{name: s, literals: [a=b]}]\n",
                "top/kustomization.yaml":
                    "buildMetadata: [transformerAnnotations, originAnnotations]\nresources: [../base]\nsecretGenerator: [{name: s, behavior: replace, literals: [c=d]}]\nnamespace: prod\n",
            ], "top")
        #expect(text.contains("kind: SuffixTransformer\n"))
        #expect(text.contains("kind: NamespaceTransformer\n"))
    }

    // MARK: - Replacements

    private func replaced(_ source: String, _ targets: String) throws -> String {
        try printed(
            "resources: [r.yaml]\nreplacements:\n- source: \(source)\n  targets: [\(targets)]\n",
            Self.map + "---\n" + Self.thing)
    }

    @Test("a source that is among its own targets gives the next ones what was written there")
    func liveSource() throws {
        let text = try replaced(
            "{kind: Thing, fieldPath: spec.text}",
            "{select: {kind: Thing}, fieldPaths: [spec.text], options: {delimiter: '-', index: 9}}, {select: {kind: ConfigMap}, fieldPaths: [data.a]}"
        )
        #expect(text.contains("text: one-one\n"))
        #expect(text.contains("a: one-one\n"))
    }

    @Test("an element that a selector creates means what is written into it")
    func createdElements() throws {
        let text = try replaced(
            "{kind: Thing, fieldPath: 'spec.ports.[name=x].port'}",
            "{select: {kind: Thing}, fieldPaths: ['spec.list.[=zz]'], options: {create: true}}")
        #expect(text.contains("list:\n  - a\n  - 80\n"))
    }

    static let paths = ["spec..text", "''", ".", "'spec.[new]'"]

    @Test("paths that lead nowhere are refused, and not created", arguments: paths)
    func wrongPaths(_ path: String) {
        #expect(throws: DiagnosticsError.self) {
            try replaced(
                "{kind: ConfigMap, fieldPath: data.a}",
                "{select: {kind: Thing}, fieldPaths: [\(path)], options: {create: true}}")
        }
    }

    // MARK: - Variables

    static let values: [(path: String, alone: String, within: String)] = [
        ("spec.none", "\"null\"", "x-null"), ("spec.day", "\"2001-01-01\"", "x-2001-01-01"),
        ("'spec.ports[0].port'", "80", "x-80"), ("'spec.ports.[name=x].port'", "80", "x-80"),
        ("spec.list.0", "a", "x-a"),
    ]

    @Test("variables give their value, or its text within a longer one", arguments: values)
    func variables(_ path: String, _ alone: String, _ within: String) throws {
        let pod =
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{env: [{value: $(V)}, {value: x-$(V)}]}]}\n"
        let text = try printed(
            "resources: [r.yaml]\nvars: [{name: V, objref: {apiVersion: example.com/v1, kind: Thing, name: t}, fieldref: {fieldPath: \(path)}}]\n",
            Self.thing + "\n---\n" + pod)
        #expect(text.contains("- value: \(alone)\n    - value: \(within)\n"))
    }

    @Test("a selector must be a part of its own in the path of a variable")
    func attachedSelectors() {
        #expect(
            isRefused(
                "resources: [r.yaml]\nvars: [{name: V, objref: {apiVersion: example.com/v1, kind: Thing, name: t}, fieldref: {fieldPath: 'spec.ports[name=x].port'}}]\n",
                Self.thing))
    }

    @Test("a value is added to a missing path without a word about what was there")
    func addedValues() throws {
        let transformer =
            "apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: t}\nvalue: v\ntargets: [{fieldPath: data/new, filePathPosition: 1}, {fieldPath: data/a, filePathPosition: 1}]\n"
        let text = try printed("resources: [r.yaml]\ntransformers: [t.yaml]\n", Self.map, ["t.yaml": transformer])
        #expect(text.contains("data:\n  a: v/b\n  new: v\n"))
    }

    @Test("a value that is added is named for the folder where none is given")
    func unnamedValues() throws {
        let text = try build(
            [
                "apps/shop/kustomization.yaml": "resources: [r.yaml]\ntransformers: [t.yaml]\n",
                "apps/shop/r.yaml": Self.map,
                "apps/shop/t.yaml":
                    "apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: t}\ntargets: [{fieldPath: data/new}]\n",
            ], "apps/shop")
        #expect(text.contains("  new: shop\n"))
    }

    @Test("a namespace is not written over anything but a string")
    func oddNamespaces() {
        let odd = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: {a: b}}\n"
        #expect(isRefused("resources: [r.yaml]\nnamespace: n\n", odd))
    }
}
