// `gitopsctl crds`: the definitions of Application and Project, for a cluster that is to have a controller.

import ArgumentParser
import Manifest
import Reconciler

struct CRDs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crds",
        abstract: "Print the CustomResourceDefinitions of Application and Project.",
        discussion: "Install them with: gitopsctl crds | kubectl apply --server-side -f -")

    func run() throws {
        let console = Console()
        console.output.write(String(decoding: YAML.write(documents: CustomResourceDefinitions.all), as: UTF8.self))
    }
}
