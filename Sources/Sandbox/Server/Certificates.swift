// The sandbox's own certificate authority, and the certificates that it issues: through OpenSSL's libcrypto, on P-256.

import CCrypto
package import Crypto
import Manifest

/// A certificate and its private key, both as PEM.
package struct Identity: Sendable {
    package var certificatePEM: [UInt8]
    package var keyPEM: [UInt8]
}

/// A certificate authority that lives as long as the sandbox's state.
///
/// The pointers never leave the class, and nothing mutates them after `init`; libcrypto's own reference counts are
/// atomic.
package final class CertificateAuthority: @unchecked Sendable {
    /// What an issued certificate is for.
    enum Usage {
        /// A server, by the names and addresses that clients dial, in the form of an OpenSSL configuration.
        case server(alternativeNames: String)
        case client
    }

    package let certificatePEM: [UInt8]
    package let keyPEM: [UInt8]
    private let certificate: OpaquePointer
    private let key: OpaquePointer

    /// Makes a new authority.
    /// - Throws: `CryptoError` when libcrypto refuses.
    package init() throws(CryptoError) {
        let key = try generateKey()
        let subject = [("CN", "gitopsctl-sandbox-ca")]
        let certificate: OpaquePointer
        do throws(CryptoError) {
            certificate = try makeCertificate(
                subject: subject, key: key, issuer: nil, issuerKey: key,
                extensions: [
                    (NID_basic_constraints, "critical,CA:TRUE"),
                    (NID_key_usage, "critical,keyCertSign,digitalSignature"),
                    (NID_subject_key_identifier, "hash"),
                ])
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
        self.key = key
        self.certificate = certificate
        certificatePEM = try pem(certificate: certificate)
        keyPEM = try pem(key: key)
    }

    /// Takes up an authority that was made before.
    /// - Throws: `CryptoError` when the texts are no certificate and key.
    package init(_ identity: Identity) throws(CryptoError) {
        certificatePEM = identity.certificatePEM
        keyPEM = identity.keyPEM
        guard
            let certificate = MemoryBIO.read(identity.certificatePEM, { PEM_read_bio_X509($0, nil, nil, nil) })
        else { throw CryptoError("read the authority's certificate") }
        guard let key = MemoryBIO.read(identity.keyPEM, { PEM_read_bio_PrivateKey($0, nil, nil, nil) }) else {
            X509_free(certificate)
            throw CryptoError("read the authority's key")
        }
        self.certificate = certificate
        self.key = key
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    /// Issues a certificate with a new key.
    /// - Parameter subject: attributes in order, such as `("O", "system:masters")`.
    func issue(subject: [(String, String)], usage: Usage) throws(CryptoError) -> Identity {
        let key = try generateKey()
        defer { EVP_PKEY_free(key) }
        var extensions: [(Int32, String)] = [
            (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
        ]
        switch usage {
        case .server(let names):
            extensions += [(NID_ext_key_usage, "serverAuth"), (NID_subject_alt_name, names)]
        case .client:
            extensions += [(NID_ext_key_usage, "clientAuth")]
        }
        let issued = try makeCertificate(
            subject: subject, key: key, issuer: certificate, issuerKey: self.key, extensions: extensions)
        defer { X509_free(issued) }
        return Identity(certificatePEM: try pem(certificate: issued), keyPEM: try pem(key: key))
    }
}

/// Whom a client certificate names: the common name is the user, the organizations are the groups.
///
/// The rule of Kubernetes' x509 authenticator.
func user(ofCertificate der: [UInt8]) -> User? {
    let subject = der.withUnsafeBufferPointer { buffer -> (name: String?, groups: [String])? in
        var start = buffer.baseAddress
        guard let certificate = d2i_X509(nil, &start, buffer.count) else { return nil }
        defer { X509_free(certificate) }
        guard let subject = X509_get_subject_name(certificate) else { return nil }
        var name: String?
        var groups: [String] = []
        for index in 0..<X509_NAME_entry_count(subject) {
            let entry = X509_NAME_get_entry(subject, index)
            let text = X509_NAME_ENTRY_get_data(entry)
            let count = Int(ASN1_STRING_length(text))
            let value = String(
                decoding: UnsafeBufferPointer(start: ASN1_STRING_get0_data(text), count: count), as: UTF8.self)
            switch OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) {
            case NID_commonName: name = value
            case NID_organizationName: groups.append(value)
            default: break
            }
        }
        return (name, groups)
    }
    guard let subject, let name = subject.name, !name.isEmpty else { return nil }
    return User(name: name, groups: subject.groups + ["system:authenticated"])
}

private func generateKey() throws(CryptoError) -> OpaquePointer {
    guard let key = ccrypto_generate_p256() else { throw CryptoError("make a P-256 key") }
    return key
}

private func makeCertificate(
    subject: [(String, String)], key: OpaquePointer, issuer: OpaquePointer?, issuerKey: OpaquePointer,
    extensions: [(Int32, String)]
) throws(CryptoError) -> OpaquePointer {
    guard let certificate = X509_new() else { throw CryptoError("make a certificate") }
    var isDone = false
    defer { if !isDone { X509_free(certificate) } }

    let serial = UInt64.random(in: 1...UInt64(Int64.max))
    let day = 24 * 60 * 60
    // Ten years, and from an hour ago for clocks that disagree a little.
    guard X509_set_version(certificate, 2) == 1,
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1,
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != nil,
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3650 * day) != nil,
        X509_set_pubkey(certificate, key) == 1
    else { throw CryptoError("fill in a certificate") }

    let name = X509_get_subject_name(certificate)
    for (attribute, value) in subject {
        let bytes = Array(value.utf8)
        guard X509_NAME_add_entry_by_txt(name, attribute, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0) == 1 else {
            throw CryptoError("name a certificate's subject")
        }
    }
    guard X509_set_issuer_name(certificate, issuer.map { X509_get_subject_name($0) } ?? name) == 1 else {
        throw CryptoError("name a certificate's issuer")
    }
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer ?? certificate, certificate, nil, nil, 0)
    for (identifier, text) in extensions {
        guard let made = X509V3_EXT_conf_nid(nil, &context, identifier, text) else {
            throw CryptoError("make a certificate's extension")
        }
        defer { X509_EXTENSION_free(made) }
        guard X509_add_ext(certificate, made, -1) == 1 else { throw CryptoError("add a certificate's extension") }
    }
    guard X509_sign(certificate, issuerKey, EVP_sha256()) > 0 else { throw CryptoError("sign a certificate") }
    isDone = true
    return certificate
}

private func pem(certificate: OpaquePointer) throws(CryptoError) -> [UInt8] {
    try MemoryBIO.pem(of: "a certificate") { PEM_write_bio_X509($0, certificate) }
}

private func pem(key: OpaquePointer) throws(CryptoError) -> [UInt8] {
    try MemoryBIO.pem(of: "a key") { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
}
