// A sandbox that restarts finds its port again: nobody else is given it meanwhile, and no program that was started
// listens on.

import Glibc
import Testing

@testable import Sandbox

@Suite("A port is kept over restarts")
struct PortReservationTests {
    /// Binds a port as any program does, without a word about sharing it; the error, 0 for none.
    private func bindPlainly(_ port: Int) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 ? 0 : errno
            }
        }
    }

    /// A program that another test starts holds a copy of a listener until it executes.
    private static func whenFree<Result>(_ body: () throws -> Result) throws -> Result {
        for _ in 0..<200 {
            do { return try body() } catch is PortError { usleep(10_000) }
        }
        return try body()
    }

    @Test func nobodyElseGetsIt() throws {
        var reservation: PortReservation? = try PortReservation(0)
        let port = try #require(reservation?.port)
        #expect(bindPlainly(port) == EADDRINUSE)
        for _ in 0..<2 {
            let listener = try #require(try Self.whenFree { try reservation?.socketForListener() })
            #expect(listen(listener, 1) == 0)
            #expect(bindPlainly(port) == EADDRINUSE)
            #expect(throws: PortError.self) { try PortReservation(port) }
            close(listener)
            #expect(bindPlainly(port) == EADDRINUSE)
        }
        reservation = nil
        try Self.whenFree { if bindPlainly(port) != 0 { throw PortError(port: port, code: EADDRINUSE) } }
    }

    @Test func noProgramInheritsIt() throws {
        let reservation = try PortReservation(0)
        let listener = try reservation.socketForListener()
        defer { close(listener) }
        #expect(fcntl(listener, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func aPortThatIsTakenIsNamed() throws {
        let reservation = try PortReservation(0)
        let listener = try reservation.socketForListener()
        defer { close(listener) }
        #expect(listen(listener, 1) == 0)
        let error = #expect(throws: PortError.self) { try PortReservation(reservation.port) }
        #expect(error?.description == "port \(reservation.port) of 127.0.0.1 is taken")
    }
}
