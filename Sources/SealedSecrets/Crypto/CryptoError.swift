// What libcrypto refused to do.

import CCrypto

/// A step that libcrypto refused, with its own words. Never holds a value.
package struct CryptoError: Error, Sendable, CustomStringConvertible {
    package var description: String

    init(_ step: String) {
        let code = ERR_get_error()
        let reason = code == 0 ? nil : ERR_reason_error_string(code).map { String(cString: $0) }
        ERR_clear_error()
        description = "OpenSSL could not \(step)" + (reason.map { ": \($0)" } ?? "")
    }
}

/// Random bytes from libcrypto's generator.
func randomBytes(_ count: Int) throws(CryptoError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw CryptoError("make random bytes") }
    return bytes
}

/// Overwrites bytes that were a secret, which a compiler may not leave out.
func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}

/// Lets `read` see bytes through a memory BIO.
func withMemoryBIO<Result>(_ bytes: [UInt8], _ read: (OpaquePointer) -> Result?) -> Result? {
    bytes.withUnsafeBytes { buffer in
        guard let bio = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return nil }
        defer { BIO_free_all(bio) }
        return read(bio)
    }
}

/// The text that `write` puts into a memory BIO.
func text(of what: String, _ write: (OpaquePointer) -> Int32) throws(CryptoError) -> [UInt8] {
    guard let bio = BIO_new(BIO_s_mem()) else { throw CryptoError("make a buffer") }
    defer { BIO_free_all(bio) }
    guard write(bio) == 1 else { throw CryptoError("write \(what) as PEM") }
    var start: UnsafePointer<CChar>?
    let count = ccrypto_bio_data(bio, &start)
    return UnsafeRawBufferPointer(start: start, count: count).map { $0 }
}
