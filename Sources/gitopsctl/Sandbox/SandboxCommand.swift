// `gitopsctl sandbox`: a Kubernetes API server in memory, to try things on.

import ArgumentParser

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Run a Kubernetes cluster in memory, to try things on.",
        discussion:
            "Its objects are gone when it stops, unless it was started with --keep. kubectl works against it: kubectl --kubeconfig $(gitopsctl sandbox start) get all -A",
        subcommands: [
            SandboxStart.self, SandboxStop.self, SandboxStatus.self, SandboxRestart.self, SandboxServe.self,
            SandboxBreak.self,
            SandboxMend.self, SandboxLoad.self, SandboxPace.self, SandboxFault.self, SandboxSnapshot.self,
            SandboxRestore.self,
            SandboxFromCluster.self,
        ])
}
