// The answer to a fetch: where history is cut, and a pack in a side band. A state machine without I/O.

/// Reads the answer packet by packet.
struct FetchAnswer {
    enum Event: Hashable {
        case shallow(ObjectID)
        case unshallow(ObjectID)
        case pack(ArraySlice<UInt8>)
        case end
    }

    private enum State: Hashable {
        /// Version 2: a section's name comes next.
        case header
        case acknowledgments
        case shallowInfo
        /// A section that was not asked for: `wanted-refs`, `packfile-uris`.
        case skipped
        case pack
        /// Versions 0 and 1: shallow lines up to a flush, if the request deepened; then ACK and NAK lines; then the
        /// pack.
        case oldShallow
        case oldAcknowledgments
        case ended
    }

    private var state: State

    /// - Parameter deepens: whether a shallow section comes first in versions 0 and 1.
    init(version: Advertisement.Version, deepens: Bool) {
        switch version {
        case .two: state = .header
        case .refs: state = deepens ? .oldShallow : .oldAcknowledgments
        }
    }

    /// Takes the next packet; nil when there is nothing to do about it.
    mutating func take(_ packet: Packet) throws(ProtocolFailure) -> Event? {
        if state != .pack, let line = packet.line, line.hasPrefix("ERR ") {
            throw .server(ProtocolFailure.printable(line.dropFirst(4)))
        }
        switch state {
        case .header: return try takeHeader(packet)
        case .acknowledgments, .skipped: return try takeOther(packet)
        case .shallowInfo: return try takeShallow(packet, endsWith: .delimiter, next: .header)
        case .pack: return try takePack(packet)
        case .oldShallow: return try takeShallow(packet, endsWith: .flush, next: .oldAcknowledgments)
        case .oldAcknowledgments: return try takeOldAcknowledgment(packet)
        case .ended: throw .unexpected("more after the end of the pack")
        }
    }

    private mutating func takeHeader(_ packet: Packet) throws(ProtocolFailure) -> Event? {
        switch packet.line {
        case "acknowledgments": state = .acknowledgments
        case "shallow-info": state = .shallowInfo
        case "wanted-refs", "packfile-uris": state = .skipped
        case "packfile": state = .pack
        case let line?: throw .unexpected("`\(ProtocolFailure.printable(line))` is not a section of a fetch")
        case nil: throw .unexpected("the answer ends before the pack")
        }
        return nil
    }

    private mutating func takeOther(_ packet: Packet) throws(ProtocolFailure) -> Event? {
        switch packet {
        case .data: break
        case .delimiter: state = .header
        case .flush, .responseEnd: throw .unexpected("the answer ends before the pack")
        }
        return nil
    }

    private mutating func takeShallow(
        _ packet: Packet, endsWith end: Packet, next: State
    ) throws(ProtocolFailure) -> Event? {
        if packet == end {
            state = next
            return nil
        }
        guard let line = packet.line else { throw .unexpected("the answer ends before the pack") }
        let fields = line.split(separator: " ")
        guard fields.count == 2, let id = ObjectID(fields[1]) else {
            throw .unexpected("`\(ProtocolFailure.printable(line))` is not about a shallow commit")
        }
        switch fields[0] {
        case "shallow": return .shallow(id)
        case "unshallow": return .unshallow(id)
        default: throw .unexpected("`\(ProtocolFailure.printable(line))` is not about a shallow commit")
        }
    }

    private mutating func takeOldAcknowledgment(_ packet: Packet) throws(ProtocolFailure) -> Event? {
        if let line = packet.line, line == "NAK" || line.hasPrefix("ACK ") { return nil }
        state = .pack
        return try takePack(packet)
    }

    /// Side bands: 1 is the pack, 2 is progress for people, 3 is the server's last words.
    private mutating func takePack(_ packet: Packet) throws(ProtocolFailure) -> Event? {
        guard case .data(let bytes) = packet else {
            guard packet == .flush else { throw .unexpected("a pack has no sections") }
            state = .ended
            return .end
        }
        switch bytes.first {
        case 1: return .pack(bytes.dropFirst())
        case 2: return nil
        case 3: throw .server(ProtocolFailure.printable(String(decoding: bytes.dropFirst(), as: UTF8.self)))
        default: throw .unexpected("a pack in no side band")
        }
    }
}
