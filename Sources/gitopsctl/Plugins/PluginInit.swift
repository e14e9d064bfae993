// The beginning of a plugin: a program that works, its test, and the entry of the catalogue that makes it known.

import ArgumentParser
import FoundationEssentials
import Manifest

struct PluginInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write the skeleton of a plugin, with its test.",
        discussion:
            "The skeleton puts a label on every object, and warns of objects without a namespace. Its test is ./test.sh."
    )

    @Argument(help: ArgumentHelp("The folder to write; its last part is the plugin's name.", valueName: "folder"))
    var folder: String

    @Option(help: "The language of the skeleton.")
    var language = PluginSkeleton.Language.python

    func run() throws {
        let console = Console()
        let name = folder.split(separator: "/").last.map(String.init) ?? folder
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
            throw ValidationError("a plugin's name consists of letters, digits and dashes")
        }
        if FileManager.default.fileExists(atPath: folder) {
            throw DiagnosticsError(
                "there is something of that name already", at: SourceLocation(file: folder),
                cure: "Choose another folder")
        }
        for file in PluginSkeleton(name: name, language: language).files {
            let path = "\(folder)/\(file.path)"
            do {
                try FileManager.default.createDirectory(
                    atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]),
                    withIntermediateDirectories: true)
                try Data(file.text.utf8).write(to: URL(filePath: path))
                if file.isProgram {
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
                }
            } catch {
                throw DiagnosticsError(
                    "the file cannot be written", at: SourceLocation(file: path),
                    cure: "Check the folder and its permissions")
            }
        }
        console.error.print([
            InkedLine("\(folder): a plugin in \(language.rawValue)"),
            InkedLine("  test it:  cd \(folder) && ./test.sh"),
            InkedLine(
                "  use it:   export GITOPSCTL_PLUGINS=$PWD/\(folder)/catalog.yaml; gitopsctl plugin run \(name) …"),
        ])
    }
}
