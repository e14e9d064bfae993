// The two files of a server's certificate, as a Secret of type kubernetes.io/tls has them where it is mounted.

import LocalFiles
import Manifest
import ServerTLS

package struct CertificateFiles: Sendable {
    /// Paths: the server's certificate with those between it and an authority, and its key, both as PEM.
    package var certificate: String
    package var key: String

    /// What they hold.
    struct Contents: Sendable, Equatable {
        var certificate: [UInt8]
        var key: [UInt8]
    }

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    func read() throws(DiagnosticsError) -> Contents {
        do throws(FileError) {
            return Contents(
                certificate: try WholeFile.contents(of: certificate), key: try WholeFile.contents(of: key))
        } catch {
            throw DiagnosticsError(
                "\(error)",
                cure: "Check the path, that the certificate's Secret is mounted, and that this user may read it")
        }
    }

    /// - Throws: which of the files is wrong, and how.
    func identity(of contents: Contents) throws(DiagnosticsError) -> ServerIdentity {
        do throws(ServerIdentity.Problem) {
            return try ServerIdentity(
                certificatePEM: contents.certificate, keyPEM: contents.key, protocols: ["http/1.1"])
        } catch {
            throw DiagnosticsError([diagnostic(error)])
        }
    }

    private func diagnostic(_ problem: ServerIdentity.Problem) -> Diagnostic {
        switch problem {
        case .certificate:
            .error(
                "this file holds no certificate as PEM", at: SourceLocation(file: certificate),
                cure: "Put in the server's certificate, and behind it those between it and an authority")
        case .key:
            .error(
                "this file holds no private key as PEM that needs no password", at: SourceLocation(file: key),
                cure: "A password is taken off by `openssl pkey -in FILE -out OTHER`")
        case .mismatch:
            .error(
                "this key is not that of the certificate in \(certificate)", at: SourceLocation(file: key),
                cure: "Take both from one Secret; the server's own certificate is the first of its file")
        case .authority, .refused:
            .error("this certificate cannot be served: \(problem)", at: SourceLocation(file: certificate))
        }
    }
}
