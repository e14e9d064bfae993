// Servers that do not answer: the deadline ends every wait.

import Foundation
import HTTPClient
import Testing

@testable import GitSource

/// What a server does once it has accepted a connection.
enum Malice: CaseIterable, Sendable {
    case saysNothing, tricklesBytes, stallsInThePack
}

@Suite struct DeadlineTests {
    static let deadline = Duration.milliseconds(700)

    @Test(arguments: Malice.allCases)
    func endsAWaitOverHTTP(_ malice: Malice) async throws {
        let fixture = try await HTTPFixture()
        try await fixture.source.commit(["a": (0..<20_000).map { "\($0)" }.joined()])
        let trickling = try SocketServer { connection in
            guard malice == .tricklesBytes else {
                while SocketServer.receive(from: connection) != nil {}
                return
            }
            let answer =
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n000eversion 2\n"
            for byte in Array(answer.utf8) + Array(repeating: UInt8(ascii: "0"), count: 10_000) {
                guard SocketServer.send([byte], to: connection) else { return }
                usleep(20_000)
            }
        }
        fixture.server.behave { $0.stallsAfter = 700 }
        let url =
            malice == .stallsInThePack
            ? fixture.server.url("fleet.git") : "http://127.0.0.1:\(trickling.port)/fleet.git"
        let mirror = Mirror(of: try RemoteRepository(url), cacheFolder: fixture.cache, http: fixture.http)
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch(.head, deadline: Self.deadline) }
        #expect(error?.code == .timeout)
        #expect(error?.message.hasPrefix("no answer within 700ms while") == true)
        #expect(error?.repository == url)
    }

    /// In the place of ssh stands a program that does the same.
    @Test(arguments: Malice.allCases)
    func endsAWaitOverSSH(_ malice: Malice) async throws {
        let folder = try TemporaryFolder()
        let source = try await GitWorkspace(folder / "fleet.git")
        try await source.commit(["a": (0..<20_000).map { "\($0)" }.joined()])
        let (script, pids) = (folder / "ssh", folder / "pids")
        let action =
            switch malice {
            case .saysNothing: "sleep 600"
            case .tricklesBytes: "printf 00ff; while printf x && sleep 0.05; do :; done"
            case .stallsInThePack:
                "cat \(folder / "input") - | git-upload-pack \(source.path)/.git | { head -c 2000; sleep 600; }"
            }
        try Data().write(to: URL(fileURLWithPath: folder / "input"))
        try "echo $$ >> \(pids)\n\(action)\n".write(toFile: script, atomically: true, encoding: .utf8)
        let mirror = Mirror(
            of: try RemoteRepository("git@host:fleet.git"), cacheFolder: folder / "cache", http: HTTPClient(),
            options: .init(ssh: SSHOptions(program: "/bin/sh", arguments: [script])))
        let error = await #expect(throws: GitError.self) { _ = try await mirror.fetch(.head, deadline: Self.deadline) }
        #expect(error?.code == .timeout)
        // The whole process group is gone: the shell and what it started.
        for line in try String(contentsOfFile: pids, encoding: .utf8).split(separator: "\n") {
            let group = try #require(pid_t(line))
            #expect(try await Self.isGone(group))
        }
    }

    @Test func cancellingEndsAWaitOverSSH() async throws {
        let folder = try TemporaryFolder()
        let (script, started) = (folder / "ssh", folder / "started")
        try await Shell.run("/usr/bin/mkfifo", [started])
        try "echo > \(started)\nsleep 600\n".write(toFile: script, atomically: true, encoding: .utf8)
        let mirror = Mirror(
            of: try RemoteRepository("git@host:fleet.git"), cacheFolder: folder / "cache", http: HTTPClient(),
            options: .init(ssh: SSHOptions(program: "/bin/sh", arguments: [script])))
        let fetch = Task { try await mirror.fetch(.head, deadline: .seconds(600)) }
        // Opening a pipe waits for its other end.
        close(open(started, O_RDONLY))
        fetch.cancel()
        let error = await #expect(throws: GitError.self) { _ = try await fetch.value }
        #expect(error?.code == .cancelled)
    }

    /// Whether no process of a killed group lives. A signal has been sent once `kill` returns, and is heeded a moment
    /// later.
    private static func isGone(_ group: pid_t) async throws -> Bool {
        for _ in 0..<500 {
            if living(inGroup: group).isEmpty { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    /// The processes of a group that are not dead; the dead may wait for an init process that collects them.
    private static func living(inGroup group: pid_t) -> [Int] {
        FolderTree.names(in: "/proc").compactMap { Int($0) }.filter { pid in
            // `pid (name) state parent group …` (proc(5)).
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else {
                return false
            }
            let fields = text[end...].split(separator: " ")
            return fields.count > 3 && fields[3] == "\(group)" && fields[1] != "Z"
        }
    }
}
