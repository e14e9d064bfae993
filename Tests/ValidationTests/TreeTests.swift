// Whole runs over small trees: which environments there are, where what is found was written, what no build reaches.

import Foundation
import Manifest
import Testing
import Validation

@testable import gitopsctl

@Suite struct TreeTests {
    private static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              securityContext: {runAsNonRoot: true}
              containers:
              - name: web
                image: web:1
                resources:
                  requests: {cpu: 100m, memory: 64Mi}
                  limits: {memory: 64Mi}
        """

    private static let base = "resources: [web.yaml]\n"

    @Test func whatIsRightIsSilent() async throws {
        let tree = try TemporaryTree(["base/kustomization.yaml": Self.base, "base/web.yaml": Self.deployment])
        let result = try await tree.validate()
        #expect(result.findings.isEmpty, "\(result.findings)")
        #expect(result.environments == 1 && result.objects == 1)
    }

    /// A build tells of files where they really are; whoever looks at them through a link is told the same, and of one
    /// file once.
    @Test func aTreeBehindALinkIsToldAsItIs() async throws {
        let tree = try TemporaryTree([
            "base/kustomization.yaml": "resources: [web.yaml, gone.yaml]\n", "base/web.yaml": Self.deployment,
            "loose/web.yaml": Self.deployment.replacing("web:1", with: "web:latest"),
        ])
        let link = tree.root + "-link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: tree.root)
        defer { try? FileManager.default.removeItem(atPath: link) }
        let direct = try await tree.validate().places()
        #expect(direct.contains("base/kustomization.yaml:1 build"))
        #expect(try await Trees.validate([link], from: link).places() == direct)
    }

    @Test func aFieldIsToldWhereItWasWritten() async throws {
        let tree = try TemporaryTree([
            "base/kustomization.yaml": Self.base,
            "base/web.yaml": Self.deployment,
            "overlays/dev/kustomization.yaml": """
            resources: [../../base]
            patches:
            - path: image.yaml
            - target: {kind: Deployment}
              patch: |
                - op: add
                  path: /spec/template/spec/hostNetwork
                  value: true
            """,
            "overlays/dev/image.yaml": """
            # A comment of two
            # lines
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              template:
                spec:
                  containers:
                  - name: web
                    image: web:latest
            """,
            "overlays/production/kustomization.yaml": """
            resources: [../../base]
            patches:
            - patch: |
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec:
                  template:
                    spec:
                      restartPolcy: Always
            """,
        ])
        let result = try await tree.validate()
        #expect(
            result.places() == [
                "overlays/dev/image.yaml:11 latest-tag", "overlays/dev/kustomization.yaml:8 host-namespaces",
                "overlays/production/kustomization.yaml:10 schema-unknown-field",
            ], "\(result.findings)")
        #expect(result.environments == 2)
        #expect(result.findings.first?.environments == ["overlays/dev"])
    }

    @Test func onlyWhatIsAskedForIsToldOfATree() async throws {
        let tree = try TemporaryTree([
            "gitops/web.yaml": "",
            "a/kustomization.yaml": "resources: [web.yaml]\n",
            "a/web.yaml": Self.deployment.replacing("web:1", with: "web:latest"),
            "b/kustomization.yaml": "resources: [web.yaml]\n",
            "b/web.yaml": Self.deployment.replacing("web:1", with: "web"),
        ])
        #expect(try await tree.validate("b").places() == ["b/web.yaml:13 latest-tag"])
        #expect(try await tree.validate("a", "b").places().count == 2)
    }

    @Test func everyErrorOfABuildIsToldAndTheRestIsCheckedAllTheSame() async throws {
        let tree = try TemporaryTree([
            "kustomization.yaml": "resources:\n- web.yaml\n- web2.yaml\n- nowhere.yaml\n- missing\n",
            "web.yaml": Self.deployment.replacing("web:1", with: "web:latest"), "web2.yaml": Self.deployment,
            "service.yaml":
                "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: no}, ports: [{port: 80}]}\n",
        ])
        let result = try await tree.validate()
        #expect(
            result.places() == [
                "kustomization.yaml:4 build", "kustomization.yaml:5 build", "service.yaml:2 unreached-manifest",
                "web.yaml:13 latest-tag", "web2.yaml:2 build",
            ], "\(result.findings)")
    }

    @Test func filesThatNoBuildReachesAreCheckedEachForItself() async throws {
        let tree = try TemporaryTree([
            "app/kustomization.yaml": Self.base, "app/web.yaml": Self.deployment,
            "app/old.yaml": "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: old}\n",
            "app/broken.yaml": "a: [\n",
            "charts/values.yaml": "image: {tag: latest}\n",
            "charts/shop/Chart.yaml": "name: shop\n", "charts/shop/templates/web.yaml": "{{ nothing }}\n",
            "other/plain.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: a}]}\n",
        ])
        let result = try await tree.validate()
        let places = result.places("unreached-manifest", "removed-api", "yaml", "not-a-manifest", "latest-tag")
        #expect(
            places == [
                "app/broken.yaml:2 yaml", "app/old.yaml:1 removed-api", "app/old.yaml:2 unreached-manifest",
                "charts/values.yaml:1 not-a-manifest",
            ], "\(result.findings)")
        #expect(result.places().contains { $0.hasPrefix("other/plain.yaml") })
    }

    @Test func aFolderWithoutKustomizationsIsOneEnvironment() async throws {
        let tree = try TemporaryTree([
            "web.yaml": Self.deployment,
            "service.yaml":
                "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80}]\n",
            "more/service.yaml":
                "apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec:\n  selector: {app: api}\n  ports: [{port: 80}]\n",
        ])
        let result = try await tree.validate()
        #expect(result.places() == ["more/service.yaml:5 dangling-service"], "\(result.findings)")
        // Of one file nobody knows what stands beside it.
        let alone = try await tree.validate("more/service.yaml")
        #expect(alone.findings.isEmpty && alone.objects == 1)
    }

    @Test func applicationsSayWhereObjectsWithoutNamespaceGo() async throws {
        func application(_ name: String, path: String) -> String {
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata: {name: \(name)}
            spec:
              source: {repository: ., revision: main, path: \(path)}
              destination: {namespace: shop}
            """
        }
        let tree = try TemporaryTree([
            "gitops/apps.yaml": [application("a", path: "a"), application("b", path: "b"), application("c", path: "c")]
                .joined(separator: "\n---\n"),
            "a/kustomization.yaml": "resources: [web.yaml]\n",
            "a/web.yaml": Self.deployment.replacing(
                "image: web:1", with: "image: web:1\n        envFrom: [{configMapRef: {name: settings}}]"),
            "b/kustomization.yaml":
                "configMapGenerator: [{name: settings, literals: [a=b], options: {disableNameSuffixHash: true}}]\n",
        ])
        let result = try await tree.validate()
        #expect(result.places() == ["gitops/apps.yaml:16 application-path"], "\(result.findings)")
    }

    @Test func definitionsOfTheTreeDescribeItsKinds() async throws {
        let tree = try TemporaryTree([
            "crds/kustomization.yaml": "resources: [widgets.yaml]\n", "crds/widgets.yaml": SchemaRuleTests.widgets,
            "app/kustomization.yaml": "resources: [widget.yaml]\n",
            "app/widget.yaml": "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: big}\n",
        ])
        #expect(try await tree.validate().places() == ["app/widget.yaml:4 schema-type"])
    }

    @Test func aTreeSwitchesOffByItsFile() async throws {
        let tree = try TemporaryTree([
            ".gitopsctl-validate.yaml": "ignore:\n- {rule: latest-tag, reason: a demo, files: [a/*]}\n",
            "a/kustomization.yaml": "resources: [web.yaml]\n",
            "a/web.yaml": Self.deployment.replacing("web:1", with: "web:latest"),
            "b/kustomization.yaml": "resources: [web.yaml]\n",
            "b/web.yaml": Self.deployment.replacing("web:1", with: "web:latest"),
        ])
        let result = try await tree.validate()
        #expect(result.places() == ["b/web.yaml:13 latest-tag"] && result.ignored == 1)
        let all = try await tree.validate(exemptions: [Exemption(rule: "latest-tag", reason: "all of it is")])
        #expect(all.findings.isEmpty && all.ignored == 2)
    }

    @Test func componentsAndBasesAreNoEnvironments() async throws {
        let tree = try TemporaryTree([
            "base/kustomization.yaml": Self.base, "base/web.yaml": Self.deployment,
            "component/kustomization.yaml":
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -x\n",
            "overlay/kustomization.yaml": "resources: [../base]\ncomponents: [../component]\n",
        ])
        let result = try await tree.validate()
        #expect(result.environments == 1 && result.findings.isEmpty, "\(result.findings)")
        // Unless somebody asks for one: what it lacks may be its overlays' to give.
        #expect(try await tree.validate("base").environments == 1)
        await #expect(throws: DiagnosticsError.self) { try await tree.validate("component") }
    }

    @Test func whatIsGivenGoesBeforeWhatTheTreeHolds() async throws {
        let strict = try TemporaryTree(["widgets.yaml": SchemaRuleTests.widgets])
        let tree = try TemporaryTree([
            "crds/kustomization.yaml": "resources: [widgets.yaml]\n",
            "crds/widgets.yaml": """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: widgets.example.com}
            spec:
              group: example.com
              scope: Namespaced
              names: {kind: Widget, plural: widgets}
              versions:
              - name: v1
                served: true
                storage: true
                schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
            """,
            "app/kustomization.yaml": "resources: [widget.yaml]\n",
            "app/widget.yaml": "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: big}\n",
        ])
        #expect(try await tree.validate().findings.isEmpty)
        let result = try await Trees.validate([tree.root], from: tree.root, definitions: [strict.root])
        #expect(result.places() == ["app/widget.yaml:4 schema-type"], "\(result.findings)")
    }
}

extension String {
    fileprivate func replacing(_ old: String, with new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        var text = self
        text.replaceSubrange(range, with: new)
        return text
    }
}
