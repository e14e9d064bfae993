// Trying a plugin on a render: what it makes of the manifests, and what it says.

import ArgumentParser
import FoundationEssentials
import Kustomize
import Manifest
import PluginHost
import Reconciler
import SyncHistory

struct PluginRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Try a plugin on an overlay or a file.",
        discussion: """
            Prints the manifests as the plugin leaves them, and its findings on standard error. Values of Secrets are left out unless you \
            ask for them. Exits with 2 when a finding is an error.
            """)

    @Argument(help: "The plugin's name in a catalogue, or the path of a program.")
    var plugin: String

    @Argument(
        help: ArgumentHelp(
            "A folder with a kustomization file, or a file of manifests; - is standard input.", valueName: "path"),
        completion: .file())
    var path = "."

    @Option(
        help: ArgumentHelp("The stage to run; the plugin's first otherwise.", valueName: "stage"),
        transform: pluginStage)
    var stage: PluginStage?

    @Option(
        help: ArgumentHelp("A file with the functionConfig, or the fields of its spec.", valueName: "file"),
        completion: .file())
    var config: String?

    @Option(
        name: [.customShort("n"), .customLong("namespace")],
        help: ArgumentHelp("The namespace of objects that name none.", valueName: "name"))
    var namespace: String?

    @Flag(help: "Print the values of Secrets.")
    var showSecrets = false

    @OptionGroup var clusterOptions: ClusterOptions

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        let cluster = try? session.cluster(clusterOptions).api
        var host = try session.pluginHost(cluster)
        if plugin.contains("/") {
            let program = plugin.hasPrefix("/") ? plugin : FileManager.default.currentDirectoryPath + "/" + plugin
            let definition = PluginDefinition(name: plugin, executable: program, stages: PluginStage.allCases)
            host = PluginHost(catalog: PluginCatalog([definition]), secrets: GrantedSecrets.source(cluster))
        }
        var use = PluginUse(name: plugin, stage: stage)
        use.config = try config.flatMap { try YAML.read(Files.read($0), file: $0).first }
        let definition = try host.catalog.definition(of: use)
        use.stage = stage ?? definition.stages.first
        let objects = try manifests(console)
        var context = PluginContext(application: "plugin-run", namespace: namespace)
        for file in Set(objects.filter { $0.value["sops"] != nil }.compactMap(\.origin?.file))
        where file != "standard input" {
            context.files[file] = (try? Files.read(file)).map { String(decoding: $0, as: UTF8.self) }
        }
        do throws(DiagnosticsError) {
            switch use.stage {
            case .validate: console.report(try await host.validate(objects, [use], context))
            case .observe:
                let pairs = objects.map { PluginHost.Pair(desired: $0.value, live: nil, origin: $0.origin) }
                console.report(await host.observe(pairs, [use], context))
            case .transform, nil:
                let result = try await host.transform(objects, [use], context)
                console.report(result.diagnostics)
                let values = result.objects.map { showSecrets ? $0.value : $0.value.withoutSecretValues }
                console.output.write(YAML.write(documents: values))
            }
        } catch {
            console.report(error.diagnostics)
            throw ExitCode.differences
        }
    }

    private func manifests(_ console: Console) throws -> [KubernetesObject] {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
            let name = path == "-" ? "standard input" : path
            return try YAML.read(try Files.read(path), file: name).map { value in
                KubernetesObject(value, origin: SourceLocation(file: name, position: value.position))
            }
        }
        let working = FileManager.default.currentDirectoryPath
        let root = RepositoryRoot.normalized(path.hasPrefix("/") ? path : "\(working)/\(path)")
        let result = try KustomizeBuild(tree: LocalFileTree(root: "/", viewpoint: working), options: BuildOptions())
            .build(path: String(root.dropFirst()))
        console.report(result.diagnostics)
        return result.objects
    }
}

@Sendable private func pluginStage(_ text: String) throws -> PluginStage {
    guard let stage = PluginStage(rawValue: text) else {
        throw ValidationError("'\(text)' is no stage: transform, validate or observe")
    }
    return stage
}
