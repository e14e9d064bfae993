// The sandbox as a process of its own: where it leaves its files, whether it runs, how it is started and stopped.

import FoundationEssentials
import Manifest
import SyncHistory

#if canImport(Glibc)
    import Glibc
#endif

/// The sandbox of a user, in the folder `sandbox` of the state folder.
///
/// A running sandbox holds a lock on the file `lock` there, which the kernel takes back however the process ends; so
/// nobody is mistaken for the sandbox because of a process number that was used again.
struct SandboxProcess: Sendable {
    let folder: String
    private let environment: [String: String]

    init(environment: [String: String]) {
        self.environment = environment
        folder = StateFolder.path(environment: environment) + "/sandbox"
    }

    var log: String { folder + "/sandbox.log" }

    /// The key of what is kept: in the configuration folder, where copies of the state do not take it along.
    var keyFile: String {
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") {
            return folder + "/gitopsctl/sandbox.key"
        }
        return (environment["HOME"] ?? "/tmp") + "/.config/gitopsctl/sandbox.key"
    }

    /// What a running sandbox says of itself.
    struct Note: Sendable {
        var pid: Int32
        var port: Int
        var server: String
        var version: String
        var kubeconfig: String
    }

    /// The note of the sandbox that runs; nil when none does, or it is not ready yet.
    func running() -> Note? {
        guard isLocked, let data = FileManager.default.contents(atPath: folder + "/sandbox.json"),
            let note = try? JSON.read([UInt8](data)), let pid = note["pid"]?.int, let port = note["port"]?.int,
            let kubeconfig = note["kubeconfig"]?.string
        else { return nil }
        return Note(
            pid: Int32(pid), port: port, server: note["server"]?.string ?? "", version: note["version"]?.string ?? "",
            kubeconfig: kubeconfig)
    }

    /// Whether a sandbox runs, ready or not.
    var isLocked: Bool {
        let descriptor = open(folder + "/lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }

    /// Takes the lock for this process until it ends.
    ///
    /// - Throws: when a sandbox runs already.
    func claim() async throws(DiagnosticsError) {
        try StateFolder.create(folder)
        let descriptor = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DiagnosticsError(
                "cannot open the sandbox's lock: \(String(cString: strerror(errno)))", at: SourceLocation(file: folder))
        }
        // Whoever only looks holds it for a moment.
        for _ in 0..<50 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            try? await Task.sleep(for: .milliseconds(2))
        }
        close(descriptor)
        throw DiagnosticsError(
            "a sandbox runs already",
            cure: "See it with `gitopsctl sandbox status`, end it with `gitopsctl sandbox stop`")
    }

    /// Starts a sandbox in a session of its own and waits until clients may come.
    ///
    /// - Throws: with the end of its log when it ends before that.
    func start(
        port: Int?, pace: Int? = nil, keep: Bool = false, deadline: Duration = .seconds(30)
    ) async throws(DiagnosticsError) -> Note {
        try StateFolder.create(folder)
        var arguments = ["gitopsctl", "sandbox", "serve", "--detached"]
        if let port { arguments += ["--port", String(port)] }
        if let pace { arguments += ["--pace", String(pace)] }
        if keep { arguments.append("--keep") }
        let pid = try spawn(arguments)
        let clock = ContinuousClock()
        let end = clock.now + deadline
        while clock.now < end {
            if let note = running() { return note }
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                // Another start was quicker, and the one started here gave way.
                if let note = running() { return note }
                throw DiagnosticsError(
                    "the sandbox ended before it was ready" + (endOfLog().map { ":\n\($0)" } ?? ""),
                    at: SourceLocation(file: log))
            }
            do { try await Task.sleep(for: .milliseconds(10)) } catch { break }
        }
        kill(pid, SIGTERM)
        throw DiagnosticsError(
            "the sandbox was not ready in time", at: SourceLocation(file: log), cure: "Look into its log")
    }

    /// Ends the sandbox and waits until it is gone. False when none ran.
    func stop() async throws(DiagnosticsError) -> Bool {
        guard let note = running() else { return false }
        kill(note.pid, SIGTERM)
        for attempt in 0..<500 {
            if !isLocked { return true }
            if attempt == 300 { kill(note.pid, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(10))
        }
        throw DiagnosticsError("the sandbox (pid \(note.pid)) does not end", cure: "Look into \(log)")
    }

    /// This program once more, with its output in the log. `--detached` makes it leave the terminal's session.
    private func spawn(_ arguments: [String]) throws(DiagnosticsError) -> pid_t {
        // Whoever waits for the end of a pipe that this process was given shall not wait for the sandbox.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > STDERR_FILENO { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var pid = pid_t()
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for variable in variables { free(variable) } }
        let code = posix_spawn(&pid, "/proc/self/exe", &actions, nil, &words, &variables)
        guard code == 0 else {
            throw DiagnosticsError("cannot start the sandbox: \(String(cString: strerror(code)))")
        }
        return pid
    }

    private func endOfLog() -> String? {
        guard let data = FileManager.default.contents(atPath: log), !data.isEmpty else { return nil }
        return String(decoding: data.suffix(2000), as: UTF8.self).split(separator: "\n").suffix(8).joined(
            separator: "\n")
    }
}
