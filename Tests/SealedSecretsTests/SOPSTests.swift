import Foundation
import Manifest
@testable import SealedSecrets
import Testing

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

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/age"), "age is installed"), arguments: [0, 5, 65536, 65537])
    func opensWhatAgeItselfWrote(_ size: Int) throws {
        let plain = [UInt8]((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let recipient = try #require(Self.vectors["recipient"]?.string)
        let text = String(decoding: Peer.run(program: "/usr/bin/age", ["--armor", "--recipient", recipient], input: plain), as: UTF8.self)
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
