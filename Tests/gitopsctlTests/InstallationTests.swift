// The controller's manifests that the program carries, held to deploy/controller.

import FoundationEssentials
import Kustomize
import Manifest
import Reconciler
import Testing

@testable import gitopsctl

@Suite struct InstallationTests {
    private static let folder: String = {
        let here = #filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.startIndex)
        return here + "/../../deploy/controller"
    }()

    @Test func theFilesAreThoseOfTheRepository() throws {
        let names = try FileManager.default.subpathsOfDirectory(atPath: Self.folder).filter { path in
            path.hasSuffix(".yaml") && path != "crds/definitions.yaml"
                && (!path.hasPrefix("components/")
                    || ["api", "high-availability", "disruption-budget"].contains {
                        path.hasPrefix("components/\($0)/")
                    })
        }
        #expect(ControllerFiles.all.map(\.path).sorted() == names.sorted(), "run generate-controller-files.py")
        for (path, text) in ControllerFiles.all {
            let kept = FileManager.default.contents(atPath: "\(Self.folder)/\(path)").map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(kept == text, "\(path): run generate-controller-files.py")
        }
    }

    @Test func withoutAnyChoiceItIsTheOverlay() throws {
        let folder = String(RepositoryRoot.normalized(Self.folder).dropFirst())
        let overlay = try KustomizeBuild(tree: LocalFileTree(root: "/"), options: BuildOptions()).build(
            path: folder + "/overlays/cluster-admin")
        #expect(try Installation().build().yaml() == overlay.yaml())
    }

    @Test func choicesReachEveryObject() throws {
        var installation = Installation()
        installation.namespace = "delivery"
        installation.image = "registry.example.com/controller@sha256:abc"
        installation.replicas = 3
        installation.isReadOnly = true
        installation.servesAPI = true
        let objects = try installation.build().objects
        let text = String(decoding: try installation.build().yaml(), as: UTF8.self)
        #expect(!text.contains("gitops-system"))
        #expect(!objects.contains { $0.kind == "PersistentVolumeClaim" })
        #expect(
            objects.contains { $0.kind == "PodDisruptionBudget" }
                && objects.contains { $0.name == "gitops-controller-read-only" })
        #expect(!objects.contains { $0.name == "gitops-controller-cluster-admin" })
        let deployment = try #require(objects.first { $0.kind == "Deployment" })
        #expect(deployment.value[path: "spec", "replicas"]?.int == 3)
        let container = deployment.value[path: "spec", "template", "spec", "containers"]?.array?.first
        #expect(container?["image"]?.string == "registry.example.com/controller@sha256:abc")
        let volume = deployment.value[path: "spec", "template", "spec", "volumes"]?.array?.first {
            $0["name"]?.string == "data"
        }
        // A directive that kustomize does not know is a field that servers refuse.
        #expect(!text.contains("$retainKeys"))
        #expect(text.contains("--api=0.0.0.0:9293") && text.contains("secretName: gitops-controller-api"))
        #expect(volume?["emptyDir"] != nil && volume?["persistentVolumeClaim"] == nil)
        // What was chosen is found again in the cluster.
        #expect(Installation(of: deployment.value) == installation)
    }
}
