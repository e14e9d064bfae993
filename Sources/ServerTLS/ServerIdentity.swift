// As whom a server of this project speaks TLS: a chain of certificates and the key of the first, TLS 1.2 at least.

package import NIOSSL

/// A certificate and its key, ready to be served.
package struct ServerIdentity: Sendable {
    /// What is wrong with the bytes that an identity was to be made of.
    package enum Problem: Error, Equatable {
        /// They hold no certificate as PEM.
        case certificate
        /// They hold no private key as PEM, or one that a password protects.
        case key
        /// The key is that of another certificate.
        case mismatch
        /// Those of the authority of clients hold no certificate.
        case authority
        /// The library's words.
        case refused(String)
    }

    /// What connections that are made from now on are served with.
    package let context: NIOSSLContext
    /// When the server's certificate ends, in seconds since 1970.
    package let expiry: Int

    /// - Parameters:
    ///   - certificatePEM: the server's certificate first, then those between it and an authority.
    ///   - protocols: what to settle on by ALPN, the preferred first.
    ///   - clientAuthority: whose certificates of clients are believed, as PEM. None is asked for where this is nil, and
    ///     none is demanded.
    package init(
        certificatePEM: [UInt8], keyPEM: [UInt8], protocols: [String], clientAuthority: [UInt8]? = nil
    ) throws(Problem) {
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(certificatePEM), let first = chain.first else {
            throw .certificate
        }
        guard let key = try? NIOSSLPrivateKey(bytes: keyPEM, format: .pem) else { throw .key }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = protocols
        if let clientAuthority {
            guard let roots = try? NIOSSLCertificate.fromPEMBytes(clientAuthority) else { throw .authority }
            configuration.certificateVerification = .optionalVerification
            configuration.trustRoots = .certificates(roots)
        }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            // It was read above, so that it fits nothing is all that is left.
            throw .mismatch
        } catch {
            throw .refused("\(error)")
        }
        expiry = Int(first.notValidAfter)
    }
}
