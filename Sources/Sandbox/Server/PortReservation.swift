// Holds a port of loopback for a server that goes away and comes back: a socket that is bound to it and never listens.
// Meanwhile connections are refused, and no other program is given the port (Linux lets several sockets with
// SO_REUSEADDR be bound to a port while none of the others listens, and gives no such port to who asks for any).

import Glibc

/// A port, kept until this is gone.
final class PortReservation: Sendable {
    let port: Int
    private let descriptor: Int32

    /// - Parameter wanted: 0 for any that is free.
    /// - Throws: `PortError` when somebody listens on it.
    init(_ wanted: Int) throws(PortError) {
        (descriptor, port) = try Self.bound(wanted)
    }

    deinit { close(descriptor) }

    /// A socket that is bound to the port, for the server that is to listen on it; it is the caller's to close. No
    /// program that this process starts inherits it: it would go on listening.
    func socketForListener() throws(PortError) -> Int32 {
        try Self.bound(port).descriptor
    }

    private static func bound(_ wanted: Int) throws(PortError) -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw PortError(port: wanted, code: errno) }
        var reuses: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuses, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: wanted).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var length = size
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && getsockname(descriptor, address, &length) == 0 ? 0 : errno
            }
        }
        guard code == 0 else {
            close(descriptor)
            throw PortError(port: wanted, code: code)
        }
        return (descriptor, Int(in_port_t(bigEndian: address.sin_port)))
    }
}

/// Why a port cannot be had.
package struct PortError: Error, Sendable, CustomStringConvertible {
    var port: Int
    var code: Int32

    package var description: String {
        code == EADDRINUSE
            ? "port \(port) of 127.0.0.1 is taken" : "port \(port) of 127.0.0.1 cannot be had (error \(code))"
    }
}
