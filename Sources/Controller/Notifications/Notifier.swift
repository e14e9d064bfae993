// Sends notifications from a queue of its own: a receiver that fails or hangs delays nobody but itself.

import HTTPClient
import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncEngine
import Synchronization

final class Notifier: Sendable {
    /// The label of a Secret that may be used for notifications.
    static let label = "gitopsctl.dev/notification"
    /// How many requests are under way at a time.
    private static let concurrency = 8
    private static let longestWait = Duration.seconds(300)
    /// How often what was told of applications that are no more is looked for.
    private static let sweeping = Duration.seconds(60)

    private struct Content: Sendable {
        var subject: NotificationSubject
        var rule: NotificationRule
        /// Under whose rights the Secret is read; nil for the controller's.
        var reader: Impersonation?
    }

    private typealias Lanes = DeliveryLanes<Content>

    private struct State {
        var lanes = Lanes()
        var memories: [ApplicationKey: [Lanes.Lane: NotificationMemory]] = [:]
        var swept = Duration.zero
        var busy = 0
    }

    private let state = Mutex(State())
    private let signal = Signal()
    private let cluster: @Sendable (Impersonation?) -> any KubernetesAPI
    private let isKnown: @Sendable (ApplicationKey) -> Bool
    private let clock: any SyncClock
    private let metrics: ControllerMetrics
    private let log: Logger
    /// Hosts in private networks that may be spoken to.
    private let privateHosts: Set<String>
    private let guarded: HTTPClient
    private let open = HTTPClient()

    /// - Parameters:
    ///   - cluster: the one with the Applications and their Secrets, under somebody's rights; nil for the controller's.
    ///   - privateHosts: the hosts that notifications may go to though their addresses are private. Whoever writes a
    ///     Secret in a namespace with Applications names addresses that the controller calls: elsewhere only those of
    ///     the Internet.
    ///   - isKnown: whether there is such an application.
    init(
        cluster: @escaping @Sendable (Impersonation?) -> any KubernetesAPI, clock: any SyncClock,
        metrics: ControllerMetrics, log: Logger, privateHosts: Set<String>,
        isKnown: @escaping @Sendable (ApplicationKey) -> Bool
    ) {
        self.cluster = cluster
        self.isKnown = isKnown
        self.clock = clock
        self.metrics = metrics
        self.log = log
        self.privateHosts = Set(privateHosts.map { $0.lowercased() })
        guarded = AddressGuard().http
    }

    /// Takes an event in; what is sent of it, and to whom, say the rules of the application and of its Project.
    func notify(_ event: ApplicationEvent, of application: Application) {
        let shared = application.limits?.notifications ?? []
        // Whoever keeps a Project chooses its Secrets by their own right; an application has that of its account.
        let contents =
            application.notifications.filter { !shared.contains($0) }.map { ($0, application.identity) }
            + shared.map { ($0, nil) }
        let key = event.application
        let subject = NotificationSubject(event, of: application)
        let now = clock.now()
        let dropped = state.withLock { state in
            sweep(&state, at: now)
            var memories = state.memories.removeValue(forKey: key) ?? [:]
            var kept: [Lanes.Lane: Set<NotificationRule>] = [:]
            for (rule, _) in contents { kept[Self.lane(of: rule, key), default: []].insert(rule) }
            memories = memories.filter { kept[$0.key] != nil }
            for (lane, rules) in kept { memories[lane, default: NotificationMemory()].keep(rules) }
            defer { if !memories.isEmpty { state.memories[key] = memories } }
            return contents.compactMap { rule, reader -> NotificationRule? in
                guard rule.reasons?.contains(event.reason) ?? true, !event.isIdle || rule.receiver.isCommitStatus
                else { return nil }
                let lane = Self.lane(of: rule, key)
                guard memories[lane]?.takes(event, by: rule, at: now) ?? false else { return nil }
                let isFull = state.lanes.add(Content(subject: subject, rule: rule, reader: reader), to: lane)
                return isFull ? rule : nil
            }
        }
        for rule in dropped {
            metrics.notified(rule.receiver.rawValue, "dropped")
            log.warning("a notification is left out: too many wait", metadata: Self.metadata(event.application, rule))
        }
        signal.call()
    }

    private static func lane(of rule: NotificationRule, _ key: ApplicationKey) -> Lanes.Lane {
        Lanes.Lane(application: key, receiver: rule.receiver.rawValue, secret: rule.secretName)
    }

    /// What still waits is delivered; what the application was told is forgotten.
    func forget(_ key: ApplicationKey) { state.withLock { $0.memories[key] = nil } }

    /// How many wait for their delivery.
    var waitingCount: Int { state.withLock { $0.lanes.count } }

    /// Of how many applications it is remembered what was told.
    var memoryCount: Int { state.withLock { $0.memories.count } }

    /// The last word of an application may come after it was forgotten.
    private func sweep(_ state: inout State, at now: Duration) {
        guard now - state.swept >= Self.sweeping else { return }
        state.swept = now
        state.memories = state.memories.filter { isKnown($0.key) }
    }

    /// Sends until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let now = clock.now()
                let next = state.withLock { state -> Lanes.Delivery? in
                    guard state.busy < Self.concurrency, let delivery = state.lanes.next(at: now) else { return nil }
                    state.busy += 1
                    return delivery
                }
                if let next {
                    group.addTask { await self.deliver(next) }
                    continue
                }
                let wait = state.withLock { $0.busy < Self.concurrency ? $0.lanes.nextDue : nil }.map {
                    max($0 - now, .milliseconds(1))
                }
                let clock = clock
                await signal.wait(atMost: wait) { try? await clock.sleep(for: $0) }
            }
        }
    }

    private enum Ending {
        case delivered, nothing
        case failed(String, retryAfter: Duration?)
    }

    private func deliver(_ delivery: Lanes.Delivery) async {
        let rule = delivery.content.rule
        let ending = await send(delivery.content)
        var wait: Duration?
        if case .failed(_, let after?) = ending {
            wait = min(max(after, Lanes.backoff(after: delivery.tries)), Self.longestWait)
        }
        let now = clock.now()
        let isRetried = state.withLock { state in
            state.busy -= 1
            return state.lanes.finish(delivery.lane, retryAfter: wait, at: now)
        }
        signal.call()
        switch ending {
        case .nothing: return
        case .delivered: metrics.notified(rule.receiver.rawValue, "delivered")
        case .failed(let why, _):
            metrics.notified(rule.receiver.rawValue, isRetried ? "retried" : "failed")
            if isRetried { return }
            log.warning(
                "a notification is not delivered: \(why)", metadata: Self.metadata(delivery.lane.application, rule))
        }
    }

    private func send(_ content: Content) async -> Ending {
        let secret: Value?
        do throws(KubernetesError) {
            secret = try await cluster(content.reader).get(Self.secret(of: content))
        } catch {
            let mayPass = error.failureCause == .unanswered
            return .failed(
                DiagnosticsError([error.diagnostic()]).summary, retryAfter: mayPass ? error.retryAfter ?? .zero : nil)
        }
        let request: HTTPRequest
        do throws(DiagnosticsError) {
            let credentials = try Self.credentials(content, secret)
            guard let made = try NotificationRequest.make(content.subject, content.rule, credentials) else {
                return .nothing
            }
            request = made
        } catch {
            return .failed(error.summary, retryAfter: nil)
        }
        do throws(HTTPError) {
            let response = try await client(for: request).send(request)
            switch response.status {
            case 200..<300: return .delivered
            case 408, 425, 429, 500...:
                let after = response.headers["Retry-After"].flatMap { Int($0) }.map { Duration.seconds($0) }
                return .failed("it answers with status \(response.status)", retryAfter: after ?? .zero)
            default: return .failed("it answers with status \(response.status)", retryAfter: nil)
            }
        } catch {
            // Without the address, which may be a secret as a whole.
            let words =
                error.code == .forbiddenAddress
                ? "it is in a private network: allow it with --private-receiver" : "\(error.code.rawValue)"
            return .failed(words, retryAfter: error.code == .forbiddenAddress || !error.isRetryable ? nil : .zero)
        }
    }

    private func client(for request: HTTPRequest) -> HTTPClient {
        HostName.of(url: request.url).map { privateHosts.contains($0.lowercased()) } ?? false ? open : guarded
    }

    private static func secret(of content: Content) -> ObjectReference {
        ObjectReference(
            gvk: GroupVersionKind(group: "", version: "v1", kind: "Secret"),
            namespace: content.subject.event.application.namespace, name: content.rule.secretName)
    }

    private static func credentials(
        _ content: Content, _ secret: Value?
    ) throws(DiagnosticsError) -> NotificationCredentials {
        guard let secret else {
            throw DiagnosticsError(
                "there is no Secret \(content.subject.event.application.namespace)/\(content.rule.secretName)",
                cure: "Make it, or correct secretName")
        }
        return try NotificationCredentials(secret, label: Self.label)
    }

    private static func metadata(_ key: ApplicationKey, _ rule: NotificationRule) -> Logger.Metadata {
        ["application": "\(key)", "receiver": "\(rule.receiver.rawValue)", "secret": "\(rule.secretName)"]
    }
}
