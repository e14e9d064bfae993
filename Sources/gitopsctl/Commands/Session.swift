// The wiring: from a command's options to the rooms that do the work. Nothing is opened before something needs it.

import FoundationEssentials
import GitSource
import HTTPClient
import KubernetesClient
import LocalFiles
import Manifest
import Reconciler
import SyncHistory

#if canImport(Glibc)
    import Glibc
#endif

/// What a command works with.
struct Session: Sendable {
    let console: Console
    let http: HTTPClient
    let stateFolder: String
    let workingFolder: String

    init(console: Console) {
        self.console = console
        http = HTTPClient()
        stateFolder = StateFolder.path(environment: console.environment)
        workingFolder = FileManager.default.currentDirectoryPath
    }

    /// The cluster of a context, and its server's URL.
    func cluster(_ options: ClusterOptions) throws(DiagnosticsError) -> (api: any KubernetesAPI, name: String) {
        let connection = try Kubeconfig.load(path: options.kubeconfig, context: options.context)
        return (client(connection), connection.server)
    }

    /// The Applications of the cluster of a context.
    ///
    /// - Parameter namespace: the one that was named; nil for any.
    func applications(
        _ options: ClusterOptions, in namespace: String? = nil
    ) throws(DiagnosticsError) -> (applications: ClusterApplications, cluster: String) {
        let connection = try Kubeconfig.load(path: options.kubeconfig, context: options.context)
        let applications = ClusterApplications(
            api: client(connection), namespace: namespace, contextNamespace: connection.namespace)
        return (applications, connection.server)
    }

    private func client(_ connection: ClusterConnection) -> any KubernetesAPI {
        let folder = SourceFetcher.cacheFolder(environment: console.environment) + "/discovery"
        return KubernetesClient(connection, http: http, options: KubernetesClient.Options(discoveryFolder: folder))
    }

    func history() throws(DiagnosticsError) -> SQLiteHistory {
        try SQLiteHistory(folder: stateFolder)
    }

    var fetcher: SourceFetcher {
        SourceFetcher(cacheFolder: SourceFetcher.cacheFolder(environment: console.environment), http: http)
    }

    /// What earlier syncs rendered by the default options.
    private var renders: RenderStore {
        RenderStore(
            cacheFolder: SourceFetcher.cacheFolder(environment: console.environment),
            stamp: RenderStore.stampOfThisProgram())
    }

    /// Fetches what overlays name in other repositories.
    var remotes: BuildAnswerer {
        BuildAnswerer(cacheFolder: SourceFetcher.cacheFolder(environment: console.environment), http: http)
    }

    func reconciler(_ cluster: any KubernetesAPI, named name: String) throws(DiagnosticsError) -> Reconciler {
        var surroundings = Reconciler.Surroundings(
            cluster: cluster, clusterName: name, fetcher: fetcher,
            renderer: Renderer(remembers: false, store: renders, remotes: remotes),
            plugins: try pluginHost(cluster), history: try history(),
            stateFolder: stateFolder, now: Timestamp.now)
        // Whoever works at a terminal knows clusters by the names of their contexts.
        surroundings.destination = (cluster as? KubernetesClient)?.connection.context
        return Reconciler(surroundings)
    }

    /// Finds applications in the cluster too, where one is given.
    func finder(_ cluster: ClusterApplications?) -> ApplicationFinder {
        ApplicationFinder(workingFolder: workingFolder) { kind, name throws(DiagnosticsError) in
            guard let cluster else { return [] }
            do throws(DiagnosticsError) {
                let values = try await cluster.values(kind, name)
                return kind == Application.kind && name != nil ? cluster.nearest(of: values) : values
            } catch {
                throw DiagnosticsError(
                    error.diagnostics.map { diagnostic in
                        var diagnostic = diagnostic
                        diagnostic.severity = .warning
                        return diagnostic
                    })
            }
        }
    }

    /// This moment to the millisecond: two requests are never the same.
    static func preciseMoment() -> String { Timestamp.now().precise }

    /// How many seconds the local time is ahead of UTC.
    static func clockOffset(at moment: Timestamp) -> Int {
        var seconds = time_t(moment.milliseconds / 1000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return parts.tm_gmtoff
    }

    /// `user@host` of whoever runs this.
    var actor: String {
        let login = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) }
        let user = console.environment["SUDO_USER"] ?? login ?? "uid \(getuid())"
        return "\(user)@\(ThisMachine.hostName)"
    }
}
