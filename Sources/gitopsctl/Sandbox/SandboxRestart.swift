// `gitopsctl sandbox restart`: cuts every connection, and serves again with or without what was there, or with other
// certificates.

import ArgumentParser
import Manifest

struct SandboxRestart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Cut every connection and serve again.",
        discussion:
            "With --new-certificates or --new-authority nothing is restarted but connections: they come back to other certificates."
    )

    @Flag(help: "Come back as a fresh cluster.")
    var lose = false

    @Option(help: ArgumentHelp("How long nobody is served.", valueName: "milliseconds"))
    var downFor = 0

    @Flag(help: "Serve with another certificate of the same authority.")
    var newCertificates = false

    @Flag(help: "Serve with certificates of another authority; the kubeconfig is written anew.")
    var newAuthority = false

    func validate() throws {
        if downFor < 0 { throw ValidationError("--down-for is 0 milliseconds or more.") }
        if lose || downFor > 0, newCertificates || newAuthority {
            throw ValidationError("New certificates are met without a restart: leave --lose and --down-for out.")
        }
        if newCertificates, newAuthority {
            throw ValidationError("A new authority brings new certificates along: choose one.")
        }
    }

    func run() async throws {
        let console = Console()
        let control = try SandboxControl(console)
        if newCertificates || newAuthority {
            try await control.send("POST", "certificates", ["change": newAuthority ? "authority" : "server"])
            let said = newAuthority ? "by another authority; the kubeconfig is new" : "by the same authority"
            console.error.print(InkedLine("other certificates \(said)", .quiet))
        } else {
            try await control.send("POST", "restart", ["losesState": .bool(lose), "milliseconds": .int(downFor)])
            let state = lose ? "as a fresh cluster" : "with what it holds"
            let pause = downFor > 0 ? " after \(downFor) ms" : ""
            console.error.print(InkedLine("every connection is cut; the sandbox comes back \(state)\(pause)", .quiet))
        }
    }
}
