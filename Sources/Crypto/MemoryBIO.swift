// What libcrypto reads from and writes into: its BIOs, over bytes in memory.

import CCrypto

package enum MemoryBIO {
    /// Lets `read` see bytes through a BIO. Nil where it reads nothing.
    package static func read<Result>(_ bytes: [UInt8], _ read: (OpaquePointer) -> Result?) -> Result? {
        bytes.withUnsafeBytes { buffer in
            guard let bio = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return nil }
            defer { BIO_free_all(bio) }
            return read(bio)
        }
    }

    /// The text in PEM that `write` puts into a BIO; it answers 1 when it has.
    ///
    /// - Parameter what: names it in an error: `a key`.
    package static func pem(of what: String, _ write: (OpaquePointer) -> Int32) throws(CryptoError) -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { throw CryptoError("make a buffer") }
        defer { BIO_free_all(bio) }
        guard write(bio) == 1 else { throw CryptoError("write \(what) as PEM") }
        var start: UnsafePointer<CChar>?
        let count = ccrypto_bio_data(bio, &start)
        return UnsafeRawBufferPointer(start: start, count: count).map { $0 }
    }
}
