// Rotation, second half: what hangs on older keys is sealed with the newest one, in the files of a working tree.

import ArgumentParser
import Manifest
import SealedSecrets

struct SealReencrypt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "re-encrypt", abstract: "Seal the values in sealed files anew with the newest key.",
        discussion:
            "Only the sealed texts change: comments and layout stay. A file with a value that cannot be opened is left as it is."
    )

    @OptionGroup var tree: SealedTree

    @Flag(help: "Say what would change, and change nothing.")
    var dryRun = false

    @OptionGroup var keyOptions: KeyOptions

    func run() async throws {
        let console = Console()
        let ring = try await SealKeys(options: keyOptions, session: Session(console: console)).ring()
        var failures: [Diagnostic] = []
        var (changed, files) = (0, 0)
        for path in Files.manifests(tree.paths) {
            do throws(DiagnosticsError) {
                let count = try reseal(path, ring)
                if count > 0 {
                    console.output.print(
                        InkedLine("\(path): \(Spans.count(count, "value"))\(dryRun ? " to seal anew" : " sealed anew")")
                    )
                }
                changed += count
                files += count > 0 ? 1 : 0
            } catch {
                failures += error.diagnostics.map {
                    Diagnostic($0.severity, $0.message, at: $0.location ?? SourceLocation(file: path), cure: $0.cure)
                }
            }
        }
        console.report(failures)
        console.error.print(
            InkedLine(
                changed == 0
                    ? "nothing hangs on an older key"
                    : "\(Spans.count(changed, "value")) in \(Spans.count(files, "file"))\(dryRun ? " to seal anew" : " sealed anew")"
            ))
        if !failures.isEmpty { throw ExitCode.failure }
    }

    private func reseal(_ path: String, _ ring: KeyRing) throws(DiagnosticsError) -> Int {
        let file = try SealedFile(path)
        var changes: [(old: String, new: String)] = []
        for sealed in file.secrets { changes += try ring.resealed(sealed, defaultNamespace: tree.namespace) }
        if changes.isEmpty || dryRun { return changes.count }
        var text = file.text
        for (old, new) in changes {
            guard text.contains(old) else {
                throw DiagnosticsError(
                    "a sealed value is broken over several lines", at: SourceLocation(file: path),
                    cure: "Put it on one line")
            }
            text = text.replacing(old, with: new)
        }
        try Files.replace(path, with: Array(text.utf8))
        return changes.count
    }
}
