// The protocol without a network: packets, advertisements, answers, well formed and hostile.

import Testing

@testable import GitSource

private func packets(_ text: String) throws(PacketFailure) -> (packets: [Packet], isComplete: Bool) {
    var parser = PacketParser()
    parser.append(text.utf8)
    var packets: [Packet] = []
    while let packet = try parser.next() { packets.append(packet) }
    return (packets, parser.isEmpty)
}

/// `text` as a packet with its length before it.
private func line(_ text: String) -> String {
    let digits = String(text.utf8.count + 4, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits + text
}

private func data(_ text: String) -> Packet { .data(Array(text.utf8)) }

@Suite struct PacketTests {
    @Test(
        arguments: [
            ("", [], true), ("0000", [.flush], true), ("00010002", [.delimiter, .responseEnd], true),
            ("0004", [data("")], true),
            ("0005a", [data("a")], true), ("0006a\n0000", [data("a\n"), .flush], true),
            ("000Aabcdef", [data("abcdef")], true),
            ("0", [], false), ("000", [], false), ("0009abc", [], false), ("00000005", [.flush], false),
        ] as [(String, [Packet], Bool)])
    func cuts(_ text: String, _ expected: [Packet], isComplete: Bool) throws {
        let result = try packets(text)
        #expect(result.packets == expected)
        #expect(result.isComplete == isComplete)
    }

    @Test(arguments: [
        "0003", "fff1", "ffff", "-001", "00g0", "    ", "+005a", "HTTP/1.1 200 OK", "\u{0}\u{0}\u{0}\u{0}",
    ])
    func refuses(_ text: String) {
        #expect(throws: PacketFailure.self) { _ = try packets(text) }
    }

    @Test func theLargestPacketIsTaken() throws {
        let body = String(repeating: "x", count: PacketParser.maximumLength - 4)
        #expect(try packets(line(body)).packets == [data(body)])
    }

    @Test func howBytesArriveMakesNoDifference() throws {
        let text = line("first\n") + "0001" + line("") + line(String(repeating: "y", count: 5000)) + "0000"
        let expected = try packets(text).packets
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var parser = PacketParser()
            var found: [Packet] = []
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(rest.count, 700), using: &generator)
                parser.append(rest.prefix(count))
                rest = rest.dropFirst(count)
                while let packet = try parser.next() { found.append(packet) }
            }
            #expect(found == expected)
            #expect(parser.isEmpty)
        }
    }

    @Test func aLineIsWrittenWithItsLength() {
        var writer = PacketWriter()
        writer.line("want x")
        writer.delimiter()
        writer.flush()
        #expect(writer.bytes == Array("000bwant x\n00010000".utf8))
    }
}

private let one = String(repeating: "1", count: 40)
private let two = String(repeating: "2", count: 40)

@Suite struct AdvertisementTests {
    private func read(_ text: String) throws -> Advertisement? {
        var reader = AdvertisementReader()
        for packet in try packets(text).packets {
            if let advertisement = try reader.take(packet) { return advertisement }
        }
        return nil
    }

    @Test func versionTwoHasCapabilities() throws {
        let text =
            line("version 2\n") + line("agent=git/2.39\n") + line("fetch=shallow filter\n") + line("ls-refs\n") + "0000"
        let server = try #require(try read(text))
        #expect(server.version == .two)
        #expect(server.has("shallow", in: "fetch") && !server.has("wait-for-done", in: "fetch"))
        #expect(server.has("ls-refs") && !server.has("object-format"))
        #expect(try read(line("# service=git-upload-pack\n") + "0000" + text) == server)
    }

    @Test func versionZeroHasRefs() throws {
        let server = try #require(
            try read(
                line("# service=git-upload-pack\n") + "0000"
                    + line("\(one) HEAD\0side-band-64k symref=HEAD:refs/heads/main symref=X:refs/heads/y agent=a\n")
                    + line("\(one) refs/heads/main\n") + line("\(two) refs/tags/v1\n")
                    + line("\(one) refs/tags/v1^{}\n")
                    + line("shallow \(two)\n") + "0000"))
        let (first, second) = (try #require(ObjectID(one)), try #require(ObjectID(two)))
        #expect(
            server.version
                == .refs([
                    Ref(name: "HEAD", oid: first, target: "refs/heads/main"), Ref(name: "refs/heads/main", oid: first),
                    Ref(name: "refs/tags/v1", oid: second, peeled: first),
                ]))
        #expect(server.has("side-band-64k"))
    }

    @Test(arguments: [
        "0000", line("version 1\n") + "0000",
        line("\(String(repeating: "0", count: 40)) capabilities^{}\0agent=a") + "0000",
    ])
    func anEmptyRepositoryHasNoRefs(_ text: String) throws {
        #expect(try read(text)?.version == .refs([]))
    }

    @Test func theServersWordsAreShownWithoutControlCharacters() {
        #expect(throws: ProtocolFailure.server("access denied [31m or not exported")) {
            try read(line("ERR access denied\u{1b}[31m or not exported\n"))
        }
    }

    @Test(arguments: [
        line("hello\n"), line("\(one)\n"), line("1234 refs/heads/main\n"), line("version 2\n") + "0001", "0001",
    ])
    func otherThingsAreRefused(_ text: String) {
        #expect(throws: ProtocolFailure.self) { _ = try read(text) }
    }
}

@Suite struct ListRefsTests {
    @Test(
        arguments: [
            ("\(one) refs/heads/main\n", "refs/heads/main", nil, nil),
            ("\(one) HEAD symref-target:refs/heads/main\n", "HEAD", nil, "refs/heads/main"),
            ("\(two) refs/tags/v1 peeled:\(one)\n", "refs/tags/v1", one, nil),
        ] as [(String, String, String?, String?)])
    func reads(_ text: String, name: String, peeled: String?, target: String?) throws {
        let ref = try #require(try ListRefs.ref(from: data(text)))
        #expect(ref.name == name)
        #expect(ref.peeled?.description == peeled)
        #expect(ref.target == target)
    }

    @Test func anUnbornRefIsNone() throws {
        #expect(try ListRefs.ref(from: data("unborn HEAD symref-target:refs/heads/main\n")) == nil)
    }

    @Test(arguments: [
        data("nonsense\n"), data("xyz refs/heads/main\n"), .delimiter, .responseEnd, data("ERR no\n"), data(""),
    ])
    func refuses(_ packet: Packet) {
        #expect(throws: ProtocolFailure.self) { _ = try ListRefs.ref(from: packet) }
    }
}

@Suite struct FetchTests {
    private let server = Advertisement(version: .two, capabilities: ["fetch": "shallow", "agent": "x"])
    private let old = Advertisement(
        version: .refs([]), capabilities: ["side-band-64k": "", "shallow": "", "ofs-delta": ""])

    @Test func aRequestSaysEverythingAtOnce() throws {
        let (first, second) = (try #require(ObjectID(one)), try #require(ObjectID(two)))
        let command = FetchCommand(wants: [first], haves: [second], shallow: [second], history: .since(7))
        let text = String(decoding: try command.request(to: server), as: UTF8.self)
        #expect(
            text
                == [
                    "0012command=fetch\n", "0014agent=gitopsctl\n", "0001", "0010no-progress\n", "000eofs-delta\n",
                    "0032want \(one)\n", "0035shallow \(two)\n", "0013deepen-since 7\n", "0032have \(two)\n",
                    "0009done\n", "0000",
                ].joined())
        let before = String(decoding: try command.request(to: old), as: UTF8.self)
        #expect(
            before
                == [
                    "004awant \(one) side-band-64k ofs-delta\n", "0035shallow \(two)\n", "000ddeepen 1\n", "0000",
                    "0032have \(two)\n", "0009done\n",
                ].joined())
    }

    @Test func aServerWithoutWhatIsNeededIsToldApart() throws {
        let first = try #require(ObjectID(one))
        let shallow = FetchCommand(wants: [first], shallow: [first], history: .depth(1))
        let plain = FetchCommand(wants: [first], history: .depth(1))
        #expect(throws: ProtocolFailure.self) {
            try shallow.request(to: .init(version: .two, capabilities: ["fetch": ""]))
        }
        #expect(throws: ProtocolFailure.self) { try plain.request(to: .init(version: .two, capabilities: [:])) }
        #expect(throws: ProtocolFailure.self) { try plain.request(to: .init(version: .refs([]), capabilities: [:])) }
        // A server without shallow fetches sends everything.
        let whole = try plain.request(to: .init(version: .two, capabilities: ["fetch": ""]))
        #expect(!String(decoding: whole, as: UTF8.self).contains("deepen"))
    }

    private func events(_ text: String, version: Advertisement.Version, deepens: Bool) throws -> [FetchAnswer.Event] {
        var answer = FetchAnswer(version: version, deepens: deepens)
        return try packets(text).packets.compactMap { try answer.take($0) }
    }

    @Test func anAnswerOfVersionTwoHasSections() throws {
        let text =
            line("acknowledgments\n") + line("NAK\n") + line("ready\n") + "0001" + line("shallow-info\n")
            + line("shallow \(one)\n")
            + line("unshallow \(two)\n") + "0001" + line("wanted-refs\n") + line("\(one) refs/heads/x\n") + "0001"
            + line("packfile\n")
            + line("\u{2}Counting objects\n") + line("\u{1}PACK") + line("\u{1}more") + "0000"
        let (first, second) = (try #require(ObjectID(one)), try #require(ObjectID(two)))
        #expect(
            try events(text, version: .two, deepens: true) == [
                .shallow(first), .unshallow(second), .pack(Array("PACK".utf8)[...]), .pack(Array("more".utf8)[...]),
                .end,
            ])
    }

    @Test func anAnswerOfVersionZeroHasNone() throws {
        let pack = line("\u{1}PACK") + "0000"
        let first = try #require(ObjectID(one))
        let expected: [FetchAnswer.Event] = [.pack(Array("PACK".utf8)[...]), .end]
        #expect(try events(line("NAK\n") + pack, version: .refs([]), deepens: false) == expected)
        #expect(
            try events(line("ACK \(one) common\n") + line("ACK \(one)\n") + pack, version: .refs([]), deepens: false)
                == expected)
        let shallow = line("shallow \(one)\n") + "0000" + line("NAK\n") + pack
        #expect(try events(shallow, version: .refs([]), deepens: true) == [.shallow(first)] + expected)
    }

    @Test(arguments: [
        "0000", "0001", line("something\n"), line("acknowledgments\n") + "0000", line("shallow-info\n") + "0000",
        line("shallow-info\n") + line("shallow xyz\n"), line("packfile\n") + line("\u{4}PACK"),
        line("packfile\n") + line(""),
        line("packfile\n") + "0001", line("packfile\n") + "0000" + line("\u{1}PACK"),
        line("ERR upload-pack: not our ref\n"),
        line("packfile\n") + line("\u{3}out of memory\n"),
    ])
    func hostileAnswersAreRefused(_ text: String) {
        #expect(throws: ProtocolFailure.self) { _ = try events(text, version: .two, deepens: true) }
    }

    /// Random bytes never crash the readers, and never make an endless loop of them.
    @Test func noiseIsRefusedOrWaitsForMore() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("0012345abcdef PACK\n\u{0}\u{1}\u{2}\u{3}shallowversion2ERRNAK".utf8)
        for _ in 0..<3000 {
            let noise = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            var parser = PacketParser()
            parser.append(noise)
            var (advertisement, answer) = (AdvertisementReader(), FetchAnswer(version: .two, deepens: true))
            while let packet = try? parser.next() {
                _ = try? advertisement.take(packet)
                _ = try? answer.take(packet)
                _ = try? ListRefs.ref(from: packet)
            }
        }
    }
}

@Suite struct KnownServerTests {
    @Test func isReadAsItWasWritten() {
        let server = KnownServer(
            base: "https://host/fleet.git", capabilities: ["fetch": "shallow wait-for-done", "ls-refs": ""])
        #expect(KnownServer(text: server.text) == server)
    }

    @Test(arguments: ["", "\n", "fetch=shallow\n", "https://host\n", "https://host\nnothing\n"])
    func otherTextIsNone(_ text: String) {
        #expect(KnownServer(text: text) == nil)
    }
}

@Suite struct Base64Tests {
    /// The test vectors of RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func encodes(_ text: String, expected: String) {
        #expect(Base64.encode(Array(text.utf8)) == expected)
    }
}
