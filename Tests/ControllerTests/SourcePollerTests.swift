// Looks at repositories: one for all who ask at once, and taken down for those who ask later.

import Foundation
import HTTPClient
import Manifest
import SyncEngine
import Synchronization
import Testing

@testable import Controller
@testable import Reconciler

@Suite struct SourcePollerTests {
    private func application(_ name: String) throws -> Application {
        try Application(
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
                "metadata": ["name": .string(name), "namespace": "shop"],
                "spec": ["source": ["repository": "https://git.example.com/shop.git"], "sync": ["interval": "1h"]],
            ], source: nil)
    }

    @Test func whoeverHearsOfALookFirstTakesItDownForAll() async throws {
        for _ in 0..<50 {
            let looks = Mutex(0)
            let poller = SourcePoller(
                clock: SystemClock(),
                poll: { _ throws(DiagnosticsError) in
                    looks.withLock { $0 += 1 }
                    await Task.yield()
                    throw DiagnosticsError("it does not answer")
                }, isTouched: { _, _, _ in true }, touched: { _, _, _ in })
            let applications = try (0..<8).map { try application("web-\($0)") }
            for application in applications { await poller.track(application) }
            await withDiscardingTaskGroup { group in
                for application in applications {
                    group.addTask { _ = try? await poller.source(of: application, isFresh: false, isSynced: true) }
                }
            }
            // What was seen a moment ago is not looked at again, by whomever.
            for application in applications {
                _ = try? await poller.source(of: application, isFresh: false, isSynced: true)
            }
            #expect(looks.withLock { $0 } == 1)
        }
    }

    /// Whoever only compares what a look finds is told of it as everybody is: no look after that one would find it new.
    @Test(arguments: [true, false])
    func aNewCommitIsToldUnlessItIsSyncedByWhoeverLooked(isSynced: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "poller-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let fetcher = SourceFetcher(cacheFolder: folder + "/cache", http: HTTPClient())
        let application = try Application(
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
                "metadata": ["name": "web", "namespace": "shop"],
                "spec": [
                    "source": ["repository": .string(folder + "/fleet"), "revision": "main"],
                    "sync": ["interval": "1h"],
                ],
            ], source: nil)
        let told = Mutex<[String]>([])
        let poller = SourcePoller(
            clock: SystemClock(),
            poll: { application throws(DiagnosticsError) in
                let snapshot = try await fetcher.fetch(
                    application, revision: "main", secret: nil, deadline: .seconds(60))
                return PolledSource(commit: SourceCommit(snapshot, requested: "main"), snapshot: snapshot)
            },
            isTouched: { _, new, old in new.commit.id != old.commit.id },
            touched: { applications, commit, _ in
                told.withLock { $0 += applications.map { "\($0.name) \(commit?.id ?? "")" } }
            })
        await poller.track(application)
        try Self.commit("Begin", in: folder)
        _ = try await poller.source(of: application, isFresh: true, isSynced: isSynced)
        try Self.commit("Go on", in: folder)
        let second = try await poller.source(of: application, isFresh: true, isSynced: isSynced)
        #expect(told.withLock { $0 } == (isSynced ? [] : ["web \(second.commit.id)"]))
    }

    private static func commit(_ message: String, in folder: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let commit = "git -c user.name=Test -c user.email=test@localhost commit -q --allow-empty -m \"$0\""
        process.arguments = ["-ec", "git init -q -b main fleet && cd fleet && \(commit)", message]
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "GIT_CONFIG_GLOBAL": "/dev/null",
        ]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}
