// Asks the controller for a sync, and follows it until it is answered.

import KubernetesClient
import Manifest
import Reconciler
import SyncEngine
import SyncHistory

struct RequestedSync: Sendable {
    let cluster: any KubernetesAPI
    let application: ClusterApplication
    let order: SyncOrder

    /// How long a controller may take to begin with what a person asks for.
    static let patience = Duration.seconds(30)

    enum Input: Sendable {
        case application(Value)
        case applicationDeleted
        case member(Value)
        case memberLost(Value)
        case tick
        /// Nothing more is heard of the Application.
        case unheard(DiagnosticsError)
    }

    /// Asks, and shows what happens.
    ///
    /// - Parameter timeout: how long to wait for the end; nil for as long as it takes.
    /// - Returns: how it was when it was answered, or when the task was cancelled.
    /// - Throws: where nobody answers, or nobody can be heard.
    func follow(_ view: ProgressView, timeout: Duration?) async throws -> FollowedSync {
        let members = MemberWatch(cluster: cluster, applySet: application.applySet, namespaces: namespaces)
        let kinds = ApplySetScope(of: application.value).groupKinds
        let listings = try await members.list(kinds)
        var sync = FollowedSync(order, of: application, members: listings.flatMap(\.list.items))
        let clock = ContinuousClock()
        let start = clock.now
        let version = try await ask()
        let (inputs, input) = AsyncStream.makeStream(of: Input.self)
        var view = view
        var watched = kinds

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await watchApplication(from: version, input) }
            for listing in listings { group.addTask { await members.follow(listing) { input.yield(.init($0)) } } }
            group.addTask {
                while (try? await Task.sleep(for: .milliseconds(80))) != nil { input.yield(.tick) }
            }
            defer { group.cancelAll() }
            for await event in inputs {
                var changed: ObjectProgress?
                switch event {
                case .unheard(let error): throw error
                case .tick: view.tick(sync.progress, at: clock.now)
                case .application(let value): sync.take(application: value)
                case .applicationDeleted: sync.takeDeletionOfApplication()
                case .member(let value): changed = sync.take(member: value, at: clock.now)
                case .memberLost(let value): changed = sync.take(lost: KubernetesObject(value).reference, at: clock.now)
                }
                if let changed { view.tell(changed) }
                if sync.isAnswered || sync.isGone { break }
                let new = sync.kinds.subtracting(watched)
                if !new.isEmpty {
                    watched.formUnion(new)
                    group.addTask { await watch(new, of: members, input) }
                }
                if !sync.isTaken, clock.now - start > min(Self.patience, timeout ?? Self.patience) {
                    throw unanswered(clock.now - start)
                }
                if let timeout, clock.now - start > timeout { throw late(timeout) }
            }
        }
        if sync.isAnswered {
            let left = try await members.list(sync.kinds)
            let listed = Set(left.map(\.resource.gvk.groupKind))
            for changed in sync.settle(with: left.flatMap(\.list.items), of: listed, at: clock.now) {
                view.tell(changed)
            }
        }
        view.close(sync.progress, at: clock.now)
        return sync
    }

    /// Kinds of which the application has had no member before: all that is there is new.
    private func watch(
        _ kinds: Set<GroupKind>, of members: MemberWatch, _ input: AsyncStream<Input>.Continuation
    ) async {
        let listings: [MemberWatch.Listing]
        do throws(DiagnosticsError) {
            listings = try await members.list(kinds)
        } catch {
            input.yield(.unheard(error))
            return
        }
        await withTaskGroup(of: Void.self) { group in
            for listing in listings {
                for value in listing.list.items { input.yield(.member(value)) }
                group.addTask { await members.follow(listing) { input.yield(.init($0)) } }
            }
        }
    }

    /// Tells how the Application changes. What passes, the watch lets pass by itself; what it ends with will not.
    private func watchApplication(from version: String?, _ input: AsyncStream<Input>.Continuation) async {
        do {
            try await watchApplication(from: version) { input.yield($0) }
        } catch {
            if Task.isCancelled { return }
            var told = (error as? KubernetesError)?.diagnostic() ?? .error("\(error)")
            told.message = "the controller is asked, and cannot be followed: \(told.message)"
            told.cure = told.cure ?? "See how far it is with gitopsctl status \(application.name)"
            input.yield(.unheard(DiagnosticsError([told])))
        }
    }

    private func watchApplication(from version: String?, _ tell: (Input) -> Void) async throws {
        let kind = Application.resourceKind
        guard let resource = try await cluster.discovery(refresh: false).resource(for: kind) else {
            throw KubernetesError(
                code: 404, reason: KubernetesError.Reason.unknownKind, message: "the cluster does not serve \(kind)",
                request: "watch \(application.reference)")
        }
        var version = version
        while !Task.isCancelled {
            let events = cluster.watch(
                resource, namespace: application.namespace, labelSelector: nil,
                fieldSelector: "metadata.name=\(application.name)",
                from: version)
            for try await event in events {
                switch event {
                case .added(let value), .modified(let value): tell(.application(value))
                case .deleted: tell(.applicationDeleted)
                case .bookmark, .tooOld: break
                }
            }
            version = nil
        }
    }

    /// Writes the request.
    ///
    /// - Returns: the version of the Application that carries it.
    func ask() async throws(DiagnosticsError) -> String? {
        do {
            let written = try await cluster.patch(
                application.reference, type: .merge, body: ["metadata": ["annotations": order.annotations]],
                options: WriteOptions(fieldManager: Vocabulary.FieldManager.request))
            return KubernetesObject(written.object).resourceVersion
        } catch {
            throw DiagnosticsError([error.diagnostic()])
        }
    }

    private var namespaces: Set<String> {
        let scope = ApplySetScope(of: application.value).namespaces
        let own = (try? application.application.get())?.destination.namespace
        return scope.union([own, application.namespace].compactMap { $0 })
    }

    private func unanswered(_ waited: Duration) -> DiagnosticsError {
        DiagnosticsError(
            "no controller has taken the request up in \(Spans.duration(waited)): \(application.namespace)/\(application.name) "
                + "is as it was, and the request stands",
            cure:
                "See whether the controller runs (kubectl get pods -A -l app.kubernetes.io/name=gitops-controller), or sync from here with --local"
        )
    }

    private func late(_ timeout: Duration) -> DiagnosticsError {
        DiagnosticsError(
            "the controller is not done after \(Spans.duration(timeout)), and goes on by itself",
            cure:
                "Follow it with gitopsctl wait \(application.name), or see how it is with gitopsctl status \(application.name)"
        )
    }
}

extension RequestedSync.Input {
    fileprivate init(_ event: WatchEvent) {
        switch event {
        case .added(let value), .modified(let value): self = .member(value)
        case .deleted(let value): self = .memberLost(value)
        case .bookmark, .tooOld: self = .tick
        }
    }
}
