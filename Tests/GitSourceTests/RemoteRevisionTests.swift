// What revisions mean in a remote repository, in both protocol versions.

import HTTPClient
import Testing

@testable import GitSource

private let tagList = "tags 1.1.0, v1.0.0, v2.0.0-rc.1"

@Suite struct RevisionOverHTTPTests {
    let fixture: HTTPFixture
    let commits: [String]

    /// Commits 0 to 3 on main, tags v1.0.0 (annotated), 1.1.0, v2.0.0-rc.1 on 0 to 2.
    init() async throws {
        let fixture = try await HTTPFixture()
        self.fixture = fixture
        var commits: [String] = []
        for number in 0..<4 {
            commits.append(
                try await fixture.source.commit(["n": "\(number)"], "Commit \(number)", seconds: 1_700_000_000 + number)
            )
        }
        self.commits = commits
        try await fixture.source.git("tag", "-a", "-m", "First", "v1.0.0", commits[0])
        try await fixture.source.git("tag", "1.1.0", commits[1])
        try await fixture.source.git("tag", "v2.0.0-rc.1", commits[2])
        try await fixture.source.git("update-ref", "refs/pull/7/head", commits[2])
        try await fixture.source.git("branch", "deadbeef", commits[1])
    }

    @Test(
        arguments: [
            ("", 3, "refs/heads/main"), ("HEAD", 3, "refs/heads/main"), ("main", 3, "refs/heads/main"),
            ("refs/heads/main", 3, "refs/heads/main"), ("v1.0.0", 0, "refs/tags/v1.0.0"),
            ("1.0.0", 0, "refs/tags/v1.0.0"),
            ("v1.1.0", 1, "refs/tags/1.1.0"), ("refs/tags/1.1.0", 1, "refs/tags/1.1.0"), ("1.x", 1, "refs/tags/1.1.0"),
            ("<1.1", 0, "refs/tags/v1.0.0"), (">=1.0.0-0", 2, "refs/tags/v2.0.0-rc.1"),
            ("refs/pull/7/head", 2, "refs/pull/7/head"),
            ("deadbeef", 1, "refs/heads/deadbeef"),
        ], [false, true])
    func resolves(_ expected: (text: String, commit: Int, ref: String), isOld: Bool) async throws {
        fixture.server.behave { $0.isOld = isOld }
        let revision = try Revision(parsing: expected.text)
        let snapshot = try await fixture.mirror().fetch(revision, deadline: patience)
        #expect(snapshot.commit == commits[expected.commit])
        #expect(snapshot.reference == expected.ref)
        #expect(try snapshot.text("n") == "\(expected.commit)")
    }

    @Test(arguments: [40, 12, 7])
    func aCommitIsFoundByItsID(digits: Int) async throws {
        let revision = try Revision(parsing: String(commits[1].prefix(digits)))
        let mirror = try fixture.mirror()
        let snapshot = try await mirror.fetch(revision, deadline: patience)
        #expect(snapshot.commit == commits[1])
        _ = fixture.server.takeRequests()
        #expect(try await mirror.fetch(.commit(commits[1]), deadline: patience).commit == commits[1])
        #expect(fixture.server.takeRequests().isEmpty)
    }

    /// Servers of version 0 give tips only, unless they are told otherwise.
    @Test func aRefusedCommitIsLookedForInAllHistory() async throws {
        fixture.server.behave { $0.isOld = true }
        let mirror = try fixture.mirror()
        #expect(try await mirror.fetch(.head, deadline: patience).commit == commits[3])
        #expect(try await mirror.fetch(.commit(commits[0]), deadline: patience).commit == commits[0])
        #expect(try await mirror.fetch(.commit(commits[2]), deadline: patience).commit == commits[2])
    }

    @Test func aCommitThatIsHereIsNotShownToStrangers() async throws {
        fixture.server.behave { $0.login = "ada:secret" }
        let credentials = Credentials.password(user: "ada", Secret("secret"))
        _ = try await fixture.mirror(credentials: credentials).fetch(.commit(commits[1]), deadline: patience)
        let error = await #expect(throws: GitError.self) {
            _ = try await fixture.mirror().fetch(.commit(commits[1]), deadline: patience)
        }
        #expect(error?.code == .authentication)
    }

    @Test(arguments: [
        (
            "prod",
            "no branch, tag or commit `prod` found; the repository has branches deadbeef, main and \(tagList)"
        ),
        ("refs/tags/v9", "tag `v9` not found; the repository has tags 1.1.0, v1.0.0, v2.0.0-rc.1"),
        ("^9", "no tag is a version in `^9`; the repository has tags 1.1.0, v1.0.0, v2.0.0-rc.1"),
        (
            "00000000000000000000000000000000000000aa",
            "commit 00000000000000000000000000000000000000aa not found; the repository has branches deadbeef, main"
        ),
        (
            "0000aa",
            "no branch, tag or commit `0000aa` found; the repository has branches deadbeef, main and \(tagList)"
        ),
    ])
    func aMissingRevisionIsNamed(_ text: String, message: String) async throws {
        let mirror = try fixture.mirror()
        let error = await #expect(throws: GitError.self) {
            _ = try await mirror.fetch(Revision(parsing: text), deadline: patience)
        }
        #expect(error?.code == .revisionNotFound)
        #expect(error?.message == message)
        #expect(error?.repository == fixture.server.url("fleet.git"))
    }
}
