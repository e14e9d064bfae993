// What is set for one remote alone: its proxy and its certificate authority.

import Foundation
import Glibc
import HTTPClient
import Testing

@testable import GitSource

@Suite struct TransportOptionTests {
    @Test func theProxyOfTheRemoteIsUsed() async throws {
        let fixture = try await HTTPFixture()
        let head = try await fixture.source.commit(["a": "1"])
        let proxy = "http://127.0.0.1:\(fixture.server.port)"
        let repository = try RemoteRepository("http://git.invalid/fleet.git", proxy: proxy)
        let mirror = Mirror(of: repository, cacheFolder: fixture.cache, http: fixture.http)
        #expect(try await mirror.fetch(.head, deadline: patience).commit == head)
    }

    /// A TLS server whose only page says that there is no repository: to be told so, one must have trusted its
    /// certificate.
    @Test(.enabled(if: access("/usr/bin/openssl", X_OK) == 0, "openssl is not installed"))
    func theAuthorityOfTheRemoteIsTrustedAndNoOther() async throws {
        let folder = try TemporaryFolder()
        let page = folder / "fleet.git/info/refs?service=git-upload-pack"
        try FileManager.default.createDirectory(atPath: folder / "fleet.git/info", withIntermediateDirectories: true)
        try "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".write(toFile: page, atomically: true, encoding: .utf8)
        try await Shell.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
            ])
        let port = try SocketServer { _ in }.port
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        server.arguments = [
            "s_server", "-accept", "127.0.0.1:\(port)", "-cert", folder / "cert.pem", "-key", folder / "key.pem",
            "-HTTP", "-quiet",
        ]
        server.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        server.standardInput = FileHandle.nullDevice
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        try server.run()
        // s_server does not end on SIGTERM when a signal mask of this process blocks it.
        defer { kill(server.processIdentifier, SIGKILL) }
        try await SocketServer.awaitListening(on: port)

        let certificate = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder / "cert.pem")))
        for (authority, code) in [(nil, GitError.Code.certificate), (certificate, .repositoryNotFound)] {
            let repository = try RemoteRepository(
                "https://127.0.0.1:\(port)/fleet.git", certificateAuthority: authority)
            let mirror = Mirror(of: repository, cacheFolder: folder / "cache", http: HTTPClient())
            let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch(.head, deadline: patience) }
            #expect(error?.code == code)
        }
    }
}
