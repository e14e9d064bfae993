// What a server says of itself at the beginning: its protocol version and capabilities, and in the old versions its
// refs.

/// The beginning of a conversation with git-upload-pack.
struct Advertisement: Sendable, Hashable {
    enum Version: Sendable, Hashable {
        /// Versions 0 and 1, which begin with all refs.
        case refs([Ref])
        case two
    }

    var version: Version
    /// Name to value; an empty value for a bare name.
    var capabilities: [String: String]

    func has(_ name: String) -> Bool { capabilities[name] != nil }

    /// Whether the space-separated value of capability `name` has `feature`, as in `fetch=shallow filter`.
    func has(_ feature: Substring, in name: String) -> Bool {
        capabilities[name]?.split(separator: " ").contains(feature) == true
    }

    /// The object format; servers that name none have SHA-1.
    var objectFormat: String { capabilities["object-format"] ?? "sha1" }
}

/// What a server said that the protocol does not allow, or that it says failed.
enum ProtocolFailure: Error, Hashable {
    case unexpected(String)
    /// `ERR`, or band 3 of a side band: the server's own words.
    case server(String)
    case unsupported(String)

    init(_ failure: PacketFailure) {
        switch failure {
        case .badLength(let bytes):
            self = .unexpected("a packet cannot begin with `\(Self.printable(String(decoding: bytes, as: UTF8.self)))`")
        case .truncated: self = .unexpected("the answer ends in the middle of a packet")
        }
    }

    /// Text from a server as it may be shown: without control characters, and not endless.
    static func printable(_ text: some StringProtocol) -> String {
        let safe = text.unicodeScalars.prefix(400).map { scalar in
            scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) ? " " : Character(scalar)
        }
        return String(safe)
    }
}

/// Reads an advertisement packet by packet: version 2 (gitprotocol-v2(5)), versions 0 and 1 (gitprotocol-pack(5)).
struct AdvertisementReader {
    private var capabilities: [String: String] = [:]
    private var refs: [Ref] = []
    private var isVersionTwo: Bool?
    private var isFirst = true
    /// Inside the `# service=…` preamble of the smart HTTP protocol, which ends with a flush of its own.
    private var isInPreamble = false

    /// Takes the next packet; the advertisement when it was the last one.
    mutating func take(_ packet: Packet) throws(ProtocolFailure) -> Advertisement? {
        defer { isFirst = false }
        if isInPreamble {
            if packet == .flush {
                isInPreamble = false
                isFirst = true
            }
            return nil
        }
        switch packet {
        case .flush:
            // A repository without refs says nothing but a flush in version 0.
            let symrefs = capabilities["symref"]?.split(separator: " ") ?? []
            return Advertisement(
                version: isVersionTwo == true ? .two : .refs(Self.merge(refs, symrefs: symrefs)),
                capabilities: capabilities)
        case .data(let bytes):
            try take(line: packet.line ?? "", bytes: bytes)
            return nil
        case .delimiter, .responseEnd:
            throw .unexpected("an advertisement has no sections")
        }
    }

    private mutating func take(line: String, bytes: [UInt8]) throws(ProtocolFailure) {
        if line.hasPrefix("ERR ") { throw .server(ProtocolFailure.printable(line.dropFirst(4))) }
        switch isVersionTwo {
        case nil:
            if isFirst, line.hasPrefix("# service=") {
                isInPreamble = true
                return
            }
            if line == "version 2" {
                isVersionTwo = true
                return
            }
            isVersionTwo = false
            if line == "version 1" { return }
            try take(ref: line)
        case true?:
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            capabilities[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        case false?:
            try take(ref: line)
        }
    }

    /// `<id> SP <name>`, on the first line followed by NUL and the capabilities.
    private mutating func take(ref line: String) throws(ProtocolFailure) {
        let halves = line.split(separator: "\0", maxSplits: 1, omittingEmptySubsequences: false)
        if halves.count > 1 {
            for capability in halves[1].split(separator: " ") {
                let parts = capability.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count > 1 ? String(parts[1]) : ""
                // `symref=HEAD:refs/heads/main` may come more than once.
                if let known = capabilities[String(parts[0])] {
                    capabilities[String(parts[0])] = "\(known) \(value)"
                } else {
                    capabilities[String(parts[0])] = value
                }
            }
        }
        let fields = halves[0].split(separator: " ", maxSplits: 1)
        // The server's own shallow boundaries: what it lacks, it will not send.
        if fields.first == "shallow" { return }
        guard fields.count == 2, let oid = ObjectID(fields[0]) else {
            throw .unexpected("`\(ProtocolFailure.printable(halves[0]))` is not a ref")
        }
        // An empty repository that has capabilities to tell pretends to have this one.
        if fields[1] == "capabilities^{}" { return }
        refs.append(Ref(name: String(fields[1]), oid: oid))
    }

    /// Joins `refs/tags/x^{}`, which follows an annotated tag with what it stands for, to its tag.
    private static func merge(_ refs: [Ref], symrefs: [Substring]) -> [Ref] {
        var merged: [Ref] = []
        for ref in refs {
            if ref.name.hasSuffix("^{}"), let tag = merged.last, ref.name.dropLast(3) == tag.name {
                merged[merged.count - 1] = Ref(name: tag.name, oid: tag.oid, peeled: ref.oid, target: tag.target)
                continue
            }
            let target = symrefs.first { $0.hasPrefix(ref.name + ":") }?.dropFirst(ref.name.count + 1)
            merged.append(Ref(name: ref.name, oid: ref.oid, target: target.map(String.init)))
        }
        return merged
    }
}
