// Events as they are written, and what happens where they cannot be.

import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncEngine
import SyncHistory
import Testing

@testable import Controller

@Suite struct EventRecorderTests {
    private func event(_ message: String) -> ApplicationEvent {
        var event = ApplicationEvent(
            application: ApplicationKey(namespace: "team", name: "shop"), reason: .syncFailed, message: message,
            time: Timestamp(milliseconds: 1_763_690_000_000))
        event.uid = "12-34"
        return event
    }

    private func recorder(_ cluster: SmallCluster, clock: any SyncClock = SystemClock()) -> EventRecorder {
        EventRecorder(
            cluster: cluster, clock: clock, instance: "pod-1",
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func anEventStandsBesideItsApplication() async throws {
        let (writes, write) = AsyncStream.makeStream(of: Value.self)
        let recorder = recorder(SmallCluster(creates: { write.yield($0) }))
        let written = await withTaskGroup(of: Void.self) { group in
            group.addTask { await recorder.run() }
            recorder.record(event(String(repeating: "ä", count: 2000)))
            let first = await writes.first { _ in true }
            group.cancelAll()
            return first
        }
        let document = try #require(written)
        #expect(
            document[path: "metadata", "namespace"]?.string == "team"
                && document[path: "metadata", "name"]?.string?.hasPrefix("shop.") == true)
        #expect(
            document["involvedObject"] == [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application", "namespace": "team", "name": "shop",
                "uid": "12-34",
            ])
        #expect(
            document["type"]?.string == "Warning" && document["reason"]?.string == "SyncFailed"
                && document["count"]?.int == 1)
        let message = try #require(document["message"]?.string)
        #expect(message.utf8.count <= 1024 && message.hasSuffix("ä…"))
        #expect(
            document[path: "source", "component"]?.string == "gitops-controller"
                && document[path: "source", "host"]?.string == "pod-1")
    }

    @Test func theSameAgainIsAPatchOfTheFirst() async throws {
        let (names, name) = AsyncStream.makeStream(of: String.self)
        let clock = SetClock()
        let recorder = recorder(
            SmallCluster(
                creates: { name.yield("create " + (KubernetesObject($0).name)) },
                patches: { name.yield("patch \($0.name) \($1["count"]?.int ?? 0)") }), clock: clock)
        let told = await withTaskGroup(of: Void.self) { group in
            group.addTask { await recorder.run() }
            var told: [String] = []
            for (second, isWritten) in [(0, true), (120, true)] {
                clock.set(.seconds(second))
                recorder.record(event("no route"))
                if isWritten { told.append(await names.first { _ in true } ?? "") }
            }
            group.cancelAll()
            return told
        }
        let created = try #require(told.first?.dropFirst("create ".count))
        #expect(told.last == "patch \(created) 2")
    }

    /// An API server that refuses an Event gets the next one all the same; telling never waits for one that hangs.
    @Test func whatCannotBeWrittenHoldsUpNothing() async throws {
        let (writes, write) = AsyncStream.makeStream(of: String.self)
        let recorder = recorder(
            SmallCluster(creates: { object throws(KubernetesError) in
                let message = object["message"]?.string ?? ""
                if message == "refused" {
                    throw KubernetesError(code: 403, reason: "Forbidden", message: "no", request: "create")
                }
                write.yield(message)
                if message == "hangs" { try? await Task.sleep(for: .seconds(3600)) }
            }))
        let told = await withTaskGroup(of: Void.self) { group in
            group.addTask { await recorder.run() }
            recorder.record(event("refused"))
            recorder.record(event("hangs"))
            let told = await writes.first { _ in true }
            for number in 0..<10_000 { recorder.record(event("\(number)")) }
            group.cancelAll()
            return told
        }
        #expect(told == "hangs")
    }
}
