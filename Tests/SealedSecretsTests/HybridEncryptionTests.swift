import Manifest
import SealedSecrets
import Testing

@Suite struct HybridEncryptionTests {
    @Test(arguments: Vectors.shared.cases)
    func opensWhatPythonSealed(_ vector: Vectors.Case) throws {
        let label = vector.scope.label(namespace: "shop", name: "database")
        let ring = Vectors.shared.ring
        let (value, key) = try HybridEncryption.open(vector.sealed, label: label, with: ring.privateKeys)
        #expect(value == vector.value)
        #expect(ring.keys[key].name == vector.key)
    }

    @Test(arguments: SealingScope.allCases)
    func pythonOpensWhatIsSealedHere(_ scope: SealingScope) throws {
        let vectors = Vectors.shared
        let label = scope.label(namespace: "shop", name: "database")
        let key = try Certificate(pem: Array(vectors.keys[1].certificate.utf8)).publicKey
        let values: [[UInt8]] = [[], Array("s3cr3t".utf8), (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7) }]
        let requests = try values.map { value -> Value in
            let sealed = try HybridEncryption.seal(value, label: label, for: key)
            return [
                "key": .string(vectors.keys[1].key), "label": .string(String(decoding: label, as: UTF8.self)),
                "sealed": .string(Base64.encode(sealed)),
            ]
        }
        let answer = try JSON.read(Peer.run(["open"], input: JSON.write(.array(requests))))
        #expect(answer.array?.compactMap { $0.string.flatMap(Base64.decode) } == values)
    }

    @Test func sealingTwiceGivesDifferentBytes() throws {
        let key = try Certificate(pem: Array(Vectors.shared.keys[0].certificate.utf8)).publicKey
        let value = Array("the same".utf8)
        #expect(
            try HybridEncryption.seal(value, label: [], for: key) != HybridEncryption.seal(value, label: [], for: key))
    }

    /// A place in a sealed value, and what a changed byte there must lead to.
    enum Tampering: CaseIterable {
        case length, sessionKey, cipherText, tag, cutShort, emptied

        func apply(_ sealed: [UInt8]) -> [UInt8] {
            var bytes = sealed
            switch self {
            case .length: bytes[0] = 0xFF
            case .sessionKey: bytes[100] ^= 1
            case .cipherText: bytes[bytes.count - 17] ^= 1
            case .tag: bytes[bytes.count - 1] ^= 1
            case .cutShort: bytes.removeLast()
            case .emptied: bytes = []
            }
            return bytes
        }

        var failure: OpeningFailure {
            switch self {
            case .length: .malformed("it is cut off")
            case .sessionKey: .noKeyFits(tried: 2)
            case .cipherText, .tag, .cutShort: .damaged
            case .emptied: .malformed("it is shorter than its own header")
            }
        }
    }

    @Test(arguments: Tampering.allCases)
    func refusesWhatWasTamperedWith(_ tampering: Tampering) {
        let vector = Vectors.shared.find("short", .strict)
        let label = SealingScope.strict.label(namespace: "shop", name: "database")
        #expect(throws: tampering.failure) {
            try HybridEncryption.open(
                tampering.apply(vector.sealed), label: label, with: Vectors.shared.ring.privateKeys)
        }
    }

    @Test func aCutInTheMiddleOfTheSessionKeyIsMalformed() {
        let vector = Vectors.shared.find("short", .strict)
        #expect(throws: OpeningFailure.malformed("it is cut off")) {
            try HybridEncryption.open(
                Array(vector.sealed.prefix(200)), label: [], with: Vectors.shared.ring.privateKeys)
        }
    }

    @Test func tellsAWrongKeyFromAWrongScope() throws {
        let vector = Vectors.shared.find("short", .strict, key: "older")
        let ring = Vectors.shared.ring
        let strict = SealingScope.strict.label(namespace: "shop", name: "database")
        #expect(throws: OpeningFailure.noKeyFits(tried: 1)) {
            try HybridEncryption.open(vector.sealed, label: strict, with: [ring.keys[0].privateKey])
        }
        #expect(throws: OpeningFailure.wrongScope(labelDigest: SHA256.digest(strict))) {
            try HybridEncryption.open(vector.sealed, label: Array("shop".utf8), with: ring.privateKeys)
        }
    }
}
