// Bytes that are secret: made, and forgotten.

import CCrypto

/// Random bytes from libcrypto's generator.
package func randomBytes(_ count: Int) throws(CryptoError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw CryptoError("make random bytes") }
    return bytes
}

/// Overwrites bytes that were a secret, which a compiler may not leave out.
package func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}
