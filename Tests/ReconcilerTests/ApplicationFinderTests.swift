import FoundationEssentials
import Manifest
import Reconciler
import Testing

@Suite struct ApplicationFinderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    func finder(in subfolder: String = "", cluster: [Value] = []) -> ApplicationFinder {
        ApplicationFinder(workingFolder: subfolder.isEmpty ? folder.path : "\(folder.path)/\(subfolder)") {
            kind, name throws(DiagnosticsError) in
            cluster.filter {
                $0["kind"]?.string == kind && (name == nil || $0[path: "metadata", "name"]?.string == name)
            }
        }
    }

    static func text(_ name: String, repository: String = ".") -> String {
        """
        apiVersion: gitopsctl.dev/v1alpha1
        kind: Application
        metadata: {name: \(name)}
        spec:
          source: {repository: \(repository), path: overlays/production}
        """
    }

    static func value(
        _ name: String, namespace: String = "default", repository: String = "https://git.example/fleet.git"
    ) -> Value {
        [
            "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
            "metadata": ["name": .string(name), "namespace": .string(namespace), "uid": "1", "managedFields": []],
            "spec": ["source": ["repository": .string(repository), "path": "base"]], "status": ["revision": "x"],
        ]
    }

    @Test func anApplicationOfTheRepositoryIsFoundFromAnyFolderOfIt() async throws {
        try folder.write(".git/HEAD", "ref: refs/heads/main")
        try folder.write("gitops/shop.yaml", Self.text("shop"))
        try folder.write("overlays/production/kustomization.yaml", "")
        for place in ["", "overlays/production"] {
            let shop = try await finder(in: place).find("shop")
            #expect(shop.name == "shop")
            #expect(shop.source.repository == folder.path)
        }
    }

    @Test func aRelativeRepositoryIsMeantFromTheRootOfTheOneThatHoldsTheFile() async throws {
        try folder.write("control/.git/HEAD", "")
        try folder.write("control/apps/deep/shop.yaml", Self.text("shop", repository: "../fleet"))
        let shop = try await finder().find("shop", file: "control/apps/deep/shop.yaml")
        #expect(shop.source.repository == folder.path + "/fleet")
    }

    @Test func theFileThatIsNamedComesBeforeTheClusterAndTheClusterBeforeTheRepository() async throws {
        try folder.write(".git/HEAD", "")
        try folder.write("gitops/shop.yaml", Self.text("shop", repository: "https://repository"))
        try folder.write("other.yaml", "kind: List\n---\n" + Self.text("shop", repository: "https://file"))
        let finder = finder(cluster: [Self.value("shop", repository: "https://cluster")])
        #expect(try await finder.find("shop", file: "other.yaml").source.repository == "https://file")
        #expect(try await finder.find("shop").source.repository == "https://cluster")
        #expect(try await self.finder().find("shop").source.repository == "https://repository")
    }

    @Test func whatIsNotThereIsToldWithWhatMayBeMeant() async throws {
        try folder.write(".git/HEAD", "")
        try folder.write("gitops/a.yaml", Self.text("glucosync"))
        try folder.write("gitops/b.yml", "a: [")
        let error = await #expect(throws: DiagnosticsError.self) { try await finder().find("glucosnyc") }
        #expect(
            error?.diagnostics.last == .error("no application glucosnyc is known here", cure: "Did you mean glucosync?")
        )
        #expect(error?.diagnostics.first?.location?.file == "gitops/b.yml")

        let other = await #expect(throws: DiagnosticsError.self) { try await finder().find("billing") }
        #expect(other?.diagnostics.last?.cure == "Name its file with -f, or put it into gitops/billing.yaml")
        let file = await #expect(throws: DiagnosticsError.self) {
            try await finder().find("shop", file: "gitops/a.yaml")
        }
        #expect(file?.description == "gitops/a.yaml: error: there is no application shop\n  → It holds glucosync")
        let none = await #expect(throws: DiagnosticsError.self) { try await finder().find("shop", file: "none.yaml") }
        #expect(none?.description == "none.yaml: error: there is no such file")
    }

    @Test func aBrokenFileHidesNoOtherApplication() async throws {
        try folder.write(".git/HEAD", "")
        try folder.write("gitops/a.yaml", "a: [")
        try folder.write("gitops/b.yaml", Self.text("shop") + "\n---\n" + Self.text("web"))
        #expect(try await finder().find("web").name == "web")
        let (applications, diagnostics) = await finder(cluster: [Self.value("billing")]).all()
        #expect(applications.map(\.name) == ["billing", "shop", "web"])
        #expect(diagnostics.map { $0.location?.file } == ["gitops/a.yaml"])
    }

    @Test func twoOfOneNameAreAnError() async throws {
        let cluster = [Self.value("shop", namespace: "b"), Self.value("shop", namespace: "a")]
        let error = await #expect(throws: DiagnosticsError.self) { try await finder(cluster: cluster).find("shop") }
        #expect(error?.diagnostics.first?.message == "the cluster has 2 applications called shop, in a, b")
        try folder.write(".git/HEAD", "")
        try folder.write("gitops/a.yaml", Self.text("shop") + "\n---\n" + Self.text("shop"))
        let files = await #expect(throws: DiagnosticsError.self) { try await finder().find("shop") }
        #expect(
            files?.diagnostics.first?.message == "2 applications are called shop: gitops/a.yaml:1:1, gitops/a.yaml:7:1")
    }

    @Test func anApplicationOfAClusterStandsInNoRepository() async throws {
        let finder = finder(cluster: [Self.value("shop", repository: ".")])
        let error = await #expect(throws: DiagnosticsError.self) { try await finder.find("shop") }
        #expect(error?.diagnostics.first?.cure == "Write the repository's URL")
    }

    /// A cluster that is down is told only where nothing else knows the application.
    @Test func aClusterThatCannotBeAskedIsARemark() async throws {
        try folder.write(".git/HEAD", "")
        try folder.write("gitops/shop.yaml", Self.text("shop"))
        let finder = ApplicationFinder(workingFolder: folder.path) { _, _ throws(DiagnosticsError) in
            throw DiagnosticsError([.warning("the cluster cannot be reached")])
        }
        #expect(try await finder.find("shop").name == "shop")
        let error = await #expect(throws: DiagnosticsError.self) { try await finder.find("web") }
        #expect(error?.diagnostics.map(\.severity) == [.warning, .error])
    }
}

/// A folder of its own for one test; removed with the value's last owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/gitopsctl-reconciler-\(UInt64.random(in: 0...(.max)))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ file: String, _ text: String) throws {
        let full = "\(path)/\(file)"
        let parent = String(full[..<(full.lastIndex(of: "/") ?? full.startIndex)])
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: full))
    }
}
