// One process of a plugin: started apart, talked to over pipes, ended with everything it started.

import CIsolation
import Glibc
import Manifest
import Synchronization

/// A running plugin.
///
/// `exchange` blocks and is called on a thread of its own, one call at a time; `end` may be called from anywhere.
final class PluginProcess: Sendable {
    private struct State {
        var child: isolation_child
        var input: Int32
        var hasEnded = false
        /// Whether nothing of it is left.
        var isGone = false
        /// The end of what it said on standard error.
        var complaints: [UInt8] = []
        /// What it printed behind the answer before: nothing, for a plugin that keeps to the protocol.
        var pending: [UInt8] = []
    }

    private static let complaintLimit = 8192

    let definition: PluginDefinition
    /// What keeps it apart, as far as this kernel does.
    let keptApart: UInt32
    private let output: Int32
    private let errors: Int32
    private let scratch: String
    private let state: Mutex<State>

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - grants: the JSON of the granted Secrets; nil for none.
    ///   - loops: whether it is to answer many lists, each on a line.
    init(_ definition: PluginDefinition, grants: [UInt8]?, loops: Bool, usesNamespaces: Bool = true)
        throws(ProcessFailure)
    {
        self.definition = definition
        let scratch = try ScratchFolder.make()
        var opened: [Int32] = []
        func pipe() throws(ProcessFailure) -> (read: Int32, write: Int32) {
            var ends: [Int32] = [-1, -1]
            guard isolation_pipe(&ends) == 0 else { throw .cannotStart(errno: errno, path: "pipe") }
            opened += ends
            return (ends[0], ends[1])
        }
        var isStarted = false
        defer {
            if !isStarted {
                for descriptor in opened { close(descriptor) }
                ScratchFolder.remove(scratch)
            }
        }
        let (input, output, errors) = (try pipe(), try pipe(), try pipe())
        var memory: Int32 = -1
        if let grants {
            memory = grants.withUnsafeBytes { isolation_memory_file($0.baseAddress, $0.count) }
            guard memory >= 0 else { throw .cannotStart(errno: errno, path: "memfd_create") }
            opened.append(memory)
        }
        var child = isolation_child()
        let failure = Self.spawn(
            definition, Self.environment(definition, scratch: scratch, hasGrants: grants != nil, loops: loops), scratch,
            (input.read, output.write, errors.write, memory), usesNamespaces, &child)
        guard failure == 0 else { throw .cannotStart(errno: failure, path: definition.executable) }
        isStarted = true
        self.scratch = scratch
        for descriptor in [input.read, output.write, errors.write, memory] where descriptor >= 0 { close(descriptor) }
        _ = fcntl(input.write, F_SETFL, O_NONBLOCK)
        self.output = output.read
        self.errors = errors.read
        keptApart = child.kept_apart
        state = Mutex(State(child: child, input: input.write))
    }

    deinit { finish() }

    /// Ends the program and everything that it started, waits until it is gone, and takes its folder away. Not during
    /// an exchange.
    func finish() {
        end()
        let child = state.withLock { state -> isolation_child? in
            if state.isGone { return nil }
            state.isGone = true
            if state.input >= 0 { close(state.input) }
            return state.child
        }
        guard var child else { return }
        close(output)
        close(errors)
        close(child.reports)
        if child.descriptor >= 0 { close(child.descriptor) }
        isolation_reap(&child)
        ScratchFolder.remove(scratch)
    }

    /// Ends the program and everything that it started, and with that every wait for it.
    func end() {
        state.withLock { state in
            guard !state.hasEnded else { return }
            state.hasEnded = true
            close(state.child.life)
        }
    }

    /// The end of what it said on standard error.
    var complaints: String {
        let text = String(decoding: state.withLock { $0.complaints }, as: UTF8.self)
        return String(text.reversed().drop(while: \.isWhitespace).reversed())
    }

    // MARK: Starting

    private static func environment(_ definition: PluginDefinition, scratch: String, hasGrants: Bool, loops: Bool)
        -> [String]
    {
        var variables = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": scratch, "TMPDIR": scratch,
            "LANG": "C.UTF-8",
        ]
        variables.merge(definition.grants.environment) { $1 }
        if hasGrants { variables["GITOPSCTL_GRANTS"] = "/proc/self/fd/3" }
        if loops { variables["GITOPSCTL_LOOP"] = "lines" }
        return variables.map { "\($0.key)=\($0.value)" }.sorted()
    }

    private static func spawn(
        _ definition: PluginDefinition, _ environment: [String], _ scratch: String,
        _ streams: (input: Int32, output: Int32, errors: Int32, grants: Int32), _ namespaces: Bool,
        _ child: inout isolation_child
    ) -> Int32 {
        withCStrings([definition.executable] + definition.arguments) { arguments in
            withCStrings(environment) { environment in
                definition.executable.withCString { executable in
                    scratch.withCString { folder in
                        let limits = definition.limits
                        var start = isolation_start(
                            executable: executable, arguments: arguments, environment: environment, folder: folder,
                            input: streams.input,
                            output: streams.output, errors: streams.errors, grants: streams.grants,
                            network: definition.grants.network, namespaces: namespaces, memory: UInt64(limits.memory),
                            // A process that answers many lists has the deadline of each instead.
                            cpu_seconds: definition.isReentrant ? 0 : UInt64(limits.cpuSeconds),
                            file_size: UInt64(limits.fileSize),
                            processes: UInt64(limits.processes))
                        return isolation_spawn(&start, &child)
                    }
                }
            }
        }
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        for (position, string) in strings.enumerated() { pointers[position] = strdup(string) }
        pointers[strings.count] = nil
        defer {
            for position in strings.indices { free(pointers[position]) }
            pointers.deallocate()
        }
        return body(pointers)
    }

    // MARK: Talking

    /// What ends an answer.
    enum AnswerEnd {
        /// The end of the program.
        case process
        /// The end of a line.
        case line
    }

    /// Gives the program a request, and returns what it prints.
    func exchange(_ request: [UInt8], until answerEnd: AnswerEnd) throws(ProcessFailure) -> [UInt8] {
        let deadline = ContinuousClock.now + definition.limits.timeout
        var exchange = Exchange(request: request, answerEnd: answerEnd, limit: definition.limits.output)
        var (input, reports) = state.withLock { state in
            exchange.answer = state.pending
            state.pending = []
            return (state.input, state.child.reports)
        }
        var (output, errors) = (output, errors)
        while true {
            let left = (deadline - .now).components
            guard left.seconds >= 0, left.attoseconds >= 0 else {
                end()
                throw .timeout(definition.limits.timeout)
            }
            if exchange.isSent, answerEnd == .process, input >= 0 {
                close(input)
                input = -1
                state.withLock { $0.input = -1 }
            }
            // A negative descriptor is passed over.
            var polled = [
                pollfd(fd: exchange.isSent ? -1 : input, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
                pollfd(fd: reports, events: Int16(POLLIN), revents: 0),
            ]
            let milliseconds = Int32(clamping: left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1)
            guard poll(&polled, 4, milliseconds) > 0 else { continue }
            // Complaints first, so that whatever fails below can be told with them.
            if polled[2].revents != 0, !readComplaints() { errors = -1 }
            if polled[0].revents != 0, !exchange.send(to: input) { exchange.sent = request.count }
            if polled[1].revents != 0 {
                if try !read(&exchange) { output = -1 }
                if let answer = exchange.takeLine() {
                    state.withLock { $0.pending = exchange.answer }
                    return answer
                }
            }
            if polled[3].revents != 0, exchange.report == nil {
                exchange.report = readReport()
                reports = -1
            }
            // The guard's report comes when everything has ended, so both streams end then too.
            if output < 0, let report = exchange.report {
                while errors >= 0 { if !readComplaints() { errors = -1 } }
                try judge(report, exchange)
                return exchange.answer
            }
        }
    }

    private func judge(_ report: isolation_report?, _ exchange: Exchange) throws(ProcessFailure) {
        guard let report else { throw state.withLock { $0.hasEnded } ? .cancelled : .signal(SIGKILL) }
        if report.failure != 0 { throw .cannotStart(errno: report.failure, path: definition.executable) }
        let signal = isolation_signal(report.status)
        if signal != 0 { throw .signal(signal) }
        let code = isolation_exit_code(report.status)
        if code != 0 { throw .exit(code: code, answer: exchange.answer) }
        if exchange.answerEnd == .line { throw .gone }
    }

    /// False at the end.
    private func read(_ exchange: inout Exchange) throws(ProcessFailure) -> Bool {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
            let received = Glibc.read(output, buffer.baseAddress, buffer.count)
            failure = received < 0 ? errno : 0
            count = max(0, received)
        }
        if failure == EINTR { return true }
        exchange.answer += bytes
        if exchange.answer.count > exchange.limit {
            end()
            throw .tooMuchOutput(limit: exchange.limit)
        }
        return !bytes.isEmpty
    }

    /// False at the end.
    private func readComplaints() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(errors, &buffer, buffer.count)
        if count < 0, errno == EINTR { return true }
        guard count > 0 else { return false }
        state.withLock { state in
            state.complaints += buffer[..<count]
            let surplus = state.complaints.count - Self.complaintLimit
            if surplus > 0 { state.complaints.removeFirst(surplus) }
        }
        return true
    }

    /// What the guard tells; nil inside for a guard that was ended before it could.
    private func readReport() -> isolation_report?? {
        var report = isolation_report()
        let count = Glibc.read(state.withLock { $0.child.reports }, &report, MemoryLayout<isolation_report>.size)
        return .some(count == MemoryLayout<isolation_report>.size ? report : nil)
    }
}

/// What has gone to and fro so far.
private struct Exchange {
    let request: [UInt8]
    let answerEnd: PluginProcess.AnswerEnd
    let limit: Int
    var sent = 0
    var answer: [UInt8] = []
    var report: isolation_report??
    private var scanned = 0

    init(request: [UInt8], answerEnd: PluginProcess.AnswerEnd, limit: Int) {
        self.request = request
        self.answerEnd = answerEnd
        self.limit = limit
    }

    var isSent: Bool { sent == request.count }

    /// False when nobody reads any more: a program may answer without having read all.
    mutating func send(to descriptor: Int32) -> Bool {
        let count = request.withUnsafeBytes { bytes in
            isolation_write(descriptor, bytes.baseAddress.map { $0 + sent }, min(bytes.count - sent, 64 << 10))
        }
        if count < 0 { return errno == EINTR || errno == EAGAIN }
        sent += count
        return true
    }

    /// The answer, if a line is what ends it and one has come; what follows it stays.
    mutating func takeLine() -> [UInt8]? {
        guard answerEnd == .line else { return nil }
        guard let end = answer[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = answer.count
            return nil
        }
        let line = Array(answer[..<end])
        answer = Array(answer[(end + 1)...])
        return line
    }
}
