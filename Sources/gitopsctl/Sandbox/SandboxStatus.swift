// `gitopsctl sandbox status`.

import ArgumentParser
import Manifest

struct SandboxStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say whether the sandbox runs, and where.",
        discussion: "Exits with 1 when it does not.")

    @OptionGroup var format: OutputOptions

    func run() async throws {
        let console = Console()
        let sandbox = SandboxProcess(environment: console.environment)
        guard let note = sandbox.running() else {
            if format.output == .text {
                console.error.print(InkedLine("no sandbox runs; start one with `gitopsctl sandbox start`", .quiet))
            } else {
                console.output.print(["running": false], as: format.output)
            }
            throw ExitCode.failure
        }
        guard format.output == .text else { return console.output.print(Self.document(note), as: format.output) }
        for (name, value) in [
            ("server", note.server), ("version", "Kubernetes \(note.version)"), ("pid", String(note.pid)),
            ("kubeconfig", note.kubeconfig),
            ("log", sandbox.log),
        ] {
            var line = InkedLine(TextWidth.padded(name, to: 12), .quiet)
            line.append(value)
            console.output.print(line)
        }
    }

    static func document(_ note: SandboxProcess.Note) -> Value {
        [
            "running": true, "server": .string(note.server), "version": .string(note.version),
            "pid": .int(Int(note.pid)),
            "port": .int(note.port), "kubeconfig": .string(note.kubeconfig),
        ]
    }
}
