// Where certificates and keys come from: a file, a URL, a folder, or the cluster.

import ArgumentParser
import Crypto
import FoundationEssentials
import HTTPClient
import KubernetesClient
import Manifest
import PluginHost
import Reconciler
import SealedSecrets

#if canImport(Glibc)
    import Glibc
#endif

struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A folder with keys, for work without a cluster: NAME.crt and NAME.key each.", valueName: "folder"),
        completion: .directory)
    var keys: String?

    @Option(
        help: ArgumentHelp(
            "A file with the passphrase of the folder's keys; it is asked for otherwise.", valueName: "file"),
        completion: .file())
    var passphraseFile: String?

    @Option(help: ArgumentHelp("The namespace of the cluster's keys.", valueName: "name"))
    var keyNamespace = "kube-system"

    @OptionGroup var cluster: ClusterOptions
}

/// Finds keys as the options say.
struct SealKeys {
    let options: KeyOptions
    let session: Session

    /// Every key at hand, private halves and all.
    func ring() async throws -> KeyRing {
        if let folder = options.keys {
            let folder = KeyFolder(folder)
            return try folder.ring(passphrase: folder.needsPassphrase ? passphrase(confirmed: false) : nil)
        }
        let (cluster, _) = try session.cluster(options.cluster)
        let secrets = try await GrantedSecrets.source(cluster)(
            .labelled(KeyRing.label, namespace: options.keyNamespace))
        var findings: [Diagnostic] = []
        let ring = KeyRing(secrets: secrets, diagnostics: &findings)
        session.console.report(findings)
        if ring.isEmpty {
            throw DiagnosticsError(
                "there is no sealing key in the namespace \(options.keyNamespace)",
                cure: "Make one with gitopsctl seal rotate, or name the namespace with --key-namespace")
        }
        return ring
    }

    /// The certificate to seal with: of a file or a URL where one is given, else the newest of the folder or the
    /// cluster.
    func certificate(_ place: String?) async throws -> Certificate {
        if let place { return try parse(try await text(place), of: place) }
        if let folder = options.keys { return try newest(of: folder) }
        let ring = try await ring()
        guard let current = ring.current else {
            throw DiagnosticsError("no key of the cluster is in use", cure: "Make one with gitopsctl seal rotate")
        }
        return current.certificate
    }

    private func text(_ place: String) async throws -> [UInt8] {
        if place.hasPrefix("https://") || place.hasPrefix("http://") { return try await fetch(place) }
        return try Files.read(place)
    }

    private func newest(of folder: String) throws -> Certificate {
        guard let certificate = KeyFolder(folder).certificate() else {
            throw DiagnosticsError(
                "there is no certificate in the folder", at: SourceLocation(file: folder),
                cure: "Make a key with gitopsctl seal rotate --keys \(folder)")
        }
        return certificate
    }

    private func parse(_ pem: [UInt8], of place: String) throws -> Certificate {
        do throws(CryptoError) {
            return try Certificate(pem: pem)
        } catch {
            throw DiagnosticsError(
                "\(error.description)", at: SourceLocation(file: place),
                cure: "Name a certificate in PEM, with an RSA key")
        }
    }

    private func fetch(_ url: String) async throws(DiagnosticsError) -> [UInt8] {
        do throws(HTTPError) {
            let request = HTTPRequest(url: url, deadline: .seconds(30), maximumBodySize: 1 << 20, maximumRedirects: 5)
            let response = try await session.http.send(request)
            guard response.status == 200 else {
                throw HTTPError(.protocolError, "the server answered with status \(response.status)", url: url)
            }
            return response.body
        } catch {
            throw DiagnosticsError(
                "the certificate cannot be fetched: \(error)", cure: "Save it to a file, and name that with --cert")
        }
    }

    // MARK: Passphrases

    /// The passphrase, from its file or from the terminal; nil for none where a new one may be left out.
    func passphrase(confirmed: Bool) throws -> String? {
        if let file = options.passphraseFile {
            return String(
                decoding: try Files.read(file).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") },
                as: UTF8.self)
        }
        guard isatty(STDIN_FILENO) == 1 else {
            if confirmed { return nil }
            throw DiagnosticsError(
                "the keys need a passphrase", cure: "Name a file that holds it with --passphrase-file")
        }
        let first = Self.ask(confirmed ? "Passphrase for the new key (empty for none): " : "Passphrase of the keys: ")
        if confirmed, !first.isEmpty, Self.ask("The same again: ") != first {
            throw DiagnosticsError("the two passphrases differ")
        }
        return first.isEmpty ? nil : first
    }

    private static func ask(_ prompt: String) -> String { getpass(prompt).map { String(cString: $0) } ?? "" }
}
