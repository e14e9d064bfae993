import Manifest
import SealedSecrets
import Testing

@Suite struct KeyTests {
    @Test func readsAKeyThatAPassphraseProtects() throws {
        let pem = Array(Vectors.shared.keys[0].encrypted.utf8)
        #expect(PrivateKey.isEncrypted(pem: pem))
        #expect(PrivateKey(pem: pem) == nil)
        #expect(PrivateKey(pem: pem, passphrase: "wrong horse") == nil)
        let key = try #require(PrivateKey(pem: pem, passphrase: "correct horse"))
        #expect(key.fingerprint == PrivateKey(pem: Array(Vectors.shared.keys[0].key.utf8))?.fingerprint)
    }

    @Test func writesAKeyUnderAPassphrase() throws {
        let key = try PrivateKey.generate(bits: 2048)
        let pem = try key.pem(passphrase: "correct horse")
        #expect(PrivateKey.isEncrypted(pem: pem))
        #expect(PrivateKey(pem: pem) == nil)
        #expect(PrivateKey(pem: pem, passphrase: "correct horse")?.fingerprint == key.fingerprint)
    }

    @Test func aNewKeysCertificateHoldsItsPublicHalf() throws {
        let key = try SealingKey.generate(name: "made", now: 1_700_000_000, bits: 2048)
        #expect(key.certificate.publicKey.fingerprint == key.privateKey.fingerprint)
        #expect(key.certificate.notBefore == 1_700_000_000)
        #expect(key.certificate.notAfter == 1_700_000_000 + 3650 * 86_400)
        let sealed = try HybridEncryption.seal([1, 2, 3], label: [], for: key.certificate.publicKey)
        #expect(try HybridEncryption.open(sealed, label: [], with: [key.privateKey]).value == [1, 2, 3])
    }

    /// A rotation may follow another within the second that certificates count in.
    @Test func ofTwoKeysOfOneSecondTheLaterNamedIsTheNewest() throws {
        let keys = try ["key-20261121t061905z-120", "key-20261121t061905z-431"].map {
            try SealingKey.generate(name: $0, now: 1_700_000_000, bits: 2048)
        }
        #expect(KeyRing(keys).current?.name == "key-20261121t061905z-431")
        #expect(KeyRing(keys.reversed()).current?.name == "key-20261121t061905z-431")
    }

    @Test func theNewestKeyInUseSeals() {
        var secrets = Vectors.shared.secrets
        var diagnostics: [Diagnostic] = []
        #expect(KeyRing(secrets: secrets, diagnostics: &diagnostics).current?.name == "newer")
        secrets[1]["metadata"]?["labels"]?[KeyRing.label] = "compromised"
        let ring = KeyRing(secrets: secrets, diagnostics: &diagnostics)
        #expect(ring.current?.name == "older")
        #expect(ring.keys.map(\.name) == ["newer", "older"])
        #expect(diagnostics.isEmpty)
    }

    @Test func aSecretWithoutAKeyIsToldAndPassedOver() {
        var secrets = Vectors.shared.secrets
        secrets[0]["data"]?["tls.key"] = "bm8ga2V5"
        var diagnostics: [Diagnostic] = []
        #expect(KeyRing(secrets: secrets, diagnostics: &diagnostics).keys.map(\.name) == ["newer"])
        #expect(
            diagnostics.map(\.message) == [
                "the Secret kube-system/older holds no sealing key, though its label says so"
            ])
    }

    @Test func aKeySurvivesItsSecret() throws {
        let key = try SealingKey.generate(name: "made", now: 1_700_000_000, bits: 2048)
        var diagnostics: [Diagnostic] = []
        let ring = KeyRing(secrets: [try key.secret(namespace: "kube-system")], diagnostics: &diagnostics)
        #expect(ring.current?.privateKey.fingerprint == key.privateKey.fingerprint)
    }

    @Test func reportsWhichValueHangsOnWhichKey() throws {
        let vectors = Vectors.shared
        let damaged = vectors.find("short", .strict).sealed.dropLast() + [0]
        let sealed = try #require(
            SealedSecret(
                sealedSecret([
                    ("a", vectors.find("short", .strict, key: "older").sealed),
                    ("b", vectors.find("short", .strict).sealed),
                    ("c", Array(damaged)),
                ])))
        let uses = vectors.ring.uses(of: sealed)
        #expect(uses.map(\.item) == ["a", "b", "c"])
        #expect(
            uses.map(\.finding) == [
                .opened(by: "older", isCurrent: false), .opened(by: "newer", isCurrent: true), .failed(.damaged),
            ])
    }

    @Test func resealsOnlyWhatHangsOnAnOlderKey() throws {
        let vectors = Vectors.shared
        let old = vectors.find("short", .strict, key: "older").sealed
        let sealed = try #require(
            SealedSecret(sealedSecret([("a", old), ("b", vectors.find("short", .strict).sealed)])))
        let changes = try vectors.ring.resealed(sealed)
        #expect(changes.map(\.old) == [Base64.encode(old)])
        let new = try #require(Base64.decode(changes[0].new))
        let opened = try HybridEncryption.open(
            new, label: Array("shop/database".utf8), with: [vectors.ring.keys[0].privateKey])
        #expect(opened.value == Array("s3cr3t".utf8))
    }

    @Test func resealsNothingWhereOneValueCannotBeOpened() throws {
        let vectors = Vectors.shared
        let old = vectors.find("short", .strict, key: "older").sealed
        let sealed = try #require(
            SealedSecret(sealedSecret([("a", old), ("b", vectors.find("short", .clusterWide).sealed)])))
        #expect(throws: DiagnosticsError.self) { try vectors.ring.resealed(sealed) }
    }
}
