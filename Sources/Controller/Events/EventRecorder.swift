// Writes what happens to applications as Events of Kubernetes, for `kubectl describe` and `kubectl get events`.
//
// As Events of the core group: a server keeps one kind of Event under both names, and only core/v1 lets a count go up
// with a plain patch, which every version of kubectl prints (`x4 over 10m`). events.k8s.io/v1 wants a series for that,
// and refuses the count.

import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncEngine
import SyncHistory
import Synchronization

/// A queue of its own, so that no sync waits for an Event: what does not fit, or cannot be written, is left out.
final class EventRecorder: Sendable {
    private static let bound = 512
    /// The longest message that a server takes, in bytes.
    private static let messageLimit = 1024
    static let component = "gitops-controller"

    private let cluster: any KubernetesAPI
    private let clock: any SyncClock
    private let instance: String
    private let log: Logger
    private let correlation = Mutex(EventCorrelation())
    private let (events, queue) = AsyncStream.makeStream(
        of: ApplicationEvent.self, bufferingPolicy: .bufferingNewest(bound))

    /// - Parameter instance: the name of the pod.
    init(cluster: any KubernetesAPI, clock: any SyncClock, instance: String, log: Logger) {
        self.cluster = cluster
        self.clock = clock
        self.instance = instance
        self.log = log
    }

    func record(_ event: ApplicationEvent) { queue.yield(event) }

    func forget(_ key: ApplicationKey) { correlation.withLock { $0.forget(key) } }

    /// Writes until the task is cancelled.
    func run() async {
        for await event in events {
            let name = Self.name(of: event, at: clock.now())
            let step = correlation.withLock { $0.step(event, name: name, at: clock.now()) }
            do throws(KubernetesError) {
                try await write(event, step, newName: name)
            } catch {
                // Somebody's rights, or a namespace that goes: the sync that it tells of has its own record.
                log.debug("an Event cannot be written: \(error)", metadata: ["application": "\(event.application)"])
            }
        }
    }

    private func write(_ event: ApplicationEvent, _ step: EventCorrelation.Step, newName: String)
        async throws(KubernetesError)
    {
        switch step {
        case .nothing: return
        case .create(let name, let message):
            _ = try await cluster.create(
                document(event, name, message), options: WriteOptions(fieldManager: Self.component))
        case .count(let name, let count, let message):
            let reference = ObjectReference(
                gvk: GroupVersionKind(group: "", version: "v1", kind: "Event"), namespace: event.application.namespace,
                name: name)
            let body: Value = [
                "count": .int(count), "lastTimestamp": .string(event.time.description),
                "message": .string(Self.clipped(message)),
            ]
            do throws(KubernetesError) {
                _ = try await cluster.patch(
                    reference, type: .merge, body: body, options: WriteOptions(fieldManager: Self.component))
            } catch {
                guard error.isNotFound else { throw error }
                // Servers let go of Events after a while.
                _ = try await cluster.create(
                    document(event, newName, message), options: WriteOptions(fieldManager: Self.component))
            }
        }
    }

    private func document(_ event: ApplicationEvent, _ name: String, _ message: String) -> Value {
        var subject: Object = [
            "apiVersion": .string(Application.resourceKind.apiVersion), "kind": .string(Application.kind),
            "namespace": .string(event.application.namespace), "name": .string(event.application.name),
        ]
        if let uid = event.uid { subject["uid"] = .string(uid) }
        let time = Value.string(event.time.description)
        return [
            "apiVersion": "v1", "kind": "Event",
            "metadata": ["name": .string(name), "namespace": .string(event.application.namespace)],
            "involvedObject": .object(subject), "type": .string(event.reason.isWarning ? "Warning" : "Normal"),
            "reason": .string(event.reason.rawValue), "message": .string(Self.clipped(message)), "count": 1,
            "firstTimestamp": time, "lastTimestamp": time,
            "source": ["component": .string(Self.component), "host": .string(instance)],
            "reportingComponent": .string("gitopsctl.dev/\(Self.component)"), "reportingInstance": .string(instance),
        ]
    }

    /// As client libraries name Events: the object's name and a number that grows.
    private static func name(of event: ApplicationEvent, at moment: Duration) -> String {
        let (seconds, attoseconds) = moment.components
        let nanoseconds =
            event.time.milliseconds * 1_000_000 + (seconds * 1_000_000_000 + attoseconds / 1_000_000_000) % 1_000_000
        return "\(event.application.name.prefix(200)).\(String(nanoseconds, radix: 16))"
    }

    private static func clipped(_ message: String) -> String {
        if message.utf8.count <= messageLimit { return message }
        var bytes = 0
        let kept = message.prefix { character in
            bytes += character.utf8.count
            return bytes <= messageLimit - 3
        }
        return kept + "…"
    }
}
