// Where a sandbox stands: its folder, its authority and certificates, its threads and its port.

import Manifest
import NIOCore
import NIOPosix
import NIOSSL
import ServerTLS
import Synchronization

/// What outlives a restart of the listener.
final class SandboxPlace: Sendable {
    private struct Certificates {
        var authority: CertificateAuthority
        var tls: NIOSSLContext
    }

    let token: String
    let connections = Connections()
    private let folder: StateFolder
    private let group: MultiThreadedEventLoopGroup
    private let bookmarkInterval: Duration
    private let reservation: PortReservation
    private let certificates: Mutex<Certificates>

    init(
        _ configuration: SandboxConfiguration, folder: StateFolder, authority: CertificateAuthority, token: String,
        group: MultiThreadedEventLoopGroup
    ) throws {
        self.token = token
        self.folder = folder
        self.group = group
        bookmarkInterval = configuration.bookmarkInterval
        reservation = try PortReservation(configuration.port)
        certificates = Mutex(Certificates(authority: authority, tls: try Self.tls(authority)))
    }

    var kubeconfig: String { "\(folder.path)/kubeconfig.yaml" }

    private static func tls(_ authority: CertificateAuthority) throws -> NIOSSLContext {
        let server = try authority.issue(
            subject: [("CN", "gitopsctl-sandbox")],
            usage: .server(
                alternativeNames: "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,"
                    + "DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"))
        // Whoever shows a certificate of the authority is whom it names; others show a token.
        return try ServerIdentity(
            certificatePEM: server.certificatePEM, keyPEM: server.keyPEM, protocols: ["h2", "http/1.1"],
            clientAuthority: authority.certificatePEM
        ).context
    }

    /// Listens on the port. Every connection is served with the certificate of its moment.
    func listen(_ api: KubernetesAPIServer) async throws -> HTTPListener {
        try await HTTPListener.bind(
            socket: try reservation.socketForListener(), port: reservation.port, group: group,
            tls: { self.certificates.withLock { $0.tls } }, api: api,
            connections: connections, bookmarkInterval: bookmarkInterval)
    }

    func changeCertificates(_ change: CertificateChange, port: Int) throws {
        switch change {
        case .server:
            try certificates.withLock { $0.tls = try Self.tls($0.authority) }
        case .authority:
            let authority = try CertificateAuthority()
            let tls = try Self.tls(authority)
            certificates.withLock { $0 = Certificates(authority: authority, tls: tls) }
            try writeKubeconfig(port: port)
        }
    }

    func writeKubeconfig(port: Int) throws {
        let authority = certificates.withLock { $0.authority }
        let admin = try authority.issue(subject: [("O", "system:masters"), ("CN", "kubernetes-admin")], usage: .client)
        try folder.write(
            StateDocuments.kubeconfig(port: port, authority: authority.certificatePEM, admin: admin, token: token),
            to: "kubeconfig.yaml")
    }

    func writeNote(port: Int) throws {
        try folder.write(StateDocuments.note(port: port, kubeconfig: kubeconfig), to: "sandbox.json")
    }

    func removeNote() { folder.remove("sandbox.json") }
}
