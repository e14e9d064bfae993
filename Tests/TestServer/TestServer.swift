// A small real HTTP/1.1 server on loopback for tests: every byte of an answer is the test's, so it can stall, trickle
// or cut.

import Glibc
import Synchronization

/// A request as the server read it.
package struct TestRequest: Sendable {
    package var method: String
    /// Path and query as on the wire.
    package var target: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Which connection it came over, counted from 1.
    package var connection: Int

    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    package var path: String { String(target.prefix { $0 != "?" }) }

    /// The query's parameters, percent-decoded.
    package var query: [String: String] {
        guard let mark = target.firstIndex(of: "?") else { return [:] }
        var result: [String: String] = [:]
        for pair in target[target.index(after: mark)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                Self.percentDecoded)
            result[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        return result
    }

    private static func percentDecoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 32 : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Accepts on 127.0.0.1 at a free port; a thread a connection, which calls the handler for each request on it.
package final class TestServer: Sendable {
    package typealias RequestHandler = @Sendable (TestRequest, TestConnection) -> Void

    package let port: UInt16
    package var url: String { "http://127.0.0.1:\(port)" }
    package var connectionCount: Int { state.withLock { $0.connections } }
    package var requests: [TestRequest] { state.withLock { $0.requests } }

    private struct State {
        var connections = 0
        var requests: [TestRequest] = []
        var open: Set<Int32> = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let listener: Int32
    private let handler: RequestHandler

    package init(handler: @escaping RequestHandler) {
        self.handler = handler
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fd = listener
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(fd, generic, size) == 0, listen(fd, 128) == 0, getsockname(fd, generic, &size) == 0 else {
                    fatalError("test server: \(String(cString: strerror(errno)))")
                }
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        Self.thread { [self] in accept() }
    }

    /// Closes the listener and every connection.
    package func stop() {
        // Under the lock, so that no descriptor is closed meanwhile and its number given to another socket of the
        // process.
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            Glibc.shutdown(listener, Int32(SHUT_RDWR))
            for fd in state.open { Glibc.shutdown(fd, Int32(SHUT_RDWR)) }
        }
    }

    private func accept() {
        signal(SIGPIPE, SIG_IGN)
        while true {
            let fd = Glibc.accept(listener, nil, nil)
            guard fd >= 0 else { break }
            let number = state.withLock { state in
                state.connections += 1
                state.open.insert(fd)
                return state.isStopped ? 0 : state.connections
            }
            Self.thread { [self] in
                if number > 0 { serve(TestConnection(fd: fd), number: number) }
                state.withLock {
                    $0.open.remove(fd)
                    close(fd)
                }
            }
        }
        close(listener)
    }

    private func serve(_ connection: TestConnection, number: Int) {
        while var request = connection.readRequest() {
            request.connection = number
            let read = request
            state.withLock { $0.requests.append(read) }
            handler(read, connection)
            if connection.isFinished { return }
        }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        final class Box {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                argument.map { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(Box(body)).toOpaque())
        pthread_detach(thread)
    }
}
