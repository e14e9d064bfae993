// Mirrors when history does not just grow at its end: merges, rewrites, returns.

import HTTPClient
import Testing

@testable import GitSource

@Suite struct HistoryTests {
    let fixture: HTTPFixture

    init() async throws { fixture = try await HTTPFixture() }

    /// A merge of a branch that began long before the mirror did.
    @Test func aMergeBringsWhatIsNewAndNoMore() async throws {
        let source = fixture.source
        for number in 0..<5 {
            try await source.commit(["old\(number)": "\(number)"], seconds: 1_600_000_000 + number)
        }
        try await source.git("branch", "side", "HEAD~3")
        try await source.commit(["a": "1"], seconds: 1_700_000_000)
        let mirror = try fixture.mirror()
        let first = try await mirror.fetch(.head, deadline: patience)
        try await source.git("checkout", "-q", "side")
        try await source.commit(["side": "s"], "On the side", seconds: 1_700_000_100)
        try await source.git("checkout", "-q", "main")
        try await source.git("merge", "-q", "--no-ff", "-m", "Merge side", "side", seconds: 1_700_000_200)

        let merged = try await mirror.fetch(.head, deadline: patience)
        #expect(merged.subject == "Merge side")
        #expect(try merged.changes(since: first).map(\.path) == ["side"])
        #expect(try merged.lastChange(of: "side").subject == "On the side")
        #expect(try merged.list("").count == 7)
        // The commits that were there before the mirror was, were not sent.
        let old = try #require(ObjectID(try await source.git("rev-parse", "main~2")))
        #expect(!merged.objects.contains(old))
    }

    @Test func aRewrittenBranchIsFollowed() async throws {
        let source = fixture.source
        let base = try await source.commit(["a": "1"], seconds: 1_600_000_000)
        try await source.commit(["a": "2"], seconds: 1_700_000_000)
        let mirror = try fixture.mirror()
        let before = try await mirror.fetch(.head, deadline: patience)
        try await source.git("reset", "-q", "--hard", base)
        // Older than what the mirror has: there is nothing since then.
        let rewritten = try await source.commit(["b": "rewritten"], seconds: 1_650_000_000)
        try await source.git("reflog", "expire", "--expire=now", "--all")
        try await source.git("gc", "-q", "--prune=now")

        let after = try await mirror.fetch(.head, deadline: patience)
        #expect(after.commit == rewritten)
        #expect(try after.text("b") == "rewritten")
        #expect(try before.text("a") == "2")
    }

    @Test func goingBackToAnOldCommitNeedsNoObjects() async throws {
        let base = try await fixture.source.commit(["a": "1"])
        let mirror = try fixture.mirror()
        _ = try await mirror.fetch(.head, deadline: patience)
        try await fixture.source.commit(["a": "2"], seconds: 1_700_000_100)
        _ = try await mirror.fetch(.head, deadline: patience)
        try await fixture.source.git("reset", "-q", "--hard", base)
        _ = fixture.server.takeRequests()
        #expect(try await mirror.fetch(.head, deadline: patience).commit == base)
        #expect(fixture.server.takeRequests().count == 1)
    }

    @Test func aBranchMayTakeTheNameOfAFolderOfBranches() async throws {
        try await fixture.source.commit(["a": "1"])
        try await fixture.source.git("branch", "team/a")
        let mirror = try fixture.mirror()
        _ = try await mirror.fetch(.branch("team/a"), deadline: patience)
        try await fixture.source.git("branch", "-D", "team/a")
        let head = try await fixture.source.commit(["a": "2"], seconds: 1_700_000_100)
        try await fixture.source.git("branch", "team")
        #expect(try await mirror.fetch(.branch("team"), deadline: patience).commit == head)
    }
}
