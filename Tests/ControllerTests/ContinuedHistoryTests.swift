// The history of an application that goes on where another replica ended.

import FoundationEssentials
import Manifest
import Reconciler
import SyncHistory
import Testing

@testable import Controller

@Suite struct ContinuedHistoryTests {
    private static let key = ApplicationKey(namespace: "shop", name: "web")
    private static let id = ApplicationID(cluster: "https://c", namespace: "shop", name: "web")

    private func onDisk(_ body: (SQLiteHistory) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "continued-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(try SQLiteHistory(folder: folder))
    }

    private func sync(
        _ history: any HistoryStore, _ commit: String, of id: ApplicationID = id, rolledBack: String? = nil
    ) async throws -> Int64 {
        let moment = Timestamp(milliseconds: 1_763_690_000_000)
        return try await history.record(
            SyncStart(
                application: id, trigger: SyncTrigger(.controller, by: "pod"),
                revision: SyncRevision(requested: "main", commit: commit),
                started: moment, owner: .current(), manifests: nil),
            SyncEnd(result: .succeeded, finished: moment, counts: SyncCounts()), objects: [])
    }

    private func row(_ id: Int, _ commit: String, rolledBack: String? = nil) -> Value {
        var row: Value = [
            "id": .int(id), "result": "succeeded", "revision": .string(commit), "requested": "main",
            "trigger": "controller", "by": "other",
            "started": "2026-11-21T00:00:00Z", "finished": "2026-11-21T00:00:01Z", "created": 2, "changed": 2,
        ]
        row["rolledBack"] = rolledBack.map(Value.string)
        return row
    }

    private func find(_ history: any HistoryStore, limit: Int = 10) async throws -> [SyncRecord] {
        try await history.syncs(name: "web", namespace: "shop", cluster: "https://c", limit: limit)
    }

    @Test func whatAnotherReplicaDidComesBeforeWhatIsDoneHere() async throws {
        try await onDisk { disk in
            // This replica had other applications meanwhile.
            for number in 0..<3 {
                _ = try await sync(
                    disk, "x\(number)", of: ApplicationID(cluster: "https://c", namespace: "bank", name: "vault"))
            }
            let rows = [row(41, "b"), row(40, "a")]
            let history = ContinuedHistory(of: Self.key, disk) { rows }
            #expect(try await find(history).map(\.id) == [41, 40])
            #expect(try await find(history, limit: 1).first?.revision.commit == "b")
            #expect(try await find(history).first?.counts.created == 2)
            #expect(try await sync(history, "c") == 42)
            #expect(try await find(history).map(\.revision.commit) == ["c", "b", "a"])
            #expect(try await find(history, limit: 2).map(\.id) == [42, 41])
            // Nothing of it is another application's.
            #expect(
                try await history.syncs(name: "vault", namespace: "bank", cluster: "https://c", limit: 10).map(\.id)
                    == [3, 2, 1])
        }
    }

    @Test func whatIsKnownFromBothIsOneSync() async throws {
        try await onDisk { disk in
            let first = try await sync(disk, "a")
            let rows = [row(Int(first) + 5, "b"), row(Int(first), "a")]
            let history = ContinuedHistory(of: Self.key, disk) { rows }
            let found = try await find(history)
            #expect(found.map(\.id) == [first + 5, first])
            // The own record knows more.
            #expect(found.last?.trigger.actor == "pod")
            #expect(try await find(history, limit: 1).map(\.id) == [first + 5])
        }
    }

    @Test func aRollbackThatHoldsIsKnown() async throws {
        try await onDisk { disk in
            let rows = [row(7, "good", rolledBack: "bad"), row(6, "bad")]
            let history = ContinuedHistory(of: Self.key, disk) { rows }
            let last = try #require(try await find(history, limit: 1).first)
            #expect(RollbackHold(last) == RollbackHold(failed: "bad", current: "good"))
            let written = StatusDocument.make(
                ApplicationFacts(generation: 1, synchrony: .synced), previous: nil, history: try await find(history),
                cluster: "remote",
                now: Timestamp(milliseconds: 0))
            #expect(written["history"]?.array?.first?["rolledBack"]?.string == "bad")
            #expect(written["history"]?.array?.map { $0["cluster"]?.string } == ["remote", "remote"])
            #expect(written["history"]?.array?.last?["rolledBack"] == nil)
        }
    }

    @Test func numbersOnlyRise() async throws {
        try await onDisk { disk in
            try await disk.reserve(above: 10)
            #expect(try await sync(disk, "a") == 11)
            try await disk.reserve(above: 5)
            #expect(try await sync(disk, "b") == 12)
            try await disk.reserve(above: 100)
            try await disk.reserve(above: 20)
            #expect(try await sync(disk, "c") == 101)
        }
    }

    /// As somebody may write it who may write a status.
    @Test func anImpossibleNumberEndsNothing() async throws {
        try await onDisk { disk in
            let rows = [row(.max, "a"), row(-1, "b")]
            let history = ContinuedHistory(of: Self.key, disk) { rows }
            let numbers = [try await sync(history, "c"), try await sync(history, "d")]
            #expect(numbers == [1, 2])
        }
    }

    @Test(arguments: [[:], ["id": "x"], ["id": 3], ["id": 3, "result": "odd"], .null, 3] as [Value])
    func whatIsNoRowIsPassedOver(_ row: Value) async throws {
        try await onDisk { disk in
            let rows = [row]
            let history = ContinuedHistory(of: Self.key, disk) { rows }
            let found = try await find(history)
            #expect(found.isEmpty)
        }
    }
}
