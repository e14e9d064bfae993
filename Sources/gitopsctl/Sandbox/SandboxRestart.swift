// `gitopsctl sandbox restart`: cuts every connection, and serves again with or without what was there, or with other certificates.

import ArgumentParser
import Manifest

struct SandboxRestart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Cut every connection and serve again.",
        discussion: "With --new-certificates or --new-authority nothing is restarted but connections: they come back to other certificates.")

    @Flag(help: "Come back as a fresh cluster.")
    var lose = false

    @Option(help: ArgumentHelp("How long nobody is served.", valueName: "milliseconds"))
    var downFor = 0

    @Flag(help: "Serve with another certificate of the same authority.")
    var newCertificates = false

    @Flag(help: "Serve with certificates of another authority; the kubeconfig is written anew.")
    var newAuthority = false

    func run() async throws {
        let control = try SandboxControl(Console())
        if newCertificates || newAuthority {
            try await control.send("POST", "certificates", ["change": newAuthority ? "authority" : "server"])
        } else {
            try await control.send("POST", "restart", ["losesState": .bool(lose), "milliseconds": .int(downFor)])
        }
    }
}
