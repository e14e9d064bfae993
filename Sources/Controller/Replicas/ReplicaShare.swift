// A replica among others: keeps its lease, and tells which applications are its own.

package import KubernetesClient
import Logging
import Manifest
import SyncEngine
import SyncHistory
import Synchronization

/// What a controller that shares its applications is given.
package struct Replication: Sendable {
    /// Keeps the leases. Its requests fail soon rather than late: one that takes longer than a lease is worth nothing.
    package var leases: any KubernetesAPI
    package var namespace: String
    /// Of this process, and of no other one ever.
    package var name: String
    /// Whole seconds.
    package var duration: Duration

    package init(leases: any KubernetesAPI, namespace: String, name: String, duration: Duration) {
        self.leases = leases
        self.namespace = namespace
        self.name = name
        self.duration = duration
    }
}

final class ReplicaShare: Sendable {
    private let replication: Replication
    private let timing: LeaseTiming
    private let clock: any SyncClock
    private let now: @Sendable () -> Timestamp
    private let log: Logger
    private let membership: Mutex<ReplicaMembership>
    private let notices = Mutex(PushNotices())
    /// Called when there is something to tell the others.
    private let news = Signal()

    init(_ replication: Replication, clock: any SyncClock, now: @escaping @Sendable () -> Timestamp, log: Logger) {
        self.replication = replication
        self.clock = clock
        self.now = now
        self.log = log
        timing = LeaseTiming(duration: replication.duration)
        membership = Mutex(ReplicaMembership(name: replication.name, timing: timing))
    }

    func owns(_ key: ApplicationKey) -> Bool {
        let now = clock.now()
        return membership.withLock { $0.owns(key, at: now) }
    }

    /// Stands before the writes for an application.
    func fence(of key: ApplicationKey) -> WriteFence {
        WriteFence { [self] in
            let now = clock.now()
            return membership.withLock { membership -> String? in
                if !membership.isTrusted(at: now) { return "the lease of this replica has run out" }
                return membership.owner(of: key) == membership.name ? nil : "another replica has the application now"
            }
        }
    }

    // MARK: Pushes

    /// Has the others know of a push that was proven here.
    func tell(_ pushed: Set<RepositoryAddress>) {
        notices.withLock { $0.add(pushed, at: clock.now()) }
        news.call()
    }

    /// What the leases of others tell.
    ///
    /// - Returns: the repositories that were pushed to since.
    func hear(_ change: ReflectedChange) -> Set<RepositoryAddress> {
        let leases: [Value]
        switch change {
        case .all(let values): leases = values
        case .changed(let value): leases = [value]
        case .deleted(let value):
            notices.withLock { $0.forget(KubernetesObject(value).name) }
            return []
        }
        return notices.withLock { notices in
            leases.map { KubernetesObject($0) }.filter { $0.name != replication.name }.reduce(into: []) {
                found, lease in
                if let text = lease.annotation(LeaseDocument.pushes) {
                    found.formUnion(notices.hear(text, of: lease.name))
                }
            }
        }
    }

    // MARK: The lease

    /// Keeps the lease until the task is cancelled. It is let go by `leave`.
    ///
    /// - Parameter changed: called whenever something may have become another's.
    func run(_ changed: @Sendable () async -> Void) async {
        var known: [String] = []
        while !Task.isCancelled {
            let now = clock.now()
            let hasNews = notices.withLock { $0.hasNews }
            let (action, change) = membership.withLock { membership in
                // Nobody else is there to be told.
                if hasNews, membership.members.count > 1 { membership.hasten(at: now) }
                return (membership.next(at: now), membership.nextChange(after: now))
            }
            switch action {
            case .wait(let until):
                await news.wait(atMost: max(min(until, change ?? until) - now, .milliseconds(1))) { [clock] in
                    try? await clock.sleep(for: $0)
                }
            case .send(let request):
                let answer = await perform(request)
                let answered = clock.now()
                membership.withLock { $0.take(answer, to: request, sent: now, at: answered) }
            }
            let members = membership.withLock { $0.members }
            if members != known {
                known = members
                log.info("replicas", metadata: ["members": "\(members.joined(separator: " "))"])
            }
            await changed()
        }
    }

    /// Ends all trust in the lease, and lets it go, so that the others need not wait for its end.
    func leave() async {
        membership.withLock { $0.leave() }
        _ = await perform(.release)
    }

    private func perform(_ request: LeaseRequest) async -> LeaseAnswer {
        do throws(KubernetesError) {
            return try await answer(request)
        } catch {
            if error.isConflict || error.isAlreadyExists { return .conflict }
            if error.isNotFound, request != .create { return .missing }
            if !error.isCancelled { log.warning("\(error)", metadata: ["replica": "\(replication.name)"]) }
            return .failed
        }
    }

    private func answer(_ request: LeaseRequest) async throws(KubernetesError) -> LeaseAnswer {
        let (cluster, namespace) = (replication.leases, replication.namespace)
        let options = WriteOptions(fieldManager: Vocabulary.FieldManager.controller)
        func reference(_ name: String) -> ObjectReference {
            ObjectReference(gvk: LeaseDocument.resourceKind, namespace: namespace, name: name)
        }
        let pushes = notices.withLock { $0.text(at: clock.now()) }
        func document(_ version: String?) -> Value {
            LeaseDocument.make(
                replication.name, in: namespace, version: version, timing: timing, renewal: "\(clock.now())",
                pushes: pushes.text, at: now())
        }
        func told(_ written: WriteResult) -> LeaseAnswer {
            notices.withLock { $0.noteTold(pushes.newest) }
            return .done(version: written.version)
        }
        switch request {
        case .create: return told(try await cluster.create(document(nil), options: options))
        case .renew(let version): return told(try await cluster.replace(document(version), options: options))
        case .release:
            let patch: Value = ["spec": ["holderIdentity": ""]]
            let left = try await cluster.patch(reference(replication.name), type: .merge, body: patch, options: options)
            return .done(version: left.version)
        case .touch(let name):
            let patch: Value = [
                "metadata": ["annotations": [LeaseDocument.joined: .string("\(replication.name) \(clock.now())")]]
            ]
            return .done(
                version: try await cluster.patch(reference(name), type: .merge, body: patch, options: options).version)
        case .delete(let name, let version):
            _ = try await cluster.delete(reference(name), options: DeleteOptions(resourceVersion: version))
            return .done(version: "")
        case .list:
            guard let resource = try await cluster.discovery(refresh: false).resource(for: LeaseDocument.resourceKind)
            else {
                return .failed
            }
            let leases = try await cluster.list(resource, namespace: namespace, labelSelector: LeaseDocument.label)
            return .leases(leases.items.map(LeaseDocument.sight))
        }
    }
}

extension WriteResult {
    fileprivate var version: String { KubernetesObject(object).resourceVersion ?? "" }
}
