// Git over ssh: the system's `ssh` as a child process, with `git-upload-pack` at its far end.

internal import Synchronization

/// How ssh is called.
package struct SSHOptions: Sendable, Hashable {
    /// The program, by name or path.
    package var program: String
    /// Put before all other arguments.
    package var arguments: [String]
    /// What the child sees besides GIT_PROTOCOL and the locale: where programs, keys and the agent are.
    package var environment: [String: String]

    package init(
        program: String = "ssh", arguments: [String] = [], environment: [String: String] = SSHOptions.inherited
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
    }
}

/// What an ssh address says.
struct SSHAddress: Sendable, Hashable {
    var user: String?
    var host: String
    var port: Int?
    var path: String
}

/// One conversation over ssh. The server keeps its state from request to request.
final class SSHSession: Session {
    private let child: ChildProcess
    private let queue = BlockingQueue("gitopsctl.ssh")
    private let deadline: Deadline
    private let address: SSHAddress
    private let hasKey: Bool
    /// Keys in memory, there for as long as ssh may open them.
    private let files: [MemoryFile]
    private let known = Mutex<Advertisement?>(nil)

    init(
        to address: SSHAddress, credentials: SSHCredentials?, options: SSHOptions, deadline: Deadline
    ) throws(GitError) {
        var files: [MemoryFile] = []
        let arguments = try Self.arguments(address, credentials, deadline: deadline, files: &files)
        var environment = options.environment
        // The server's sshd has to accept this variable (AcceptEnv GIT_PROTOCOL); one that does not speaks version 0.
        environment["GIT_PROTOCOL"] = "version=2"
        environment["LC_ALL"] = "C"
        child = try ChildProcess(
            program: options.program, arguments: options.arguments + arguments, environment: environment)
        self.deadline = deadline
        self.files = files
        self.address = address
        hasKey = credentials?.key != nil
    }

    static func arguments(
        _ address: SSHAddress, _ credentials: SSHCredentials?, deadline: Deadline, files: inout [MemoryFile]
    ) throws(GitError) -> [String] {
        var options = [
            "BatchMode=yes", "StrictHostKeyChecking=yes", "SendEnv=GIT_PROTOCOL",
            "ConnectTimeout=\(max(1, min(30, deadline.remaining.components.seconds)))",
        ]
        switch credentials?.knownHosts {
        case .file(let path):
            options += ["UserKnownHostsFile=\(Self.quoted(path))", "GlobalKnownHostsFile=/dev/null"]
        case .data(let lines):
            let file = try MemoryFile(Array((lines.hasSuffix("\n") ? lines : lines + "\n").utf8))
            files.append(file)
            options += ["UserKnownHostsFile=\(file.path)", "GlobalKnownHostsFile=/dev/null"]
        case nil: break
        }
        var arguments = ["-T", "-a", "-x"]
        switch credentials?.key {
        case .file(let path):
            options.append("IdentitiesOnly=yes")
            arguments += ["-i", path]
        case .data(let key):
            var bytes = key.reveal()
            // OpenSSH does not read a key whose last line has no end, which is how keys come out of many secret stores.
            if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
            let file = try MemoryFile(bytes)
            files.append(file)
            options.append("IdentitiesOnly=yes")
            arguments += ["-i", file.path]
        case nil: break
        }
        for option in options { arguments += ["-o", option] }
        if let port = address.port { arguments += ["-p", String(port)] }
        if let user = address.user ?? credentials?.user { arguments += ["-l", user] }
        return arguments + ["--", address.host, "git-upload-pack \(Self.shellQuoted(address.path))"]
    }

    /// For an option of ssh_config(5): in double quotes, with `%` doubled because the value knows tokens.
    private static func quoted(_ path: String) -> String {
        "\"\(path.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%"))\""
    }

    /// For the shell at the far end.
    static func shellQuoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    func advertisement() async throws(GitError) -> Advertisement {
        if let advertisement = known.withLock({ $0 }) { return advertisement }
        var packets = PacketStream(source)
        var reader = AdvertisementReader()
        while true {
            let packet = try await packets.next()
            do {
                guard let advertisement = try reader.take(packet) else { continue }
                known.withLock { $0 = advertisement }
                return advertisement
            } catch {
                throw GitError(error)
            }
        }
    }

    func send(_ request: [UInt8]) async throws(GitError) -> PacketStream {
        let (child, deadline) = (child, deadline)
        let isSent = try await whileCancellable { () throws(GitError) in
            try await queue.run { () throws(GitError) in try child.write(request, deadline: deadline) }
        }
        guard isSent else { throw await source.failure() }
        return PacketStream(source)
    }

    func close() async {
        child.kill()
        let child = child
        _ = try? await queue.run { () throws(GitError) in child.reap() }
    }

    private var source: Output { Output(session: self) }

    /// Standard output as bytes; its early end is told by what ssh complained of.
    private struct Output: ByteSource {
        let session: SSHSession

        func next() async throws(GitError) -> [UInt8]? {
            let (child, deadline) = (session.child, session.deadline)
            let bytes = try await session.whileCancellable { () throws(GitError) in
                try await session.queue.run { () throws(GitError) in try child.read(deadline: deadline) }
            }
            guard let bytes else { throw await failure() }
            return bytes
        }

        func finish() async {}

        func failure() async -> GitError {
            if Task.isCancelled { return GitError(.cancelled, "cancelled while talking to the server") }
            let (child, deadline) = (session.child, session.deadline)
            // What is left on standard error is there already or comes as ssh exits; a second is plenty.
            let patience = Deadline(after: min(.seconds(1), deadline.remaining))
            let complaints = try? await session.queue.run { () throws(GitError) in child.complaints(deadline: patience)
            }
            return session.describe(complaints ?? "")
        }
    }

    private func whileCancellable<Result: Sendable>(
        _ body: () async throws(GitError) -> Result
    ) async throws(GitError) -> Result {
        let result: Swift.Result<Result, GitError> = await withTaskCancellationHandler {
            do throws(GitError) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        } onCancel: {
            child.kill()
        }
        if Task.isCancelled { throw GitError(.cancelled, "cancelled while talking to the server") }
        return try result.get()
    }

    /// ssh ends with status 255 for every reason, so its words have to tell (messages of OpenSSH 6 to 10).
    private func describe(_ complaints: String) -> GitError {
        let lines = complaints.split(whereSeparator: \.isNewline).map { ProtocolFailure.printable($0) }
            .filter { !$0.allSatisfy { " @*-".contains($0) } && !$0.hasPrefix("Warning: Permanently added") }
        let last = lines.last ?? "ssh ended without a word"
        let (host, path) = (address.host, address.path)
        let scan = "ssh-keyscan \(address.port.map { "-p \($0) " } ?? "")\(host)"
        func says(_ words: String...) -> Bool { words.contains { complaints.contains($0) } }

        if says("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            return GitError(
                .hostKey,
                "the host key of \(host) is not the known one: someone may be listening in, or the server was replaced",
                cure: "compare the key with what the server's owner publishes, then replace it in known_hosts")
        }
        if says("Host key verification failed", "host key is known for", "authenticity of host") {
            return GitError(
                .hostKey, "the host key of \(host) is unknown",
                cure: "add it to known_hosts (\(scan) prints it; compare it with what the server's owner publishes)")
        }
        if says("Permission denied (", "Too many authentication failures", "Permission denied, please try again") {
            return GitError(
                .authentication,
                hasKey
                    ? "authentication failed: \(host) does not accept the given ssh key"
                    : "authentication failed: \(last)",
                cure: hasKey
                    ? "check that the key belongs to a user, or is a deploy key, that may read this repository"
                    : "give an ssh key for this repository, or add one to the ssh agent")
        }
        if says("invalid format", "error in libcrypto", "incorrect passphrase"), hasKey {
            return GitError(
                .authentication, "the ssh key cannot be read: \(last)",
                cure: "give a private key in OpenSSH or PEM format, without a passphrase")
        }
        if says("Could not resolve", "Connection refused", "timed out", "No route to host", "Network is unreachable") {
            return GitError(
                .unreachable, "the server cannot be reached: \(last)", cure: "check the address and the network")
        }
        if says("does not appear to be a git repository", "not found", "does not exist", "could not be found") {
            return GitError(
                .repositoryNotFound, "the server knows no repository `\(path)`: \(last)",
                cure: "check the address, and that the key may read it")
        }
        return GitError(.unreachable, "the connection ended: \(last)")
    }
}
