// Mirrors over ssh, against a real sshd.

import Foundation
import HTTPClient
import Testing

@testable import GitSource

@Suite(.enabled(if: SSHServer.isInstalled, "openssh-server is not installed"), .serialized)
struct SSHMirrorTests {
    let folder: TemporaryFolder
    let source: GitWorkspace
    let options = Mirror.Options(ssh: SSHOptions(arguments: ["-F", "/dev/null"]))

    init() async throws {
        folder = try TemporaryFolder()
        source = try await GitWorkspace(folder / "fleet it's")
    }

    func mirror(_ server: SSHServer, _ credentials: Credentials, path: String? = nil) throws -> Mirror {
        let path = (path ?? source.path).replacingOccurrences(of: " ", with: "%20")
        let repository = try RemoteRepository(server.url(path), credentials: credentials)
        return Mirror(of: repository, cacheFolder: folder / "cache", http: HTTPClient(), options: options)
    }

    @Test(arguments: [true, false])
    func followsABranch(inVersionTwo: Bool) async throws {
        let server = try await SSHServer(acceptsVersion: inVersionTwo)
        try await source.commit(["a": "0"], seconds: 1_600_000_000)
        let first = try await source.commit(["a": "1", "dir/b": "b"])
        let mirror = try mirror(server, server.credentials())
        let snapshot = try await mirror.fetch(.name("main"), deadline: patience)
        #expect(snapshot.commit == first)
        #expect(try snapshot.text("dir/b") == "b")

        let second = try await source.commit(["a": "2"], seconds: 1_700_000_100)
        let moved = try await mirror.fetch(.name("main"), deadline: patience)
        #expect(moved.commit == second)
        #expect(try moved.text("a") == "2")
        #expect(try moved.text("dir/b") == "b")
        #expect(try moved.lastChange(of: "dir/b").commit == first)
        #expect(try snapshot.text("a") == "1")
        #expect(try await mirror.fetch(.head, deadline: patience).commit == second)
    }

    @Test func aKeyMayComeFromMemory() async throws {
        let server = try await SSHServer()
        let head = try await source.commit(["a": "1"])
        let key = Array(try String(contentsOfFile: server.folder / "user", encoding: .utf8).utf8.dropLast())
        let credentials = SSHCredentials(key: .data(Secret(bytes: key)), knownHosts: .data(try server.knownHosts()))
        let snapshot = try await mirror(server, .ssh(credentials)).fetch(.head, deadline: patience)
        #expect(snapshot.commit == head)
    }

    @Test func theWrongKeyIsRefused() async throws {
        let server = try await SSHServer()
        try await source.commit(["a": "1"])
        let error = await #expect(throws: GitError.self) {
            _ = try await mirror(server, server.credentials(key: "stranger")).fetch(.head, deadline: patience)
        }
        #expect(error?.code == .authentication)
        #expect(error?.cure?.contains("deploy key") == true)
    }

    @Test func anUnknownHostIsRefused() async throws {
        let server = try await SSHServer()
        let credentials = SSHCredentials(key: .file(server.folder / "user"), knownHosts: .data(""))
        let error = await #expect(throws: GitError.self) {
            _ = try await mirror(server, .ssh(credentials)).fetch(.head, deadline: patience)
        }
        #expect(error?.code == .hostKey)
        #expect(error?.message == "the host key of 127.0.0.1 is unknown")
    }

    @Test func aChangedHostKeyIsRefused() async throws {
        let server = try await SSHServer()
        let error = await #expect(throws: GitError.self) {
            _ = try await mirror(server, server.credentials(host: "stranger")).fetch(.head, deadline: patience)
        }
        #expect(error?.code == .hostKey)
        #expect(error?.message.contains("is not the known one") == true)
    }

    @Test func aMissingRepositoryIsNamed() async throws {
        let server = try await SSHServer()
        let error = await #expect(throws: GitError.self) {
            _ = try await mirror(server, server.credentials(), path: "/nowhere.git").fetch(.head, deadline: patience)
        }
        #expect(error?.code == .repositoryNotFound)
        #expect(error?.repository == "ssh://\(server.user)@127.0.0.1:\(server.port)/nowhere.git")
    }

    @Test func aMissingBranchIsNamedWithThoseThatExist() async throws {
        let server = try await SSHServer()
        try await source.commit(["a": "1"])
        try await source.git("branch", "staging")
        let error = await #expect(throws: GitError.self) {
            _ = try await mirror(server, server.credentials()).fetch(.branch("prod"), deadline: patience)
        }
        #expect(error?.code == .revisionNotFound)
        #expect(error?.message == "branch `prod` not found; the repository has branches main, staging")
    }

    @Test func aMissingProgramIsNamed() async throws {
        let repository = try RemoteRepository("git@host:fleet.git")
        let options = Mirror.Options(ssh: SSHOptions(program: "no-such-ssh"))
        let mirror = Mirror(of: repository, cacheFolder: folder / "cache", http: HTTPClient(), options: options)
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch(.head, deadline: patience) }
        #expect(error?.message == "`no-such-ssh` cannot be started: No such file or directory")
    }
}
