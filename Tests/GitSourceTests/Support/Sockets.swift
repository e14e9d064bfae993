// Listening sockets whose connections are served on threads of their own.

import Foundation
import Glibc
import Synchronization

/// A TCP server on a free port of loopback, until it is released. `serve` is called with each connection on a thread of
/// its own.
final class SocketServer: Sendable {
    /// The connections that are open. Their numbers are closed under the lock, so that none is shut down after it was
    /// given to another file of the process.
    private final class Connections: Sendable {
        private struct State {
            var open: Set<Int32> = []
            var isStopped = false
        }
        private let state = Mutex(State())

        func serve(_ connection: Int32, by serve: (Int32) -> Void) {
            let isStopped = state.withLock { state in
                state.open.insert(connection)
                return state.isStopped
            }
            if !isStopped { serve(connection) }
            state.withLock { state in
                state.open.remove(connection)
                close(connection)
            }
        }

        func stop() {
            state.withLock { state in
                state.isStopped = true
                for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
            }
        }
    }

    let port: Int
    private let listening: Int32
    private let connections = Connections()

    init(_ serve: @escaping @Sendable (Int32) -> Void) throws {
        listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = listening
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listening, address, length) == 0 && listen(listening, 64) == 0
                    && getsockname(listening, address, &length) == 0
            }
        }
        guard isListening else { throw CommandFailure(description: "no listening socket: \(errno)") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [connections] in
            while true {
                let connection = accept(listening, nil, nil)
                guard connection >= 0 else { break }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                Thread.detachNewThread { connections.serve(connection, by: serve) }
            }
            close(listening)
        }
    }

    deinit {
        shutdown(listening, Int32(SHUT_RDWR))
        connections.stop()
    }

    /// Sends all of `bytes`; false when the peer is gone.
    @discardableResult
    static func send(_ bytes: some Collection<UInt8>, to connection: Int32) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    static func receive(from connection: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(connection, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// Waits until somebody listens on a port of loopback.
    static func awaitListening(on port: Int) async throws {
        for _ in 0..<3000 {
            if isListening(on: port) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw CommandFailure(description: "nobody listens on port \(port)")
    }

    private static func isListening(on port: Int) -> Bool {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                connect(probe, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
