// The controller: every Application of a cluster, kept as Git says, by parts that run side by side until they are
// cancelled.

package import KubernetesClient
package import Logging
package import Manifest
import PluginHost
package import Reconciler
package import SyncEngine
package import SyncHistory

package struct Controller: Sendable {
    /// What a controller is given.
    package struct Surroundings: Sendable {
        package var cluster: ClusterAccess
        /// Connects the others that applications go to.
        package var connector: ClusterConnector
        /// The plugins that there are, which the reconciler runs.
        package var plugins: PluginShelf
        /// Makes the reconciler, given the cluster as the controller sees it.
        package var reconciler: @Sendable (any KubernetesAPI) throws(DiagnosticsError) -> Reconciler
        package var log: Logger
        package var exporter: PrometheusExporter
        package var clock: any SyncClock
        package var now: @Sendable () -> Timestamp
        /// The replicas that this one shares the applications with; nil for a controller that is alone.
        package var replication: Replication?
        /// Who stands in the history: the name of the pod.
        package var actor: String

        package init(
            cluster: ClusterAccess, connector: ClusterConnector, plugins: PluginShelf,
            reconciler: @escaping @Sendable (any KubernetesAPI) throws(DiagnosticsError) -> Reconciler,
            log: Logger, exporter: PrometheusExporter, clock: any SyncClock = SystemClock(),
            now: @escaping @Sendable () -> Timestamp, actor: String
        ) {
            self.cluster = cluster
            self.connector = connector
            self.plugins = plugins
            self.reconciler = reconciler
            self.log = log
            self.exporter = exporter
            self.clock = clock
            self.now = now
            self.actor = actor
        }
    }

    /// How long to gather the changes of health of an application before its status is written.
    private static let healthDelay = Duration.milliseconds(300)
    /// How long to gather the changes of somebody else before they are looked at: an edit is often several.
    private static let driftDelay = Duration.milliseconds(50)
    /// How many pushes are looked at at once.
    private static let looksAtOnce = 32

    private let surroundings: Surroundings
    private let options: Options
    private let registry = ApplicationRegistry()
    private let projects: ProjectShelf
    private let places: WorkPlaces
    private let pool: ClusterPool
    private let share: ReplicaShare?
    /// The applications that were this replica's when it last looked.
    private let owned = OwnedApplications()
    private let dispatcher: Dispatcher
    private let watches: WatchSet
    private let poller: SourcePoller
    private let worker: ApplicationWorker
    private let metrics: ControllerMetrics
    private let recorder: EventRecorder
    private let notifier: Notifier
    /// The secrets of webhooks: the controller's own, and those of Projects.
    private let secrets: WebhookSecrets
    private let projectSecrets: WebhookSecrets
    private let receiver: WebhookReceiver
    /// The repositories that were pushed to, by deliveries that were proven.
    private let deliveries: AsyncStream<Set<RepositoryAddress>>
    private let delivered: AsyncStream<Set<RepositoryAddress>>.Continuation

    /// - Throws: when the reconciler cannot be made.
    package init(_ surroundings: Surroundings, options: Options = Options()) throws(DiagnosticsError) {
        let metrics = ControllerMetrics(surroundings.exporter)
        var surroundings = surroundings
        surroundings.cluster = surroundings.cluster.metered(by: metrics)
        self.surroundings = surroundings
        self.options = options
        let (log, clock) = (surroundings.log, surroundings.clock)
        let registry = registry
        // A Project is its namespace's: those of one name elsewhere are others.
        let dispatcher = Dispatcher(concurrency: options.concurrency, clock: clock) { key in
            let project = (try? registry[key]?.application.get())?.project ?? Project.defaultName
            return "\(key.namespace)/\(project)"
        }
        self.dispatcher = dispatcher
        projects = ProjectShelf(defaultServiceAccount: options.defaultServiceAccount)
        let own = surroundings.cluster.own
        let share = surroundings.replication.map {
            ReplicaShare($0, clock: clock, now: surroundings.now, log: log)
        }
        self.share = share
        watches = WatchSet(cluster: own, clock: clock) { log.warning("\($0)") }
        let reconciler = try surroundings.reconciler(own)
        pool = ClusterPool(connector: surroundings.connector, clock: clock, metrics: metrics, log: log)
        places = WorkPlaces(
            base: reconciler, home: surroundings.cluster, watches: watches, registry: registry, pool: pool,
            clock: clock,
            fences: { key in share?.fence(of: key) ?? .open })
        let memory = WorkMemory()
        let recorder = EventRecorder(cluster: own, clock: clock, instance: surroundings.actor, log: log)
        let notifier = Notifier(
            cluster: surroundings.cluster.api(as:), clock: clock, metrics: metrics, log: log,
            privateHosts: options.privateReceivers, isKnown: { registry[$0] != nil })
        let places = places
        poller = SourcePoller(
            clock: clock, poll: { application throws(DiagnosticsError) in try await places.poll(application) },
            isTouched: { reconciler.isTouched($0, by: $1, after: $2) }, looked: metrics.fetched
        ) { applications, arrival, reason in
            for application in applications {
                memory.note(newest: arrival, of: application.key)
                await dispatcher.add(application.key, reason)
            }
        }
        self.metrics = metrics
        self.recorder = recorder
        self.notifier = notifier
        let status = StatusWriter(
            cluster: own, registry: registry, now: surroundings.now, log: log)
        worker = ApplicationWorker(
            reconciler: reconciler, places: places, registry: registry, projects: projects, poller: poller,
            watches: watches, status: status,
            finalizer: Finalizer(cluster: own, registry: registry), metrics: metrics,
            drift: DriftBook(clock: clock),
            announcer: Announcer(
                registry: registry, recorder: recorder, notifier: notifier, projects: projects, metrics: metrics,
                now: surroundings.now, log: log),
            again: { key, reasons, delay in await dispatcher.add(key, reasons, after: delay) },
            memory: memory, clock: clock, log: log, actor: surroundings.actor, isReadOnly: options.isReadOnly)
        let projects = projects
        let secrets = WebhookSecrets(of: options.namespace) { projects[$0, $1] }
        let projectSecrets = WebhookSecrets(of: options.namespace, isElsewhere: true) { projects[$0, $1] }
        (self.secrets, self.projectSecrets) = (secrets, projectSecrets)
        receiver = WebhookReceiver { secrets.all + projectSecrets.all }
        (deliveries, delivered) = AsyncStream.makeStream(
            of: Set<RepositoryAddress>.self, bufferingPolicy: .bufferingNewest(10_000))
    }

    /// Works until the task is cancelled.
    ///
    /// - Throws: what keeps it from starting: the cluster does not serve Applications, or the port cannot be had.
    package func run() async throws {
        let applications = try await resource(Application.resourceKind)
        let projectKind = try await resource(ProjectShelf.resourceKind)
        let secretKind = try await resource(GroupVersionKind(group: "", version: "v1", kind: "Secret"))
        // No application is touched before it is known what its Project allows.
        _ = projects.take(.all(try await surroundings.cluster.own.list(projectKind).items))
        let configMapKind = try await resource(PluginShelf.resourceKind)
        await readCatalogs(configMapKind)
        let leaseKind = share == nil ? nil : try await resource(LeaseDocument.resourceKind)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await reflector(of: projectKind, nil).run(takeProject) }
            group.addTask { await watches.run(news) }
            group.addTask {
                await pool.run(news: news) { keys in
                    for key in keys.sorted() { await add(key, .changed) }
                }
            }
            group.addTask { await reflector(of: applications, nil).run(takeApplication) }
            group.addTask {
                await reflector(of: secretKind, WebhookSecrets.label, in: options.namespace).run { secrets.take($0) }
            }
            group.addTask { await reflector(of: secretKind, WebhookSecrets.label).run { projectSecrets.take($0) } }
            group.addTask {
                await reflector(of: configMapKind, PluginShelf.label, in: options.namespace).run(takeCatalog)
            }
            group.addTask { await poller.run() }
            group.addTask { await recorder.run() }
            group.addTask { await notifier.run() }
            if let share {
                group.addTask { await share.run(rebalance) }
                if let leaseKind { group.addTask { await listen(to: share, leaseKind) } }
            }
            group.addTask { await work() }
            group.addTask { try await serve() }
            do {
                // The first that fails ends all: `waitForAll` would wait for those that never end.
                while try await group.next() != nil {}
            } catch {
                // Only where nothing is under way any more may another go on.
                group.cancelAll()
                while await group.nextResult() != nil {}
                await leave()
                throw error
            }
        }
        await leave()
    }

    /// Lets the lease go, by a task that nobody has cancelled.
    private func leave() async {
        guard let share else { return }
        await Task { await share.leave() }.value
    }

    private func resource(_ kind: GroupVersionKind) async throws(DiagnosticsError) -> APIResource {
        do throws(KubernetesError) {
            if let resource = try await surroundings.cluster.own.discovery(refresh: false).resource(for: kind) {
                return resource
            }
            if let resource = try await surroundings.cluster.own.discovery(refresh: true).resource(for: kind) {
                return resource
            }
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
        throw DiagnosticsError(
            "the cluster does not serve \(kind)",
            cure: "Install the CustomResourceDefinitions: gitopsctl crds | kubectl apply -f -")
    }

    private func reflector(of resource: APIResource, _ labelSelector: String?, in namespace: String? = nil) -> Reflector
    {
        let log = surroundings.log
        return Reflector(
            cluster: surroundings.cluster.own, resource: resource, namespace: namespace, labelSelector: labelSelector,
            clock: surroundings.clock
        ) { log.warning("\($0)") }
    }

    // MARK: What makes work

    @Sendable private func takeApplication(_ change: ReflectedChange) async {
        switch change {
        case .all(let values):
            let present = Set(values.map { ApplicationKey($0) })
            for key in registry.keys where !present.contains(key) { await forget(key) }
            for value in values { await take(value) }
            registry.noteListed()
        case .changed(let value): await take(value)
        case .deleted(let value): await forget(ApplicationKey(value))
        }
    }

    private func take(_ value: Value) async {
        let news = registry.take(value)
        if !news.isEmpty { await add(ApplicationKey(value), news) }
    }

    @Sendable private func takeProject(_ change: ReflectedChange) async {
        let namespaces = projects.take(change)
        for key in registry.keys where namespaces.contains(key.namespace) { await add(key, .changed) }
    }

    /// Reads the catalogues before anything is rendered. Where that is not allowed, there are the plugins that come
    /// along.
    private func readCatalogs(_ resource: APIResource) async {
        do {
            let found = try await surroundings.cluster.own.list(
                resource, namespace: options.namespace, labelSelector: PluginShelf.label)
            note(surroundings.plugins.take(.all(found.items)))
        } catch {
            surroundings.log.warning("\(error)")
        }
    }

    @Sendable private func takeCatalog(_ change: ReflectedChange) async {
        let news = surroundings.plugins.take(change)
        note(news)
        for registered in registry.all {
            guard let application = try? registered.application.get(),
                application.plugins.contains(where: { news.concerns($0.name) })
            else { continue }
            await add(application.key, .changed)
        }
    }

    private func note(_ news: PluginShelf.News) {
        for problem in news.problems { surroundings.log.warning("\(problem)") }
        if !news.changed.isEmpty {
            surroundings.log.info("plugins", metadata: ["changed": "\(news.changed.sorted().joined(separator: " "))"])
        }
    }

    private func add(_ key: ApplicationKey, _ reasons: WorkReasons, after delay: Duration = .zero) async {
        if let share {
            guard share.owns(key) else { return }
            owned.note(key)
        }
        await dispatcher.add(key, reasons, after: delay)
    }

    /// Forgets an Application that is no more.
    private func forget(_ key: ApplicationKey) async {
        registry.remove(key)
        await leave(key)
        recorder.forget(key)
        notifier.forget(key)
    }

    /// Forgets what is known of an application that is not worked on here any more.
    private func leave(_ key: ApplicationKey) async {
        await dispatcher.remove(key)
        await poller.forget(key)
        worker.forget(key)
        places.forget(key)
        metrics.forget(key, on: surroundings.exporter)
    }

    /// Begins with what has become this replica's, and leaves what has become another's.
    @Sendable private func rebalance() async {
        guard let share else { return }
        let (gained, lost) = owned.update(to: Set(registry.keys.filter(share.owns)))
        for key in lost { await leave(key) }
        for key in gained { await add(key, .changed) }
        if !gained.isEmpty || !lost.isEmpty {
            surroundings.log.info("share", metadata: ["gained": "\(gained.count)", "lost": "\(lost.count)"])
        }
    }

    @Sendable private func news(of set: String, _ news: MemberNews) async {
        guard let key = registry.key(ofSet: set) else { return }
        if news.contains(.drift) {
            await add(key, .drift, after: Self.driftDelay)
        } else if news.contains(.status) {
            await add(key, .health, after: Self.healthDelay)
        }
    }

    // MARK: What does it

    private func work() async {
        await withDiscardingTaskGroup { group in
            while let (work, place) = await dispatcher.next() {
                group.addTask { await carryOut(work, in: place) }
            }
        }
    }

    private func carryOut(_ work: Work, in place: BusyPlace) async {
        surroundings.log.debug("working", metadata: ["application": "\(work.key)"])
        // A write that is tried again is asked about again.
        let permit = RequestPermit(refusal: places.fence(of: work.key).closed)
        let hold = await RequestPermit.$current.withValue(permit) { await worker.perform(work, onlyWaits: place.leave) }
        place.leave()
        await dispatcher.finish(work.key, hold: hold)
        if registry[work.key] == nil {
            // It ended meanwhile, and the work may have noted it anew.
            await forget(work.key)
        } else if hold != nil {
            await add(work.key, .retry)
        }
    }

    private func serve() async throws {
        let desk = ControllerDesk(
            webhook: { request in
                let (answer, provider, pushed) = receiver.receive(request)
                metrics.delivered(provider?.rawValue ?? "unknown", "\(answer.status)")
                if answer == .accepted {
                    delivered.yield(pushed)
                    share?.tell(pushed)
                }
                return answer
            },
            limit: DeliveryLimit(clock: surroundings.clock), isReady: { registry.isListed },
            metrics: { await exported() })
        let server = HTTPService(
            host: options.host, port: options.port, certificate: options.certificate, desk: desk, bound: options.bound)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await server.run() }
            if let place = options.api {
                let api = HTTPService(
                    host: place.host, port: place.port, certificate: options.apiCertificate, desk: apiDesk,
                    bound: options.boundAPI)
                group.addTask { try await api.run() }
            }
            group.addTask { await look(at: deliveries) }
        }
    }

    private var apiDesk: APIDesk {
        let (cluster, log) = (surroundings.cluster.own, surroundings.log)
        return APIDesk(
            reviews: AccessReviews(cluster: cluster, clock: surroundings.clock, log: log), registry: registry,
            place: places.view,
            cluster: cluster, metrics: metrics, now: surroundings.now, log: log)
    }

    /// Looks at what was pushed to, at some repositories at once: one whose server hangs holds up no other.
    private func look(at deliveries: AsyncStream<Set<RepositoryAddress>>) async {
        await withTaskGroup(of: Void.self) { group in
            var underWay = 0
            for await pushed in deliveries {
                if underWay == Self.looksAtOnce {
                    await group.next()
                    underWay -= 1
                }
                underWay += 1
                group.addTask { await look(at: pushed) }
            }
        }
    }

    /// Follows what other replicas are told of pushes.
    private func listen(to share: ReplicaShare, _ leases: APIResource) async {
        await reflector(of: leases, LeaseDocument.label, in: options.namespace).run { change in
            let pushed = share.hear(change)
            if !pushed.isEmpty { delivered.yield(pushed) }
        }
    }

    private func look(at pushed: Set<RepositoryAddress>) async {
        let users = await poller.look(at: pushed)
        let repositories = pushed.map(\.text).sorted().joined(separator: " ")
        surroundings.log.info("push", metadata: ["repository": "\(repositories)", "applications": "\(users)"])
    }

    private func exported() async -> String {
        metrics.measured(queue: await dispatcher.depth, applications: registry.keys.count, objects: watches.objectCount)
        let known = registry.all.compactMap { registered -> (application: Application, facts: ApplicationFacts)? in
            guard let application = try? registered.application.get(), let facts = worker.memory.facts(application.key)
            else { return nil }
            return (application, facts)
        }
        metrics.described(known, on: surroundings.exporter)
        metrics.keep(registry.keys, on: surroundings.exporter)
        return surroundings.exporter.text()
    }
}
