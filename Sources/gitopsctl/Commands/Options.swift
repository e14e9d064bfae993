// Options that several verbs share.

import ArgumentParser

struct ClusterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The context of the kubeconfig to use.", valueName: "name"))
    var context: String?

    @Option(
        help: ArgumentHelp("The kubeconfig; KUBECONFIG or ~/.kube/config otherwise.", valueName: "file"),
        completion: .file())
    var kubeconfig: String?
}

struct ApplicationOptions: ParsableArguments {
    @Argument(help: "The application's name.")
    var name: String

    @OptionGroup var namespace: NamespaceOption
    @OptionGroup var file: FileOption
}

struct NamespaceOption: ParsableArguments {
    @Option(
        name: [.customShort("n"), .customLong("namespace")],
        help: ArgumentHelp(
            "The namespace of the application's object; any otherwise, the context's first.", valueName: "name"))
    var namespace: String?
}

/// Who does it: this program, or the controller that keeps the application.
struct PlaceOptions: ParsableArguments {
    @Flag(help: "Work from here, though the cluster has an object of the application.")
    var local = false
}

struct FileOption: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp("The file that describes the application.", valueName: "file"), completion: .file())
    var file: String?
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json, yaml
}

struct OutputOptions: ParsableArguments {
    @Option(name: [.customShort("o"), .customLong("output")], help: "How the result is printed.")
    var output: OutputFormat = .text
}
