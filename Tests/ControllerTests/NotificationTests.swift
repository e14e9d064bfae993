// Notifications as their receivers get them: each kind's documented request, over a real connection.

import HTTPClient
import KubernetesClient
import Logging
import Manifest
import SyncHistory
import Synchronization
import TestServer
import Testing

@testable import Controller
@testable import Reconciler
@testable import SyncEngine

/// What a receiver got, as it comes in.
private final class Inbox: Sendable {
    let server: TestServer
    private let (requests, news) = AsyncStream.makeStream(of: TestRequest.self)

    /// - Parameter statuses: what the requests are answered with, in turn; the last one goes on.
    init(answering statuses: Int..., headers: [(String, String)] = []) {
        let news = news
        let left = Mutex(statuses)
        server = TestServer { request, connection in
            let status = left.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? 200 }
            connection.respond(status, headers: headers, body: "ok")
            news.yield(request)
        }
    }

    deinit { server.stop() }

    func next() async -> TestRequest? { await requests.first { _ in true } }
}

/// Whether something is over.
private final class Over: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
}

@Suite(.timeLimit(.minutes(3))) struct NotificationTests {
    private func secret(_ name: String, _ data: [String: String], labels: Value = [Notifier.label: ""]) -> Value {
        var encoded = Object()
        for (key, text) in data { encoded[key] = .string(Base64.encode(Array(text.utf8))) }
        return [
            "apiVersion": "v1", "kind": "Secret",
            "metadata": ["name": .string(name), "namespace": "default", "labels": labels],
            "data": .object(encoded),
        ]
    }

    private func application(_ rules: Value..., repository: String = "https://github.com/Shop/fleet.git") throws
        -> Application
    {
        try Application(
            [
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
                "metadata": ["name": "shop", "namespace": "default"],
                "spec": [
                    "source": ["repository": .string(repository), "path": "app"], "notifications": .array(rules),
                ],
            ], source: nil)
    }

    private static let commit = SourceCommit(
        requested: "main", id: "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d", subject: "Begin", author: "A",
        time: Timestamp(milliseconds: 0))

    private func event(_ reason: EventReason, _ message: String = "main@1a2b3c4: 2 created") -> ApplicationEvent {
        var event = ApplicationEvent(
            application: ApplicationKey(namespace: "default", name: "shop"), reason: reason, message: message,
            time: Timestamp(milliseconds: 1_763_690_000_000))
        event.commit = Self.commit
        return event
    }

    private func notifier(
        _ secrets: [String: Value], privateHosts: Set<String> = ["127.0.0.1"],
        exporter: PrometheusExporter = PrometheusExporter()
    ) -> Notifier {
        notifier(privateHosts: privateHosts, exporter: exporter) { _ in SmallCluster(objects: secrets) }
    }

    private func notifier(
        privateHosts: Set<String> = ["127.0.0.1"], exporter: PrometheusExporter = PrometheusExporter(),
        clock: any SyncClock = SystemClock(), isKnown: @escaping @Sendable (ApplicationKey) -> Bool = { _ in true },
        cluster: @escaping @Sendable (Impersonation?) -> any KubernetesAPI
    ) -> Notifier {
        Notifier(
            cluster: cluster, clock: clock, metrics: ControllerMetrics(exporter),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, privateHosts: privateHosts, isKnown: isKnown)
    }

    /// What arrives first of what a notifier is told.
    private func arrived(
        _ count: Int, at inbox: Inbox, of notifier: Notifier, _ tell: () throws -> Void
    ) async rethrows -> [TestRequest] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await notifier.run() }
            try tell()
            var requests: [TestRequest] = []
            for _ in 0..<count {
                guard let request = await inbox.next() else { break }
                requests.append(request)
            }
            group.cancelAll()
            return requests
        }
    }

    /// What arrives when some events are told of.
    private func delivered(
        _ events: [ApplicationEvent], to inbox: Inbox, _ rule: Value, _ data: [String: String],
        repository: String = "https://github.com/Shop/fleet.git",
        count: Int = 1
    ) async throws -> [TestRequest] {
        let notifier = notifier(["chat": secret("chat", data)])
        let application = try application(rule, repository: repository)
        return await arrived(count, at: inbox, of: notifier) {
            for event in events { notifier.notify(event, of: application) }
        }
    }

    private func body(_ request: TestRequest?) throws -> Value { try JSON.read(try #require(request).body) }

    @Test func slackGetsTextAndBlocks() async throws {
        let inbox = Inbox(answering: 200)
        let request = try await delivered(
            [event(.syncFailed, "a < b & c")], to: inbox, ["type": "slack", "secretName": "chat"],
            ["url": inbox.server.url + "/services/T0/B0/x\n"]
        ).first
        #expect(request?.method == "POST" && request?.target == "/services/T0/B0/x")
        let body = try body(request)
        #expect(body["text"]?.string == ":warning: *default/shop* SyncFailed: a &lt; b &amp; c")
        #expect(body[path: "blocks"]?.array?.first?[path: "text", "type"]?.string == "mrkdwn")
        #expect(
            body[path: "blocks"]?.array?.last?[path: "elements"]?.array?.first?["text"]?.string
                == "https://github.com/Shop/fleet app · 2025-11-21T01:53:20Z")
    }

    @Test func aWebhookGetsADocumentOrWhatItsTemplateSays() async throws {
        let inbox = Inbox(answering: 204)
        let plain = try await delivered(
            [event(.synced)], to: inbox, ["type": "webhook", "secretName": "chat"],
            ["url": inbox.server.url + "/hook", "token": "t0k"]
        ).first
        #expect(plain?.header("Authorization") == "Bearer t0k" && plain?.header("Content-Type") == "application/json")
        let document = try body(plain)
        #expect(document["application"]?.string == "shop" && document["reason"]?.string == "Synced")
        #expect(document["commit"]?.string == Self.commit.id && document["severity"]?.string == "info")

        let other = Inbox(answering: 200)
        let made = try await delivered(
            [event(.syncFailed, "line \"one\"\nline two")], to: other,
            ["type": "webhook", "secretName": "chat", "template": "{\"title\": \"{{ application }}: {{message}}\"}"],
            ["url": other.server.url]
        ).first
        #expect(try body(made)["title"]?.string == "shop: line \"one\"\nline two")
    }

    @Test func cloudEventsAreStructured() async throws {
        let inbox = Inbox(answering: 202)
        let request = try await delivered(
            [event(.drifted, "it drifted")], to: inbox, ["type": "cloudevents", "secretName": "chat"],
            ["url": inbox.server.url]
        ).first
        #expect(request?.header("Content-Type") == "application/cloudevents+json; charset=UTF-8")
        let body = try body(request)
        #expect(body["specversion"]?.string == "1.0" && body["type"]?.string == "dev.gitopsctl.application.drifted")
        #expect(
            body["source"]?.string == "/apis/gitopsctl.dev/v1alpha1/namespaces/default/applications"
                && body["subject"]?.string == "shop")
        #expect(body["id"]?.string?.isEmpty == false && body["time"]?.string == "2025-11-21T01:53:20Z")
        #expect(body[path: "data", "message"]?.string == "it drifted")
    }

    @Test func alertmanagerGetsAnAlertAndItsEnd() async throws {
        let inbox = Inbox(answering: 200)
        let requests = try await delivered(
            [event(.degraded, "Deployment shop/web: 0 of 1"), event(.recovered, "all well")], to: inbox,
            ["type": "alertmanager", "secretName": "chat"],
            ["url": inbox.server.url + "/"], count: 2)
        #expect(requests.map(\.target) == ["/api/v2/alerts", "/api/v2/alerts"])
        let alerts = try requests.map { try #require(try body($0).array?.first) }
        #expect(alerts.map { $0["labels"] } == [alerts[0]["labels"], alerts[0]["labels"]])
        #expect(alerts[0][path: "labels", "alertname"]?.string == "GitopsApplicationDegraded")
        #expect(alerts[0][path: "annotations", "description"]?.string == "Deployment shop/web: 0 of 1")
        #expect(alerts.map { $0["endsAt"]?.string } == ["2025-11-22T01:53:20Z", "2025-11-21T01:53:20Z"])
    }

    @Test(arguments: [
        ("github", "/repos/Shop/fleet/statuses/", ("Authorization", "Bearer t0k"), "context", "failure"),
        ("gitlab", "/projects/Shop%2Ffleet/statuses/", ("PRIVATE-TOKEN", "t0k"), "name", "failed"),
        ("gitea", "/repos/Shop/fleet/statuses/", ("Authorization", "token t0k"), "context", "failure"),
    ])
    func gitServersShowTheStateOfTheCommit(
        type: String, target: String, header: (String, String), name: String, failure: String
    ) async throws {
        let inbox = Inbox(answering: 201)
        let long = String(repeating: "x", count: 400)
        // Drift says nothing of a commit.
        let requests = try await delivered(
            [event(.syncFailed, long), event(.drifted), event(.synced)], to: inbox,
            ["type": .string(type), "secretName": "chat"],
            ["url": inbox.server.url, "token": "t0k", "repository": "https://github.com/Shop"], count: 2)
        #expect(requests.map(\.target) == [target + Self.commit.id, target + Self.commit.id])
        #expect(requests.allSatisfy { $0.header(header.0) == header.1 })
        let bodies = try requests.map { try body($0) }
        #expect(bodies.map { $0["state"]?.string } == [failure, "success"])
        #expect(bodies.allSatisfy { $0[name]?.string == "gitopsctl/default/shop" })
        #expect((bodies[0]["description"]?.string?.count ?? 999) <= (type == "github" ? 140 : 255))
        #expect(bodies[1]["description"]?.string == "Synced: main@1a2b3c4: 2 created")
    }

    /// An Application names its repository, and may not choose by that who gets the token of a Secret.
    @Test(
        arguments: [
            (.github, "https://github.com/shop/fleet", "https://api.github.com/repos/shop/fleet/statuses/"),
            (.gitlab, "git@gitlab.com:shop/fleet.git", "https://gitlab.com/api/v4/projects/shop%2Ffleet/statuses/"),
            (.github, "https://evil.example.com/shop/fleet", nil),
            (.gitlab, "https://evil.example.com/shop/fleet", nil),
            (.gitea, "https://evil.example.com/shop/fleet", nil),
        ] as [(NotificationRule.Receiver, String, String?)])
    func aTokenGoesWhereItsSecretSaysOrToTheServerThatAllMean(
        receiver: NotificationRule.Receiver, repository: String, expected: String?
    ) throws {
        let subject = NotificationSubject(event(.synced), of: try application(repository: repository))
        let rule = NotificationRule(receiver: receiver, secretName: "git", reasons: nil, template: nil)
        let credentials = try NotificationCredentials(secret("git", ["token": "t0k"]), label: Notifier.label)
        let request = try? NotificationRequest.make(subject, rule, credentials)
        #expect(request?.url == expected.map { $0 + Self.commit.id })
    }

    /// Nor, by that, which repository of the Secret's server somebody else's token speaks of.
    @Test(
        arguments: [
            (.gitea, "https://git.example.com/shop/fleet", nil, "https://git.example.com/api/v1/repos/shop/fleet/"),
            (.gitea, "git@git.example.com:shop/fleet.git", nil, "https://git.example.com/api/v1/repos/shop/fleet/"),
            (.gitea, "https://evil.example.com/shop/fleet", nil, nil),
            (.gitea, "https://evil.example.com/shop/fleet", "https://git.example.com/shop", nil),
            (.gitea, "https://git.example.com/other/fleet", "https://git.example.com/shop", nil),
            (
                .gitea, "https://git.example.com/shop/fleet", "https://git.example.com/shop",
                "https://git.example.com/api/v1/repos/shop/fleet/"
            ),
            (
                .gitea, "ssh://git@ssh.example.com:22/shop/fleet", "ssh://git@ssh.example.com/shop",
                "https://git.example.com/api/v1/repos/shop/fleet/"
            ),
            (.gitea, "https://git.example.com/shop/../other/fleet", nil, nil),
            (
                .gitea, "https://git.example.com/shop/%2e%2e/fleet", nil,
                "https://git.example.com/api/v1/repos/shop/%252e%252e/fleet/"
            ),
            (
                .gitea, "https://git.example.com/shop/fleet?x=1#y", nil,
                "https://git.example.com/api/v1/repos/shop/fleet%3Fx%3D1%23y/"
            ),
            (.gitlab, "https://git.example.com/a/b c/d", nil, "https://git.example.com/api/v1/projects/a%2Fb%20c%2Fd/"),
            (.gitlab, "https://git.example.com/a/./d", nil, nil),
        ] as [(NotificationRule.Receiver, String, String?, String?)])
    func aTokenSpeaksOfRepositoriesOfItsServer(
        receiver: NotificationRule.Receiver, repository: String, named: String?, expected: String?
    ) throws {
        var data = ["token": "t0k", "url": "https://git.example.com/api/v1/"]
        data["repository"] = named
        let subject = NotificationSubject(event(.synced), of: try application(repository: repository))
        let rule = NotificationRule(receiver: receiver, secretName: "git", reasons: nil, template: nil)
        let credentials = try NotificationCredentials(secret("git", data), label: Notifier.label)
        let request = try? NotificationRequest.make(subject, rule, credentials)
        #expect(request?.url == expected.map { $0 + "statuses/" + Self.commit.id })
    }

    @Test(arguments: [
        ("https://github.com/shop/fleet", "https://api.github.com", true),
        ("ssh://git@ssh.github.com:443/shop/fleet", "https://api.github.com", true),
        ("https://shop.ghe.com/shop/fleet", "https://api.shop.ghe.com", true),
        ("https://example.com/shop/fleet", "https://api.github.com", false),
    ])
    func gitHubsAPIIsBesideIt(_ repository: String, _ api: String, _ isTaken: Bool) throws {
        let subject = NotificationSubject(event(.synced), of: try application(repository: repository))
        let rule = NotificationRule(receiver: .github, secretName: "git", reasons: nil, template: nil)
        let credentials = try NotificationCredentials(
            secret("git", ["token": "t0k", "url": api]), label: Notifier.label)
        let request = try? NotificationRequest.make(subject, rule, credentials)
        #expect(request?.url == (isTaken ? "\(api)/repos/shop/fleet/statuses/\(Self.commit.id)" : nil))
    }

    /// Two rules with one receiver and Secret say each their own; one that stands twice says it once.
    @Test func everyRuleIsTold() async throws {
        let inbox = Inbox(answering: 200)
        let rules: [Value] = ["{\"text\": \"one {{reason}}\"}", "{\"text\": \"two\"}"].map {
            ["type": "webhook", "secretName": "chat", "template": .string($0)]
        }
        let plain: Value = ["type": "webhook", "secretName": "chat"]
        var application = try application(rules[0], rules[1], rules[1], plain)
        application.limits = Project(name: "shop", namespace: "default")
        application.limits?.notifications = try self.application(plain).notifications
        let secrets = ["chat": secret("chat", ["url": inbox.server.url])]
        let notifier = notifier(secrets)
        let requests = try await arrived(4, at: inbox, of: notifier) {
            for _ in 0..<2 { notifier.notify(event(.synced), of: application) }
            notifier.notify(event(.syncFailed, "no"), of: try self.application(rules[0]))
        }
        let texts = try requests.map { try body($0) }.map { $0["text"]?.string ?? $0["reason"]?.string ?? "" }
        #expect(texts == ["one Synced", "two", "Synced", "one SyncFailed"])
    }

    /// An API server that does not answer is asked again; what it refuses is not.
    @Test(arguments: [(503, true), (0, true), (429, true), (403, false)])
    func aSecretThatCannotBeReadNowIsReadLater(_ code: Int, _ isRetried: Bool) async throws {
        let inbox = Inbox(answering: 200)
        let exporter = PrometheusExporter()
        let left = Mutex(1)
        var cluster = SmallCluster(objects: ["chat": secret("chat", ["url": inbox.server.url])])
        cluster.obstacle = {
            guard
                left.withLock({ left in
                    left -= 1
                    return left >= 0
                })
            else { return nil }
            return KubernetesError(code: code, reason: "", message: "not now", request: "GET")
        }
        let notifier = notifier(exporter: exporter) { [cluster] _ in cluster }
        let application = try application(["type": "webhook", "secretName": "chat"])
        let requests = await arrived(1, at: inbox, of: notifier) {
            notifier.notify(event(.syncFailed, "first"), of: application)
            notifier.notify(event(.syncFailed, "second"), of: application)
        }
        #expect(try body(requests.first)["message"]?.string == (isRetried ? "first" : "second"))
    }

    /// An application's own rules have the rights of its account, and its Project's those of the controller.
    @Test func aSecretIsReadByWhoeverNamesIt() async throws {
        let inbox = Inbox(answering: 200)
        let secret = secret("chat", ["url": inbox.server.url])
        let readers = Mutex<[String]>([])
        let notifier = notifier { identity in
            readers.withLock { $0.append(identity?.user ?? "controller") }
            return SmallCluster(objects: ["chat": secret])
        }
        var application = try application(["type": "webhook", "secretName": "chat", "template": "{}"])
        application.serviceAccountName = "deployer"
        application.limits = Project(name: "shop", namespace: "default")
        application.limits?.notifications = try self.application(["type": "webhook", "secretName": "chat"])
            .notifications
        _ = await arrived(2, at: inbox, of: notifier) { notifier.notify(event(.synced), of: application) }
        #expect(readers.withLock { $0 } == ["system:serviceaccount:default:deployer", "controller"])
    }

    /// A commit that changes nothing is told to who shows its state, and once; to nobody else.
    @Test func anIdleCommitIsToldToWhoShowsItsState() async throws {
        let inbox = Inbox(answering: 200)
        let notifier = notifier([
            "chat": secret("chat", ["url": inbox.server.url]),
            "git": secret("git", ["url": inbox.server.url, "token": "t", "repository": "https://github.com/Shop"]),
        ])
        let application = try application(
            ["type": "webhook", "secretName": "chat"], ["type": "github", "secretName": "git"])
        var idle = event(.synced, "main@1a2b3c4: nothing to change")
        idle.isIdle = true
        let requests = await arrived(3, at: inbox, of: notifier) {
            notifier.notify(idle, of: application)
            idle.message = "another word for it"
            notifier.notify(idle, of: application)
            notifier.notify(event(.degraded, "bad"), of: application)
        }
        let states = try requests.filter { $0.target.contains("statuses") }.map { try body($0) }
        #expect(
            states.map { $0["description"]?.string } == ["Synced: main@1a2b3c4: nothing to change", "Degraded: bad"])
        #expect(try body(requests.first { $0.target == "/" })["reason"]?.string == "Degraded")
    }

    @Test func nothingIsRememberedOfWhatIsGone() throws {
        let (clock, isGone) = (SetClock(), Over())
        clock.set(.seconds(100))
        let notifier = notifier(clock: clock, isKnown: { $0.name != "shop" || !isGone.isSet }) { _ in SmallCluster() }
        let rule: Value = ["type": "webhook", "secretName": "chat"]
        notifier.notify(event(.synced), of: try application(rule))
        #expect(notifier.memoryCount == 1)
        notifier.notify(event(.syncFailed), of: try application())
        #expect(notifier.memoryCount == 0, "no rule is left")
        isGone.set()
        notifier.forget(ApplicationKey(namespace: "default", name: "shop"))
        // Its end is told when nobody knows it any more.
        notifier.notify(event(.deleted), of: try application(rule))
        clock.set(.seconds(200))
        var other = event(.synced)
        other.application = ApplicationKey(namespace: "default", name: "other")
        notifier.notify(other, of: try application(rule))
        #expect(notifier.memoryCount == 1)
    }

    @Test func whatFailsIsTriedAgainInItsOrder() async throws {
        let inbox = Inbox(answering: 503, 200)
        let requests = try await delivered(
            [event(.syncFailed, "first"), event(.synced, "second")], to: inbox,
            ["type": "webhook", "secretName": "chat"], ["url": inbox.server.url],
            count: 3)
        #expect(try requests.map { try body($0)["message"]?.string } == ["first", "first", "second"])
    }

    @Test func whatIsRefusedIsNotTriedAgain() async throws {
        let inbox = Inbox(answering: 404, 200)
        let requests = try await delivered(
            [event(.syncFailed, "first"), event(.synced, "second")], to: inbox,
            ["type": "webhook", "secretName": "chat"], ["url": inbox.server.url],
            count: 2)
        #expect(try requests.map { try body($0)["message"]?.string } == ["first", "second"])
    }

    @Test func aReceiverThatHangsDelaysNobodyElse() async throws {
        let over = Over()
        let hanging = TestServer { _, connection in
            connection.waitForClose()
            over.set()
        }
        defer { hanging.stop() }
        let inbox = Inbox(answering: 200)
        let notifier = notifier([
            "chat": secret("chat", ["url": inbox.server.url]), "dead": secret("dead", ["url": hanging.url]),
        ])
        let application = try application(
            ["type": "webhook", "secretName": "dead"], ["type": "webhook", "secretName": "chat"])
        let got = await withTaskGroup(of: Void.self) { group in
            group.addTask { await notifier.run() }
            notifier.notify(event(.syncFailed, "first"), of: application)
            notifier.notify(event(.syncFailed, "second"), of: application)
            let got = [await inbox.next(), await inbox.next()]
            #expect(!over.isSet, "nobody waited until the other was given up")
            group.cancelAll()
            return got
        }
        #expect(try got.map { try body($0)["message"]?.string } == ["first", "second"])
    }

    /// A Secret that is not meant for it, an address of a private network, a Secret that is not there: nothing is sent.
    @Test(arguments: [("unlabelled", true), ("chat", false), ("missing", true)])
    func nothingGoesWhereItMustNot(name: String, allowsPrivate: Bool) async throws {
        let inbox = Inbox(answering: 200)
        let witness = Inbox(answering: 200)
        let exporter = PrometheusExporter()
        let notifier = notifier(
            [
                "chat": secret("chat", ["url": inbox.server.url]),
                "unlabelled": secret("unlabelled", ["url": inbox.server.url], labels: .object([:])),
            ], privateHosts: allowsPrivate ? ["127.0.0.1"] : [], exporter: exporter)
        let application = try application(["type": "webhook", "secretName": .string(name)])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await notifier.run() }
            notifier.notify(event(.synced), of: application)
            while !exporter.text().contains(#"gitops_notifications_total{receiver="webhook",result="failed"} 1"#) {
                await Task.yield()
            }
            group.cancelAll()
        }
        _ = witness
        #expect(inbox.server.requests.isEmpty)
    }

    @Test func onlyTheReasonsThatARuleNamesAreTold() async throws {
        let inbox = Inbox(answering: 200)
        let requests = try await delivered(
            [event(.synced), event(.drifted, "drift"), event(.syncFailed, "no"), event(.degraded, "bad")], to: inbox,
            ["type": "webhook", "secretName": "chat", "reasons": ["Drifted", "Degraded"]], ["url": inbox.server.url],
            count: 2)
        #expect(try requests.map { try body($0)["message"]?.string } == ["drift", "bad"])
    }

    // MARK: Values

    @Test func nothingIsToldTwiceInARowNorWithoutEnd() {
        var memory = NotificationMemory()
        let rule = NotificationRule(receiver: .slack, secretName: "chat", reasons: nil, template: nil)
        let told: [(EventReason, String, Bool)] = [
            (.syncFailed, "a", true), (.syncFailed, "a", false), (.degraded, "b", true), (.syncFailed, "a", false),
            (.synced, "c", true),
            (.syncFailed, "a", true),
        ]
        for (reason, message, isTaken) in told {
            let takes = memory.takes(event(reason, message), by: rule, at: .seconds(3))
            #expect(takes == isTaken)
        }
        var taken = 0
        for number in 0..<100 where memory.takes(event(.drifted, "drift \(number)"), by: rule, at: .seconds(3)) {
            taken += 1
        }
        #expect(taken == Int(NotificationMemory.burst) - 4)
    }

    @Test func aLaneIsBoundedAndKeepsTheNewest() {
        var lanes = DeliveryLanes<Int>()
        let lane = DeliveryLanes<Int>.Lane(
            application: ApplicationKey(namespace: "default", name: "shop"), receiver: "slack", secret: "chat")
        for number in 0..<25 { _ = lanes.add(number, to: lane) }
        #expect(lanes.count == DeliveryLanes<Int>.bound)
        let first = lanes.next(at: .zero)
        #expect(first?.content == 5)
        let second = lanes.next(at: .zero)
        #expect(second == nil, "one at a time")
        // The one under way is not the one that goes.
        let goes = lanes.add(25, to: lane)
        let isRetried = lanes.finish(lane, retryAfter: .seconds(2), at: .zero)
        #expect(goes && isRetried && lanes.nextDue == .seconds(2))
        let early = lanes.next(at: .seconds(1))
        #expect(early == nil)
        var tries = 1
        while let delivery = lanes.next(at: .seconds(2)), delivery.content == 5 {
            tries += 1
            _ = lanes.finish(lane, retryAfter: .zero, at: .seconds(2))
        }
        #expect(tries == DeliveryLanes<Int>.maximumTries)
    }

    @Test(arguments: [
        ("https://github.com/shop/fleet.git", "https://github.com shop/fleet"),
        ("https://user:token@git.example.com:3000/Shop/Fleet", "https://git.example.com:3000 Shop/Fleet"),
        ("git@gitlab.example.com:group/sub/fleet.git", "https://gitlab.example.com group/sub/fleet"),
        ("ssh://git@git.example.com:2222/shop/fleet.git", "https://git.example.com shop/fleet"),
        ("http://gitea.local/shop/fleet", "http://gitea.local shop/fleet"),
        ("/srv/git/fleet", nil), ("file:///srv/git/fleet", nil), ("https:///x", nil),
    ])
    func theServerOfARepository(address: String, expected: String?) {
        #expect(RepositoryServer(address).map { "\($0.origin) \($0.path)" } == expected)
    }
}
