// `gitopsctl wait`: go on when an application is as it should be.

import ArgumentParser
import KubernetesClient
import Manifest
import Reconciler
import SyncHistory

struct Wait: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until an application is synced and healthy.",
        discussion: """
            For the cluster's Applications, by what their controller says of them; of others gitopsctl sync waits itself. Exits with 1 \
            when it does not come in time, and at once when nothing will go on before somebody changes something.
            """)

    enum Aim: String, ExpressibleByArgument, CaseIterable {
        case ready, synced, healthy
    }

    @Argument(help: "The application's name.")
    var name: String

    @Option(name: .customLong("for"), help: "What is waited for; ready is synced and healthy.")
    var aim = Aim.ready

    @Option(help: ArgumentHelp("How long to wait: 90s, 5m.", valueName: "duration"), transform: duration)
    var timeout: Duration = .seconds(300)

    @OptionGroup var namespace: NamespaceOption
    @OptionGroup var clusterOptions: ClusterOptions

    func run() async throws {
        let console = Console()
        let session = Session(console: console)
        let applications = try session.applications(clusterOptions, in: namespace.namespace).applications
        let application = try await applications.require(name)
        let start = ContinuousClock.now
        let (end, interruption) = try await Interruptions.watching(console) {
            try await follow(application, applications.api, console)
        }
        if let interruption { throw interruption }
        let place = "\(application.namespace)/\(application.name)"
        let took = Spans.duration(.now - start)
        switch end {
        case .reached(let words):
            var line = InkedLine("✓ ", .good)
            line.append(application.name, .strong)
            line.append(" is \(aim == .ready ? "synced and healthy" : aim.rawValue)")
            line.append(": \(words) (\(took))", .quiet)
            console.output.print(line.clipped(to: console.width))
        case .stalled(let why): throw DiagnosticsError("\(place) will not get \(aim.rawValue) by itself: \(why)")
        case .gone: throw DiagnosticsError("\(place) was deleted meanwhile")
        case .late(let why):
            throw DiagnosticsError(
                "\(place) is not \(aim.rawValue) after \(Spans.duration(timeout)): \(why)",
                cure: "See what it lacks with gitopsctl tree \(application.name)")
        }
    }

    private enum End: Sendable {
        case reached(String)
        case stalled(String)
        case late(String)
        case gone
    }

    /// Takes the versions of the Application as they come, and the end of the time.
    private func follow(
        _ application: ClusterApplication, _ cluster: any KubernetesAPI, _ console: Console
    ) async throws(DiagnosticsError) -> End {
        var last = application
        var told: String?
        let deadline = ContinuousClock.now + timeout
        while true {
            if let end = Self.end(last, aim) { return end }
            let trouble = last.status.trouble ?? "no controller has looked at it"
            if trouble != told {
                told = trouble
                console.error.print(
                    InkedLine("\(application.name): \(trouble)", .quiet).clipped(
                        to: console.error.size?.columns ?? .max))
            }
            if ContinuousClock.now > deadline || Task.isCancelled { return .late(trouble) }
            try? await Task.sleep(for: .milliseconds(250))
            do {
                guard let value = try await cluster.get(application.reference) else { return .gone }
                last = ClusterApplication(value)
            } catch {
                throw DiagnosticsError([error.diagnostic()])
            }
        }
    }

    /// nil as long as there is something to wait for.
    private static func end(_ application: ClusterApplication, _ aim: Aim) -> End? {
        let status = application.status
        // What is said of an earlier generation says nothing of this one.
        let generation = application.value[path: "metadata", "generation"]?.int
        guard status.isTold, application.value[path: "status", "observedGeneration"]?.int == generation else {
            return nil
        }
        if status.handling == nil, SyncOrder(of: application.value).map({ $0.moment == status.handled }) ?? true {
            let isReached =
                switch aim {
                case .ready: status.isReady
                case .synced: status.isSynced
                case .healthy: status.isHealthy
                }
            if isReached { return .reached(status.conditions["Ready"]?.message ?? "") }
            if let stall = status.stall { return .stalled(stall) }
            if application.isSuspended { return .stalled("it is suspended") }
        }
        return nil
    }
}
