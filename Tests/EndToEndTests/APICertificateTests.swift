// The controller's ports over TLS, as curl and openssl see them: with the right authority, with another, in the clear,
// and while the certificate is renewed under connections that are open.

import Foundation
import Testing

/// An authority, and certificates of it in a folder that changes as a kubelet changes one where a Secret is mounted.
private struct MountedCertificate {
    let folder: String
    let environment: [String: String]

    var authority: String { folder + "/ca.crt" }
    /// Of a controller, for both of its ports.
    var options: [String] {
        ["--api", "127.0.0.1:0"]
            + ["api", "listen"].flatMap { port in
                [
                    "--\(port)-tls-cert-file", folder + "/mount/tls.crt", "--\(port)-tls-private-key-file",
                    folder + "/mount/tls.key",
                ]
            }
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "mounted-\(UUID().uuidString)").path
        environment = Workplace.environment
        try FileManager.default.createDirectory(atPath: folder + "/mount", withIntermediateDirectories: true)
        for name in ["ca", "other-ca"] { try authority(name) }
        try mount("first")
        for file in ["tls.crt", "tls.key"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/mount/\(file)", withDestinationPath: "..data/\(file)")
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private func openssl(_ words: String...) throws {
        let done = try Command(program: "openssl", environment: environment, folder: folder).run(words)
        try #require(done.status == 0, "\(done.all)")
    }

    private func authority(_ name: String) throws {
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-keyout",
            "\(name).key", "-out", "\(name).crt", "-subj", "/CN=\(name)")
    }

    /// Issues a certificate with a new key, and turns the folder to it in one step.
    func mount(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: "\(folder)/mount/..\(name)", withIntermediateDirectories: true)
        try openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "mount/..\(name)/tls.key", "-out",
            "mount/..\(name)/tls.crt", "-subj", "/CN=\(name)", "-CA", "ca.crt", "-CAkey", "ca.key", "-addext",
            "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE")
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/mount/..data_tmp", withDestinationPath: "..\(name)")
        try #require(rename(folder + "/mount/..data_tmp", folder + "/mount/..data") == 0)
    }
}

@Suite(.ownThread, .serialized) struct APICertificateTests {
    private func curl(_ words: [String], _ url: String) throws -> (code: Int32, text: String) {
        let done = try Command(program: "curl", environment: Workplace.environment, folder: "/").run(
            ["-sS", "--max-time", "20", "--noproxy", "*"] + words + [url])
        return (done.status, done.all)
    }

    /// Who a server at a place says that it is, over a connection that is closed at once.
    private func subject(at place: String, _ words: String...) throws -> String {
        let shell = "openssl s_client -connect \(place) \(words.joined(separator: " ")) </dev/null 2>/dev/null"
        return try Command(program: "sh", environment: Workplace.environment, folder: "/")("-c", shell).output
            .split(separator: "\n").first { $0.hasPrefix("subject=") }.map(String.init) ?? "none"
    }

    @Test func aTenantReachesTheAPIThroughTheAuthorityThatIssuedItsCertificate() throws {
        let mounted = try MountedCertificate()
        defer { mounted.remove() }
        let controller = try RunningController(on: .sandbox, options: mounted.options)
        let tenant = try Tenant(
            controller, rules: "[{apiGroups: [gitopsctl.dev], resources: [applications], verbs: [get, list]}]")
        defer { tenant.remove() }
        let place = try controller.place(" api=")
        let token = try controller.delivery.kubectl("create", "token", "deployer", "-n", tenant.name).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let path = "/api/v1/namespaces/\(tenant.name)/applications"
        let bearer = ["-H", "Authorization: Bearer \(token)"]

        let got = try curl(["--cacert", mounted.authority] + bearer, "https://\(place)\(path)")
        #expect(got.code == 0 && got.text.contains("ApplicationList"), "\(got)")
        let nobody = try curl(["--cacert", mounted.authority], "https://\(place)\(path)")
        #expect(nobody.text.contains("Unauthorized"), "\(nobody)")
        // 60: the peer's certificate cannot be authenticated with known authorities.
        let stranger = try curl(["--cacert", mounted.folder + "/other-ca.crt"] + bearer, "https://\(place)\(path)")
        #expect(stranger.code == 60, "\(stranger)")
        let plain = try curl(bearer, "http://\(place)\(path)")
        #expect(plain.text.contains("use https") && !plain.text.contains("ApplicationList"), "\(plain)")
        #expect(try subject(at: place, "-tls1_2") == "subject=CN = first")
        #expect(try subject(at: place, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0") == "none")
        #expect(try curl(["--cacert", mounted.authority], "https://\(controller.place())/healthz").text == "ok\n")
        #expect(!controller.log.contains("plain HTTP"))
    }

    /// Asks once, waits until a file is there, and asks again over the same connection.
    private static let patientClient = """
        import http.client, os, ssl, sys, time
        host, port = sys.argv[1].split(":")
        connection = http.client.HTTPSConnection(host, int(port), timeout=20, context=ssl.create_default_context(cafile=sys.argv[2]))
        connection.request("GET", "/")
        print(connection.getresponse().read() and "first", flush=True)
        connection.auto_open = 0
        while not os.path.exists(sys.argv[3]):
            connection.request("GET", "/")
            connection.getresponse().read()
            time.sleep(0.2)
        connection.request("GET", "/")
        print(connection.getresponse().read() and "second", dict(connection.sock.getpeercert()["subject"][0])["commonName"])
        """

    @Test func aRenewedCertificateIsServedWithoutARestartAndCutsNobodyOff() throws {
        let mounted = try MountedCertificate()
        defer { mounted.remove() }
        let controller = try RunningController(on: .sandbox, options: mounted.options)
        let place = try controller.place(" api=")
        let patient = try Command(program: "python3", environment: Workplace.environment, folder: "/").start([
            "-c", Self.patientClient, place, mounted.authority, mounted.folder + "/renewed",
        ])
        defer { patient.kill() }
        try controller.until("a client is connected") {
            try String(contentsOfFile: patient.output, encoding: .utf8).contains("first")
        }
        #expect(try subject(at: place) == "subject=CN = first")
        try mounted.mount("second")
        try controller.until("the new certificate is served") { try subject(at: place) == "subject=CN = second" }
        _ = FileManager.default.createFile(atPath: mounted.folder + "/renewed", contents: nil)
        let said = try patient.finish()
        #expect(said.status == 0 && said.output == "first\nsecond first\n", "\(said.all)")
        #expect(try curl(["--cacert", mounted.authority], "https://\(place)/").text.contains("Unauthorized"))
    }

    @Test func aCertificateThatCannotBeServedKeepsTheControllerFromStarting() throws {
        let mounted = try MountedCertificate()
        defer { mounted.remove() }
        let program = URL(filePath: Workplace.gitopsctl).deletingLastPathComponent().appending(
            path: "gitops-controller"
        ).path
        func start(_ words: String...) throws -> CommandResult {
            try Command(program: program, environment: Workplace.environment, folder: "/").run(
                ["--kubeconfig", "/nowhere", "--api"] + words)
        }
        let (certificate, key) = (mounted.folder + "/mount/tls.crt", mounted.folder + "/ca.key")
        let wrong = try start("127.0.0.1:0", "--api-tls-cert-file", certificate, "--api-tls-private-key-file", key)
        #expect(
            wrong.status == 1 && wrong.errors.contains("\(key): error: this key is not that of the certificate in"),
            "\(wrong.all)")
        #expect(!wrong.errors.contains("kubeconfig"))
        #expect(try start("127.0.0.1:0", "--api-tls-cert-file", certificate).status == 64)

        let plain = try start("0.0.0.0:0")
        #expect(plain.errors.contains("level=warning") && plain.errors.contains("plain HTTP"), "\(plain.all)")
        #expect(try !start("127.0.0.1:0").errors.contains("plain HTTP"))
        #expect(try !start("[::1]:0").errors.contains("plain HTTP"))
    }
}
