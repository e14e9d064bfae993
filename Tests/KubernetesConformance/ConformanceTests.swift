// One suite of behaviours, run unchanged against the sandbox and against a real kube-apiserver.

import FoundationEssentials
import Glibc
import Manifest
import Testing

@testable import Sandbox

@Suite("The sandbox behaves as the API does", .runningSandbox)
struct SandboxConformance {
    @Test(arguments: Behaviour.all)
    func behaves(_ behaviour: Behaviour) async throws {
        let server = try #require(RunningSandbox.server)
        var session = Session(server)
        for finding in try await session.run(behaviour) { Issue.record(Comment(rawValue: finding)) }
    }

    @Test func thereAreAtLeast250Behaviours() {
        #expect(Behaviour.all.count >= 250)
    }
}

@Suite(
    "A real API server behaves as the suite says",
    .enabled(
        if: ProcessInfo.processInfo.environment["GITOPSCTL_TEST_KUBECONFIG"] != nil,
        "GITOPSCTL_TEST_KUBECONFIG is not set"))
struct RealConformance {
    private static let server = Task {
        try await ServerUnderTest(kubeconfig: ProcessInfo.processInfo.environment["GITOPSCTL_TEST_KUBECONFIG"] ?? "")
    }

    @Test(arguments: Behaviour.all)
    func behaves(_ behaviour: Behaviour) async throws {
        let server = try await Self.server.value
        if server.minor < behaviour.since {
            try Test.cancel("Kubernetes 1.\(server.minor) does not have it: since 1.\(behaviour.since)")
        }
        var session = Session(server)
        for finding in try await session.run(behaviour) { Issue.record(Comment(rawValue: finding)) }
    }
}

/// Runs a sandbox around a suite, with those controllers alone that are part of kube-apiserver.
struct RunningSandbox: SuiteTrait, TestScoping {
    @TaskLocal static var server: ServerUnderTest?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let folder = "/tmp/gitopsctl-conformance-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let sandbox = SandboxServer(SandboxConfiguration(stateFolder: folder, controllers: .apiServer))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await sandbox.run { continuation.yield($0) }
            }
            for await _ in ports {
                let server = try await ServerUnderTest(kubeconfig: folder + "/kubeconfig.yaml")
                try await Self.$server.withValue(server) { try await function() }
                break
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

extension Trait where Self == RunningSandbox {
    static var runningSandbox: Self { Self() }
}

extension Behaviour: CustomTestStringConvertible {
    var testDescription: String { "\(chapter): \(title)" }
}
