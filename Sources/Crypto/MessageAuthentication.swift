// Proofs that a message comes from one who knows a key.

import CCrypto

/// HMAC-SHA-256 (RFC 2104): 32 bytes; nil where libcrypto fails.
package func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8]? {
    var output = [UInt8](repeating: 0, count: 32)
    guard ccrypto_hmac_sha256(key, key.count, message, message.count, &output) == 1 else { return nil }
    return output
}

/// Whether two byte strings are the same, in a time that says nothing of where they differ.
package func equalsInConstantTime(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
}
