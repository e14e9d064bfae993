import Manifest
import Reconciler
import SyncHistory
import Testing

@Suite struct StatusHistoryTests {
    private let shop = ApplicationID(cluster: "here", namespace: "default", name: "shop")

    /// A status may be written by anyone who may write it.
    @Test(arguments: [Int.max, 1 << 33, -1, Int.min])
    func countsOfAnySizeCanBeSummed(count: Int) throws {
        let counts: [String] = ["created", "configured", "recreated", "pruned", "skipped", "failed"]
        var row: Value = ["id": 7, "result": "succeeded"]
        for name in counts { row[name] = .int(count) }
        let record = try #require(SyncRecord(statusRow: row, of: shop))
        let expected = count < 0 ? 0 : 1 << 32
        #expect(record.counts.changed == expected * 4)
        #expect(record.counts.total == expected * 6)
    }
}
