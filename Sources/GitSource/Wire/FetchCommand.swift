// Asking for objects: one request that says everything, in version 2 (gitprotocol-v2(5), `fetch`) and in versions 0 and
// 1 (gitprotocol-pack(5)). There is no round of negotiation: the haves are few, and `done` follows them at once.

/// What is wanted, and what is there already.
struct FetchCommand: Sendable, Hashable {
    /// How much history comes along.
    enum History: Sendable, Hashable {
        /// What the haves do not cover.
        case missing
        /// So many commits from each want; 1 is the wanted commit alone.
        case depth(Int)
        /// Commits since these seconds after 1970.
        case since(Int64)

        /// All of it, of a repository that was shallow so far (Git's own value for it).
        static let unlimited = History.depth(0x7fff_ffff)
    }

    var wants: [ObjectID]
    var haves: [ObjectID] = []
    /// The commits whose parents are not here.
    var shallow: [ObjectID] = []
    var history: History

    func request(to server: Advertisement) throws(ProtocolFailure) -> [UInt8] {
        switch server.version {
        case .two: try versionTwo(server)
        case .refs: try versionZero(server)
        }
    }

    private func versionTwo(_ server: Advertisement) throws(ProtocolFailure) -> [UInt8] {
        guard server.has("fetch") else { throw .unsupported("the server does not offer `fetch`") }
        let canShallow = server.has("shallow", in: "fetch")
        if !shallow.isEmpty, !canShallow { throw .unsupported("the server no longer offers shallow fetches") }
        var request = PacketWriter()
        request.line("command=fetch")
        request.commonCapabilities(of: server)
        request.delimiter()
        request.line("no-progress")
        request.line("ofs-delta")
        request.body(self, shallowIsOffered: canShallow)
        request.line("done")
        request.flush()
        return request.bytes
    }

    private func versionZero(_ server: Advertisement) throws(ProtocolFailure) -> [UInt8] {
        guard server.has("side-band-64k") else { throw .unsupported("the server does not offer side-band-64k") }
        let canShallow = server.has("shallow")
        if !shallow.isEmpty, !canShallow { throw .unsupported("the server no longer offers shallow fetches") }
        var capabilities = ["side-band-64k"]
        for name in ["ofs-delta", "no-progress", "deepen-since"] where server.has(name) { capabilities.append(name) }
        if server.has("agent") { capabilities.append("agent=\(PacketWriter.agent)") }
        if server.has("object-format") { capabilities.append("object-format=\(server.objectFormat)") }
        var command = self
        if case .since = history, !server.has("deepen-since") { command.history = .depth(1) }
        var request = PacketWriter()
        request.body(command, shallowIsOffered: canShallow, capabilities: capabilities.joined(separator: " "))
        return request.bytes
    }

    /// Whether the answer has a shallow section in versions 0 and 1: when the request deepens.
    func expectsShallowSection(from server: Advertisement) -> Bool {
        history != .missing && server.has("shallow")
    }
}

extension PacketWriter {
    /// Wants, shallow commits, depth and haves. In version 0 the first want carries the capabilities, a flush ends the
    /// wants, and `done` ends the request.
    fileprivate mutating func body(_ command: FetchCommand, shallowIsOffered: Bool, capabilities: String? = nil) {
        for (position, want) in command.wants.enumerated() {
            line(position == 0 ? "want \(want)\(capabilities.map { " " + $0 } ?? "")" : "want \(want)")
        }
        for boundary in command.shallow {
            line("shallow \(boundary)")
        }
        if shallowIsOffered {
            switch command.history {
            case .missing: break
            case .depth(let depth): line("deepen \(depth)")
            case .since(let seconds): line("deepen-since \(seconds)")
            }
        }
        if capabilities != nil { flush() }
        for have in command.haves {
            line("have \(have)")
        }
        if capabilities != nil { line("done") }
    }
}
