// Where the controller serves what, and with which certificates.

import ArgumentParser
import Controller
import Logging
import Manifest
import SyncEngine

struct PortOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where to serve, as ADDRESS:PORT.", valueName: "address"))
    var listen = "0.0.0.0:9292"

    @Option(
        help: ArgumentHelp(
            "The certificate that --listen is served with over TLS, as PEM: the server's own, then those between it and an authority.",
            valueName: "file"))
    var listenTLSCertFile: String?

    @Option(help: ArgumentHelp("The key of that certificate, as PEM.", valueName: "file"))
    var listenTLSPrivateKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "Where to serve /api/v1, as ADDRESS:PORT; nowhere, where it is not said.", valueName: "address"))
    var api: String?

    @Option(help: ArgumentHelp("The certificate that --api is served with over TLS, as PEM.", valueName: "file"))
    var apiTLSCertFile: String?

    @Option(help: ArgumentHelp("The key of that certificate, as PEM.", valueName: "file"))
    var apiTLSPrivateKeyFile: String?

    func validate() throws {
        for address in [listen, api ?? listen] where Self.place(address) == nil {
            throw ValidationError("'\(address)' is no ADDRESS:PORT")
        }
        for (name, certificate, key) in [
            ("listen", listenTLSCertFile, listenTLSPrivateKeyFile), ("api", apiTLSCertFile, apiTLSPrivateKeyFile),
        ] where (certificate == nil) != (key == nil) {
            throw ValidationError("--\(name)-tls-cert-file and --\(name)-tls-private-key-file go together")
        }
        if api == nil, apiTLSCertFile != nil { throw ValidationError("--api-tls-cert-file needs --api ADDRESS:PORT") }
    }

    /// Writes the choices into a controller's options.
    ///
    /// - Throws: what is wrong with the files of a certificate.
    func set(_ options: inout Controller.Options, _ log: Logger) throws(DiagnosticsError) {
        if let place = Self.place(listen) { (options.host, options.port) = place }
        options.certificate = try Self.certificate(listenTLSCertFile, listenTLSPrivateKeyFile, log)
        let (host, scheme) = (options.host, Self.scheme(options.certificate))
        options.bound = { log.info("listening", metadata: ["address": "\(host):\($0)", "scheme": scheme]) }
        guard let place = api.flatMap(Self.place) else { return }
        options.api = place
        options.apiCertificate = try Self.certificate(apiTLSCertFile, apiTLSPrivateKeyFile, log)
        let apiScheme = Self.scheme(options.apiCertificate)
        options.boundAPI = { port in
            log.info("serving the API", metadata: ["api": "\(place.host):\(port)", "scheme": apiScheme])
        }
        if options.apiCertificate == nil, !Self.isLoopback(place.host) {
            log.warning(
                "the API takes tokens of the cluster over plain HTTP: give it --api-tls-cert-file and --api-tls-private-key-file, or serve it on 127.0.0.1 behind what speaks TLS",
                metadata: ["address": "\(place.host)"])
        }
    }

    private static func certificate(_ certificate: String?, _ key: String?, _ log: Logger) throws(DiagnosticsError)
        -> ServedCertificate?
    {
        guard let certificate, let key else { return nil }
        return try ServedCertificate(
            CertificateFiles(certificate: certificate, key: key), clock: SystemClock(), log: log)
    }

    private static func scheme(_ certificate: ServedCertificate?) -> Logger.MetadataValue {
        certificate == nil ? "http" : "https"
    }

    /// Whether nobody reaches an address but processes of its machine.
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// The address and the port of `ADDRESS:PORT`.
    static func place(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = text[..<colon].trimmingPrefix("[")
        return (host.isEmpty ? "0.0.0.0" : String(host.hasSuffix("]") ? host.dropLast() : host), Int(port))
    }
}
