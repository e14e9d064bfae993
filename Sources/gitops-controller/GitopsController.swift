// The controller as a program: the wiring of its parts, from its options to its end.

import ArgumentParser
import Controller
import FoundationEssentials
import HTTPClient
import KubernetesClient
import LocalFiles
import Logging
import Manifest
import PluginHost
import Reconciler
import SyncHistory

#if canImport(Glibc)
    import Glibc
#endif

@main
struct GitopsController: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gitops-controller",
        abstract: "Keep every Application of a cluster as Git says.",
        discussion: """
            Within a pod it uses the pod's service account; elsewhere the kubeconfig, like kubectl. It serves /webhook, /healthz, \
            /readyz and /metrics, and with --api its own API, for whoever shows a token of the cluster: each over TLS where it has a \
            certificate, whose files are read again when they change, and over plain HTTP otherwise.
            """)

    @Option(help: ArgumentHelp("The kubeconfig to use.", valueName: "file"))
    var kubeconfig: String?

    @Option(help: ArgumentHelp("The context of the kubeconfig.", valueName: "name"))
    var context: String?

    @OptionGroup var ports: PortOptions

    @Option(
        help: ArgumentHelp(
            "The controller's own namespace: the webhooks' secrets, labelled gitopsctl.dev/webhook, and the catalogues of plugins, labelled gitopsctl.dev/plugins.",
            valueName: "name"))
    var namespace = "gitops-system"

    @Option(
        help: ArgumentHelp(
            "How many applications to work on at a time, those that only wait not counted.", valueName: "count"))
    var concurrency = 8

    @Option(help: ArgumentHelp("Where the history is kept; a volume, in a cluster.", valueName: "folder"))
    var stateFolder: String?

    @Option(help: ArgumentHelp("Where mirrors of repositories are kept.", valueName: "folder"))
    var cacheFolder: String?

    @Option(
        help: ArgumentHelp(
            "A host in a private network that notifications may go to, such as alertmanager.monitoring; may be repeated.",
            valueName: "host"))
    var privateReceiver: [String] = []
    @Option(
        help: ArgumentHelp(
            "Whom applications act as, in their namespaces, where neither they nor their Project say it; the controller otherwise.",
            valueName: "serviceaccount"))
    var defaultServiceAccount: String?

    @Flag(help: "Share the applications with other replicas, by leases in the namespace.")
    var share = false

    @Option(
        help: ArgumentHelp("After how many seconds a replica that is not heard of is given up.", valueName: "seconds"))
    var leaseDuration = 15

    @Flag(help: "Compare and tell, and write nothing but the status of Applications.")
    var readOnly = false

    @Flag(help: "Let applications name repositories and clusters of this machine and of private networks.")
    var allowPrivateAddresses = false

    @Option(help: ArgumentHelp("The least that is logged: debug, info, warning or error.", valueName: "level"))
    var logLevel = "info"

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        do {
            try await parse().run()
        } catch let error as DiagnosticsError {
            let log = LogLines.logger(.error)
            for diagnostic in error.diagnostics { log.error("\(diagnostic)") }
            _exit(1)
        } catch {
            exit(withError: error)
        }
        // What still runs on other threads when a process ends in order meets what it uses torn down.
        _exit(0)
    }

    func validate() throws {
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("'\(logLevel)' is no level: debug, info, warning or error")
        }
        guard leaseDuration >= 3 else { throw ValidationError("--lease-duration must be at least 3 seconds") }
        guard concurrency > 0 else { throw ValidationError("--concurrency must be at least 1") }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let log = LogLines.logger(Logger.Level(rawValue: logLevel) ?? .info)
        let options = try options(log)
        let connection = try Kubeconfig.load(path: kubeconfig, context: context)
        let state = stateFolder ?? StateFolder.path(environment: environment)
        let cache = cacheFolder ?? SourceFetcher.cacheFolder(environment: environment)
        let history = try SQLiteHistory(folder: state)
        _ = try await history.settleInterrupted(nil, at: Timestamp.now())
        log.info("starting", metadata: ["cluster": "\(connection.server)", "history": "\(state)"])
        let http = HTTPClient()
        let guarding = allowPrivateAddresses ? nil : AddressGuard()
        let plugins = PluginShelf(
            PluginCatalog.builtIn(in: ThisMachine.programFolder), folder: ThisMachine.programFolder)
        var surroundings = Controller.Surroundings(
            cluster: ClusterAccess(KubernetesClient(connection, http: http)),
            connector: ClusterConnector(http: http, guarding: guarding), plugins: plugins,
            reconciler: { cluster throws(DiagnosticsError) in
                reconciler(
                    of: cluster, named: connection.server, http: http, cacheFolder: cache, stateFolder: state,
                    history: history,
                    plugins: plugins, guarding: guarding)
            },
            log: log, exporter: PrometheusExporter(help: ControllerMetrics.help), now: Timestamp.now,
            actor: ThisMachine.hostName)
        if share { surroundings.replication = replication(connection, http) }
        let controller = try Controller(surroundings, options: options)
        try await Ending.onSignal { try await controller.run() }
        log.info("ended")
    }

    private func reconciler(
        of cluster: any KubernetesAPI, named name: String, http: HTTPClient, cacheFolder: String, stateFolder: String,
        history: SQLiteHistory, plugins: PluginShelf, guarding: AddressGuard?
    ) -> Reconciler {
        Reconciler(
            Reconciler.Surroundings(
                cluster: cluster, clusterName: name,
                fetcher: SourceFetcher(cacheFolder: cacheFolder, http: http, guarding: guarding),
                renderer: Renderer(
                    remembers: true,
                    remotes: BuildAnswerer(
                        cacheFolder: cacheFolder, http: http, allowsPrivateAddresses: guarding == nil)),
                plugins: PluginHost(catalog: { plugins.catalog }, secrets: GrantedSecrets.source(cluster)),
                history: history,
                stateFolder: stateFolder, now: Timestamp.now))
    }

    private func replication(_ connection: ClusterConnection, _ http: HTTPClient) -> Replication {
        var options = KubernetesClient.Options()
        options.requestTimeout = .seconds(leaseDuration) / 3
        let mark = String(UInt32.random(in: .min ... .max), radix: 36)
        return Replication(
            leases: KubernetesClient(connection, http: http, options: options), namespace: namespace,
            name: "\(ThisMachine.hostName.lowercased())-\(mark)", duration: .seconds(leaseDuration))
    }

    private func options(_ log: Logger) throws(DiagnosticsError) -> Controller.Options {
        var options = Controller.Options()
        options.concurrency = concurrency
        options.isReadOnly = readOnly
        options.namespace = namespace
        options.privateReceivers = Set(privateReceiver)
        options.defaultServiceAccount = defaultServiceAccount
        try ports.set(&options, log)
        return options
    }
}
