// pkt-line, the framing of Git's protocols: four hexadecimal digits of length, themselves included, and so many bytes
// (Git, gitprotocol-common(5)).

/// One packet.
enum Packet: Sendable, Hashable {
    case data([UInt8])
    /// `0000`: the end of a list or message.
    case flush
    /// `0001`: the end of a section (version 2).
    case delimiter
    /// `0002`: the end of a stateless response (version 2).
    case responseEnd

    /// The text of a data packet without its line feed; nil for the others.
    var line: String? {
        guard case .data(let bytes) = self else { return nil }
        return String(decoding: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }
}

/// Bytes that are not packets.
enum PacketFailure: Error, Hashable {
    case badLength([UInt8])
    /// The stream ended inside of a packet.
    case truncated
}

/// Cuts a byte stream into packets. It holds at most one unfinished packet beside what was appended last.
struct PacketParser: Sendable {
    /// "The maximum length of a pkt-line is 65520 bytes" (gitprotocol-common(5)); Git itself takes no more than that.
    static let maximumLength = 65520

    private var buffer: [UInt8] = []
    private var position = 0

    mutating func append(_ bytes: some Collection<UInt8>) {
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole packet; nil when more bytes are needed.
    mutating func next() throws(PacketFailure) -> Packet? {
        guard buffer.count - position >= 4 else { return nil }
        var length = 0
        for digit in buffer[position..<position + 4] {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): length = length << 4 | Int(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): length = length << 4 | Int(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): length = length << 4 | Int(digit - UInt8(ascii: "A") + 10)
            default: throw .badLength(Array(buffer[position..<position + 4]))
            }
        }
        switch length {
        case 0...2:
            position += 4
            return length == 0 ? .flush : length == 1 ? .delimiter : .responseEnd
        case 4...Self.maximumLength:
            guard buffer.count - position >= length else { return nil }
            defer { position += length }
            return .data(Array(buffer[position + 4..<position + length]))
        default:
            throw .badLength(Array(buffer[position..<position + 4]))
        }
    }

    /// Whether no begun packet is left: true at a proper end.
    var isEmpty: Bool { position == buffer.count }
}

/// Builds a message of packets.
struct PacketWriter: Sendable {
    private(set) var bytes: [UInt8] = []

    /// A line; the line feed that ends it is added.
    mutating func line(_ text: String) {
        let length = text.utf8.count + 5
        let digits = String(length, radix: 16)
        bytes.append(contentsOf: String(repeating: "0", count: 4 - digits.utf8.count).utf8)
        bytes.append(contentsOf: digits.utf8)
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func flush() { bytes.append(contentsOf: "0000".utf8) }
    mutating func delimiter() { bytes.append(contentsOf: "0001".utf8) }
}
