// Names, namespaces, labels, annotations, images and replicas.

import Manifest
import Testing

@testable import Kustomize

@Suite("Names, labels and images")
struct NamesAndLabelsTests {
    private func objects(_ files: [String: String], _ directory: String = "") throws -> [KubernetesObject] {
        try KustomizeBuild(tree: MemoryTree(files)).build(path: directory).objects
    }

    @Test("a prefix renames objects and what refers to them, but neither Namespaces nor CRDs")
    func prefix() throws {
        let found = try objects([
            "kustomization.yaml": "namePrefix: x-\nresources: [r.yaml]",
            "r.yaml": """
            apiVersion: v1
            kind: Namespace
            metadata: {name: n}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: sa}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: rb}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: other}
            subjects: [{kind: ServiceAccount, name: sa}]
            """,
        ])
        #expect(found.map(\.name) == ["n", "x-sa", "x-rb"])
        #expect(found[2].value["subjects"]?.array?[0]["name"]?.string == "x-sa")
        #expect(found[2].value["roleRef"]?["name"]?.string == "other")
    }

    @Test("a numeric name is renamed by its text")
    func numericNames() throws {
        func name(_ written: String) throws -> Value? {
            try objects([
                "kustomization.yaml": "namePrefix: \"1\"\nresources: [c.yaml]",
                "c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(written)}",
            ])[0].value["metadata"]?["name"]
        }
        #expect(try name("5") == 15)
        #expect(try name("\"5\"") == "15")
    }

    @Test("a namespace is written into what has one, and into default subjects")
    func namespace() throws {
        let found = try objects([
            "kustomization.yaml": "namespace: prod\nresources: [r.yaml]",
            "r.yaml": """
            apiVersion: v1
            kind: Namespace
            metadata: {name: n}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: crb}
            subjects: [{kind: ServiceAccount, name: default}, {kind: User, name: other}]
            ---
            apiVersion: example.com/v1
            kind: Unheard
            metadata: {name: u}
            """,
        ])
        #expect(found[0].name == "prod")
        #expect(found[0].namespace == nil)
        #expect(
            found[1].value["subjects"] == [
                ["kind": "ServiceAccount", "name": "default", "namespace": "prod"], ["kind": "User", "name": "other"],
            ])
        #expect(found[2].namespace == "prod")
    }

    @Test("common labels reach selectors, labels do not unless asked")
    func labels() throws {
        func paths(_ field: String) throws -> [Bool] {
            let web = try objects(["kustomization.yaml": field + "\nresources: [web.yaml]", "web.yaml": webDeployment])[
                0
            ].value
            return [
                web["metadata"]?["labels"]?["l"] != nil, web["spec"]?["selector"]?["matchLabels"]?["l"] != nil,
                web["spec"]?["template"]?["metadata"]?["labels"]?["l"] != nil,
            ]
        }
        #expect(try paths("commonLabels: {l: m}") == [true, true, true])
        #expect(try paths("labels: [{pairs: {l: m}}]") == [true, false, false])
        #expect(try paths("labels: [{pairs: {l: m}, includeTemplates: true}]") == [true, false, true])
        #expect(try paths("labels: [{pairs: {l: m}, includeSelectors: true}]") == [true, true, true])
    }

    @Test("annotations become strings, empty ones go")
    func annotations() throws {
        let printed = try build([
            "kustomization.yaml": "resources: [r.yaml]",
            "r.yaml": """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: a, annotations: {n: 1.50, t: true, z: null}}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: b, annotations: {}, labels: {}}
            """,
        ])
        #expect(printed.contains("    \"n\": \"1.50\"\n    t: \"true\"\n    z: \"null\"\n"))
        #expect(printed.hasSuffix("metadata:\n  labels: {}\n  name: b\n"))
    }

    static let images: [(entry: String, image: String)] = [
        ("{name: nginx, newTag: v2}", "nginx:v2"),
        ("{name: nginx, newName: reg:5000/web}", "reg:5000/web:1.25"),
        ("{name: nginx, digest: \"sha256:abc\"}", "nginx@sha256:abc"),
        ("{name: nginx, newTag: v2, digest: \"sha256:abc\"}", "nginx:v2@sha256:abc"),
        ("{name: nginx, tagSuffix: -a}", "nginx:1.25-a-a"),
        ("{name: n.inx, newTag: v2}", "nginx:v2"),
        ("{name: .*, newTag: v2}", "nginx:v2"),
        ("{name: ngin, newTag: v2}", "nginx:1.25"),
    ]

    @Test("images", arguments: images)
    func image(_ entry: String, _ image: String) throws {
        let web = try objects([
            "kustomization.yaml": "images: [\(entry)]\nresources: [web.yaml]", "web.yaml": webDeployment,
        ])[0].value
        #expect(web["spec"]?["template"]?["spec"]?["containers"]?.array?[0]["image"]?.string == image)
    }

    @Test("replicas find a workload by a kind that it had, and write where the kind of today has the field")
    func replicasOfAnEarlierKind() throws {
        func files(_ kind: String, _ patched: String) -> [String: String] {
            [
                "kustomization.yaml": """
                resources: [r.yaml]
                patches: [{target: {kind: \(kind)}, patch: '- {op: replace, path: /kind, value: \(patched)}'}]
                replicas: [{name: d, count: 3}]
                """,
                "r.yaml": "apiVersion: apps/v1\nkind: \(kind)\nmetadata: {name: d}\nspec: {a: 1}\n",
            ]
        }
        #expect(try objects(files("Deployment", "Thing"))[0].value["spec"]?["replicas"] == nil)
        #expect(try objects(files("Thing", "Deployment"))[0].value["spec"]?["replicas"] == 3)
        #expect(errors(files("Thing", "Other")).count == 1)
    }

    @Test("replicas, and replicas of nothing")
    func replicas() throws {
        let files = [
            "kustomization.yaml": "replicas: [{name: web, count: 3}]\nresources: [web.yaml]", "web.yaml": webDeployment,
        ]
        #expect(try objects(files)[0].value["spec"]?["replicas"] == 3)
        let wrong = files.merging(["kustomization.yaml": "resources: [web.yaml]\nreplicas:\n- name: wep\n  count: 3\n"])
        { $1 }
        #expect(errors(wrong).first?.location?.position.line == 3)
    }

    @Test("output is in the order of kinds unless told otherwise")
    func order() throws {
        let files = [
            "kustomization.yaml": "resources: [r.yaml]",
            "r.yaml": """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: d}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: n}
            """,
        ]
        #expect(try objects(files).map(\.name) == ["n", "s", "d"])
        let fifo = files.merging(["kustomization.yaml": "sortOptions: {order: fifo}\nresources: [r.yaml]"]) { $1 }
        #expect(try objects(fifo).map(\.name) == ["d", "s", "n"])
    }

    @Test("replacements copy text into selected fields")
    func replacements() throws {
        let web = try objects([
            "kustomization.yaml": """
            resources: [web.yaml, c.yaml]
            replacements:
            - source: {kind: ConfigMap, fieldPath: data.host}
              targets:
              - select: {kind: Deployment}
                fieldPaths: ["spec.template.spec.containers.[name=main].image"]
                options: {delimiter: ":", index: 1}
            """,
            "web.yaml": webDeployment,
            "c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {host: v9}",
        ]).first { $0.kind == "Deployment" }?.value
        #expect(web?["spec"]?["template"]?["spec"]?["containers"]?.array?[0]["image"]?.string == "nginx:v9")
    }

    @Test("components see what came before them")
    func components() throws {
        let found = try objects(
            [
                "top/kustomization.yaml": "resources: [c.yaml]\ncomponents: [../one, ../two]\nnameSuffix: -top",
                "top/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}",
                "one/kustomization.yaml":
                    "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnameSuffix: -one",
                "two/kustomization.yaml":
                    "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnameSuffix: -two",
            ], "top")
        #expect(found.map(\.name) == ["c-one-two-top"])
    }
}
