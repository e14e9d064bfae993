// `gitopsctl seal` without a cluster: keys in a folder, everything that kubeseal does and what goes beyond it.

import Foundation
import Testing

@Suite(.ownThread) struct SealCommandTests {
    /// A folder with a key under a passphrase, and the files of one Secret.
    private final class Desk {
        let folder: String
        private let command: Command

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "seal-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            command = Command(program: Workplace.gitopsctl, environment: Workplace.environment, folder: folder)
            try write("passphrase", "correct horse\n")
            try write(
                "secret.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ntype: Opaque\nstringData: {password: battery-staple}\n"
            )
            try write("certificate.pem", seal("rotate", "--bits", "2048", keys: true).output)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func seal(_ words: String..., keys: Bool = false) throws -> CommandResult {
            try command.run(["seal"] + words + (keys ? ["--keys", "keys", "--passphrase-file", "passphrase"] : []))
        }

        func write(_ name: String, _ text: String) throws {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }

        func read(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }
    }

    /// The limit of a process under way, which is the kernel's word that a crash leaves nothing behind.
    @Test func aCrashLeavesNoCoreFile() throws {
        let desk = try Desk()
        let pipe = desk.folder + "/value"
        try #require(mkfifo(pipe, 0o600) == 0)
        // It waits for the value: whoever opens the other end knows that it is there.
        let sealing = try Command(program: "sh", environment: Workplace.environment, folder: desk.folder).start([
            "-c",
            "ulimit -Sc unlimited; exec \(Workplace.gitopsctl) seal --raw --scope cluster-wide --from-file value --cert certificate.pem",
        ])
        let deadline = Date(timeIntervalSinceNow: 120)
        var descriptor = open(pipe, O_WRONLY | O_NONBLOCK)
        while descriptor < 0, Date() < deadline {
            usleep(2000)
            descriptor = open(pipe, O_WRONLY | O_NONBLOCK)
        }
        try #require(descriptor >= 0)
        let limits = try String(contentsOfFile: "/proc/\(sealing.pid)/limits", encoding: .utf8)
        _ = write(descriptor, "s3cr3t", 6)
        close(descriptor)
        let sealed = try sealing.finish()
        #expect(sealed.status == 0 && sealed.output.hasPrefix("AQ"), "\(sealed.all)")
        let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"], "\(core)")
    }

    @Test func sealsAFileAndOpensItAgain() throws {
        let desk = try Desk()
        let sealed = try desk.seal("-f", "secret.yaml", "--cert", "certificate.pem", "-w", "sealed.yaml")
        #expect(sealed.status == 0 && sealed.output.isEmpty, "\(sealed.all)")
        #expect(try !desk.read("sealed.yaml").contains("battery"))
        let opened = try desk.seal("open", "sealed.yaml", keys: true)
        #expect(
            opened.output.contains("password: " + Data("battery-staple".utf8).base64EncodedString()), "\(opened.all)")
        #expect(try desk.seal("--validate", "-f", "sealed.yaml", keys: true).status == 0)
    }

    @Test func theKeyIsForItsOwnerAndUnderThePassphrase() throws {
        let desk = try Desk()
        let names = try FileManager.default.contentsOfDirectory(atPath: desk.folder + "/keys").sorted()
        #expect(names.count == 2)
        let key = try #require(names.last)
        #expect(try desk.read("keys/" + key).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
        let mode =
            try FileManager.default.attributesOfItem(atPath: "\(desk.folder)/keys/\(key)")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try desk.write("passphrase", "wrong horse")
        let refused = try desk.seal("report", keys: true)
        #expect(refused.status == 1 && refused.errors.contains("the passphrase does not fit the key"), "\(refused.all)")
    }

    @Test func literalsAndFilesBecomeASecret() throws {
        let desk = try Desk()
        try desk.write("token.txt", "from a file")
        let sealed = try desk.seal(
            "--name", "api", "-n", "shop", "--from-literal", "user=a=b", "--from-file", "token.txt", "--from-file",
            "t=token.txt", "--scope",
            "namespace-wide", "--cert", "certificate.pem")
        try desk.write("sealed.yaml", sealed.output)
        #expect(sealed.output.contains("sealedsecrets.bitnami.com/namespace-wide: \"true\""), "\(sealed.all)")
        let opened = try desk.seal("open", "sealed.yaml", keys: true).output
        for (key, value) in [("user", "a=b"), ("token.txt", "from a file"), ("t", "from a file")] {
            #expect(opened.contains("\(key): \(Data(value.utf8).base64EncodedString())"), "\(opened)")
        }
    }

    @Test func aRawValueFitsWhereItIsPut() throws {
        let desk = try Desk()
        let raw = try desk.seal(
            "--raw", "--from-file", "passphrase", "--scope", "cluster-wide", "--cert", "certificate.pem")
        #expect(!raw.output.hasSuffix("\n"))
        try desk.write(
            "sealed.yaml",
            """
            apiVersion: bitnami.com/v1alpha1
            kind: SealedSecret
            metadata:
              name: any
              annotations: {sealedsecrets.bitnami.com/cluster-wide: "true"}
            spec:
              encryptedData:
                value: \(raw.output)
            """)
        #expect(try desk.seal("--validate", "-f", "sealed.yaml", keys: true).status == 0)
        let nameless = try desk.seal("--raw", "--from-file", "passphrase", "--cert", "certificate.pem")
        #expect(nameless.status == 64, "\(nameless.all)")
    }

    @Test func mergesIntoAFileAndRefusesAnotherScope() throws {
        let desk = try Desk()
        _ = try desk.seal("-f", "secret.yaml", "--cert", "certificate.pem", "-w", "sealed.yaml")
        let more = [
            "--name", "db", "-n", "shop", "--from-literal", "user=me", "--cert", "certificate.pem", "--merge-into",
            "sealed.yaml",
        ]
        let merged = try desk.seal(
            more[0], more[1], more[2], more[3], more[4], more[5], more[6], more[7], more[8], more[9])
        #expect(merged.status == 0, "\(merged.all)")
        let opened = try desk.seal("open", "sealed.yaml", keys: true).output
        #expect(opened.contains("user: bWU=") && opened.contains("password: "), "\(opened)")
        let wide = try desk.seal(
            "--name", "db", "-n", "shop", "--from-literal", "x=y", "--scope", "cluster-wide", "--cert",
            "certificate.pem", "--merge-into",
            "sealed.yaml")
        #expect(wide.status == 1 && wide.errors.contains("strict"), "\(wide.all)")
    }

    @Test func rotationLeavesCommentsAndReportsWhatIsLeft() throws {
        let desk = try Desk()
        _ = try desk.seal("-f", "secret.yaml", "--cert", "certificate.pem", "-w", "sealed.yaml")
        try desk.write("sealed.yaml", "# ours since 2024\n" + desk.read("sealed.yaml") + "# the end\n")
        // Names and certificates carry the second in which they were made.
        Thread.sleep(until: Date(timeIntervalSinceNow: 1.1))
        #expect(try desk.seal("rotate", "--bits", "2048", keys: true).status == 0)
        let report = try desk.seal("report", keys: true)
        #expect(report.status == 2 && report.output.contains("older key "), "\(report.all)")
        let tried = try desk.seal("re-encrypt", "--dry-run", keys: true)
        #expect(tried.output.contains("sealed.yaml: 1 value to seal anew"), "\(tried.all)")
        #expect(try desk.seal("re-encrypt", keys: true).status == 0)
        let text = try desk.read("sealed.yaml")
        #expect(text.hasPrefix("# ours since 2024\n") && text.hasSuffix("# the end\n"))
        #expect(try desk.seal("report", keys: true).status == 0)
        #expect(try desk.seal("re-encrypt", keys: true).errors.contains("nothing hangs on an older key"))
    }

    @Test func whatIsNoYAMLIsNotQuoted() throws {
        let desk = try Desk()
        try desk.write("broken.yaml", "password: [battery-staple\n")
        let broken = try desk.seal("-f", "broken.yaml", "--cert", "certificate.pem")
        #expect(
            broken.status == 1 && broken.errors.contains("broken.yaml:") && !broken.errors.contains("battery"),
            "\(broken.all)")
    }
}
