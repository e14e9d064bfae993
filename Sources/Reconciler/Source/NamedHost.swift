// Which addresses of private networks a Project lets its applications call: those whose host it writes out. A pattern
// that any host fits says nothing of a particular one.

import GitSource
import Manifest

extension Project {
    /// Whether a pattern of `sources` that fits the address names its host, or the folder that it is below.
    func namesHost(of repository: String) -> Bool {
        sources.contains { pattern in
            HostName.isWritten(in: pattern.description, as: repository) && allows(source: repository, by: pattern)
        }
    }

    /// Whether the API server of a cluster may be at an address.
    func allows(server: String, cluster: String) -> Bool {
        destinations.contains { $0.allows(cluster: cluster) && $0.allows(server: server) }
    }

    /// Whether a destination that fits a cluster names the host of its API server.
    package func namesHost(ofServer server: String, cluster: String) -> Bool {
        destinations.contains { destination in
            guard destination.allows(cluster: cluster), let pattern = destination.server else { return false }
            return HostName.isWritten(in: pattern.description, as: server) && pattern.matches(server)
        }
    }
}

extension Application {
    /// Whether its Project knows the host of its repository by name, wherever that is.
    package var hasNamedSource: Bool { limits?.namesHost(of: source.repository) ?? false }
}

extension HostName {
    /// Whether a pattern has the host of an address written out; for a path, the folder at the root that it is in.
    static func isWritten(in pattern: String, as address: String) -> Bool {
        guard let wanted = place(of: address), let written = place(of: pattern) else { return false }
        return !written.contains("*") && written == wanted
    }

    private static func place(of address: String) -> String? {
        if address.hasPrefix("/") || address.lowercased().hasPrefix("file://") {
            let path = address.hasPrefix("/") ? address[...] : address.dropFirst("file://".count)
            return path.split(separator: "/").first.map { "/\($0)" }
        }
        if address.contains("://") { return of(url: address)?.lowercased() }
        // `user@host:path`, as ssh has it.
        guard let colon = address.firstIndex(of: ":"), !address[..<colon].contains("/") else { return nil }
        return address[..<colon].split(separator: "@").last.map { $0.lowercased() }
    }
}
