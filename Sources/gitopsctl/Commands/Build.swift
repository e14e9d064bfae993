// `gitopsctl build`: print the manifests of an overlay, as `kustomize build` prints them, under the same flags.

import ArgumentParser
import FoundationEssentials
import Kustomize
import Manifest
import Reconciler

struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Print the manifests of an overlay, as kustomize build does.",
        discussion: """
            A folder is built from the disk, as it stands; the URL of a folder in a repository is fetched and built. The name of an \
            application builds its source at its revision. Without any, the folder that you are in is built.
            """)

    @Argument(
        help: ArgumentHelp(
            "A folder with a kustomization file, its URL, or the name of an application.", valueName: "path|url|name"),
        completion: .directory)
    var target = "."

    @Option(help: ArgumentHelp("Another revision of the application's source.", valueName: "revision"))
    var revision: String?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write to a file instead, or to a folder: one file an object.", valueName: "file|folder"),
        completion: .file())
    var output: String?

    @Flag(help: "Write today's spelling over deprecated fields, in place, wherever the output stays the same.")
    var fix = false

    @OptionGroup(title: "Flags of kustomize") var flags: KustomizeFlags
    @OptionGroup var file: FileOption
    @OptionGroup var clusterOptions: ClusterOptions

    func run() async throws {
        do throws(any Error) {
            try await build(Console())
        } catch let error as DiagnosticsError {
            // What ended the build stands last, where a terminal shows it.
            throw DiagnosticsError(
                error.diagnostics.enumerated().sorted {
                    ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset)
                }.map(\.element))
        }
    }

    private func build(_ console: Console) async throws {
        if fix { return try fixFolder(console) }
        let result = try await isFolder ? buildFolder(console) : buildApplication(console)
        console.report(result.diagnostics.sorted { $0.severity < $1.severity })
        guard let output else { return console.output.write(result.yaml()) }
        do {
            var isDirectory = false
            if FileManager.default.fileExists(atPath: output, isDirectory: &isDirectory), isDirectory {
                for file in result.filesOfObjects() {
                    try Data(file.text).write(to: URL(filePath: output).appending(path: file.name))
                }
            } else {
                try Data(result.yaml()).write(to: URL(filePath: output))
            }
        } catch {
            throw DiagnosticsError(
                "cannot write the manifests", at: SourceLocation(file: output),
                cure: "Check the folder and its permissions")
        }
    }

    /// A name with a slash, a colon or a dot in front is a path or URL, and so is whatever exists; anything else is an
    /// application's name.
    private var isFolder: Bool {
        target.contains("/") || target.contains(":") || target.hasPrefix(".")
            || FileManager.default.fileExists(atPath: target)
    }

    private func buildFolder(_ console: Console) async throws -> BuildResult {
        let working = FileManager.default.currentDirectoryPath
        let session = Session(console: console)
        let programs = ProgramRunner(options: flags.programOptions, root: "/")
        let answerer = BuildAnswerer(
            cacheFolder: SourceFetcher.cacheFolder(environment: console.environment), http: session.http,
            allowsPrivateAddresses: flags.allowPrivateRemotes, programs: { await programs.answer($0) })
        let build = KustomizeBuild(
            tree: LocalFileTree(root: "/", viewpoint: working), options: try flags.buildOptions(console.environment))
        return try await build.build(path(in: working)) { await answerer.answer($0) }
    }

    /// The target as the tree of the whole disk names it. A URL stays one.
    private func path(in working: String) -> String {
        if KustomizeBuild.isRemote(target), !FileManager.default.fileExists(atPath: target) { return target }
        return String(RepositoryRoot.normalized(target.hasPrefix("/") ? target : "\(working)/\(target)").dropFirst())
    }

    private func buildApplication(_ console: Console) async throws -> BuildResult {
        let session = Session(console: console)
        // A build needs no cluster; one that knows the application is asked only where no file was named.
        let cluster = file.file == nil ? try? session.applications(clusterOptions).applications : nil
        let application = try await session.finder(cluster).find(target, file: file.file)
        let renderer = Renderer(
            remembers: false, options: try flags.buildOptions(console.environment), remotes: session.remotes)
        let source = SourceStage(fetcher: session.fetcher, renderer: renderer, cluster: cluster?.api)
        let (_, rendering) = try await source.render(application, revision: revision)
        return BuildResult(objects: rendering.objects, diagnostics: rendering.diagnostics)
    }

    private func fixFolder(_ console: Console) throws {
        let working = FileManager.default.currentDirectoryPath
        guard isFolder, !KustomizeBuild.isRemote(target) else {
            throw DiagnosticsError("`--fix` edits the files of a folder, and `\(target)` is none")
        }
        let build = KustomizeBuild(
            tree: LocalFileTree(root: "/", viewpoint: working), options: try flags.buildOptions(console.environment))
        let fix = try build.fix(path: path(in: working))
        for (path, text) in fix.files {
            do {
                try Data(text).write(to: URL(filePath: "/" + path))
            } catch {
                throw DiagnosticsError("cannot write the kustomization", at: SourceLocation(file: "/" + path))
            }
        }
        console.report(fix.diagnostics)
    }
}
