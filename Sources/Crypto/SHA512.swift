// SHA-512 (FIPS 180-4) over what comes piece by piece.

import CCrypto

package final class SHA512 {
    private let context: OpaquePointer

    /// - Returns: nil where libcrypto fails.
    package init?() {
        guard let context = EVP_MD_CTX_new() else { return nil }
        self.context = context
        if EVP_DigestInit_ex(context, EVP_sha512(), nil) != 1 { return nil }
    }

    deinit { EVP_MD_CTX_free(context) }

    package func update(_ bytes: [UInt8]) {
        _ = EVP_DigestUpdate(context, bytes, bytes.count)
    }

    /// The 64 bytes, once.
    package func finalize() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        _ = EVP_DigestFinal_ex(context, &digest, &count)
        return digest
    }
}
