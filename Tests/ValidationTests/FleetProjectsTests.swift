// The Projects of the fleet: each environment belongs to one, which allows what it delivers and no other's namespaces.

import Foundation
import Kustomize
import Manifest
import Reconciler
import Testing

@Suite struct FleetProjectsTests {
    private struct Platform {
        var projects: [String: Project] = [:]
        var applications: [Application] = []
        private static let repository = "https://git.example.com/platform/delivery.git"

        init(_ name: String) throws {
            let folder = "\(Trees.project)/deploy/fleet/\(name)/gitops"
            for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            where file != "kustomization.yaml" {
                for value in ManifestFile.read("\(folder)/\(file)") {
                    if Project.describes(value) {
                        var project = try Project(value, source: nil)
                        // `.` is made absolute by whoever finds the two.
                        #expect(project.sources.map(\.description) == ["."])
                        project.sources = [NamePattern(Self.repository, separator: "/")]
                        projects[project.name] = project
                    } else if Application.describes(value) {
                        var application = try Application(value, source: nil)
                        application.source.repository = Self.repository
                        applications.append(application)
                    }
                }
            }
        }
    }

    @Test(arguments: ["thebot", "trackdechets", "cloudretail", "glucosync"])
    func anEnvironmentMayUseWhatItDelivers(platform: String) throws {
        let fleet = try Platform(platform)
        let delivered = fleet.applications.filter { $0.source.path.hasPrefix("overlays/") }
        #expect(delivered.count >= 3)
        for application in delivered {
            let project = try #require(
                application.project.flatMap { fleet.projects[$0] }, "\(application.name) belongs to no project")
            #expect(project.findings(on: application).isEmpty)
            let build = KustomizeBuild(tree: LocalFileTree(root: "\(Trees.project)/deploy/fleet/\(platform)"))
            let objects = try build.build(path: application.source.path).objects
            let clusterScoped = BuiltInResource.clusterScoped.union([
                GroupKind(group: "cert-manager.io", kind: "ClusterIssuer")
            ])
            let findings = project.findings(on: objects, namespace: application.destination.namespace) { kind in
                !clusterScoped.contains(kind.groupKind)
            }
            #expect(findings.isEmpty, "\(findings)")
            // Nothing of it belongs to another environment.
            for other in fleet.projects.values where other.name != project.name {
                #expect(!other.findings(on: application).isEmpty, "\(other.name) allows \(application.name)")
            }
        }
    }
}

enum ManifestFile {
    static func read(_ path: String) -> [Value] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return (try? YAML.read([UInt8](data), file: path, options: .resources)) ?? []
    }
}
