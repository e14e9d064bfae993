// The certificate that carries a sealing key's public half: what kubeseal calls "the cert".

import CCrypto
package import Crypto

/// An X.509 certificate with an RSA key. Nobody verifies a chain: who fetches it over a channel that is trusted,
/// trusts it.
package struct Certificate: Sendable {
    /// One certificate as PEM.
    package let pem: [UInt8]
    package let publicKey: PublicKey
    /// Seconds since 1970.
    package let notBefore: Int64
    package let notAfter: Int64

    /// Reads the first certificate of a PEM text.
    ///
    /// - Throws: `CryptoError` for a text without one, or with one that holds no RSA key.
    package init(pem: [UInt8]) throws(CryptoError) {
        guard let certificate = MemoryBIO.read(pem, { PEM_read_bio_X509($0, nil, nil, nil) }) else {
            throw CryptoError("read the certificate")
        }
        defer { X509_free(certificate) }
        guard let key = X509_get_pubkey(certificate) else { throw CryptoError("read the certificate's key") }
        publicKey = PublicKey(adopting: key)
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else { throw CryptoError("seal with a key that is not RSA") }
        self.pem = try MemoryBIO.pem(of: "a certificate") { PEM_write_bio_X509($0, certificate) }
        notBefore = ccrypto_seconds(X509_get0_notBefore(certificate))
        notAfter = ccrypto_seconds(X509_get0_notAfter(certificate))
    }

    /// Makes a certificate that its own key signs, as the Sealed Secrets controller makes them: no subject, a basic
    /// constraint that says CA, good for ten years.
    ///
    /// - Parameter now: seconds since 1970.
    package init(selfSigning key: PrivateKey, now: Int64, validDays: Int64 = 3650) throws(CryptoError) {
        guard let certificate = X509_new() else { throw CryptoError("make a certificate") }
        defer { X509_free(certificate) }
        let serial = try randomBytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 1 | 1
        guard X509_set_version(certificate, 2) == 1,
            ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1,
            ASN1_TIME_set(X509_getm_notBefore(certificate), Int(now)) != nil,
            ASN1_TIME_set(X509_getm_notAfter(certificate), Int(now + validDays * 86_400)) != nil,
            X509_set_pubkey(certificate, key.pointer) == 1
        else { throw CryptoError("fill in a certificate") }
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, certificate, certificate, nil, nil, 0)
        for (identifier, value) in [
            (NID_key_usage, "critical,keyEncipherment"), (NID_basic_constraints, "critical,CA:TRUE"),
        ] {
            guard let made = X509V3_EXT_conf_nid(nil, &context, identifier, value) else {
                throw CryptoError("make a certificate's extension")
            }
            defer { X509_EXTENSION_free(made) }
            guard X509_add_ext(certificate, made, -1) == 1 else { throw CryptoError("add a certificate's extension") }
        }
        guard X509_sign(certificate, key.pointer, EVP_sha256()) > 0 else { throw CryptoError("sign a certificate") }
        try self.init(pem: MemoryBIO.pem(of: "a certificate") { PEM_write_bio_X509($0, certificate) })
    }
}
