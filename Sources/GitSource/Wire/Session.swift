// A conversation with git-upload-pack, over whatever carries it.

/// Bytes as they arrive.
protocol ByteSource: Sendable {
    /// The next bytes, never none; nil at the end.
    func next() async throws(GitError) -> [UInt8]?
    /// The answer was read to its last packet. Over HTTP the body's end is awaited, so that the connection can be used
    /// again.
    func finish() async
}

/// The packets of one answer.
struct PacketStream: Sendable {
    private let source: any ByteSource
    private var parser = PacketParser()

    init(_ source: any ByteSource) {
        self.source = source
    }

    /// The next packet; throws at the end of the bytes, because every answer ends by its own rules before that.
    mutating func next() async throws(GitError) -> Packet {
        while true {
            do {
                if let packet = try parser.next() { return packet }
            } catch {
                throw GitError(ProtocolFailure(error))
            }
            guard let bytes = try await source.next() else {
                throw GitError(
                    .unreachable,
                    parser.isEmpty ? "the answer ends too early" : "the answer ends in the middle of a packet")
            }
            parser.append(bytes)
        }
    }

    func finish() async { await source.finish() }
}

/// One connection's worth of requests. A session is used by one task at a time and ended by `close`.
protocol Session: Sendable {
    /// What the server says of itself; asked for once a session, at its beginning.
    func advertisement() async throws(GitError) -> Advertisement
    /// Sends a request and returns the answer's packets.
    func send(_ request: [UInt8]) async throws(GitError) -> PacketStream
    func close() async
}

extension Session {
    /// The refs under `prefixes`. Servers of versions 0 and 1 have told all of theirs already.
    func refs(under prefixes: [String]) async throws(GitError) -> [Ref] {
        let server = try await advertisement()
        guard server.objectFormat == "sha1" else {
            throw GitError(
                .unsupported, "the repository's objects are named by \(server.objectFormat)",
                cure: "use a repository with SHA-1 objects")
        }
        if case .refs(let refs) = server.version { return refs }
        var answer = try await send(ListRefs.request(prefixes: prefixes, to: server))
        var refs: [Ref] = []
        while true {
            let packet = try await answer.next()
            if packet == .flush {
                await answer.finish()
                return refs
            }
            do {
                if let ref = try ListRefs.ref(from: packet) { refs.append(ref) }
            } catch {
                throw GitError(error)
            }
        }
    }

    /// Sends `command` and hands each event of the answer to `body`, up to its end.
    func fetch(
        _ command: FetchCommand, _ body: (FetchAnswer.Event) async throws(GitError) -> Void
    ) async throws(GitError) {
        let server = try await advertisement()
        let request: [UInt8]
        do {
            request = try command.request(to: server)
        } catch {
            throw GitError(error)
        }
        var packets = try await send(request)
        var answer = FetchAnswer(version: server.version, deepens: command.expectsShallowSection(from: server))
        while true {
            let packet = try await packets.next()
            let event: FetchAnswer.Event?
            do {
                event = try answer.take(packet)
            } catch {
                throw GitError(error)
            }
            guard let event else { continue }
            if event == .end {
                await packets.finish()
                return
            }
            try await body(event)
        }
    }
}

extension GitError {
    init(_ failure: ProtocolFailure) {
        switch failure {
        case .unexpected(let what): self.init(.protocolViolation, "the server does not speak Git's protocol: \(what)")
        case .server(let words): self.init(.server, "the server says: \(words)")
        case .unsupported(let what): self.init(.unsupported, what)
        }
    }
}
