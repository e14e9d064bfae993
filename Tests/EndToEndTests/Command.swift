// Runs programs as a user would: the gitopsctl that was just built, kubectl and git.

import Foundation

/// What a program said and how it ended.
struct CommandResult: Sendable {
    var status: Int32
    var output: String
    var errors: String

    /// Everything that a user saw.
    var all: String { output + errors }
}

/// A program with its surroundings.
struct Command: Sendable {
    var program: String
    var environment: [String: String]
    var folder: String

    func callAsFunction(_ arguments: String...) throws -> CommandResult { try run(arguments) }

    func run(_ arguments: [String]) throws -> CommandResult {
        let process = try start(arguments)
        return try process.finish()
    }

    func start(_ arguments: [String]) throws -> RunningCommand {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "e2e-\(UUID().uuidString)")
        let output = scratch.appendingPathExtension("out").path
        let errors = scratch.appendingPathExtension("err").path
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Files and not pipes: a program that is killed leaves what it wrote, and none can block on a full pipe.
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT, 0o600)
        let words = ["/usr/bin/env", "--chdir=\(folder)", program] + arguments
        var argv = words.map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, words[0], &actions, nil, &argv, &envp)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        return RunningCommand(pid: pid, output: output, errors: errors)
    }
}

/// A program under way. Waited for by waitpid: Foundation's Process may miss the end of a child that is killed.
struct RunningCommand {
    let pid: pid_t
    let output: String
    let errors: String

    func kill() { Foundation.kill(pid, SIGKILL) }

    func finish() throws -> CommandResult {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        defer { for file in [output, errors] { try? FileManager.default.removeItem(atPath: file) } }
        // The low seven bits are the signal that ended it, the next byte its exit code.
        let signal = status & 0x7F
        return CommandResult(
            status: signal == 0 ? status >> 8 & 0xFF : 128 + signal,
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
    }
}
