// What a build says of mistakes: all of them, where they are, and what to do.

import Manifest
import Testing

@testable import Kustomize

@Suite("Diagnostics of builds")
struct DiagnosticsTests {
    @Test("independent errors are all found in one run")
    func collection() {
        let found = errors([
            "kustomization.yaml": """
            resources:
            - missing.yaml
            - base
            - good.yaml
            - bad.yaml
            nameprefix2: x
            """,
            "good.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
            "bad.yaml": "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nmetadata: {name: c}\n",
            "base/web.yaml": webDeployment,
        ])
        #expect(
            found.map { "\($0.location.map(String.init(describing:)) ?? "")" } == [
                "kustomization.yaml:6:1", "kustomization.yaml:2:3", "kustomization.yaml:3:3", "bad.yaml:2:1",
                "bad.yaml:4:1",
            ])
        #expect(found[2].message == "`base` has no kustomization file; it holds web.yaml")
        #expect(found[2].cure == "reference that file, or add a kustomization.yaml that lists it")
    }

    static let fields: [(field: String, message: String, cure: String?)] = [
        ("namePrefixx: a", "a kustomization has no field `namePrefixx`", "write `namePrefix`"),
        ("namespace: n", "`namespace` must be a string, not the boolean false", "put it in quotes: \"false\""),
        ("commonLabels: {a: 1}", "`commonLabels.a` must be a string, not the number 1", "put it in quotes: \"1\""),
        ("images: nginx", "`images` must be a list, not a string", nil),
        ("patches: [{targt: {kind: A}, patch: x}]", "`patches[0]` has no field `targt`", "write `target`"),
        ("kind: Kustomisation", "kind must be Kustomization or Component, not `Kustomisation`", nil),
    ]

    @Test("wrong fields and types name the cure", arguments: fields)
    func wrongFields(_ field: String, _ message: String, _ cure: String?) {
        let found = errors(["kustomization.yaml": "resources: []\n\(field)\n"])
        #expect(found.first?.message == message)
        #expect(found.first?.cure == cure)
        #expect(found.first?.location?.position.line == 2)
    }

    @Test("field names may be written in any capitals")
    func capitals() throws {
        #expect(
            try build(["kustomization.yaml": "NAMEPREFIX: x-\nconfigMapGenerator: [{name: c}]"]).contains("name: x-c-"))
    }

    @Test("of several `patches` the last counts, with a warning at each that does not")
    func repeatedKeys() throws {
        let found = try warnings(["kustomization.yaml": "resources: []\npatches: []\npatches: []\npatches: []\n"])
        #expect(found.map { $0.location?.position.line } == [2, 3, 4])
        #expect(found.map(\.severity) == [.warning, .warning, .note])
        #expect(found.allSatisfy { $0.rule == "repeated-key" })
    }

    @Test("a patch that selects nothing is a warning, one that names nothing an error")
    func idlePatches() throws {
        let idle = try warnings([
            "kustomization.yaml":
                "resources: [web.yaml]\npatches:\n- target: {kind: Job}\n  patch: '[{\"op\": \"remove\", \"path\": \"/a\"}]'\n",
            "web.yaml": webDeployment,
        ])
        #expect(idle.map { $0.location?.position.line } == [3])
        let lost = errors([
            "kustomization.yaml": "resources: [web.yaml]\npatches:\n- path: p.yaml\n", "web.yaml": webDeployment,
            "p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: wep}\n",
        ])
        #expect(lost.map(\.message) == ["there is no apps/v1 Deployment wep to patch"])
        #expect(lost.first?.cure == "did you mean `web`?")
        #expect(lost.first?.location?.file == "p.yaml")
    }

    @Test("a list of operations without a target is an error")
    func patchWithoutTarget() {
        let found = errors([
            "kustomization.yaml":
                "resources: [web.yaml]\npatches:\n- patch: '[{\"op\": \"remove\", \"path\": \"/a\"}]'\n",
            "web.yaml": webDeployment,
        ])
        #expect(found.first?.cure == "add `target:` with kind and name")
    }

    @Test("a missing resource does not make its patches errors too")
    func consequences() {
        let found = errors([
            "kustomization.yaml":
                "resources: [gone.yaml]\nreplicas: [{name: web, count: 2}]\npatches:\n- path: p.yaml\n",
            "p.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
        ])
        #expect(found.map(\.message) == ["`gone.yaml` does not exist"])
    }

    @Test("circles, climbs and foreign files are refused")
    func loading() {
        #expect(
            errors(["a/kustomization.yaml": "resources: [../b]", "b/kustomization.yaml": "resources: [../a]"], "a")
                .count == 1)
        #expect(errors(["a/kustomization.yaml": "resources: [.]"], "a").count == 1)
        let outside = errors(["a/kustomization.yaml": "resources: [../c.yaml]", "c.yaml": "x: y"], "a")
        #expect(outside.first?.message.contains("is not in or below `a`") == true)
        #expect(
            errors(["a/kustomization.yaml": "resources: [../../c.yaml]"], "a").first?.message.contains("climbs above")
                == true)
        #expect(errors(["a/kustomization.yaml": "resources: [/b]", "b/kustomization.yaml": "{}"], "a").count == 1)
        let twice = errors(["kustomization.yaml": "resources: []", "kustomization.yml": "resources: []"])
        #expect(twice.first?.message.contains("several kustomization files") == true)
    }

    @Test("a link out of the kustomization's directory is refused, one inside is followed")
    func links() throws {
        let files = [
            "a/kustomization.yaml": "resources: [c.yaml]",
            "a/real.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}",
        ]
        #expect(try build(files.merging(["a/c.yaml": "-> real.yaml"]) { $1 }, "a").contains("name: c"))
        let out = files.merging([
            "a/c.yaml": "-> ../other.yaml", "other.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}",
        ]) { $1 }
        #expect(errors(out, "a").count == 1)
    }

    @Test("the same object twice is an error that names both places")
    func conflicts() {
        let found = errors([
            "kustomization.yaml": "resources: [a.yaml, b.yaml]", "a.yaml": webDeployment, "b.yaml": webDeployment,
        ])
        #expect(found.map(\.message) == ["apps/v1 Deployment web is declared twice, first at a.yaml:2:1"])
        #expect(found.first?.location.map(String.init(describing:)) == "b.yaml:2:1")
    }

    @Test("remote resources and programs are refused by name")
    func remote() {
        #expect(
            errors(["kustomization.yaml": "resources: ['https://github.com/a/b?ref=c']"]).first?.message.contains(
                "is a remote resource") == true)
        let plugin = "apiVersion: example.com/v1\nkind: Wizard\nmetadata: {name: w}"
        let found = errors(["kustomization.yaml": "resources: []\ntransformers: [w.yaml]", "w.yaml": plugin])
        #expect(found.first?.message == "plugin `Wizard` is a program of its own, and this build runs none")
    }
}
