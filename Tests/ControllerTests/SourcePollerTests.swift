// Looks at repositories: one for all who ask at once, and taken down for those who ask later.

import Manifest
import Reconciler
import SyncEngine
import Synchronization
import Testing

@testable import Controller

@Suite struct SourcePollerTests {
    private func application(_ name: String) throws -> Application {
        try Application(
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application", "metadata": ["name": .string(name), "namespace": "shop"],
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
                }, isTouched: { _, _ in true }, touched: { _, _, _ in })
            let applications = try (0..<8).map { try application("web-\($0)") }
            for application in applications { await poller.track(application) }
            await withDiscardingTaskGroup { group in
                for application in applications {
                    group.addTask { _ = try? await poller.source(of: application, isFresh: false) }
                }
            }
            // What was seen a moment ago is not looked at again, by whomever.
            for application in applications { _ = try? await poller.source(of: application, isFresh: false) }
            #expect(looks.withLock { $0 } == 1)
        }
    }
}
