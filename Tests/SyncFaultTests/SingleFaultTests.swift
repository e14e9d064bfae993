// One fault at a time: a sync goes through it, or says what is the matter and the next one mends it.

import Foundation
import HTTPClient
import KubernetesClient
import Manifest
import Sandbox
import SyncEngine
import SyncHistory
import Testing

@testable import Reconciler

@Suite(.timeLimit(.minutes(5))) struct SingleFaultTests {
    /// Two commits that differ in a change, a new object and a removed one.
    private static let states: [Platform] = {
        var next = Platform.first
        next.versions["Deployment d0"] = 1
        next.versions["ConfigMap c1"] = 1
        next.versions["Secret s0"] = nil
        return [.first, next]
    }()

    private static let changes: Set<ServerWrite> = [
        ServerWrite(effect: .configured, object: "Deployment d0"),
        ServerWrite(effect: .created, object: "ConfigMap c1"),
        ServerWrite(effect: .pruned, object: "Secret s0"),
    ]

    /// A cluster with the first commit synced, and the second one to come.
    private static func beforeTheSecond(_ body: @Sendable (SyncedCluster, Reconciler) async throws -> Void) async throws
    {
        try await SyncedCluster.with(states) { cluster in
            let reconciler = cluster.reconciler(try cluster.client())
            try #require(try await cluster.sync(0, by: reconciler).result == .succeeded)
            _ = cluster.writes.take()
            try await body(cluster, reconciler)
        }
    }

    /// That a sync made every change, each once, and that the history says so.
    private static func expectAllDone(_ report: SyncReport, in cluster: SyncedCluster) async throws {
        #expect(report.result == .succeeded, "\(report.errors)")
        #expect(cluster.live == states[1])
        let writes = cluster.writes.take()
        #expect(Set(writes) == changes && writes.count == changes.count, "\(writes)")
        let record = try #require(try await cluster.records().last)
        #expect(record.result == .succeeded && record.counts.changed == changes.count)
    }

    /// That a sync failed with words for it, and that the next one does the rest.
    private static func expectMended(
        after report: SyncReport, saying words: [String], in cluster: SyncedCluster, by reconciler: Reconciler
    ) async throws {
        #expect(report.result == .failed && report.cause == .unanswered, "\(report.result) \(report.errors)")
        for word in words { #expect(report.errors.contains(word), "\(report.errors)") }
        #expect(try await cluster.records().last?.result == .failed)
        cluster.sandbox.faults.clearAll()
        let next = try await cluster.sync(1, by: reconciler)
        #expect(next.result == .succeeded, "\(next.errors)")
        #expect(cluster.live == states[1])
        let writes = cluster.writes.take()
        #expect(Set(writes) == changes && writes.count == changes.count, "\(writes)")
        #expect(try await cluster.records().count == 3)
    }

    // MARK: What a sync goes through

    /// Faults that pass while a request is tried again, each on a write, on a delete and on what is read before.
    @Test(arguments: [
        Fault(.refusal(409), on: .writes(of: "deployments"), times: 1),
        Fault(.refusal(409), on: .writes(of: "secrets"), times: 2),
        Fault(.refusal(429, retryAfter: 1), on: .writes(), times: 3),
        Fault(.refusal(429, retryAfter: 2), on: RequestPattern(verbs: ["get", "list"]), times: 2),
        Fault(.refusal(500, retryAfter: 1), on: .writes(), times: 2),
        Fault(.refusal(503), on: .writes(), times: 2),
        Fault(.refusal(503, retryAfter: 1), on: RequestPattern(verbs: ["list"]), times: 3),
        Fault(.cutBefore, on: .writes(of: "deployments"), times: 1),
        Fault(.cutBefore, on: .writes(of: "secrets"), times: 1),
        Fault(.cutBefore, on: RequestPattern(verbs: ["list"]), times: 2),
        Fault(.cutAfter, on: .writes(of: "deployments"), times: 1),
        Fault(.cutAfter, on: .writes(of: "configmaps"), times: 1),
        Fault(.cutAfter, on: .writes(of: "secrets"), times: 1),
        Fault(.latency(.milliseconds(300)), on: .writes(), times: 1),
    ])
    func goesThrough(fault: Fault) async throws {
        try await Self.beforeTheSecond { cluster, reconciler in
            let id = cluster.sandbox.faults.add(fault)
            let report = try await cluster.sync(1, by: reconciler)
            #expect(cluster.sandbox.faults.hits(id) == fault.times)
            try await Self.expectAllDone(report, in: cluster)
        }
    }

    /// The client comes back no sooner than it is told to.
    @Test func waitsForAsLongAsTheServerAsks() async throws {
        try await Self.beforeTheSecond { cluster, reconciler in
            cluster.sandbox.faults.add(.refusal(429, retryAfter: 20), on: .writes(of: "deployments"), times: 1)
            let clock = ContinuousClock()
            let start = clock.now
            try await Self.expectAllDone(try await cluster.sync(1, by: reconciler), in: cluster)
            // A hundredth of it, on a clock in a hurry.
            #expect(start.duration(to: clock.now) >= .milliseconds(200))
        }
    }

    /// Pages of lists whose version the server has compacted away are read anew.
    @Test func readsAnewWhatIsTooOld() async throws {
        try await SyncedCluster.with(Self.states) { cluster in
            let reconciler = cluster.reconciler(try cluster.client { $0.pageSize = 2 })
            try #require(try await cluster.sync(0, by: reconciler).result == .succeeded)
            _ = cluster.writes.take()
            let id = cluster.sandbox.faults.add(.expiredVersions, times: 1)
            let report = try await cluster.sync(1, by: reconciler)
            #expect(cluster.sandbox.faults.hits(id) == 1)
            try await Self.expectAllDone(report, in: cluster)
        }
    }

    @Test func findsTheServerAgainAfterItsRestart() async throws {
        try await Self.beforeTheSecond { cluster, reconciler in
            try await cluster.sandbox.restart()
            try await Self.expectAllDone(try await cluster.sync(1, by: reconciler), in: cluster)
        }
    }

    @Test func takesANewCertificateOfTheSameAuthority() async throws {
        try await Self.beforeTheSecond { cluster, reconciler in
            try await cluster.sandbox.changeCertificates(.server)
            try await Self.expectAllDone(try await cluster.sync(1, by: reconciler), in: cluster)
        }
    }

    /// A watch that brings nothing, not even a bookmark, is taken for dead and opened anew, and misses nothing.
    @Test func opensASilentWatchAnew() async throws {
        try await SyncedCluster.with { cluster in
            let client = try cluster.client { $0.watchSilence = .seconds(3) }
            let resource = try #require(
                try await client.discovery().resource(for: GroupKind(group: "", kind: "ConfigMap")))
            let object: Value = [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "seen", "namespace": "default"],
                "data": ["n": "1"],
            ]
            let silence = cluster.sandbox.faults.add(.silentWatches, on: .watches)
            let version = try await client.list(resource, namespace: "default").resourceVersion
            var watch = client.watch(
                resource, namespace: "default", labelSelector: nil, fieldSelector: "metadata.name=seen", from: version
            ).makeAsyncIterator()
            cluster.sandbox.requests.begin()
            async let first = watch.next()
            // The first stream is open, and silent, when the object comes.
            while !cluster.sandbox.requests.all.contains(where: { $0.verb == "watch" }) {
                try await Task.sleep(for: .milliseconds(10))
            }
            _ = try await client.apply(object, options: ApplyOptions())
            // Only a second stream says that the first one was given up.
            while cluster.sandbox.requests.all.count(where: { $0.verb == "watch" }) < 2 {
                try await Task.sleep(for: .milliseconds(50))
            }
            cluster.sandbox.faults.clear(silence)
            guard case .added(let seen) = try await first else {
                Issue.record("the watch missed the object")
                return
            }
            #expect(seen[path: "data", "n"] == "1")
        }
    }

    // MARK: What a sync gives up on, and says so

    @Test func namesTheObjectThatTheServerFailedOn() async throws {
        try await Self.beforeTheSecond { cluster, reconciler in
            cluster.sandbox.faults.add(.refusal(500), on: .writes(of: "deployments"))
            let report = try await cluster.sync(1, by: reconciler)
            try await Self.expectMended(after: report, saying: ["Deployment shop/d0"], in: cluster, by: reconciler)
        }
    }

    @Test(arguments: [429, 503]) func givesUpOnAServerThatAsksForMoreTimeThanThereIs(status: Int) async throws {
        try await Self.beforeTheSecond { cluster, reconciler in
            let id = cluster.sandbox.faults.add(.refusal(status, retryAfter: 3600), on: .writes(of: "configmaps"))
            let report = try await cluster.sync(1, by: reconciler)
            #expect(cluster.sandbox.faults.hits(id) == 1)
            try await Self.expectMended(after: report, saying: ["ConfigMap shop/c1"], in: cluster, by: reconciler)
        }
    }

    /// A stall beyond the time that a request has. The write that stalled never happens.
    @Test func givesUpOnAStall() async throws {
        try await Self.beforeTheSecond { cluster, _ in
            let reconciler = cluster.reconciler(try cluster.client { $0.requestTimeout = .milliseconds(500) })
            cluster.sandbox.faults.add(.latency(.seconds(30)), on: .writes(of: "deployments"))
            let report = try await cluster.sync(1, by: reconciler)
            try await Self.expectMended(
                after: report, saying: ["Deployment shop/d0", "no complete response within 500 ms"], in: cluster,
                by: reconciler)
        }
    }

    @Test func namesTheWebhookThatIsDown() async throws {
        try await Self.beforeTheSecond { cluster, reconciler in
            cluster.sandbox.faults.add(.webhookDown, on: RequestPattern(group: "apps"))
            let report = try await cluster.sync(1, by: reconciler)
            // What is of other groups was written.
            #expect(cluster.live.versions["ConfigMap c1"] == 1)
            try await Self.expectMended(
                after: report,
                saying: [
                    "Deployment shop/d0", "admission.apps.sandbox.gitopsctl.dev", "connection refused",
                    "Check the service behind the webhook",
                ],
                in: cluster, by: reconciler)
        }
    }

    /// Before the plan nothing is known and nothing is written.
    @Test(arguments: [Fault.Effect.refusal(500), .refusal(503), .cutBefore, .cutAfter])
    func writesNothingWhereItCannotRead(effect: Fault.Effect) async throws {
        try await Self.beforeTheSecond { cluster, reconciler in
            cluster.sandbox.faults.add(effect, on: RequestPattern(verbs: ["list"], resource: "roles"))
            let report = try await cluster.sync(1, by: reconciler)
            #expect(cluster.writes.take() == [])
            try await Self.expectMended(after: report, saying: ["list Role"], in: cluster, by: reconciler)
        }
    }

    @Test func saysWhichGroupDoesNotAnswer() async throws {
        try await Self.beforeTheSecond { cluster, _ in
            cluster.sandbox.faults.add(.unavailableGroup("apps"))
            let report = try await cluster.sync(1, by: cluster.reconciler(try cluster.client()))
            #expect(report.result == .failed)
            #expect(
                report.errors.contains("the cluster cannot say whether it serves apps/v1 Deployment"),
                "\(report.errors)")
            #expect(report.errors.contains("Check the API service of apps/v1"), "\(report.errors)")
            #expect(cluster.writes.take() == [])
            cluster.sandbox.faults.clearAll()
            try await Self.expectAllDone(try await cluster.sync(1), in: cluster)
        }
    }

    @Test func saysWhichGroupIsMissing() async throws {
        try await Self.beforeTheSecond { cluster, reconciler in
            cluster.sandbox.faults.add(.missingGroup("apps"))
            let report = try await cluster.sync(1, by: reconciler)
            #expect(report.result == .failed)
            #expect(report.errors.contains("the cluster does not serve apps/v1 Deployment"), "\(report.errors)")
            #expect(cluster.writes.take() == [])
            cluster.sandbox.faults.clearAll()
            try await Self.expectAllDone(try await cluster.sync(1, by: reconciler), in: cluster)
        }
    }

    /// What an application has of a kind whose API does not answer for a while is found again afterwards.
    @Test func prunesLaterWhatCannotBeLookedForNow() async throws {
        let without = Platform(versions: Platform.first.versions.filter { !$0.key.hasPrefix("Role ") })
        try await SyncedCluster.with([.first, without]) { cluster in
            let reconciler = cluster.reconciler(try cluster.client())
            try #require(try await cluster.sync(0, by: reconciler).result == .succeeded)
            cluster.sandbox.faults.add(.unavailableGroup("rbac.authorization.k8s.io"))
            let blind = try await cluster.sync(1)
            #expect(blind.result == .succeeded && cluster.live == .first, "\(blind.errors)")
            #expect(
                blind.diagnostics.contains {
                    $0.message.contains("the application may have objects of Role.rbac.authorization.k8s.io")
                })
            cluster.sandbox.faults.clearAll()
            let report = try await cluster.sync(1)
            #expect(report.result == .succeeded, "\(report.errors)")
            #expect(cluster.live == without)
        }
    }

    @Test func trustsAnotherAuthorityOnlyWithANewKubeconfig() async throws {
        try await Self.beforeTheSecond { cluster, reconciler in
            try await cluster.sandbox.changeCertificates(.authority)
            let report = try await cluster.sync(1, by: reconciler)
            #expect(cluster.writes.take() == [])
            try await Self.expectMended(
                after: report, saying: ["certificate-authority"], in: cluster,
                by: cluster.reconciler(try cluster.client()))
        }
    }
}
