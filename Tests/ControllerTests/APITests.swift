// The API under the rights of whoever asks: two tenants before a cluster that says who they are and what they may.

import KubernetesClient
import Logging
import Manifest
import Reconciler
import SyncHistory
import Synchronization
import Testing

@testable import Controller

/// A cluster with two teams: alice is of `shop`, bob of `bank`, each may do everything in their namespace; eve may look
/// at one application of the shop, and change nothing.
private final class Teams: Sendable {
    let asked = Mutex<[String: Int]>([:])
    let patched = Mutex<[(reference: ObjectReference, body: Value)]>([])
    let refuses = Mutex(false)
    let revoked = Mutex(false)
    let clock = SetClock()
    let registry = ApplicationRegistry()
    let kept = KeptLines()

    static let tokens = ["alice-t0ken": "alice", "bob-t0ken": "bob", "eve-t0ken": "eve"]

    init(isListed: Bool = true) {
        for (namespace, name) in [("shop", "web"), ("shop", "api"), ("bank", "vault")] {
            _ = registry.take([
                "apiVersion": "gitopsctl.dev/v1alpha1", "kind": "Application",
                "metadata": [
                    "namespace": .string(namespace), "name": .string(name), "resourceVersion": "7",
                    "managedFields": [["manager": "x"]],
                    "annotations": ["applyset.kubernetes.io/contains-group-kinds": "Deployment.apps"],
                ],
                "spec": [
                    "source": ["repository": "https://git.example.com/shop.git"], "suspend": .bool(name == "api"),
                ],
                "status": ["history": [["id": 1, "result": "succeeded"], ["id": 2, "result": "failed"]]],
            ])
        }
        if isListed { registry.noteListed() }
    }

    private func count(_ kind: String) { asked.withLock { $0[kind, default: 0] += 1 } }
    func count(of kind: String) -> Int { asked.withLock { $0[kind] ?? 0 } }

    private func mayDo(_ spec: Value?) -> Bool {
        let verb = spec?[path: "resourceAttributes", "verb"]?.string ?? ""
        let namespace = spec?[path: "resourceAttributes", "namespace"]?.string
        let resource = spec?[path: "resourceAttributes", "resource"]?.string
        switch spec?["user"]?.string {
        case "alice":
            return namespace == "shop" && spec?["groups"]?.array == ["team-shop"]
                && spec?[path: "extra", "scope"] == ["a"]
        case "bob": return namespace == "bank" && resource == "applications"
        case "eve":
            return namespace == "shop" && verb == "get" && spec?[path: "resourceAttributes", "name"]?.string == "web"
        default: return false
        }
    }

    var cluster: SmallCluster {
        var cluster = SmallCluster()
        cluster.creates = { [self] value throws(KubernetesError) in
            count(value["kind"]?.string ?? "")
            // As a server that quotes what it does not understand.
            if refuses.withLock({ $0 }) {
                throw KubernetesError(
                    code: 400, reason: "BadRequest", message: "cannot read \(value)", request: "create")
            }
        }
        cluster.answers = { [self] value in
            guard value["kind"]?.string == "TokenReview" else {
                return ["status": ["allowed": .bool(mayDo(value["spec"]))]]
            }
            guard !revoked.withLock({ $0 }), let user = Self.tokens[value[path: "spec", "token"]?.string ?? ""] else {
                return ["status": ["user": [:]]]
            }
            return [
                "status": [
                    "authenticated": true,
                    "user": [
                        "username": .string(user), "groups": [.string(user == "alice" ? "team-shop" : "others")],
                        "extra": ["scope": ["a"]],
                    ],
                ]
            ]
        }
        cluster.patches = { [self] reference, body in patched.withLock { $0.append((reference, body)) } }
        cluster.resources = [
            APIResource(group: "apps", version: "v1", kind: "Deployment", name: "deployments", isNamespaced: true),
            APIResource(group: "", version: "v1", kind: "Pod", name: "pods", isNamespaced: true),
        ]
        cluster.lists = { resource, namespace in
            let owner: Value = resource.kind == "Pod" ? [["kind": "Deployment", "name": "web", "uid": "u-1"]] : []
            return [
                [
                    "apiVersion": .string(resource.groupVersion), "kind": .string(resource.kind),
                    "metadata": [
                        "name": .string(resource.kind == "Pod" ? "web-1" : "web"),
                        "namespace": .string(namespace ?? "shop"),
                        "uid": .string(resource.kind == "Pod" ? "u-2" : "u-1"), "ownerReferences": owner,
                    ],
                ]
            ]
        }
        return cluster
    }

    func desk() -> APIDesk {
        let cluster = cluster
        let log = kept.logger
        return APIDesk(
            reviews: AccessReviews(cluster: cluster, clock: clock, log: log), registry: registry,
            place: { _ in (cluster, true) },
            cluster: cluster, metrics: ControllerMetrics(PrometheusExporter(help: ControllerMetrics.help)),
            now: { Timestamp(milliseconds: 1_763_690_000_125) }, log: log)
    }
}

private func request(
    _ method: String, _ path: String, token: String?, body: String = "", headers: [String: String] = [:],
    query: String = ""
) -> ServerRequest {
    var all = headers
    if let token { all["authorization"] = "Bearer \(token)" }
    return ServerRequest(
        method: method, path: path, query: query, headers: all, body: Array(body.utf8), peer: "10.0.0.7")
}

extension ServerAnswer {
    fileprivate var value: Value { (try? JSON.read(body)) ?? .null }
}

@Suite struct APITests {
    private static let paths = [
        ("GET", "/api/v1/applications"), ("GET", "/api/v1/namespaces/shop/applications"),
        ("GET", "/api/v1/namespaces/shop/applications/web"),
        ("GET", "/api/v1/namespaces/shop/applications/web/tree"),
        ("GET", "/api/v1/namespaces/shop/applications/web/history"),
        ("POST", "/api/v1/namespaces/shop/applications/web/sync"),
        ("POST", "/api/v1/namespaces/shop/applications/web/suspend"),
        ("POST", "/api/v1/namespaces/shop/applications/web/resume"),
    ]

    @Test(arguments: paths) func nobodyIsAnsweredWithoutAToken(_ method: String, _ path: String) async {
        let teams = Teams()
        for token in [nil, "", "guess", "alice-t0ken, bob-t0ken", "alice t0ken", String(repeating: "x", count: 20_000)]
        {
            let answer = await teams.desk().answer(request(method, path, token: token))
            #expect(answer.status == 401, "\(token ?? "none")")
            #expect(
                answer.value["kind"]?.string == "Status" && answer.value["reason"]?.string == "Unauthorized"
                    && answer.value["code"]?.int == 401)
            #expect(answer.headers.contains { $0.name == "www-authenticate" })
        }
        let basic = await teams.desk().answer(
            request(method, path, token: nil, headers: ["authorization": "Basic YWxpY2U6eA=="]))
        #expect(basic.status == 401)
        #expect(teams.patched.withLock { $0.isEmpty })
    }

    /// Bob, and whoever may do less than this, gets nothing of the shop, whether it is there or not.
    @Test(arguments: paths) func nobodySeesWhatIsAnothers(_ method: String, _ path: String) async {
        let teams = Teams()
        for place in [path, path.replacing("web", with: "absent")] {
            let answer = await teams.desk().answer(request(method, place, token: "bob-t0ken"))
            #expect(answer.status == 403)
            #expect(
                answer.value["reason"]?.string == "Forbidden"
                    && answer.value["message"]?.string?.contains("User \"bob\" cannot") == true)
            #expect(!String(decoding: answer.body, as: UTF8.self).contains("git.example.com"))
        }
        #expect(teams.patched.withLock { $0.isEmpty })
    }

    @Test(arguments: paths.dropFirst()) func everybodySeesTheirOwn(_ method: String, _ path: String) async {
        let teams = Teams()
        let answer = await teams.desk().answer(request(method, path, token: "alice-t0ken"))
        #expect(answer.status == (path.hasSuffix("sync") ? 202 : 200), "\(answer.value)")
        #expect(teams.patched.withLock { $0.count } == (method == "POST" ? 1 : 0))
    }

    @Test func aRightToOneIsARightToThatOne() async {
        let desk = Teams().desk()
        let place = "/api/v1/namespaces/shop/applications"
        #expect(await desk.answer(request("GET", place + "/web", token: "eve-t0ken")).status == 200)
        #expect(await desk.answer(request("GET", place + "/web/history", token: "eve-t0ken")).status == 200)
        for (method, path) in [
            ("GET", "/api"), ("GET", ""), ("POST", "/web/sync"), ("POST", "/web/suspend"), ("POST", "/web/resume"),
        ] {
            #expect(await desk.answer(request(method, place + path, token: "eve-t0ken")).status == 403, "\(path)")
        }
    }

    @Test func aListIsOfOneNamespaceAndComesInPages() async {
        let desk = Teams().desk()
        let place = "/api/v1/namespaces/shop/applications"
        func names(_ value: Value) -> [String] {
            (value["items"]?.array ?? []).compactMap { $0[path: "metadata", "name"]?.string }
        }
        let all = await desk.answer(request("GET", place, token: "alice-t0ken")).value
        #expect(all["kind"]?.string == "ApplicationList" && names(all) == ["api", "web"])
        #expect(all["items"]?.array?.first?[path: "metadata", "managedFields"] == nil)
        let first = await desk.answer(request("GET", place, token: "alice-t0ken", query: "limit=1")).value
        #expect(names(first) == ["api"] && first[path: "metadata", "remainingItemCount"]?.int == 1)
        let next = first[path: "metadata", "continue"]?.string ?? ""
        let second = await desk.answer(request("GET", place, token: "alice-t0ken", query: "limit=1&continue=\(next)"))
            .value
        #expect(names(second) == ["web"] && second[path: "metadata", "continue"] == nil)
        // A cursor leads nowhere but through what may be listed.
        let strayed = await desk.answer(request("GET", place, token: "alice-t0ken", query: "continue=a:a")).value
        #expect(names(strayed) == ["api", "web"])
        for query in ["limit=0", "limit=x", "continue=1", "labelSelector=a", "limit", "=", "=1", "limit=1&=", "==="] {
            #expect(
                await desk.answer(request("GET", place, token: "alice-t0ken", query: query)).status == 400, "\(query)")
        }
    }

    @Test func whatIsOwnedIsShownToThoseWhoMayListIt() async {
        let teams = Teams()
        let path = "/api/v1/namespaces/shop/applications/web/tree"
        let alices = await teams.desk().answer(request("GET", path, token: "alice-t0ken")).value
        let node = alices["objects"]?.array?.first
        #expect(node?["name"]?.string == "web" && node?["owns"]?.array?.first?["name"]?.string == "web-1")
        let eves = await teams.desk().answer(request("GET", path, token: "eve-t0ken")).value
        #expect(
            eves["objects"]?.array?.first?["name"]?.string == "web" && eves["objects"]?.array?.first?["owns"] == nil)
        #expect(eves["omitted"]?.array == ["pods"])
    }

    @Test func theHistoryIsNewestFirst() async {
        let answer = await Teams().desk().answer(
            request("GET", "/api/v1/namespaces/shop/applications/web/history", token: "alice-t0ken"))
        #expect(answer.value["items"]?.array?.compactMap { $0["id"]?.int } == [2, 1])
    }

    @Test func aSyncIsAskedForInTheNameOfTheCaller() async throws {
        let teams = Teams()
        let body =
            #"{"revision": "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c", "rollback": true, "confirm": "0123456789"}"#
        let answer = await teams.desk().answer(
            request("POST", "/api/v1/namespaces/shop/applications/web/sync", token: "alice-t0ken", body: body))
        #expect(answer.status == 202 && answer.value["requestedAt"]?.string == "2025-11-21T01:53:20.125Z")
        let (reference, patch) = try #require(teams.patched.withLock { $0.first })
        #expect(reference.namespace == "shop" && reference.name == "web")
        // Nothing but what asks for it.
        #expect(
            patch.object?.entries.map(\.key) == ["metadata"]
                && patch["metadata"]?.object?.entries.map(\.key) == ["annotations"])
        var metadata: Value = ["name": "web", "namespace": "shop"]
        metadata["annotations"] = patch[path: "metadata", "annotations"]
        let order = try #require(SyncOrder(of: ["metadata": metadata]))
        #expect(
            order.actor == "alice" && order.isRollback && order.confirmedPlan == "0123456789"
                && order.revision?.hasPrefix("0d1a") == true)
    }

    @Test(arguments: [
        ("{", 400), ("[]", 400), ("null", 400), (#"{"revision": 3}"#, 400), (#"{"revision": ""}"#, 400),
        (#"{"revision": "a b"}"#, 400),
        (#"{"rollback": "yes"}"#, 400), (#"{"rollback": true}"#, 400), (#"{"by": "somebody"}"#, 400),
        (#"{"confirm": {}}"#, 400),
        (String(repeating: "[", count: 10_000), 400),
    ])
    func aBodyOfAnotherShapeIsRefused(_ body: String, _ status: Int) async {
        let teams = Teams()
        let path = "/api/v1/namespaces/shop/applications/web/sync"
        #expect(await teams.desk().answer(request("POST", path, token: "alice-t0ken", body: body)).status == status)
        let form = request(
            "POST", path, token: "alice-t0ken", body: "a=b",
            headers: ["content-type": "application/x-www-form-urlencoded"])
        #expect(await teams.desk().answer(form).status == 415)
        #expect(teams.patched.withLock { $0.isEmpty })
    }

    @Test func whatIsSuspendedIsNotSynced() async {
        let teams = Teams()
        let answer = await teams.desk().answer(
            request("POST", "/api/v1/namespaces/shop/applications/api/sync", token: "alice-t0ken"))
        #expect(answer.status == 409 && teams.patched.withLock { $0.isEmpty })
    }

    @Test(arguments: [("suspend", true), ("resume", false)])
    func suspendingChangesNothingElse(_ word: String, _ isSuspended: Bool) async {
        let teams = Teams()
        _ = await teams.desk().answer(
            request("POST", "/api/v1/namespaces/shop/applications/web/\(word)", token: "alice-t0ken"))
        #expect(teams.patched.withLock { $0.map(\.body) } == [["spec": ["suspend": .bool(isSuspended)]]])
    }

    @Test(arguments: [
        "/api/v1", "/api/v1/", "/api/v1/namespaces", "/api/v1/namespaces/shop", "/api/v1/namespaces//applications",
        "/api/v1/namespaces/../applications",
        "/api/v1/namespaces/shop/secrets", "/api/v1/namespaces/shop/applications/web/sync/x",
        "/api/v1/namespaces/shop/applications/Web",
        "/api/v1/namespaces/shop/applications/%77eb", "/api/v1/namespaces/shop/applications/web/", "/metrics", "/", "",
    ])
    func noOtherPathIsServed(_ path: String) async {
        #expect(await Teams().desk().answer(request("GET", path, token: "alice-t0ken")).status == 404)
        #expect(await Teams().desk().answer(request("GET", path, token: nil)).status == 401)
    }

    @Test(arguments: paths) func anotherMethodIsRefused(_ method: String, _ path: String) async {
        for other in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] where other != method {
            #expect(await Teams().desk().answer(request(other, path, token: "alice-t0ken")).status == 405)
        }
    }

    @Test func answersOfTheServerAreKeptForSecondsOnly() async {
        let teams = Teams()
        let desk = teams.desk()
        let look = request("GET", "/api/v1/namespaces/shop/applications/web", token: "alice-t0ken")
        for _ in 0..<5 { #expect(await desk.answer(look).status == 200) }
        #expect(teams.count(of: "TokenReview") == 1 && teams.count(of: "SubjectAccessReview") == 1)
        teams.revoked.withLock { $0 = true }
        teams.clock.set(AccessReviews.memory - .milliseconds(1))
        #expect(await desk.answer(look).status == 200)
        teams.clock.set(AccessReviews.memory)
        #expect(await desk.answer(look).status == 401)
        // Nor is a refusal kept longer.
        teams.revoked.withLock { $0 = false }
        #expect(await desk.answer(look).status == 401)
        teams.clock.set(AccessReviews.memory * 2)
        #expect(await desk.answer(look).status == 200)
        #expect(teams.count(of: "TokenReview") == 3)
    }

    @Test func guessesAreFewAndKeepNobodyElseOut() async {
        let teams = Teams()
        let desk = teams.desk()
        let path = "/api/v1/namespaces/shop/applications/web"
        #expect(await desk.answer(request("GET", path, token: "alice-t0ken")).status == 200)
        var statuses: [Int] = []
        for number in 0..<100 {
            statuses.append(await desk.answer(request("GET", path, token: "guess-\(number)")).status)
        }
        #expect(statuses.count { $0 == 429 } == 81 && statuses.count { $0 == 401 } == 19)
        #expect(teams.count(of: "TokenReview") == 20)
        let refused = await desk.answer(request("GET", path, token: "guess"))
        #expect(
            refused.headers.contains { $0.name == "retry-after" && $0.value == "1" }
                && refused.value["reason"]?.string == "TooManyRequests")
        #expect(await desk.answer(request("GET", path, token: "alice-t0ken")).status == 200)
    }

    @Test func aUserAsksAtAPace() async {
        let teams = Teams()
        let desk = teams.desk()
        let path = "/api/v1/namespaces/shop/applications/web"
        var statuses: [Int] = []
        for _ in 0..<60 { statuses.append(await desk.answer(request("GET", path, token: "alice-t0ken")).status) }
        #expect(statuses.count { $0 == 429 } == 10)
        #expect(await desk.answer(request("GET", path, token: "eve-t0ken")).status == 200)
        teams.clock.set(.seconds(1))
        #expect(await desk.answer(request("GET", path, token: "alice-t0ken")).status == 200)
    }

    @Test func nothingIsAllowedWhileTheServerCannotBeAsked() async {
        let teams = Teams()
        teams.refuses.withLock { $0 = true }
        for (method, path) in Self.paths {
            #expect(await teams.desk().answer(request(method, path, token: "alice-t0ken")).status == 503)
        }
        #expect(teams.patched.withLock { $0.isEmpty })
    }

    @Test func nothingIsListedBeforeEverythingIsKnown() async {
        let answer = await Teams(isListed: false).desk().answer(
            request("GET", "/api/v1/namespaces/shop/applications", token: "alice-t0ken"))
        #expect(answer.status == 503)
    }

    @Test func aTokenIsNeverLogged() async {
        let teams = Teams()
        for refuses in [false, true] {
            teams.refuses.withLock { $0 = refuses }
            for (method, path) in Self.paths {
                for token in ["alice-t0ken", "bob-t0ken", "guessed-t0ken"] {
                    let answer = await teams.desk().answer(request(method, path, token: token))
                    #expect(!String(decoding: answer.body, as: UTF8.self).contains("t0ken"))
                }
            }
        }
        #expect(teams.kept.all.contains("asked for a sync") && teams.kept.all.contains("TokenReview failed"))
        #expect(!teams.kept.all.contains("t0ken"))
    }

    @Test func anAnswerThatSaysBothIsARefusal() async throws {
        var cluster = SmallCluster()
        cluster.answers = { _ in ["status": ["allowed": true, "denied": true]] }
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let reviews = AccessReviews(cluster: cluster, clock: SetClock(), log: log)
        let question = AccessQuestion(verb: "get", group: "", resource: "pods")
        #expect(try await !reviews.allows(question, Caller(user: "alice")))
    }

    @Test(
        arguments: [
            ["status": ["user": ["username": "alice"]]],
            ["status": ["authenticated": false, "user": ["username": "alice"]]],
            ["status": ["authenticated": true, "user": ["username": ""]]], ["status": ["authenticated": true]], [:],
            .null,
        ] as [Value])
    func whoIsNotProvenIsNobody(_ review: Value) { #expect(Caller(review: review) == nil) }
}

@Suite struct BriefMemoryTests {
    @Test func whatIsOldOrTooMuchGoes() {
        var memory = BriefMemory<Int, Int>(lifetime: .seconds(5), limit: 3)
        for number in 0..<5 { memory.note(number, to: number, at: .seconds(number)) }
        #expect((0..<5).map { memory.answer(to: $0, at: .seconds(4)) } == [nil, nil, 2, 3, 4])
        #expect(memory.count == 3)
        memory.note(22, to: 2, at: .seconds(6))
        #expect(memory.answer(to: 2, at: .seconds(10)) == 22)
        // Its first answer leaves, and the second does not go with it.
        memory.note(9, to: 9, at: .seconds(8))
        #expect(memory.answer(to: 2, at: .seconds(10)) == 22 && memory.answer(to: 3, at: .seconds(8)) == nil)
        memory.note(1, to: 1, at: .seconds(100))
        #expect(memory.count == 1)
    }
}
