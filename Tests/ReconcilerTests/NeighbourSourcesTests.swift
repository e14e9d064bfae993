import Manifest
import Synchronization
import Testing

@testable import Reconciler

@Suite struct NeighbourSourcesTests {
    private func neighbour(_ name: String, _ change: (inout Application) -> Void = { _ in }) throws -> Application {
        var neighbour = try Application(
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
                "metadata": ["name": .string(name), "namespace": "apps"],
                "spec": ["source": ["repository": "https://git.example.com/fleet.git", "path": .string(name)]],
            ], source: nil)
        change(&neighbour)
        return neighbour
    }

    /// A remote is asked once for a revision, and once more for each who asks with other rights.
    @Test(arguments: [true, false])
    func eachIsAskedForOnce(answers: Bool) async throws {
        let fleet = try Fleet()
        try fleet.commit(["top/kustomization.yaml": ""])
        let snapshot = try await fleet.snapshot()
        let looks = Mutex<[String]>([])
        var sources = NeighbourSources { neighbour in
            looks.withLock { $0.append(neighbour.name) }
            return answers
                ? PolledSource(commit: SourceCommit(snapshot, requested: "main"), snapshot: snapshot) : nil
        }
        let neighbours = [
            try neighbour("a"), try neighbour("b"), try neighbour("other-path") { $0.source.path = "elsewhere" },
            try neighbour("revision") { $0.source.revision = "v2" },
            try neighbour("credentials") { $0.source.credentialsSecret = "git" },
            try neighbour("account") { $0.serviceAccountName = "tenant" },
            try neighbour("namespace") {
                $0.namespace = "others"
                $0.source.credentialsSecret = "git"
            },
            try neighbour("repository") { $0.source.repository = "https://git.example.com/other.git" },
        ]
        for neighbour in neighbours + neighbours {
            #expect((await sources.source(of: neighbour) != nil) == answers)
        }
        #expect(looks.withLock { $0 } == ["a", "revision", "credentials", "account", "namespace", "repository"])
    }
}
