// TLS against openssl's own server, with certificates made for the test.

import Foundation
import HTTPClient
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)), .enabled(if: Certificates.shared != nil, "openssl is not installed"))
struct TLSTests {
    private let certificates: Certificates

    init() throws {
        certificates = try #require(Certificates.shared)
    }

    private func code(_ request: HTTPRequest) async -> HTTPError.Code? {
        do {
            let response = try await HTTPClient().send(request)
            #expect(response.status == 200)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func trustsTheAuthoritiesThatItIsGivenAndNoOthers() async throws {
        let server = try OpenSSLServer(certificates, "server")
        defer { server.stop() }
        let ca = certificates.pem("ca")
        let cases: [(TLSOptions, HTTPError.Code?)] = [
            (TLSOptions(caPEM: ca), nil), (TLSOptions(caFile: certificates.path("ca")), nil), (TLSOptions(), .tls),
            (TLSOptions(caPEM: certificates.pem("other-ca")), .tls), (TLSOptions(insecureSkipVerify: true), nil),
            (TLSOptions(caPEM: Array("no certificate".utf8)), .tls),
        ]
        for (tls, expected) in cases {
            let result = await code(HTTPRequest(url: server.url, tls: tls, proxy: ""))
            #expect(result == expected, "\(tls)")
        }
    }

    @Test func theNameMustBeInTheCertificate() async throws {
        let server = try OpenSSLServer(certificates, "named")
        defer { server.stop() }
        let ca = certificates.pem("ca")
        let cases: [(String?, HTTPError.Code?)] = [
            (nil, .tls), ("api.example.test", nil), ("other.example.test", .tls), ("10.96.0.1", nil),
        ]
        for (name, expected) in cases {
            let result = await code(
                HTTPRequest(url: server.url, tls: TLSOptions(caPEM: ca, serverName: name), proxy: ""))
            #expect(result == expected, "\(name ?? "no name")")
        }
    }

    @Test func provesItselfWithACertificateFromMemory() async throws {
        let server = try OpenSSLServer(certificates, "server", clientAuthority: "ca")
        defer { server.stop() }
        let ca = certificates.pem("ca")
        let client = TLSOptions(
            caPEM: ca, clientCertificatePEM: certificates.pem("client"), clientKeyPEM: certificates.key("client"))
        let wrongKey = TLSOptions(
            caPEM: ca, clientCertificatePEM: certificates.pem("client"), clientKeyPEM: certificates.key("server"))
        #expect(await code(HTTPRequest(url: server.url, tls: client, proxy: "")) == nil)
        #expect(await code(HTTPRequest(url: server.url, tls: wrongKey, proxy: "")) == .tls)
        #expect(await code(HTTPRequest(url: server.url, tls: TLSOptions(caPEM: ca), proxy: "")) == .tls)
    }
}

/// Two authorities, servers and a client of the first: made once for all tests.
final class Certificates: Sendable {
    static let shared = try? Certificates()

    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "gitopsctl-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        atexit { Certificates.shared?.remove() }
        for ca in ["ca", "other-ca"] {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                "\(ca).key",
                "-out", "\(ca).crt", "-subj", "/CN=\(ca)", "-days", "2")
        }
        let names = ["server": "IP:127.0.0.1", "named": "DNS:api.example.test,IP:10.96.0.1", "client": "DNS:client"]
        for (name, alternative) in names {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                "\(name).key",
                "-out", "\(name).crt", "-subj", "/CN=\(name)", "-days", "2", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-addext",
                "subjectAltName=\(alternative)", "-addext", "basicConstraints=critical,CA:FALSE")
        }
    }

    private func remove() { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name).crt" }
    func pem(_ name: String) -> [UInt8] { FileManager.default.contents(atPath: path(name)).map { [UInt8]($0) } ?? [] }
    func keyPath(_ name: String) -> String { "\(folder)/\(name).key" }
    func key(_ name: String) -> [UInt8] {
        FileManager.default.contents(atPath: keyPath(name)).map { [UInt8]($0) } ?? []
    }

    fileprivate func process(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }

    private func openssl(_ arguments: String...) throws {
        let process = process(arguments)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }
}

/// `openssl s_server -www`: answers every GET with a page about the connection.
final class OpenSSLServer {
    let url: String
    private let process: Process
    private let output = Pipe()

    init(_ certificates: Certificates, _ name: String, clientAuthority: String? = nil) throws {
        var arguments = ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "\(name).crt", "-key", "\(name).key"]
        if let clientAuthority {
            arguments += ["-Verify", "1", "-verify_return_error", "-CAfile", "\(clientAuthority).crt"]
        }
        process = certificates.process(arguments)
        process.standardOutput = output
        try process.run()
        // "ACCEPT 127.0.0.1:41233"
        var text = ""
        while !text.contains("ACCEPT "), case let data = output.fileHandleForReading.availableData, !data.isEmpty {
            text += String(decoding: data, as: UTF8.self)
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT ") }
        url = "https://\(try #require(line).dropFirst(7))/"
    }

    func stop() {
        // Not SIGTERM: Foundation's child inherits the signal mask of a dispatch thread, which blocks it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
