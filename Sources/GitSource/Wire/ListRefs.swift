// The `ls-refs` command of version 2: the refs under the prefixes that are asked for (gitprotocol-v2(5)).

enum ListRefs {
    static func request(prefixes: [String], to server: Advertisement) -> [UInt8] {
        var request = PacketWriter()
        request.line("command=ls-refs")
        request.commonCapabilities(of: server)
        request.delimiter()
        request.line("peel")
        request.line("symrefs")
        for prefix in prefixes {
            request.line("ref-prefix \(prefix)")
        }
        request.flush()
        return request.bytes
    }

    /// `<id> SP <name> *(SP symref-target:<name> | SP peeled:<id>)`; nil for an unborn ref.
    static func ref(from packet: Packet) throws(ProtocolFailure) -> Ref? {
        guard let line = packet.line else { throw .unexpected("a list of refs has no sections") }
        if line.hasPrefix("ERR ") { throw .server(ProtocolFailure.printable(line.dropFirst(4))) }
        let fields = line.split(separator: " ")
        guard fields.count >= 2 else { throw .unexpected("`\(ProtocolFailure.printable(line))` is not a ref") }
        if fields[0] == "unborn" { return nil }
        guard let oid = ObjectID(fields[0]) else {
            throw .unexpected("`\(ProtocolFailure.printable(line))` is not a ref")
        }
        var peeled: ObjectID?
        var target: String?
        for attribute in fields.dropFirst(2) {
            if attribute.hasPrefix("peeled:") { peeled = ObjectID(attribute.dropFirst("peeled:".count)) }
            if attribute.hasPrefix("symref-target:") { target = String(attribute.dropFirst("symref-target:".count)) }
        }
        return Ref(name: String(fields[1]), oid: oid, peeled: peeled, target: target)
    }
}

extension PacketWriter {
    static let agent = "gitopsctl"

    /// The capabilities that every version 2 command may carry.
    mutating func commonCapabilities(of server: Advertisement) {
        if server.has("agent") { line("agent=\(Self.agent)") }
        if server.has("object-format") { line("object-format=\(server.objectFormat)") }
    }
}
