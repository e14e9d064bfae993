// A child process that is talked to over its standard input and output, and that never outlives its deadline.

internal import CGit2
internal import Glibc
internal import Synchronization

/// A program in a session and process group of its own, with a clean environment.
///
/// Its standard input and output are one socket: writing to a child that is gone is then an error and not a signal. All
/// methods that block are called on a `BlockingQueue`; `kill` may be called from anywhere.
final class ChildProcess: Sendable {
    private struct State {
        var pid: pid_t
        var isReaped = false
        /// The end of what it wrote to standard error.
        var complaints: [UInt8] = []
        var hasClosedErrors = false
    }

    private static let complaintLimit = 8192

    private let socket: Int32
    private let errors: Int32
    private let state: Mutex<State>

    /// - Throws: `GitError` when the program cannot be started.
    init(program: String, arguments: [String], environment: [String: String]) throws(GitError) {
        var sockets: [Int32] = [-1, -1]
        var pipes: [Int32] = [-1, -1]
        let stream = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, stream, 0, &sockets) == 0 else { throw Self.failure("socketpair") }
        guard Self.closeOnExecPipe(&pipes) else {
            for socket in sockets { close(socket) }
            throw Self.failure("pipe")
        }
        defer {
            close(sockets[1])
            close(pipes[1])
        }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, sockets[1], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, sockets[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, pipes[1], STDERR_FILENO)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes,
            cgit2_spawn_in_new_session() | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))

        var pid: pid_t = 0
        let code = Self.withCStrings([program] + arguments) { argv in
            Self.withCStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
                posix_spawnp(&pid, program, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else {
            close(sockets[0])
            close(pipes[0])
            throw GitError(
                .unsupported, "`\(program)` cannot be started: \(String(cString: strerror(code)))",
                cure: "install it (Debian: openssh-client) or add it to PATH")
        }
        socket = sockets[0]
        errors = pipes[0]
        state = Mutex(State(pid: pid))
    }

    deinit {
        kill()
        _ = reap()
        close(socket)
        close(errors)
    }

    /// Sends all of `bytes`; false when the child no longer listens.
    func write(_ bytes: [UInt8], deadline: Deadline) throws(GitError) -> Bool {
        var sent = 0
        while sent < bytes.count {
            guard try wait(for: Int16(POLLOUT), deadline: deadline) else { continue }
            let count = bytes.withUnsafeBytes { bytes in
                send(
                    socket, bytes.baseAddress.map { $0 + sent }, bytes.count - sent,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// The next bytes of standard output; nil at its end.
    func read(deadline: Deadline) throws(GitError) -> [UInt8]? {
        while true {
            guard try wait(for: Int16(POLLIN), deadline: deadline) else { continue }
            var failure: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
                let received = recv(socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                failure = received < 0 ? errno : 0
                count = max(0, received)
            }
            if failure == EINTR || failure == EAGAIN { continue }
            return bytes.isEmpty ? nil : bytes
        }
    }

    /// Waits until the socket is ready, keeping what arrives on standard error meanwhile. False: look again.
    private func wait(for events: Int16, deadline: Deadline) throws(GitError) -> Bool {
        if deadline.hasPassed { throw deadline.error(while: "talking to the server") }
        let (seconds, attoseconds) = deadline.remaining.components
        let milliseconds = Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
        // A negative descriptor is passed over.
        let second = state.withLock { $0.hasClosedErrors } ? -1 : errors
        var polled = [
            pollfd(fd: socket, events: events, revents: 0), pollfd(fd: second, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&polled, 2, milliseconds) > 0 else { return false }
        if polled[1].revents != 0 { keepComplaints() }
        return polled[0].revents != 0
    }

    private func keepComplaints() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(errors, &buffer, buffer.count)
        state.withLock { state in
            if count > 0 {
                state.complaints += buffer[..<count]
                if state.complaints.count > Self.complaintLimit {
                    state.complaints.removeFirst(state.complaints.count - Self.complaintLimit)
                }
            } else if count == 0 || errno != EINTR {
                state.hasClosedErrors = true
            }
        }
    }

    /// Everything that the child still says on standard error, up to its end or the deadline; for after its output
    /// ended.
    func complaints(deadline: Deadline) -> String {
        while !state.withLock({ $0.hasClosedErrors }), !deadline.hasPassed {
            let (seconds, attoseconds) = deadline.remaining.components
            var polled = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
            if poll(&polled, 1, milliseconds) > 0 { keepComplaints() }
        }
        return String(decoding: state.withLock { $0.complaints }, as: UTF8.self)
    }

    /// Ends the child and all of its process group at once, and with it every wait for it.
    func kill() {
        state.withLock { state in
            guard !state.isReaped else { return }
            Glibc.kill(-state.pid, SIGKILL)
        }
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Collects the exit status of a child that was killed or has ended.
    func reap() -> Int32 {
        let pid = state.withLock { state -> pid_t? in
            guard !state.isReaped else { return nil }
            state.isReaped = true
            return state.pid
        }
        guard let pid else { return 0 }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    private static func failure(_ call: String) -> GitError {
        GitError(.storage, "\(call): \(String(cString: strerror(errno)))")
    }

    private static func closeOnExecPipe(_ descriptors: inout [Int32]) -> Bool {
        guard pipe(&descriptors) == 0 else { return false }
        for descriptor in descriptors {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        return true
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        for (position, string) in strings.enumerated() {
            pointers[position] = strdup(string)
        }
        pointers[strings.count] = nil
        defer {
            for position in strings.indices {
                free(pointers[position])
            }
            pointers.deallocate()
        }
        return body(pointers)
    }
}
