// `gitopsctl version`.

import ArgumentParser
import Manifest

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @OptionGroup var format: OutputOptions

    func run() {
        let output = Console().output
        guard format.output == .text else {
            return output.print(["version": .string(ProductVersion.text), "kustomize": "v5.8.1"], as: format.output)
        }
        output.print(InkedLine("gitopsctl \(ProductVersion.text), builds as kustomize v5.8.1 does"))
    }
}
