// `gitopsctl sandbox stop`.

import ArgumentParser
import Manifest

struct SandboxStop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop the sandbox; its objects are gone with it, unless it keeps them.")

    func run() async throws {
        let console = Console()
        let stopped = try await SandboxProcess(environment: console.environment).stop()
        console.error.print(InkedLine(stopped ? "the sandbox is stopped" : "no sandbox runs", .quiet))
    }
}
