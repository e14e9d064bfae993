// How one value is sealed, byte for byte as Bitnami's Sealed Secrets has it: a session key under RSA-OAEP, the value
// under the session key.
//
//     2 bytes   the length n of the encrypted session key, big-endian
//     n bytes   32 random bytes under RSA-OAEP with SHA-256, labelled with the scope
//     m bytes   the value under AES-256-GCM with that key and a nonce of zeros
//     16 bytes  GCM's tag
//
// The nonce may be zero because every value has a session key of its own.

import CCrypto
package import Crypto
import Manifest

/// Why a sealed value cannot be opened. Holds no value and no key.
package enum OpeningFailure: Error, Sendable, Hashable {
    /// Not even the outer form is right.
    case malformed(String)
    /// None of the keys fits.
    case noKeyFits(tried: Int)
    /// A key fits, and it was sealed for another scope, namespace or name; SHA-256 of the label that it was sealed
    /// with.
    case wrongScope(labelDigest: [UInt8])
    /// A key fits, and the value was changed after it was sealed.
    case damaged
}

package enum HybridEncryption {
    private static let keyCount = 32
    private static let tagCount = 16
    private static let nonce = [UInt8](repeating: 0, count: 12)

    /// Seals a value under a label. Sealing twice gives different bytes.
    package static func seal(_ value: [UInt8], label: [UInt8], for key: PublicKey) throws(CryptoError) -> [UInt8] {
        var session = try randomBytes(keyCount)
        defer { wipe(&session) }
        let encryptedKey = try key.encrypt(session, label: label)
        var cipherText = [UInt8](repeating: 0, count: value.count)
        var tag = [UInt8](repeating: 0, count: tagCount)
        guard ccrypto_gcm_seal(session, nonce, value, value.count, &cipherText, &tag) == 1 else {
            throw CryptoError("encrypt the value")
        }
        let count = encryptedKey.count
        return [UInt8(count >> 8), UInt8(count & 0xFF)] + encryptedKey + cipherText + tag
    }

    /// Opens a sealed value with the first key that fits.
    ///
    /// - Returns: the value, and the index of the key.
    package static func open(
        _ sealed: [UInt8], label: [UInt8], with keys: [PrivateKey]
    ) throws(OpeningFailure) -> (value: [UInt8], key: Int) {
        let (encryptedKey, cipherText, tag) = try parts(of: sealed)
        for (index, key) in keys.enumerated() {
            guard var session = key.decrypt(encryptedKey, label: label) else { continue }
            defer { wipe(&session) }
            guard session.count == keyCount else { throw .damaged }
            var value = [UInt8](repeating: 0, count: cipherText.count)
            guard ccrypto_gcm_open(session, nonce, cipherText, cipherText.count, tag, &value) == 1 else {
                throw .damaged
            }
            return (value, index)
        }
        for key in keys {
            if let digest = key.labelDigest(of: encryptedKey) { throw .wrongScope(labelDigest: digest) }
        }
        throw .noKeyFits(tried: keys.count)
    }

    private static func parts(
        of sealed: [UInt8]
    ) throws(OpeningFailure) -> (key: [UInt8], cipherText: [UInt8], tag: [UInt8]) {
        guard sealed.count >= 2 else { throw .malformed("it is shorter than its own header") }
        let count = Int(sealed[0]) << 8 | Int(sealed[1])
        guard count > 0, sealed.count >= 2 + count + tagCount else { throw .malformed("it is cut off") }
        let body = sealed[(2 + count)...]
        return (Array(sealed[2..<2 + count]), Array(body.dropLast(tagCount)), Array(body.suffix(tagCount)))
    }
}
