// The two halves of a sealing key: anybody may seal with the public one, only its holder opens with the private one.

import CCrypto
package import Crypto
import Manifest

/// An RSA public key.
///
/// The pointer never leaves the class and nothing changes it after `init`; libcrypto's reference counts are atomic.
package final class PublicKey: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over a reference.
    init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit { EVP_PKEY_free(pointer) }

    /// The bytes of the modulus.
    var size: Int { Int(EVP_PKEY_get_size(pointer)) }

    /// SHA-256 of the key's SubjectPublicKeyInfo, in hexadecimal: the same for a certificate and for its private key.
    package var fingerprint: String { Self.fingerprint(of: pointer) }

    fileprivate static func fingerprint(of pointer: OpaquePointer) -> String {
        let count = i2d_PUBKEY(pointer, nil)
        var bytes = [UInt8](repeating: 0, count: Int(max(count, 0)))
        bytes.withUnsafeMutableBufferPointer { buffer in
            var start = buffer.baseAddress
            _ = i2d_PUBKEY(pointer, &start)
        }
        return SHA256.hex(bytes)
    }

    /// RSA-OAEP with SHA-256 and a label.
    func encrypt(_ bytes: [UInt8], label: [UInt8]) throws(CryptoError) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: size)
        let written = ccrypto_oaep_encrypt(pointer, label, label.count, bytes, bytes.count, &output)
        guard written > 0 else { throw CryptoError("encrypt with the public key") }
        return Array(output.prefix(Int(written)))
    }
}

/// An RSA private key.
///
/// The pointer never leaves the class and nothing changes it after `init`; libcrypto's reference counts are atomic.
package final class PrivateKey: @unchecked Sendable {
    let pointer: OpaquePointer

    private init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit { EVP_PKEY_free(pointer) }

    /// Makes a new key.
    package static func generate(bits: Int) throws(CryptoError) -> PrivateKey {
        guard let pointer = ccrypto_generate_rsa(Int32(bits)) else { throw CryptoError("make an RSA key") }
        return PrivateKey(adopting: pointer)
    }

    /// Reads a PEM text: PKCS#1 or PKCS#8, the latter also encrypted.
    ///
    /// - Returns: nil for what is no RSA key, or when the passphrase does not fit or is missing.
    package init?(pem: [UInt8], passphrase: String? = nil) {
        let key = MemoryBIO.read(pem) { bio -> OpaquePointer? in
            guard let passphrase else { return ccrypto_read_key(bio, nil) }
            return passphrase.withCString { ccrypto_read_key(bio, $0) }
        }
        guard let key else { return nil }
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
            EVP_PKEY_free(key)
            return nil
        }
        pointer = key
    }

    /// Whether a PEM text holds a key that a passphrase protects.
    package static func isEncrypted(pem: [UInt8]) -> Bool {
        let text = String(decoding: pem, as: UTF8.self)
        return text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
    }

    /// The key as PKCS#8 in PEM, encrypted where there is a passphrase (scrypt, AES-256).
    package func pem(passphrase: String? = nil) throws(CryptoError) -> [UInt8] {
        guard let passphrase else {
            return try MemoryBIO.pem(of: "a key") { PEM_write_bio_PKCS8PrivateKey($0, pointer, nil, nil, 0, nil, nil) }
        }
        return try MemoryBIO.pem(of: "a key") { bio in
            passphrase.withCString { ccrypto_write_encrypted_key(bio, pointer, $0, Int32(passphrase.utf8.count)) }
        }
    }

    package var fingerprint: String { PublicKey.fingerprint(of: pointer) }

    private var size: Int { Int(EVP_PKEY_get_size(pointer)) }

    /// What `PublicKey.encrypt` wrote; nil for another key or another label.
    func decrypt(_ bytes: [UInt8], label: [UInt8]) -> [UInt8]? {
        guard bytes.count == size else { return nil }
        var output = [UInt8](repeating: 0, count: size)
        let written = ccrypto_oaep_decrypt(pointer, label, label.count, bytes, bytes.count, &output)
        defer { wipe(&output) }
        return written >= 0 ? Array(output.prefix(Int(written))) : nil
    }

    /// SHA-256 of the label that something was encrypted under; nil where this key does not fit at all.
    ///
    /// OAEP (RFC 8017, section 7.1) hides the digest of the label in front of the message. With the right key it
    /// shows, and tells a wrong scope from a wrong key, which a plain decryption does not.
    func labelDigest(of bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count == size else { return nil }
        var encoded = [UInt8](repeating: 0, count: size)
        defer { wipe(&encoded) }
        guard ccrypto_rsa_raw_decrypt(pointer, bytes, bytes.count, &encoded) == size, encoded[0] == 0 else {
            return nil
        }
        let maskedBlock = Array(encoded[33...])
        let seed = zip(encoded[1..<33], Self.mask(of: maskedBlock, count: 32)).map { $0 ^ $1 }
        var block = zip(maskedBlock, Self.mask(of: seed, count: maskedBlock.count)).map { $0 ^ $1 }
        defer { wipe(&block) }
        // Behind the digest come zeros up to a one; anything else was encrypted for another key.
        guard block.count > 32, block[32...].first(where: { $0 != 0 }) == 1 else { return nil }
        return Array(block.prefix(32))
    }

    /// MGF1 with SHA-256 (RFC 8017, appendix B.2.1).
    private static func mask(of seed: [UInt8], count: Int) -> [UInt8] {
        var mask: [UInt8] = []
        var counter: UInt32 = 0
        while mask.count < count {
            mask += SHA256.digest(seed + (0..<4).map { UInt8(truncatingIfNeeded: counter >> (24 - 8 * $0)) })
            counter += 1
        }
        return Array(mask.prefix(count))
    }
}
