// `gitopsctl install`: the controller's manifests, which this program carries, into a cluster or onto standard output.

import ArgumentParser
import KubernetesClient
import Kustomize
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct Install: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install the controller into the cluster, or bring it up to this version.",
        discussion: """
            Delivers the controller as an application of its own, \(Installation.name): what is already right is left alone, what this \
            version no longer has is pruned, and gitopsctl status \(Installation.name) tells how it is. With --export the manifests are \
            printed, for a repository or another tool; they are those of deploy/controller.
            """)

    @Flag(help: "Print the manifests, and ask no cluster.")
    var export = false

    @Option(
        name: [.customShort("n"), .customLong("namespace")],
        help: ArgumentHelp("The controller's namespace.", valueName: "name"))
    var namespace = Installation.defaultNamespace

    @Option(help: ArgumentHelp("Another image than the published one.", valueName: "image"))
    var image: String?

    @Option(
        help: ArgumentHelp(
            "How many replicas share the applications; two or more for high availability.", valueName: "number"))
    var replicas = 1

    @Flag(
        help:
            "Let the controller only look: it compares and tells, and may write nothing but the status of Applications."
    )
    var readOnly = false

    @Flag(
        help: "Serve the controller's API, with the certificate in the Secret gitops-controller-api of its namespace.")
    var api = false

    @Flag(help: "Ask the cluster what would happen, and change nothing.")
    var dryRun = false

    @Option(help: ArgumentHelp("Carry out a plan that was held back, named by its digest.", valueName: "digest"))
    var confirm: String?

    @Option(
        help: ArgumentHelp("How long the controller may take to become healthy: 90s, 5m.", valueName: "duration"),
        transform: duration)
    var timeout: Duration?

    @Flag(inversion: .prefixedNo, help: "Wait until the controller is healthy.")
    var wait = true

    @OptionGroup var clusterOptions: ClusterOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if replicas < 1 { throw ValidationError("--replicas must be at least 1") }
    }

    func run() async throws {
        let console = Console()
        var installation = Installation()
        installation.namespace = namespace
        installation.image = image
        installation.replicas = replicas
        installation.isReadOnly = readOnly
        installation.servesAPI = api
        if export { return console.output.write(try installation.build().yaml()) }

        let session = Session(console: console)
        let (cluster, name) = try session.cluster(clusterOptions)
        let manifests = try await installation.manifests(for: cluster)
        if !dryRun { try await makeNamespace(of: manifests, cluster) }
        var request = SyncRequest(trigger: SyncTrigger(.commandLine, by: session.actor))
        request.manifests = manifests
        request.dryRun = dryRun
        request.confirmedPlan = confirm
        request.timeout = timeout
        request.wait = wait
        let reconciler = try session.reconciler(cluster, named: name)
        let report = try await LocalSync(
            console: console, reconciler: reconciler, application: try installation.application(), format: format.output
        ).run(request)
        if report.result != .succeeded { throw ExitCode.failure }
        if format.output == .text, !dryRun, report.counts.created > 0 {
            console.error.print(InkedLine("Next: gitopsctl create NAME --repo URL --path FOLDER --automated", .quiet))
        }
    }

    /// The record of what belongs to the application stands in its namespace, and is written before everything else.
    private func makeNamespace(of manifests: ComparedManifests, _ cluster: any KubernetesAPI)
        async throws(DiagnosticsError)
    {
        let reference = ObjectReference(
            gvk: GroupVersionKind(group: "", version: "v1", kind: "Namespace"), namespace: nil, name: namespace)
        do throws(KubernetesError) {
            if try await cluster.get(reference) != nil { return }
            guard let manifest = manifests.rendering.objects.first(where: { $0.reference == reference }) else { return }
            _ = try await cluster.apply(manifest.value, options: ApplyOptions())
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }
}

extension Installation {
    /// How the controller was installed into a cluster; nil where `gitopsctl install` has not done so in that
    /// namespace.
    static func found(in namespace: String, of cluster: any KubernetesAPI) async throws(DiagnosticsError)
        -> Installation?
    {
        let reference = ObjectReference(
            gvk: GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"), namespace: namespace, name: name)
        var asked = Installation()
        asked.namespace = namespace
        let set = try asked.application().applySet
        do {
            guard let deployment = try await cluster.get(reference),
                KubernetesObject(deployment).label(Vocabulary.partOf) == set.id
            else { return nil }
            return Installation(of: deployment)
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }
}
