// A real sshd on loopback, with keys made for the test.

import Foundation
import Glibc
import Testing

@testable import GitSource

final class SSHServer: Sendable {
    let folder: TemporaryFolder
    let port: Int
    let user: String
    private let pid: pid_t

    static let isInstalled =
        FileManager.default.isExecutableFile(atPath: "/usr/sbin/sshd")
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh-keygen")

    /// - Parameter acceptsVersion: whether sshd lets GIT_PROTOCOL through; Debian's default does not.
    init(acceptsVersion: Bool = true) async throws {
        folder = try TemporaryFolder()
        port = try Self.freePort()
        user = String(cString: getpwuid(getuid()).pointee.pw_name)
        for name in ["host", "user", "stranger"] {
            try await Shell.run("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder / name])
        }
        if getuid() == 0 {
            try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        }
        let configuration = """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(folder / "host")
            AuthorizedKeysFile \(folder / "user.pub")
            PidFile none
            UsePAM no
            StrictModes no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin yes
            \(acceptsVersion ? "AcceptEnv GIT_PROTOCOL" : "")
            SetEnv GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*
            """
        try configuration.write(toFile: folder / "sshd_config", atomically: true, encoding: .utf8)
        let arguments = ["/usr/sbin/sshd", "-D", "-e", "-f", folder / "sshd_config"]
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, folder / "sshd.log", O_WRONLY | O_CREAT, 0o600)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var pid: pid_t = 0
        guard posix_spawn(&pid, "/usr/sbin/sshd", &actions, nil, &pointers, nil) == 0 else {
            throw CommandFailure(description: "sshd does not start")
        }
        self.pid = pid
        do {
            try await SocketServer.awaitListening(on: port)
        } catch {
            let log = (try? String(contentsOfFile: folder / "sshd.log", encoding: .utf8)) ?? ""
            throw CommandFailure(description: "\(error): \(log)")
        }
    }

    deinit {
        kill(pid, SIGTERM)
        waitpid(pid, nil, 0)
    }

    /// The host key as a line of known_hosts.
    func knownHosts(key: String = "host") throws -> String {
        let text = try String(contentsOfFile: folder / "\(key).pub", encoding: .utf8)
        return "[127.0.0.1]:\(port) " + text.split(separator: " ").prefix(2).joined(separator: " ")
    }

    func credentials(key: String = "user", host: String = "host") throws -> Credentials {
        .ssh(SSHCredentials(key: .file(folder / key), knownHosts: .data(try knownHosts(key: host))))
    }

    func url(_ path: String) -> String { "ssh://\(user)@127.0.0.1:\(port)\(path)" }

    private static func freePort() throws -> Int {
        try SocketServer { _ in }.port
    }
}
