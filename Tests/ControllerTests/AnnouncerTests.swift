// What is told of a commit that changes nothing: a check that waits for it may go on, and nobody else hears of it.

import KubernetesClient
import Logging
import Manifest
import SyncHistory
import Testing

@testable import Controller
@testable import Reconciler
@testable import SyncEngine

@Suite struct AnnouncerTests {
    private static let commit = SourceCommit(
        requested: "main", id: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", subject: "Begin", author: "A",
        time: Timestamp(milliseconds: 0))

    private struct Told {
        var announcer: Announcer
        var notifier: Notifier
        var application: Application
    }

    private func told(_ status: Value) throws -> Told {
        let registry = ApplicationRegistry()
        let value: Value = [
            "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
            "metadata": ["name": "shop", "namespace": "default", "resourceVersion": "1"],
            "spec": [
                "source": ["repository": "https://git.example.com/shop/fleet"],
                "notifications": [
                    ["type": "gitea", "secretName": "git"], ["type": "webhook", "secretName": "chat"],
                ],
            ],
            "status": status,
        ]
        _ = registry.take(value)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let metrics = ControllerMetrics(PrometheusExporter())
        let notifier = Notifier(
            cluster: { _ in SmallCluster() }, clock: SetClock(), metrics: metrics, log: log, privateHosts: [],
            isKnown: { _ in true })
        let announcer = Announcer(
            registry: registry,
            recorder: EventRecorder(cluster: SmallCluster(), clock: SetClock(), instance: "test", log: log),
            notifier: notifier, projects: ProjectShelf(), metrics: metrics, now: { Timestamp(milliseconds: 0) },
            log: log)
        return Told(announcer: announcer, notifier: notifier, application: try Application(value, source: nil))
    }

    private func report(_ changed: Int, _ result: SyncResult = .succeeded) -> SyncReport {
        var counts = SyncCounts()
        counts.configured = changed
        let moment = Timestamp(milliseconds: 0)
        return SyncReport(
            result: result, commit: Self.commit, counts: counts, diagnostics: [], started: moment, finished: moment)
    }

    private static func status(_ revision: String, synced: String = "True", healthy: String = "True") -> Value {
        [
            "revision": .string(revision),
            "conditions": [
                ["type": "Synced", "status": .string(synced)], ["type": "Healthy", "status": .string(healthy)],
            ],
        ]
    }

    @Test(
        arguments: [
            ([:], 1), (status("0000"), 1), (status("0000", healthy: "Unknown"), 1),
            // What failed before has a state that is not true any more.
            (status(commit.id, synced: "False"), 1),
            // Told already, by this controller or by the one before.
            (status(commit.id), 0),
            // Whoever is told of the mend will be told of the commit.
            (status("0000", healthy: "False"), 0),
        ] as [(Value, Int)])
    func aCommitThatChangesNothingIsTold(_ status: Value, _ count: Int) throws {
        let told = try told(status)
        told.announcer.ended(told.application, report(0), after: false)
        #expect(told.notifier.waitingCount == count)
        told.announcer.ended(told.application, report(0), after: false)
        #expect(told.notifier.waitingCount == count)
        // Everybody hears of what changes something, or ends a failure.
        told.announcer.ended(told.application, report(1), after: false)
        #expect(told.notifier.waitingCount == count + 2)
        told.announcer.ended(told.application, report(0, .interrupted), after: false)
        #expect(told.notifier.waitingCount == count + 2)
    }
}
