// The working tree that a command of the seal family looks through.

import ArgumentParser

struct SealedTree: ParsableArguments {
    @Argument(help: ArgumentHelp("Files, or folders with all that is in them.", valueName: "path"), completion: .file())
    var paths = ["."]

    @Option(
        name: [.customShort("n"), .customLong("namespace")],
        help: ArgumentHelp("The namespace of objects that name none.", valueName: "name"))
    var namespace: String?
}
