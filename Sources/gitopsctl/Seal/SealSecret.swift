// Sealing: from a Secret, or from values, to what may stand in Git.

import ArgumentParser
import Manifest
import SealedSecrets
import SyncHistory

struct SealSecret: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Seal a Secret, or values given one by one (the default).",
        discussion: """
            Reads a Secret in YAML or JSON from a file or standard input, or makes one of --from-literal and --from-file, and prints the \
            SealedSecret.

            The scope says how far it may travel. strict: under its own name in its own namespace only. namespace-wide: under any name in \
            its namespace. cluster-wide: anywhere.
            """)

    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp("The file with the Secret; standard input otherwise.", valueName: "file"),
        completion: .file())
    var file: String?

    @Option(help: ArgumentHelp("A value; others may see it in the list of processes.", valueName: "key=value"))
    var fromLiteral: [String] = []

    @Option(
        help: ArgumentHelp("A value from a file; - is standard input.", valueName: "[key=]file"), completion: .file())
    var fromFile: [String] = []

    @Option(help: ArgumentHelp("The name of the Secret.", valueName: "name"))
    var name: String?

    @Option(
        name: [.customShort("n"), .customLong("namespace")],
        help: ArgumentHelp("The namespace of a Secret that names none.", valueName: "name"))
    var namespace: String?

    @Option(help: "How far it may travel; what the Secret's annotations say otherwise.")
    var scope: SealingScope?

    @Option(
        help: ArgumentHelp("The certificate to seal with; the newest of the keys otherwise.", valueName: "file|url"),
        completion: .file())
    var cert: String?

    @Flag(help: "Print the sealed value alone, of one value given.")
    var raw = false

    @Option(
        help: ArgumentHelp("Put the sealed values into a SealedSecret that exists, in its file.", valueName: "file"),
        completion: .file())
    var mergeInto: String?

    @Flag(help: "Check that the SealedSecrets of the file can be opened; print nothing of what is in them.")
    var validate = false

    @Flag(help: "Print the certificate that would be sealed with.")
    var fetchCert = false

    @Option(
        name: [.customShort("w"), .customLong("sealed-secret-file")],
        help: ArgumentHelp("Write to a file instead.", valueName: "file"))
    var output: String?

    @Option(name: [.customShort("o"), .customLong("output")], help: "The format of the SealedSecret.")
    var format: OutputFormat = .yaml

    @OptionGroup var keyOptions: KeyOptions

    func run() async throws {
        let console = Console()
        let keys = SealKeys(options: keyOptions, session: Session(console: console))
        if validate { return try await check(keys, console) }
        let certificate = try await keys.certificate(cert)
        if fetchCert { return console.output.write(certificate.pem) }
        if certificate.notAfter < Timestamp.now().milliseconds / 1000 {
            console.report([.warning("the certificate has expired", cure: "Make a new key with gitopsctl seal rotate")])
        }
        let sealing = Sealing(for: certificate.publicKey, scope: scope)
        if raw { return try sealRaw(sealing, console) }
        let sealed = try secrets().map { try sealing.seal($0, namespace: namespace) }
        if let mergeInto { return try merge(sealed, into: mergeInto, console) }
        let text =
            format == .json
            ? sealed.flatMap { JSON.write($0, pretty: true) + [UInt8(ascii: "\n")] } : YAML.write(documents: sealed)
        if let output { try Files.replace(output, with: text) } else { console.output.write(text) }
    }

    // MARK: What is sealed

    /// The Secrets of the input. No message quotes them.
    private func secrets() throws -> [Value] {
        guard fromLiteral.isEmpty, fromFile.isEmpty else { return [try secretOfValues()] }
        let place = file ?? "-"
        let shown = place == "-" ? "standard input" : place
        do throws(DiagnosticsError) {
            let documents = try YAML.read(try Files.read(place), file: shown).flatMap { $0["items"]?.array ?? [$0] }
            if documents.isEmpty {
                throw DiagnosticsError(
                    "there is no Secret", at: SourceLocation(file: shown),
                    cure:
                        "Write one with kubectl create secret … --dry-run=client -o yaml, or give --from-literal or --from-file"
                )
            }
            return documents.map(renamed)
        } catch {
            throw DiagnosticsError(
                error.diagnostics.map { found in
                    found.location?.position.isKnown == true
                        ? .error(
                            "this is not YAML or JSON", at: found.location,
                            cure: "The text is not shown here: it may be secret") : found
                })
        }
    }

    private func renamed(_ secret: Value) -> Value {
        guard let name else { return secret }
        var secret = secret
        secret["metadata"]?["name"] = .string(name)
        return secret
    }

    private func values() throws -> [(key: String, value: [UInt8])] {
        var values: [(key: String, value: [UInt8])] = []
        for text in fromLiteral {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ValidationError("--from-literal needs a key and a value: --from-literal password=…")
            }
            values.append((String(text[..<equals]), Array(text[text.index(after: equals)...].utf8)))
        }
        for text in fromFile {
            let equals = text.firstIndex(of: "=")
            let path = equals.map { String(text[text.index(after: $0)...]) } ?? text
            let key = equals.map { String(text[..<$0]) } ?? path.split(separator: "/").last.map(String.init) ?? path
            values.append((key, try Files.read(path)))
        }
        return values
    }

    private func secretOfValues() throws -> Value {
        guard let name, !name.isEmpty else { throw ValidationError("a Secret of single values needs a --name") }
        var metadata: Object = ["name": .string(name)]
        metadata["namespace"] = namespace.map(Value.string)
        let data = try values().map { Object.Entry(key: $0.key, value: .string(Base64.encode($0.value))) }
        return [
            "apiVersion": "v1", "kind": "Secret", "metadata": .object(metadata), "data": .object(Object(entries: data)),
        ]
    }

    private func sealRaw(_ sealing: Sealing, _ console: Console) throws {
        let scope = scope ?? .strict
        if scope == .strict, name == nil {
            throw ValidationError("a strict value is sealed for one name: give --name, or a wider --scope")
        }
        if scope != .clusterWide, namespace == nil {
            throw ValidationError(
                "a \(scope.rawValue) value is sealed for one namespace: give --namespace, or --scope cluster-wide")
        }
        let given = try values()
        guard given.count <= 1 else { throw ValidationError("--raw seals one value") }
        let value = try given.first?.value ?? Files.read(file ?? "-")
        let text = try sealing.seal(value, label: scope.label(namespace: namespace ?? "", name: name ?? ""))
        console.output.write(text + (console.output.isTerminal ? "\n" : ""))
    }

    // MARK: Merging and checking

    private func merge(_ sealed: [Value], into path: String, _ console: Console) throws {
        var documents = try YAML.read(try Files.read(path), file: path)
        guard sealed.count == 1, let new = sealed.first.flatMap(SealedSecret.init) else {
            throw DiagnosticsError("one Secret at a time can be merged", at: SourceLocation(file: path))
        }
        guard
            let index = documents.firstIndex(where: {
                SealedSecret($0).map { $0.name == new.name || new.name.isEmpty } ?? false
            }),
            let old = SealedSecret(documents[index])
        else {
            throw DiagnosticsError(
                "there is no SealedSecret \(new.name) to merge into", at: SourceLocation(file: path),
                cure: "Give the name of the one in the file")
        }
        // Under another label the values could not be opened where they are put.
        guard old.scope == new.scope, old.namespace == nil || new.namespace == nil || old.namespace == new.namespace
        else {
            throw DiagnosticsError(
                "the SealedSecret in the file is \(old.scope.rawValue) in \(old.namespace ?? "no namespace"), the new one "
                    + "\(new.scope.rawValue) in \(new.namespace ?? "no namespace")",
                at: SourceLocation(file: path), cure: "Give --scope \(old.scope.rawValue) and the same namespace")
        }
        for (key, value) in new.encryptedData { documents[index]["spec"]?["encryptedData"]?[key] = value }
        try Files.replace(path, with: YAML.write(documents: documents))
        console.error.print(
            InkedLine("\(path): \(Spans.count(new.encryptedData.count, "value")) merged into \(new.name)"))
    }

    private func check(_ keys: SealKeys, _ console: Console) async throws {
        let place = file ?? "-"
        let shown = place == "-" ? "standard input" : place
        let sealed = try YAML.read(try Files.read(place), file: shown).compactMap(SealedSecret.init)
        guard !sealed.isEmpty else {
            throw DiagnosticsError("there is no SealedSecret", at: SourceLocation(file: shown))
        }
        let opening = Opening(keys: try await keys.ring(), defaultNamespace: namespace)
        var findings: [Diagnostic] = []
        for secret in sealed {
            do throws(DiagnosticsError) {
                _ = try opening.secret(from: secret)
            } catch {
                findings += error.diagnostics.map {
                    Diagnostic($0.severity, $0.message, at: SourceLocation(file: shown), cure: $0.cure)
                }
            }
        }
        console.report(findings)
        if !findings.isEmpty { throw ExitCode.differences }
        console.error.print(InkedLine("\(Spans.count(sealed.count, "SealedSecret")) can be opened"))
    }
}

extension SealingScope: ExpressibleByArgument {}
