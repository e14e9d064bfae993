// Opening a SealedSecret by hand, when the cluster is gone and the keys are not.

import ArgumentParser
import Manifest
import SealedSecrets

struct SealOpen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Open SealedSecrets and print the Secrets: their values are on your screen then."
    )

    @Argument(
        help: ArgumentHelp("The file with SealedSecrets; - is standard input.", valueName: "file"), completion: .file())
    var file = "-"

    @Option(
        name: [.customShort("n"), .customLong("namespace")],
        help: ArgumentHelp("The namespace of objects that name none.", valueName: "name"))
    var namespace: String?

    @OptionGroup var keyOptions: KeyOptions

    func run() async throws {
        let console = Console()
        let documents = try YAML.read(try Files.read(file), file: file == "-" ? "standard input" : file)
        let ring = try await SealKeys(options: keyOptions, session: Session(console: console)).ring()
        let opening = Opening(keys: ring, defaultNamespace: namespace)
        var secrets: [Value] = []
        for sealed in documents.compactMap(SealedSecret.init) { secrets.append(try opening.secret(from: sealed)) }
        guard !secrets.isEmpty else {
            throw DiagnosticsError("there is no SealedSecret", at: SourceLocation(file: file))
        }
        console.output.write(YAML.write(documents: secrets))
    }
}
