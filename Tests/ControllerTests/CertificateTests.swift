// Ports with a certificate: what is served, what is refused, and files that change under a running server.

import Foundation
import HTTPClient
import Manifest
import SyncEngine
import Synchronization
import Testing

@testable import Controller
@testable import Sandbox

/// An authority with certificates of 127.0.0.1 in a folder of its own.
private final class CertificateFolder: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "certificates-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var files: CertificateFiles { CertificateFiles(certificate: folder + "/tls.crt", key: folder + "/tls.key") }

    func write(_ identity: Identity) throws {
        try write(identity.certificatePEM, to: "tls.crt")
        try write(identity.keyPEM, to: "tls.key")
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"))
    }

    static func identity(of authority: CertificateAuthority) throws -> Identity {
        try authority.issue(subject: [("CN", "controller")], usage: .server(alternativeNames: "IP:127.0.0.1"))
    }
}

/// Tells the path that was asked for.
private struct EchoDesk: Desk {
    let bodyLimit = 1024
    func answer(_ request: ServerRequest) async -> ServerAnswer { ServerAnswer(200, request.path) }
    func refusal(_ status: Int) -> ServerAnswer { .plain(status) }
}

@Suite(.timeLimit(.minutes(1))) struct CertificateTests {
    private let folder: CertificateFolder
    private let authority: CertificateAuthority
    private let kept = KeptLines()

    init() throws {
        folder = try CertificateFolder()
        authority = try CertificateAuthority()
        try folder.write(try CertificateFolder.identity(of: authority))
    }

    private var warnings: [String] { kept.lines.withLock { $0.filter { $0.hasPrefix("warning") } } }

    private func served() throws -> ServedCertificate {
        try ServedCertificate(folder.files, clock: SystemClock(), log: kept.logger)
    }

    /// Serves while something is done with the port.
    private func serving(_ certificate: ServedCertificate?, _ body: (Int) async throws -> Void) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let service = HTTPService(host: "127.0.0.1", port: 0, certificate: certificate, desk: EchoDesk()) {
            port.yield($0)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            var iterator = ports.makeAsyncIterator()
            try await body(try #require(await iterator.next()))
            group.cancelAll()
            while await group.nextResult() != nil {}
        }
    }

    private func answer(_ url: String, trusting authority: [UInt8]? = nil, by client: HTTPClient = HTTPClient())
        async -> String
    {
        do {
            let request = HTTPRequest(
                url: url, deadline: .seconds(20), tls: TLSOptions(caPEM: authority), proxy: "", isIdempotent: false)
            let response = try await client.send(request)
            return "\(response.status) \(String(decoding: response.body, as: UTF8.self))"
        } catch {
            return "\(error.code)"
        }
    }

    @Test func aPortWithACertificateSpeaksTLSAndNothingElse() async throws {
        let other = try CertificateAuthority()
        try await serving(try served()) { port in
            let place = "127.0.0.1:\(port)/some/path"
            #expect(await answer("https://\(place)", trusting: authority.certificatePEM) == "200 /some/path")
            #expect(await answer("https://\(place)", trusting: other.certificatePEM) == "tls")
            #expect(await answer("https://localhost:\(port)/", trusting: authority.certificatePEM) == "tls")
            #expect(await answer("http://\(place)") == "400 This port speaks TLS: use https.\n")
            #expect(await answer("https://\(place)", trusting: authority.certificatePEM) == "200 /some/path")
        }
        try await serving(nil) { port in
            #expect(await answer("http://127.0.0.1:\(port)/plain") == "200 /plain")
            #expect(await answer("https://127.0.0.1:\(port)/plain", trusting: authority.certificatePEM) == "tls")
        }
    }

    @Test func changedFilesAreServedToWhoeverConnectsFromThenOn() async throws {
        let certificate = try served()
        let next = try CertificateAuthority()
        try await serving(certificate) { port in
            let url = "https://127.0.0.1:\(port)/"
            let (patient, fresh) = (HTTPClient(), HTTPClient())
            #expect(await answer(url, trusting: authority.certificatePEM, by: patient) == "200 /")
            try folder.write(try CertificateFolder.identity(of: next))
            certificate.look()
            #expect(await answer(url, trusting: next.certificatePEM, by: fresh) == "200 /")
            #expect(await answer(url, trusting: authority.certificatePEM) == "tls")
            // Over the connection of before, which nobody has closed.
            #expect(await answer(url, trusting: authority.certificatePEM, by: patient) == "200 /")
        }
        #expect(warnings.isEmpty)
    }

    @Test func whatCannotBeServedIsToldOnceAndTheOneBeforeIsServedOn() async throws {
        let certificate = try served()
        let next = try CertificateFolder.identity(of: authority)
        try await serving(certificate) { port in
            func stillServes() async {
                #expect(
                    await answer("https://127.0.0.1:\(port)/", trusting: authority.certificatePEM) == "200 /")
            }
            try folder.write(next.certificatePEM, to: "tls.crt")
            for _ in 0..<3 { certificate.look() }
            #expect(warnings.count == 1 && warnings[0].contains("tls.key"), "\(warnings)")
            await stillServes()
            try FileManager.default.removeItem(atPath: folder.files.key)
            for _ in 0..<3 { certificate.look() }
            #expect(warnings.count == 2 && warnings[1].contains("No such file"), "\(warnings)")
            await stillServes()
            try folder.write(next.keyPEM, to: "tls.key")
            certificate.look()
            await stillServes()
            #expect(kept.lines.withLock { $0.last?.hasPrefix("info certificate changed") == true })
        }
    }

    /// What is wrong with a folder of files, and what is said of it.
    enum Mistake: String, CaseIterable, Sendable {
        case noCertificate = "could not read FOLDER/tls.crt: No such file or directory"
        case noKey = "could not read FOLDER/tls.key: No such file or directory"
        case folderForKey = "could not read FOLDER/tls.key: Is a directory"
        case emptyCertificate = "FOLDER/tls.crt: error: this file holds no certificate as PEM"
        case keyForCertificate = "FOLDER/tls.crt: error: this file holds no certificate as PEM "
        case certificateForKey = "FOLDER/tls.key: error: this file holds no private key as PEM"
        case cutKey = "FOLDER/tls.key: error: this file holds no private key as PEM "
        case otherKey = "FOLDER/tls.key: error: this key is not that of the certificate in FOLDER/tls.crt"
    }

    @Test(arguments: Mistake.allCases) func aMistakeIsToldWithItsFileAndACure(mistake: Mistake) throws {
        let other = try CertificateFolder.identity(of: authority)
        let files = folder.files
        switch mistake {
        case .noCertificate: try FileManager.default.removeItem(atPath: files.certificate)
        case .noKey: try FileManager.default.removeItem(atPath: files.key)
        case .folderForKey:
            try FileManager.default.removeItem(atPath: files.key)
            try FileManager.default.createDirectory(atPath: files.key, withIntermediateDirectories: false)
        case .emptyCertificate: try folder.write([], to: "tls.crt")
        case .keyForCertificate: try folder.write(other.keyPEM, to: "tls.crt")
        case .certificateForKey: try folder.write(other.certificatePEM, to: "tls.key")
        case .cutKey: try folder.write(Array(other.keyPEM.prefix(100)), to: "tls.key")
        case .otherKey: try folder.write(other.keyPEM, to: "tls.key")
        }
        let error = try #require(throws: DiagnosticsError.self) { try served() }
        let expected = mistake.rawValue.trimmingCharacters(in: .whitespaces).replacing("FOLDER", with: folder.folder)
        #expect("\(error)".contains(expected) && error.diagnostics[0].cure != nil, "\(error)")
    }
}
