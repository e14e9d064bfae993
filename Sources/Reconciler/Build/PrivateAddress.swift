// Addresses that are not the Internet's: this machine, private networks, the metadata services of clouds. A base that a
// stranger may name must not lead there.

import Glibc

package enum PrivateAddress {
    /// The first private address that a host's name or address means; nil when it has none, or when nobody knows it.
    static func find(of host: String) async -> String? {
        // The resolver blocks: it gets a thread of its own rather than one of the pool's.
        await withCheckedContinuation { continuation in
            let job = Job(host: host) { continuation.resume(returning: $0) }
            var thread = pthread_t()
            let context = Unmanaged.passRetained(job)
            let status = pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Job>.fromOpaque(context).takeRetainedValue().run() }
                    return nil
                }, context.toOpaque())
            if status == 0 {
                pthread_detach(thread)
            } else {
                context.release()
                // What cannot be checked is not allowed.
                job.finish(host)
            }
        }
    }

    private final class Job: Sendable {
        private let host: String
        let finish: @Sendable (String?) -> Void

        init(host: String, finish: @escaping @Sendable (String?) -> Void) {
            self.host = host
            self.finish = finish
        }

        func run() { finish(PrivateAddress.resolve(host)) }
    }

    private static func resolve(_ host: String) -> String? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr {
                let bytes = bytes(of: address, entry.pointee.ai_family)
                if isPrivate(bytes) { return text(of: address, entry.pointee.ai_addrlen) }
            }
            next = entry.pointee.ai_next
        }
        return nil
    }

    private static func bytes(of address: UnsafeMutablePointer<sockaddr>, _ family: Int32) -> [UInt8] {
        switch family {
        case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                withUnsafeBytes(of: address.pointee.sin_addr) { Array($0) }
            }
        case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                withUnsafeBytes(of: address.pointee.sin6_addr) { Array($0) }
            }
        default: []
        }
    }

    private static func text(of address: UnsafeMutablePointer<sockaddr>, _ length: socklen_t) -> String {
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(address, length, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST) == 0 else {
            return "?"
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// RFC 6890's special-purpose blocks, for 4 or 16 bytes in network order.
    static func isPrivate(_ bytes: [UInt8]) -> Bool {
        if bytes.count == 16 {
            // ::ffff:a.b.c.d and 64:ff9b::a.b.c.d carry an address of version 4.
            let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            let isTranslated = bytes[..<4] == [0x00, 0x64, 0xFF, 0x9B] && bytes[4..<12].allSatisfy { $0 == 0 }
            if isMapped || isTranslated { return isPrivate(Array(bytes[12...])) }
            if bytes[..<15].allSatisfy({ $0 == 0 }) { return true }
            return bytes[0] & 0xFE == 0xFC || bytes[0] == 0xFF || (bytes[0] == 0xFE && bytes[1] & 0x80 == 0x80)
        }
        guard bytes.count == 4 else { return true }
        switch (bytes[0], bytes[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (192, 168), (224..., _): return true
        case (100, let second): return second & 0xC0 == 64
        case (172, let second): return second & 0xF0 == 16
        case (192, 0): return bytes[2] == 0
        case (198, let second): return second & 0xFE == 18
        default: return false
        }
    }
}
