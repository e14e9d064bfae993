// What is said when a server over HTTP does not give what was asked for.

import HTTPClient
import Testing

@testable import GitSource

@Suite struct HTTPFailureTests {
    @Test func anEmptyRepositoryIsToldApart() async throws {
        let fixture = try await HTTPFixture()
        for (isOld, text) in [(false, "HEAD"), (true, "HEAD"), (false, "main"), (true, "^1")] {
            fixture.server.behave { $0.isOld = isOld }
            let error = await #expect(throws: GitError.self) {
                _ = try await fixture.mirror().fetch(Revision(parsing: text), deadline: patience)
            }
            #expect(error?.code == .emptyRepository)
        }
    }

    @Test func credentialsAreAskedForAndChecked() async throws {
        let fixture = try await HTTPFixture(.init(login: "x-access-token:s3cret"))
        let head = try await fixture.source.commit(["a": "1"])
        let none = await #expect(throws: GitError.self) {
            _ = try await fixture.mirror().fetch(.head, deadline: patience)
        }
        #expect(none?.code == .authentication)
        #expect(none?.cure == "give credentials for this repository: a token, or a user and a password")
        let wrong = await #expect(throws: GitError.self) {
            _ = try await fixture.mirror(credentials: .token(Secret("wrong"))).fetch(.head, deadline: patience)
        }
        #expect(wrong?.code == .authentication)
        #expect(wrong?.message.contains("does not accept the given token") == true)
        let right = try await fixture.mirror(credentials: .token(Secret("s3cret"))).fetch(.head, deadline: patience)
        #expect(right.commit == head)
    }

    @Test func aBearerTokenIsSentAsSuch() async throws {
        let fixture = try await HTTPFixture(.init(authorization: "Bearer s3cret"))
        let head = try await fixture.source.commit(["a": "1"])
        let snapshot = try await fixture.mirror(credentials: .bearer(Secret("s3cret"))).fetch(.head, deadline: patience)
        #expect(snapshot.commit == head)
    }

    @Test(arguments: [
        (404, GitError.Code.repositoryNotFound), (403, .authentication), (500, .server), (429, .server),
        (302, .repositoryNotFound),
    ])
    func aStatusBecomesACause(_ status: Int, code: GitError.Code) async throws {
        let fixture = try await HTTPFixture(.init(status: status))
        let error = await #expect(throws: GitError.self) {
            _ = try await fixture.mirror().fetch(.head, deadline: patience)
        }
        #expect(error?.code == code)
    }

    @Test func aWebsiteIsNotARepository() async throws {
        let fixture = try await HTTPFixture(.init(isWebsite: true))
        let error = await #expect(throws: GitError.self) {
            _ = try await fixture.mirror().fetch(.head, deadline: patience)
        }
        #expect(error?.code == .repositoryNotFound)
        #expect(error?.message.contains("text/html") == true)
    }

    @Test func nobodyListensThere() async throws {
        let folder = try TemporaryFolder()
        let port = try SocketServer { _ in }.port
        let repository = try RemoteRepository("http://ada:s3cret@127.0.0.1:\(port)/fleet.git")
        let mirror = Mirror(of: repository, cacheFolder: folder.path, http: HTTPClient())
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch(.head, deadline: patience) }
        #expect(error?.code == .unreachable)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test func aMovedRepositoryIsFollowedAndCredentialsStayAtTheirHost() async throws {
        let fixture = try await HTTPFixture()
        let head = try await fixture.source.commit(["a": "1"])
        let old = try GitHTTPServer(
            root: fixture.folder.path, .init(redirect: (from: "/old/", to: "http://127.0.0.1:\(fixture.server.port)/")))
        let repository = try RemoteRepository("http://ada:s3cret@127.0.0.1:\(old.port)/old/fleet.git")
        let mirror = Mirror(of: repository, cacheFolder: fixture.cache, http: fixture.http)
        #expect(try await mirror.fetch(.head, deadline: patience).commit == head)
        #expect(old.takeRequests().map { $0.authorization != nil } == [true])
        let requests = fixture.server.takeRequests()
        #expect(requests.map(\.method) == ["GET", "POST", "POST"])
        #expect(requests.allSatisfy { $0.authorization == nil })
    }

    @Test func whatWasKnownOfTheServerMayBeOutdated() async throws {
        let fixture = try await HTTPFixture()
        let head = try await fixture.source.commit(["a": "1"])
        _ = try await fixture.mirror().fetch(.head, deadline: patience)
        fixture.server.behave { $0.isOld = true }
        #expect(try await fixture.mirror().fetch(.head, deadline: patience).commit == head)
    }

    @Test func aPackBeyondTheLimitIsRefused() async throws {
        let fixture = try await HTTPFixture()
        try await fixture.source.commit(["a": (0..<20_000).map { "\($0)" }.joined()])
        let error = await #expect(throws: GitError.self) {
            _ = try await fixture.mirror(options: .init(packLimit: 10_000)).fetch(.head, deadline: patience)
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func aBrokenConnectionIsNotTheEnd() async throws {
        let fixture = try await HTTPFixture(.init(breaksAfter: 700))
        let head = try await fixture.source.commit(["a": (0..<20_000).map { "\($0)" }.joined()])
        let mirror = try fixture.mirror()
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch(.head, deadline: patience) }
        #expect(error?.code == .unreachable)
        fixture.server.behave { $0.breaksAfter = nil }
        #expect(try await mirror.fetch(.head, deadline: patience).commit == head)
    }
}
