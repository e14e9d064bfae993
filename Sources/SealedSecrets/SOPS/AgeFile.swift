// age files (https://age-encryption.org/v1) for X25519 recipients, as SOPS keeps its data keys in them. Read only.

import CCrypto
import Crypto
import Manifest

/// A key that opens age files: `AGE-SECRET-KEY-1…`.
package struct AgeIdentity: Sendable {
    private let secret: [UInt8]
    private let publicKey: [UInt8]

    /// - Returns: nil for a text that is no such key.
    package init?(_ text: String) {
        guard let secret = Bech32.decode(text, prefix: "age-secret-key-"), secret.count == 32 else { return nil }
        var publicKey = [UInt8](repeating: 0, count: 32)
        guard ccrypto_x25519(secret, nil, &publicKey) == 1 else { return nil }
        self.secret = secret
        self.publicKey = publicKey
    }

    /// The keys in a text: each on a line of its own, among comments.
    package static func identities(in text: String) -> [AgeIdentity] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            AgeIdentity(String(line.filter { !$0.isWhitespace }))
        }
    }

    /// The file key, from a stanza that was written for this identity; nil from any other.
    fileprivate func fileKey(_ stanza: AgeFile.Stanza) -> [UInt8]? {
        guard stanza.arguments.count == 2, stanza.arguments[0] == "X25519",
            let share = AgeFile.base64(stanza.arguments[1]),
            share.count == 32, stanza.body.count == 32
        else { return nil }
        var shared = [UInt8](repeating: 0, count: 32)
        defer { wipe(&shared) }
        guard ccrypto_x25519(secret, share, &shared) == 1 else { return nil }
        let key = KeyDerivation.derive(shared, salt: share + publicKey, info: "age-encryption.org/v1/X25519")
        return AgeFile.open(stanza.body, key: key, nonce: [UInt8](repeating: 0, count: 12))
    }
}

/// An age file, armored.
struct AgeFile {
    struct Stanza {
        var arguments: [String]
        var body: [UInt8] = []
    }

    private var stanzas: [Stanza] = []
    /// The header up to `---`, which the MAC is over.
    private var header: [UInt8] = []
    private var mac: [UInt8] = []
    private var payload: [UInt8] = []

    private static let chunk = 64 << 10

    /// - Returns: nil for what is no age file.
    init?(armored text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }
        guard lines.first == "-----BEGINAGEENCRYPTEDFILE-----", lines.last == "-----ENDAGEENCRYPTEDFILE-----",
            let bytes = Base64.decode(lines.dropFirst().dropLast().joined())
        else { return nil }
        var rest = bytes[...]
        func line() -> String? {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return String(decoding: rest[..<end], as: UTF8.self)
        }
        guard line() == "age-encryption.org/v1" else { return nil }
        while let text = line() {
            if text.hasPrefix("--- ") {
                header = Array(bytes[..<(rest.startIndex - text.utf8.count - 1 + 3)])
                mac = Self.base64(String(text.dropFirst(4))) ?? []
                payload = Array(rest)
                return
            }
            guard text.hasPrefix("-> ") else { return nil }
            var stanza = Stanza(arguments: text.dropFirst(3).split(separator: " ").map(String.init))
            var isLast = false
            while !isLast {
                guard let body = line(), let part = Self.base64(body) else { return nil }
                stanza.body += part
                isLast = body.utf8.count < 64
            }
            stanzas.append(stanza)
        }
        return nil
    }

    /// Base64 without padding.
    static func base64(_ text: String) -> [UInt8]? {
        text.contains("=") ? nil : Base64.decode(text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
    }

    static func open(_ sealed: [UInt8], key: [UInt8], nonce: [UInt8]) -> [UInt8]? {
        guard sealed.count >= 16 else { return nil }
        let (cipherText, tag) = (Array(sealed.dropLast(16)), Array(sealed.suffix(16)))
        var plain = [UInt8](repeating: 0, count: cipherText.count)
        let kind = Int32(CCRYPTO_CHACHA20_POLY1305)
        let done = ccrypto_aead_open(kind, key, nonce, nonce.count, nil, 0, cipherText, cipherText.count, tag, &plain)
        return done == 1 ? plain : nil
    }

    /// What the file holds; nil where none of the identities opens it, or it was changed.
    func open(with identities: [AgeIdentity]) -> [UInt8]? {
        let keys = identities.lazy.flatMap { identity in stanzas.lazy.compactMap(identity.fileKey) }
        guard var key = keys.first, key.count == 16 else { return nil }
        defer { wipe(&key) }
        let macKey = KeyDerivation.derive(key, salt: [], info: "header")
        guard KeyDerivation.authenticate(header, key: macKey) == mac, payload.count >= 16 else { return nil }
        let payloadKey = KeyDerivation.derive(key, salt: Array(payload.prefix(16)), info: "payload")
        var rest = payload.dropFirst(16)
        var plain: [UInt8] = []
        var counter: UInt64 = 0
        while true {
            let sealed = Array(rest.prefix(Self.chunk + 16))
            rest = rest.dropFirst(sealed.count)
            let count = (0..<8).map { UInt8(truncatingIfNeeded: counter >> UInt64(56 - 8 * $0)) }
            let nonce: [UInt8] = [0, 0, 0] + count + [rest.isEmpty ? 1 : 0]
            guard let opened = Self.open(sealed, key: payloadKey, nonce: nonce) else { return nil }
            plain += opened
            if rest.isEmpty { return plain }
            counter += 1
        }
    }
}

/// HKDF (RFC 5869) with SHA-256, for keys of 32 bytes.
private enum KeyDerivation {
    static func authenticate(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        guard ccrypto_hmac_sha256(key, key.count, bytes, bytes.count, &output) == 1 else { return [] }
        return output
    }

    static func derive(_ secret: [UInt8], salt: [UInt8], info: String) -> [UInt8] {
        let extracted = authenticate(secret, key: salt.isEmpty ? [UInt8](repeating: 0, count: 32) : salt)
        return authenticate(Array(info.utf8) + [1], key: extracted)
    }
}
