// `gitopsctl build`: print the manifests of an overlay, as `kustomize build` prints them.

import ArgumentParser
import FoundationEssentials
import Kustomize
import Manifest
import Reconciler

struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the manifests of an overlay, as kustomize build does.",
        discussion: """
            A folder is built from the disk, as it stands. The name of an application builds its source at its revision. Without \
            either, the folder that you are in is built.
            """)

    @Argument(help: ArgumentHelp("A folder with a kustomization file, or the name of an application.", valueName: "path|name"),
        completion: .directory)
    var target = "."

    @Option(help: ArgumentHelp("Another revision of the application's source.", valueName: "revision"))
    var revision: String?

    @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("Write to a file instead.", valueName: "file"),
        completion: .file())
    var output: String?

    enum LoadRestrictor: String, ExpressibleByArgument, CaseIterable {
        case rootOnly = "LoadRestrictionsRootOnly"
        case none = "LoadRestrictionsNone"
    }

    @Option(help: "Whether files may lie outside of the kustomization's folder.")
    var loadRestrictor = LoadRestrictor.rootOnly

    @Flag(help: "Print objects in the order in which they are declared.")
    var preserveOrder = false

    @OptionGroup var file: FileOption
    @OptionGroup var clusterOptions: ClusterOptions

    func run() async throws {
        let console = Console()
        let bytes = try await isFolder ? buildFolder(console) : buildApplication(console)
        guard let output else { return console.output.write(bytes) }
        do {
            try Data(bytes).write(to: URL(filePath: output))
        } catch {
            throw DiagnosticsError("cannot write the manifests", at: SourceLocation(file: output), cure: "Check the folder and its permissions")
        }
    }

    /// A name with a slash or a dot in front is a path, and so is whatever exists; anything else is an application's name.
    private var isFolder: Bool {
        target.contains("/") || target.hasPrefix(".") || FileManager.default.fileExists(atPath: target)
    }

    private var options: BuildOptions {
        var options = BuildOptions()
        options.loadRestriction = loadRestrictor == .rootOnly ? .rootOnly : .none
        if preserveOrder { options.order = .none }
        return options
    }

    private func buildFolder(_ console: Console) throws -> [UInt8] {
        let working = FileManager.default.currentDirectoryPath
        let path = RepositoryRoot.normalized(target.hasPrefix("/") ? target : "\(working)/\(target)")
        let tree = LocalFileTree(root: "/", viewpoint: working)
        let result = try KustomizeBuild(tree: tree, options: options).build(path: String(path.dropFirst()))
        console.report(result.diagnostics)
        return result.yaml()
    }

    private func buildApplication(_ console: Console) async throws -> [UInt8] {
        let session = Session(console: console)
        // A build needs no cluster; one that knows the application is asked only where no file was named.
        let cluster = file.file == nil ? try? session.cluster(clusterOptions) : nil
        let application = try await session.finder(cluster?.api).find(target, file: file.file)
        let source = SourceStage(fetcher: session.fetcher, renderer: Renderer(remembers: false, options: options), cluster: cluster?.api)
        let (_, rendering) = try await source.render(application, revision: revision)
        console.report(rendering.diagnostics)
        return YAML.write(documents: rendering.objects.map(\.value))
    }
}
