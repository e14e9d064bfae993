// `gitopsctl sandbox start`.

import ArgumentParser
import Manifest

struct SandboxStart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start the sandbox, and print the path of its kubeconfig.",
        discussion: """
            One that runs already is left as it is. With --keep the values of Secrets are sealed in the file, with a key that stands apart \
            from it, in gitopsctl/sandbox.key of the configuration folder.
            """)

    @Option(help: ArgumentHelp("The port on loopback; any that is free otherwise.", valueName: "number"))
    var port: Int?

    @Option(help: ArgumentHelp("How long a pod takes to become ready.", valueName: "milliseconds"))
    var pace: Int?

    @Flag(help: "Keep the objects in a file, and take them up again at the next start with --keep.")
    var keep = false

    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let sandbox = SandboxProcess(environment: console.environment)
        let found = sandbox.running()
        let note: SandboxProcess.Note
        if let found { note = found } else { note = try await sandbox.start(port: port, pace: pace, keep: keep) }
        guard format.output == .text else {
            return console.output.print(SandboxStatus.document(note), as: format.output)
        }
        console.error.print(
            InkedLine(
                "the sandbox \(found == nil ? "runs" : "runs already") at \(note.server) (Kubernetes \(note.version))",
                .quiet))
        console.output.print(InkedLine(note.kubeconfig))
    }
}
