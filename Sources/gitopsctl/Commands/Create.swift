// `gitopsctl create`: an Application for the cluster, by a few flags.

import ArgumentParser
import KubernetesClient
import Manifest
import Reconciler
import SyncEngine

struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create an Application in the cluster.",
        discussion: """
            With --dry-run it is printed, and no cluster is needed: gitopsctl create shop --repo … --dry-run > gitops/shop.yaml. What \
            there is no flag for is written into the file.
            """)

    @Argument(help: "The application's name.")
    var name: String

    @Option(
        name: [.customLong("repo"), .customLong("repository")],
        help: ArgumentHelp("The repository's URL.", valueName: "url"))
    var repository: String

    @Option(help: ArgumentHelp("The folder of the overlay, from the repository's root.", valueName: "folder"))
    var path = "."

    @Option(
        help: ArgumentHelp(
            "The branch, tag, commit or range of versions; the default branch otherwise.", valueName: "revision"))
    var revision: String?

    @Option(
        help: ArgumentHelp("The Secret, beside the Application, with the repository's credentials.", valueName: "name"))
    var credentials: String?

    @Option(
        name: [.customLong("dest-namespace"), .customLong("destination-namespace")],
        help: ArgumentHelp("The namespace of objects that name none.", valueName: "name"))
    var destination: String?

    @Flag(help: "Create that namespace where it is missing.")
    var createNamespace = false

    @Flag(help: "Sync new commits by themselves.")
    var automated = false

    @Flag(help: "Change back by itself what others change in the cluster; goes with --automated.")
    var selfHeal = false

    @Flag(inversion: .prefixedNo, help: "Delete what Git no longer has.")
    var prune = true

    @Flag(help: "Go back to the last good commit when a sync fails.")
    var rollback = false

    @Option(help: ArgumentHelp("How often the repository is looked at: 1m, 1h.", valueName: "duration"))
    var interval: String?

    @Option(help: ArgumentHelp("The Project that limits it.", valueName: "name"))
    var project: String?

    @Option(
        name: .customLong("plugin"), parsing: .singleValue,
        help: ArgumentHelp("A plugin that the manifests go through.", valueName: "name"))
    var plugins: [String] = []

    @Option(
        name: .customLong("depends-on"), parsing: .singleValue,
        help: ArgumentHelp("An application that has to be healthy first.", valueName: "name"))
    var dependencies: [String] = []

    @Option(help: ArgumentHelp("What becomes of the objects with it: Orphan, Delete or Refuse.", valueName: "policy"))
    var deletionPolicy: String?

    @Flag(help: "Print it, and create nothing.")
    var dryRun = false

    @OptionGroup var namespace: NamespaceOption
    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if selfHeal, !automated {
            throw ValidationError("--self-heal changes back by itself: it goes with --automated")
        }
        if createNamespace, destination == nil { throw ValidationError("--create-namespace needs --dest-namespace") }
    }

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        let known = dryRun ? try? session.applications(clusterOptions) : try session.applications(clusterOptions)
        let namespace = namespace.namespace ?? known?.applications.contextNamespace
        let value = object(in: namespace)
        // Every mistake is told before the cluster is asked, in the words of a file's.
        _ = try Application(value, source: nil)
        if dryRun { return console.output.print(value, as: format.output == .json ? .json : .yaml) }
        guard let cluster = known?.applications.api else { return }
        do throws(KubernetesError) {
            let created = try await cluster.create(
                value, options: WriteOptions(fieldManager: Vocabulary.FieldManager.edit, fieldValidation: .strict))
            guard format.output == .text else { return console.output.print(created.object, as: format.output) }
            var line = InkedLine("✓ ", .good)
            line.append("\(KubernetesObject(created.object).namespace ?? "")/\(name)", .strong)
            line.append(automated ? " is created, and syncs by itself" : " is created")
            console.output.print(line)
            if !automated { console.error.print(InkedLine("Sync it with gitopsctl sync \(name)", .quiet)) }
        } catch {
            if error.isAlreadyExists {
                throw DiagnosticsError(
                    "there is an application \(name) already",
                    cure: "Change it with kubectl edit application \(name), or choose another name")
            }
            if error.isUnknownKind || error.code == 404 {
                throw DiagnosticsError(
                    "the cluster does not serve Applications", cure: "Install the controller: gitopsctl install")
            }
            throw DiagnosticsError([error.diagnostic()])
        }
    }

    private func object(in namespace: String?) -> Value {
        func names(_ names: [String]) -> Value? { names.isEmpty ? nil : .array(names.map { ["name": .string($0)] }) }
        let source = Documents.object([
            ("repository", .string(repository)), ("revision", revision.map(Value.string)), ("path", .string(path)),
            ("credentials", credentials.map { ["secretName": .string($0)] }),
        ])
        let sync = Documents.object([
            ("automated", automated ? true : nil), ("selfHeal", selfHeal ? true : nil), ("prune", prune ? nil : false),
            ("rollback", rollback ? true : nil), ("interval", interval.map(Value.string)),
            ("options", createNamespace ? ["CreateNamespace=true"] : nil),
        ])
        let spec = Documents.object([
            ("project", project.map(Value.string)), ("source", source),
            ("destination", destination.map { ["namespace": .string($0)] }), ("sync", sync.isEmpty ? nil : sync),
            ("plugins", names(plugins)), ("dependsOn", names(dependencies)),
            ("deletionPolicy", deletionPolicy.map(Value.string)),
        ])
        return [
            "apiVersion": .string(Application.resourceKind.apiVersion), "kind": .string(Application.kind),
            "metadata": Documents.object([("name", .string(name)), ("namespace", namespace.map(Value.string))]),
            "spec": spec,
        ]
    }
}
