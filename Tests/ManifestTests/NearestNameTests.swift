import Manifest
import Testing

@Suite struct NearestNameTests {
    private static let fields = ["repository", "revision", "path", "credentials"]

    static let rows: [(word: String, known: [String], slips: Int, nearest: String?)] = [
        ("webb", ["web", "shop"], 1, "web"),
        ("ewb", ["web"], 1, "web"),
        ("WEB", ["web"], 1, "web"),
        ("wxx", ["web"], 1, nil),
        ("wxx", ["web"], 2, "web"),
        ("deploymnts", ["deployments", "daemonsets"], 1, "deployments"),
        ("dpeloymnts", ["deployments"], 1, "deployments"),
        ("wab", ["wob", "web"], 1, "web"),
        ("web", [], 2, nil),
        ("revison", fields, 1, "revision"),
        ("Path", fields, 1, "path"),
        ("paht", fields, 1, "path"),
        ("repo", fields, 1, nil),
        ("x", fields, 1, nil),
    ]

    @Test(
        "the nearest name within so many slips, a third of a long word's length, the first in order of several",
        arguments: rows)
    func nearest(_ row: (word: String, known: [String], slips: Int, nearest: String?)) {
        #expect(NearestName.find(row.word, among: row.known, slips: row.slips) == row.nearest)
    }
}
