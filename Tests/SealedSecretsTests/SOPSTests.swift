import Foundation
import Manifest
import Testing

@testable import SealedSecrets

@Suite struct SOPSTests {
    /// What vectors.py encrypts: a manifest, the key that opens it, and a file of several chunks.
    private static let vectors = (try? JSON.read(Peer.run(["sops"], input: []))) ?? .null
    private var manifest: Value { Self.vectors["manifest"] ?? .null }
    private var key: String { Self.vectors["identity"]?.string ?? "" }

    private func open(_ manifest: Value, _ keys: String...) throws -> Value {
        let sops = try #require(SOPSManifest(manifest))
        return try sops.opened(with: keys.compactMap { AgeIdentity($0) })
    }

    @Test func opensEveryTypeOfValue() throws {
        let opened = try open(manifest, key)
        #expect(opened["sops"] == nil)
        #expect(
            opened["stringData"] == [
                "password": "s3cr3t", "port": 5432, "ready": true, "empty": "", "hosts": ["one", "two"],
            ])
    }

    @Test func opensAFileOfSeveralChunks() throws {
        let file = try #require(AgeFile(armored: Self.vectors["file"]?.string ?? ""))
        let identity = try #require(AgeIdentity(key))
        #expect(file.open(with: [identity]) == Self.vectors["plain"]?.string.flatMap(Base64.decode))
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/age"), "age is installed"),
        arguments: [0, 5, 65536, 65537])
    func opensWhatAgeItselfWrote(_ size: Int) throws {
        let plain = [UInt8]((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let recipient = try #require(Self.vectors["recipient"]?.string)
        let text = String(
            decoding: Peer.run(program: "/usr/bin/age", ["--armor", "--recipient", recipient], input: plain),
            as: UTF8.self)
        let file = try #require(AgeFile(armored: text))
        #expect(file.open(with: [try #require(AgeIdentity(key))]) == plain)
    }

    @Test func anotherKeyOpensNothing() throws {
        // The key of the specification's own test of Bech32 in age.
        let other = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
        #expect {
            try open(manifest, other)
        } throws: { error in
            (error as? DiagnosticsError)?.diagnostics.first?.message
                == "Secret shop/database is encrypted by SOPS, and none of the 1 age keys at hand opens it"
        }
    }

    @Test func aValueThatWasMovedOrChangedIsRefused() throws {
        var moved = manifest
        let password = try #require(manifest[path: "stringData", "password"])
        moved["stringData"]?["user"] = password
        moved["stringData"]?["port"] = .string(
            (manifest[path: "stringData", "port"]?.string ?? "").replacing("tag:", with: "tag:AAAA"))
        #expect {
            try open(moved, key)
        } throws: { error in
            let messages = (error as? DiagnosticsError)?.diagnostics.map(\.message) ?? []
            return messages.count == 2
                && messages.allSatisfy { !$0.contains("s3cr3t") && $0.contains("cannot be opened") }
        }
    }

    @Test(arguments: ["header", "payload", "armor"])
    func aDataKeyThatWasTamperedWithIsRefused(_ place: String) throws {
        var lines = (manifest[path: "sops", "age"]?.array?[1]["enc"]?.string ?? "").split(separator: "\n").map(
            String.init)
        switch place {
        case "header": lines[2] = String(lines[2].dropLast()) + (lines[2].last == "A" ? "B" : "A")
        case "payload": lines[lines.count - 2] = "AAAA" + lines[lines.count - 2].dropFirst(4)
        default: lines.removeFirst()
        }
        var changed = manifest
        changed["sops"]?["age"] = [["enc": .string(lines.joined(separator: "\n"))]]
        #expect(throws: DiagnosticsError.self) { try open(changed, key) }
    }

    // MARK: The checksum of the file

    private static func file(_ name: String) -> String { vectors["files"]?[name]?.string ?? "" }

    /// An object as a renderer hands it on: its keys sorted, and with the file that it was declared in.
    private func carrying(_ file: String, from declared: String? = nil) throws -> Value {
        var object = try #require(try YAML.read(Array((declared ?? file).utf8), file: "s.yaml").first)
        object = .object(Object(entries: (object.object?.entries ?? []).sorted { $0.key < $1.key }))
        object["metadata"]?["labels"] = ["added": "later"]
        object["metadata"]?["annotations"] = .object([ResourceList.fileAnnotation: .string(file), "kept": "yes"])
        return object
    }

    @Test(arguments: ["regex", "regex, only encrypted", "unencrypted regex", "encrypted suffix", "two documents"])
    func aFileThatIsAsItWasLeftIsOpened(_ name: String) throws {
        let opened = try open(try carrying(Self.file(name)), key)
        #expect(opened[path: "stringData", "password"] == "s3cr3t")
        #expect(opened[path: "stringData", "ratio"]?.double == 0.25)
        #expect(opened[path: "metadata", "annotations"] == ["kept": "yes"])
    }

    @Test func whatHasASuffixIsCountedInTheOpen() throws {
        let opened = try open(try carrying(Self.file("unencrypted suffix")), key)
        #expect(opened["kind"] == "Secret" && opened[path: "stringData", "open_unencrypted"] == "plain")
    }

    struct Tampering: Sendable, CustomTestStringConvertible {
        var what: String
        var file = "regex"
        var reason: String
        var change: @Sendable (inout [String]) -> Void

        var testDescription: String { "\(what), \(file)" }
    }

    /// Each of them leaves every value that is opened valid in its own place.
    @Test(arguments: [
        Tampering(what: "a value taken out", reason: "checksum is another") {
            $0.removeAll { $0.contains("\"port\"") }
        },
        Tampering(what: "a value taken out", file: "regex, only encrypted", reason: "checksum is another") {
            $0.removeAll { $0.contains("\"port\"") }
        },
        Tampering(what: "a plain value beside", reason: "stringData.added is not encrypted") {
            $0.insert("\"added\": \"x\",", at: $0.place(of: "stringData"))
        },
        Tampering(
            what: "a plain value beside", file: "regex, only encrypted", reason: "stringData.added is not encrypted"
        ) {
            $0.insert("\"added\": \"x\",", at: $0.place(of: "stringData"))
        },
        Tampering(what: "a plain value added", file: "unencrypted suffix", reason: "checksum is another") {
            $0.insert("\"added_unencrypted\": \"x\",", at: $0.place(of: "stringData"))
        },
        Tampering(what: "a plain value changed", reason: "checksum is another") {
            $0.change("\"Opaque\"", to: "\"other\"")
        },
        Tampering(what: "another order", reason: "checksum is another") {
            $0.swapAt($0.place(of: "zone") - 1, $0.place(of: "password") - 1)
        },
        Tampering(what: "an older value", reason: "checksum is another") { lines in
            let older = SOPSTests.file("before").split(separator: "\n").map(String.init)
            lines[lines.place(of: "password") - 1] = older[older.place(of: "password") - 1]
        },
        Tampering(what: "another moment", reason: "sops.mac was changed") {
            $0.change("2026-11-21T", to: "2026-11-22T")
        },
        Tampering(what: "another rule", reason: "checksum is another") {
            $0.insert("\"mac_only_encrypted\": true,", at: $0.place(of: "sops"))
        },
        Tampering(what: "no checksum", reason: "has no checksum") { $0.removeAll { $0.contains("\"mac\"") } },
        Tampering(what: "no rules that can be read", reason: "cannot be read") { $0.change("^(data", to: "((data") },
        Tampering(what: "no document", reason: "cannot be read") { $0.removeFirst() },
        Tampering(what: "a document taken out", file: "two documents", reason: "checksum is another") {
            $0.removeSubrange(($0.firstIndex(of: "---") ?? 0)...)
        },
        Tampering(what: "a document added", reason: "checksum is another") { $0 += ["---", "{kind: ConfigMap}"] },
    ])
    func aFileThatWasTamperedWithIsRefused(_ tampering: Tampering) throws {
        var lines = Self.file(tampering.file).split(separator: "\n").map(String.init)
        let before = lines
        tampering.change(&lines)
        try #require(lines != before)
        let object = try carrying(lines.joined(separator: "\n"), from: Self.file("regex"))
        #expect {
            try open(object, key)
        } throws: { error in
            let messages = (error as? DiagnosticsError)?.diagnostics.map(\.message) ?? []
            return messages.count == 1
                && messages[0].hasPrefix("Secret shop/database is not opened, since its file was changed")
                && messages[0].contains(tampering.reason) && !messages[0].contains("s3cr3t")
        }
    }

    @Test(arguments: [
        (0.0, "0"), (1.0, "1"), (-1.5, "-1.5"), (0.25, "0.25"), (1e21, "1000000000000000000000"),
        (1.5e-7, "0.00000015"), (123456.789, "123456.789"),
        (1.25e17, "125000000000000000"), (100.0, "100"),
    ])
    func numbersAreSpeltWithoutAnExponent(_ number: Double, _ text: String) {
        #expect(SOPSChecksum.decimal(number) == text)
    }

    @Test func thePluginTakesAgeKeysAsFluxKeepsThem() throws {
        let text = "# created: 2026-11-21\n# public key: age1…\n\(key)\n"
        let secret: Value = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "sops-age"],
            "data": ["age.agekey": .string(Base64.encode(Array(text.utf8)))],
        ]
        let output = SealedSecretsFunction(keys: [secret]).transform(ResourceList(items: [manifest]))
        #expect(output.results.isEmpty)
        #expect(output.items[0][path: "stringData", "password"] == "s3cr3t")
    }

    @Test(arguments: [
        "", "AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEY", "age1x",
        "Age-Secret-Key-1",
    ])
    func whatIsNoAgeKeyIsNone(_ text: String) {
        #expect(AgeIdentity(text) == nil)
    }
}

extension [String] {
    /// The index of the line after the one with a key.
    fileprivate func place(of key: String) -> Int { (firstIndex { $0.contains("\"\(key)\":") } ?? 0) + 1 }

    fileprivate mutating func change(_ text: String, to other: String) {
        self = map { $0.replacing(text, with: other) }
    }
}
