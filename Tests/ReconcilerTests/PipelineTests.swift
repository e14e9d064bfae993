// Whole syncs by the pipeline, against a sandbox in this process, with a clock that a test sets.

import Foundation
import HTTPClient
import KubernetesClient
import Manifest
import Sandbox
import SyncEngine
import SyncHistory
import Synchronization
import Testing

@testable import Reconciler

@Suite struct PipelineTests {
    /// A repository, a cluster and a pipeline between them.
    private final class Works: Sendable {
        let folder: String
        let reconciler: Reconciler
        let history: SQLiteHistory
        let cluster: any KubernetesAPI
        let clock = Clock()

        /// What the pipeline takes for the time.
        final class Clock: Sendable { let now = Mutex(Timestamp(milliseconds: 1_795_262_400_000)) }

        init(_ folder: String) throws {
            self.folder = folder
            let connection = try Kubeconfig.load(path: folder + "/kubeconfig.yaml", context: nil)
            cluster = KubernetesClient(connection)
            history = try SQLiteHistory(folder: folder + "/state")
            let clock = clock
            reconciler = Reconciler(
                Reconciler.Surroundings(
                    cluster: cluster, clusterName: connection.server,
                    fetcher: SourceFetcher(cacheFolder: folder + "/cache", http: HTTPClient()),
                    renderer: Renderer(remembers: true), plugins: nil, history: history, stateFolder: folder + "/state",
                    now: { clock.now.withLock { $0 } }))
            try git("init", "-q", "-b", "main", folder + "/fleet")
        }

        func git(_ words: String...) throws {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["git", "-c", "user.name=Test", "-c", "user.email=test@localhost"] + words
            process.environment = [
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "GIT_CONFIG_GLOBAL": "/dev/null",
            ]
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
        }

        /// Commits the ConfigMaps of some applications, each with its wave.
        func commit(_ applications: [String: [String: Int]]) throws {
            for (name, maps) in applications {
                let place = "\(folder)/fleet/\(name)"
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                let text = maps.sorted { $0.key < $1.key }.map { map, wave in
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(map), annotations: {gitopsctl.dev/sync-wave: '\(wave)'}}\n"
                }.joined(separator: "---\n")
                try text.write(toFile: place + "/maps.yaml", atomically: false, encoding: .utf8)
                try "resources: [maps.yaml]\n".write(
                    toFile: place + "/kustomization.yaml", atomically: false, encoding: .utf8)
            }
            try git("-C", folder + "/fleet", "add", "-A")
            try git("-C", folder + "/fleet", "commit", "-q", "--allow-empty", "-m", "Change")
        }

        func application(_ name: String, _ lines: String = "") throws -> Application {
            let text =
                "apiVersion: gitopsctl.dev/v1alpha1\nkind: Application\nmetadata: {name: \(name)}\nspec:\n  source: {repository: \(folder)/fleet, revision: main, path: \(name)}\n\(lines)"
            let document = try #require(try YAML.read(Array(text.utf8), file: "\(name).yaml").first)
            return try Application(document, source: SourceLocation(file: "\(name).yaml"))
        }

        func uid(_ map: String) async throws -> String? {
            let gvk = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
            return try await cluster.get(ObjectReference(gvk: gvk, namespace: "default", name: map)).flatMap {
                KubernetesObject($0).uid
            }
        }
    }

    /// Runs a body beside a sandbox of its own.
    private func withWorks(_ body: @escaping @Sendable (Works) async throws -> Void) async throws {
        let folder = "/tmp/gitopsctl-pipeline-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await SandboxServer(SandboxConfiguration(stateFolder: folder, pace: .milliseconds(20))).serving { _ in
            try await body(try Works(folder))
        }
    }

    private static let manual = SyncRequest(trigger: SyncTrigger(.commandLine, by: "test"))
    private static let automatic = SyncRequest(trigger: SyncTrigger(.controller, by: "test"))

    private static let night =
        "  sync:\n    windows:\n    - {kind: allow, schedule: '0 22 * * *', duration: 1h, manualSync: true}\n"

    @Test func aSyncOutsideOfItsWindowDoesNotBeginUnlessSomebodyAsks() async throws {
        try await withWorks { works in
            try works.commit(["shop": ["a": 0]])
            let shop = try works.application("shop", Self.night)
            works.clock.now.withLock { $0 = Timestamp(parsing: "2026-11-21T12:00:00Z") ?? $0 }
            let error = await #expect(throws: DiagnosticsError.self) {
                try await works.reconciler.sync(shop, request: Self.automatic, events: { _ in })
            }
            #expect(
                error?.diagnostics.map(\.description) == [
                    """
                    shop.yaml:8:8: error: shop is not synced: no window allows syncs before 2026-11-21 22:00 UTC, when “0 22 * * *” (1h, UTC) opens [sync-window]
                      → Wait for it, or let people sync all the same with manualSync: true
                    """
                ])
            #expect(try await works.uid("a") == nil)
            #expect(try await works.reconciler.sync(shop, request: Self.manual, events: { _ in }).result == .succeeded)
        }
    }

    @Test func aWindowThatClosesMeanwhileStopsTheSyncBetweenTwoWavesAndTheHistorySaysSo() async throws {
        try await withWorks { works in
            try works.commit(["shop": ["a": 0, "b": 1]])
            let shop = try works.application("shop", Self.night)
            works.clock.now.withLock { $0 = Timestamp(parsing: "2026-11-21T22:59:59Z") ?? $0 }
            let clock = works.clock
            let report = try await works.reconciler.sync(shop, request: Self.automatic) { event in
                guard case .object(.applied) = event else { return }
                clock.now.withLock { $0 = Timestamp(parsing: "2026-11-21T23:00:00Z") ?? $0 }
            }
            #expect(report.result == .interrupted)
            #expect(try await works.uid("a") != nil)
            #expect(try await works.uid("b") == nil)
            let record = try #require(try await works.reconciler.syncs(of: shop, limit: 1).first)
            #expect(record.result == .interrupted)
            #expect(
                record.diagnostics.map { "\($0.rule ?? ""): \($0.message)" } == [
                    "sync-window: the sync stopped between two steps: no window allows syncs before 2026-11-22 22:00 UTC, when “0 22 * * *” (1h, UTC) opens"
                ])
            // The next window finishes it.
            works.clock.now.withLock { $0 = Timestamp(parsing: "2026-11-22T22:00:00Z") ?? $0 }
            #expect(
                try await works.reconciler.sync(shop, request: Self.automatic, events: { _ in }).result == .succeeded)
            #expect(try await works.uid("b") != nil)
        }
    }

    @Test func aNewerRevisionEndsASyncBeforeItsNextWave() async throws {
        try await withWorks { works in
            try works.commit(["shop": ["a": 0, "b": 1]])
            let shop = try works.application("shop")
            let state = Newer()
            var request = Self.automatic
            request.newerRevision = { state.revision.withLock { $0 } }
            let report = try await works.reconciler.sync(shop, request: request) { event in
                if case .object(.applied) = event { state.revision.withLock { $0 = "main@2222222" } }
            }
            #expect(report.result == .interrupted)
            #expect(report.diagnostics.map(\.rule) == ["newer-revision"])
            #expect(try await works.uid("a") != nil)
            #expect(try await works.uid("b") == nil)
        }
    }

    /// A dependency that is not ready is no mistake of the manifests: the base may be synced in a minute.
    @Test func aSyncThatADependencyHoldsBackIsTriedAgain() async throws {
        try await withWorks { works in
            try works.commit(["base": ["b": 0], "shop": ["a": 0]])
            let base = try works.application("base")
            let shop = try works.application("shop", "  dependsOn: [{name: base}]\n")
            var request = Self.automatic
            request.dependencies = [base]
            request.wait = false
            let report = try await works.reconciler.sync(shop, request: request, events: { _ in })
            #expect(report.result == .failed)
            #expect(report.cause == .unanswered)
            #expect(
                report.diagnostics.map(\.message) == [
                    "shop depends on base, which was never synced to this cluster"
                ])
            #expect(try await works.uid("a") == nil)

            _ = try await works.reconciler.sync(base, request: Self.automatic, events: { _ in })
            request.wait = true
            let next = try await works.reconciler.sync(shop, request: request) { event in
                if case .awaiting = event { Issue.record("there is nothing to wait for") }
            }
            #expect(next.result == .succeeded)
        }
    }

    @Test(arguments: ["newer-revision", "handover"])
    func theWaitForADependencyEndsWithWhatEndsASync(rule: String) async throws {
        try await withWorks { works in
            try works.commit(["base": ["b": 0], "shop": ["a": 0]])
            let shop = try works.application("shop", "  dependsOn: [{name: base}]\n")
            let state = Newer()
            var request = Self.automatic
            request.dependencies = [try works.application("base")]
            request.timeout = .seconds(600)
            if rule == "handover" {
                request.handover = { state.revision.withLock { $0 } }
            } else {
                request.newerRevision = { state.revision.withLock { $0 } }
            }
            let report = try await works.reconciler.sync(shop, request: request) { event in
                if case .awaiting(dependency: "base") = event { state.revision.withLock { $0 = "main@2222222" } }
            }
            #expect(report.result == .interrupted)
            #expect(report.cause == nil)
            #expect(report.diagnostics.map(\.rule) == [rule])
            let record = try #require(try await works.reconciler.syncs(of: shop, limit: 1).first)
            #expect(record.result == .interrupted)
        }
    }

    @Test func theHistoryKeepsWhatTheApplicationSays() async throws {
        try await withWorks { works in
            let shop = try works.application("shop", "  historyLimit: 2\n")
            for number in 0..<4 {
                try works.commit(["shop": ["map-\(number)": 0]])
                _ = try await works.reconciler.sync(shop, request: Self.manual, events: { _ in })
            }
            #expect(try await works.reconciler.syncs(of: shop, limit: 10).map(\.id) == [4, 3])
            // One that wrote nothing counts as well.
            _ = try await works.reconciler.sync(shop, request: Self.manual, events: { _ in })
            #expect(try await works.reconciler.syncs(of: shop, limit: 10).map(\.id) == [5, 4, 3])
        }
    }

    private final class Newer: Sendable { let revision = Mutex<String?>(nil) }

    @Test(arguments: [["left", "right"], ["right", "left"]])
    func anObjectThatMovesToAnotherApplicationIsNeverGone(_ order: [String]) async throws {
        try await withWorks { works in
            let applications = ["left": try works.application("left"), "right": try works.application("right")]
            var request = Self.manual
            request.neighbours = { Array(applications.values) }
            try works.commit(["left": ["moved": 0, "stays": 0], "right": ["other": 0]])
            for name in ["left", "right"] {
                _ = try await works.reconciler.sync(
                    try #require(applications[name]), request: request, events: { _ in })
            }
            let before = try await works.uid("moved")
            try works.commit(["left": ["stays": 0], "right": ["moved": 0, "other": 0]])
            for name in order + order {
                let report = try await works.reconciler.sync(
                    try #require(applications[name]), request: request, events: { _ in })
                #expect(report.result == .succeeded)
                #expect(report.counts.pruned == 0)
                #expect(try await works.uid("moved") == before)
            }
            // It belongs to the other one now, which prunes it when Git has it nowhere.
            try works.commit(["right": ["other": 0]])
            let last = try await works.reconciler.sync(
                try #require(applications["right"]), request: request, events: { _ in })
            #expect(last.counts.pruned == 1)
            #expect(try await works.uid("moved") == nil)
        }
    }

    @Test func aComparisonIsWithTheCommitThatItIsGiven() async throws {
        try await withWorks { works in
            let application = try works.application("web")
            try works.commit(["web": ["a": 0]])
            var request = Self.automatic
            request.source = try await works.reconciler.poll(application)
            _ = try await works.reconciler.sync(application, request: request) { _ in }
            try works.commit(["web": ["a": 0, "b": 0]])
            let comparison = try await works.reconciler.compare(application, request: request)
            #expect(comparison.commit == request.source?.commit)
            #expect(comparison.plan.isEmpty, "\(comparison.plan.changes)")
        }
    }

    /// A commit is news to an application, even where somebody else has rendered it first.
    @Test func aCommitTouchesWhatItChangesWhoeverRenderedIt() async throws {
        try await withWorks { works in
            let (web, other) = (try works.application("web"), try works.application("other"))
            try works.commit(["web": ["a": 0], "other": ["b": 0]])
            let first = try await works.reconciler.poll(web)
            for application in [web, other] {
                _ = try await works.reconciler.sync(application, request: Self.automatic) { _ in }
            }
            try works.commit(["web": ["a": 0, "c": 0]])
            let second = try await works.reconciler.poll(web)
            #expect(works.reconciler.isTouched(web, by: second, after: first))
            _ = try await works.reconciler.compare(web, request: Self.automatic)
            #expect(works.reconciler.isTouched(web, by: second, after: first))
            #expect(!works.reconciler.isTouched(other, by: second, after: first))
            #expect(!works.reconciler.isTouched(web, by: second, after: second))
        }
    }

    @Test func aDeletionIsRecordedAndCarriesOutOnlyWhatWasConfirmed() async throws {
        try await withWorks { works in
            try works.commit(["shop": ["a": 0]])
            let shop = try works.application("shop")
            _ = try await works.reconciler.sync(shop, request: Self.manual, events: { _ in })
            var request = Self.manual
            request.deletion = ApplicationDeletion()
            let plan = try await works.reconciler.deletionPlan(of: shop, request: request)
            // Somebody syncs another object in between.
            try works.commit(["shop": ["a": 0, "b": 0]])
            _ = try await works.reconciler.sync(shop, request: Self.manual, events: { _ in })
            request.confirmedPlan = plan.digest
            #expect(try await works.reconciler.sync(shop, request: request, events: { _ in }).result == .failed)
            #expect(try await works.uid("a") != nil)

            request.confirmedPlan = try await works.reconciler.deletionPlan(of: shop, request: request).digest
            #expect(try await works.reconciler.sync(shop, request: request, events: { _ in }).result == .succeeded)
            #expect(try await works.uid("a") == nil)
            let record = try #require(try await works.reconciler.syncs(of: shop, limit: 1).first)
            #expect(record.isDeletion && record.counts.pruned == 2)
            #expect(try await works.history.objects(of: record.id).map(\.result) == ["pruned", "pruned"])
            // It is no commit to go back to.
            #expect(try await works.reconciler.lastGood(shop, otherThan: "") != nil)
            await #expect(throws: DiagnosticsError.self) {
                try await works.reconciler.deletionPlan(of: shop, request: request)
            }
        }
    }
}
