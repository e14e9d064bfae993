// Mirrors over HTTP, against git's own server: what a clone, a poll and an update cost.

import HTTPClient
import Testing

@testable import GitSource

@Suite struct HTTPMirrorTests {
    @Test func aCloneIsOneCommitDeepAndAPollIsOneRequest() async throws {
        let fixture = try await HTTPFixture()
        try await fixture.source.commit(["a.txt": "one\n", "dir/b.txt": "b\n"], "First")
        let head = try await fixture.source.commit(["a.txt": "two\n"], "Second")
        let mirror = try fixture.mirror()

        let snapshot = try await mirror.fetch(.name("main"), deadline: patience)
        #expect(snapshot.commit == head)
        #expect(snapshot.subject == "Second")
        #expect(snapshot.reference == "refs/heads/main")
        #expect(try snapshot.text("a.txt") == "two\n")
        #expect(try snapshot.text("dir/b.txt") == "b\n")
        #expect(fixture.server.takeRequests().map(\.method) == ["GET", "POST", "POST"])

        let again = try await mirror.fetch(.name("main"), deadline: patience)
        #expect(again.commit == head)
        let poll = fixture.server.takeRequests()
        #expect(poll.map(\.method) == ["POST"])
        #expect(poll[0].size < 300)

        // Another process begins with what this one has left in the cache.
        let other = try await fixture.mirror().fetch(.name("main"), deadline: patience)
        #expect(other.commit == head)
        #expect(fixture.server.takeRequests().map(\.method) == ["POST"])
    }

    @Test func aMovedBranchIsFetchedIncrementally() async throws {
        let fixture = try await HTTPFixture()
        try await fixture.source.commit(["old": "0"], seconds: 1_600_000_000)
        try await fixture.source.commit(
            ["big.txt": String(repeating: "lorem ipsum", count: 1000), "a": "1"], seconds: 1_700_000_000)
        let mirror = try fixture.mirror()
        let first = try await mirror.fetch(.head, deadline: patience)
        try await fixture.source.commit(["a": "2"], "Second", seconds: 1_700_000_100)
        let third = try await fixture.source.commit(["b": "3"], "Third", seconds: 1_700_000_200)
        _ = fixture.server.takeRequests()

        let snapshot = try await mirror.fetch(.head, deadline: patience)
        #expect(snapshot.commit == third)
        let requests = fixture.server.takeRequests()
        #expect(requests.count == 2)
        #expect(requests[1].body.contains("have \(first.commit)"))
        #expect(requests[1].body.contains("shallow \(first.commit)"))
        #expect(try snapshot.changes(since: first).map(\.path) == ["a", "b"])
        #expect(try snapshot.lastChange(of: "a").subject == "Second")
        #expect(try snapshot.lastChange(of: "b").subject == "Third")
        let old = try snapshot.lastChange(of: "big.txt")
        #expect(old.commit == first.commit && !old.isCertain)
    }
}
