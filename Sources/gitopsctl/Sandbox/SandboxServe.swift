// `gitopsctl sandbox serve`: the sandbox in the foreground, for containers and for those who want to see its log.

import ArgumentParser
import Manifest
import Sandbox

#if canImport(Glibc)
    import Glibc
#endif

struct SandboxServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the sandbox in the foreground, until a signal ends it.")

    @Option(help: ArgumentHelp("The port on loopback; any that is free otherwise.", valueName: "number"))
    var port = 0

    @Option(help: ArgumentHelp("How long a pod takes to become ready.", valueName: "milliseconds"))
    var pace = 300

    @Flag(help: "Keep the objects in a file, and take them up again at the next start.")
    var keep = false

    @Flag(help: ArgumentHelp("Leave the terminal's session.", visibility: .hidden))
    var detached = false

    func run() async throws {
        if detached {
            setsid()
            chdir("/")
        }
        let console = Console()
        let sandbox = SandboxProcess(environment: console.environment)
        try await sandbox.claim()
        let server = SandboxServer(
            SandboxConfiguration(
                port: port, stateFolder: sandbox.folder, pace: .milliseconds(pace),
                stateFile: keep ? sandbox.folder + "/state.sqlite" : nil, stateKeyFile: sandbox.keyFile))
        do {
            _ = try await Interruptions.watching(console) {
                try await server.run { port in
                    console.error.print(InkedLine("serving the Kubernetes API at https://127.0.0.1:\(port)", .quiet))
                }
            }
        } catch {
            throw DiagnosticsError("the sandbox cannot serve: \(error)")
        }
    }
}
