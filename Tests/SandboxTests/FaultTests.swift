// What goes wrong on request, as clients meet it: over TLS, through this project's own HTTP client.

import FoundationEssentials
import Glibc
import HTTPClient
import KubernetesClient
import Manifest
import Testing

@testable import Sandbox

/// A sandbox with a client beside it.
struct ServedSandbox: Sendable {
    let sandbox: LiveSandbox
    let client = HTTPClient()

    static func with(
        stateFile: String? = nil, folder: String? = nil, _ body: @Sendable (ServedSandbox) async throws -> Void
    ) async throws {
        let own = "/tmp/gitopsctl-sandbox-fault-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { if folder == nil { try? FileManager.default.removeItem(atPath: own) } }
        let configuration = SandboxConfiguration(
            stateFolder: folder ?? own, pace: .milliseconds(20), bookmarkInterval: .seconds(1), stateFile: stateFile)
        try await SandboxServer(configuration).serving { sandbox in
            let served = ServedSandbox(sandbox: sandbox)
            try await body(served)
            await served.client.shutdown()
        }
    }

    func request(_ line: String, _ body: String = "") throws -> HTTPRequest {
        let connection = try Kubeconfig.load(path: sandbox.kubeconfig)
        let parts = line.split(separator: " ").map(String.init)
        var request = HTTPRequest(method: parts[0], url: connection.server + parts[1])
        request.tls = connection.tls
        request.deadline = .seconds(20)
        if !body.isEmpty {
            request.body = Array(body.utf8)
            request.headers.add(
                "Content-Type", parts[0] == "PATCH" ? "application/merge-patch+json" : "application/json")
        }
        return request
    }

    func send(_ line: String, _ body: String = "") async throws -> (status: Int, headers: HTTPHeaders, body: Value) {
        let answer = try await client.send(try request(line, body))
        return (answer.status, answer.headers, (try? JSON.read(answer.body)) ?? .null)
    }
}

@Suite("Faults on request", .timeLimit(.minutes(2)))
struct FaultTests {
    private let maps = "/api/v1/namespaces/default/configmaps"
    private let map = #"{"metadata":{"name":"a"},"data":{"k":"v"}}"#

    @Test(arguments: [(409, "Conflict"), (429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable")])
    func requestsAreRefusedSoManyTimes(status: Int, reason: String) async throws {
        try await ServedSandbox.with { served in
            let id = served.sandbox.faults.add(.refusal(status, retryAfter: 7), on: .writes(of: "configmaps"), times: 2)
            for _ in 0..<2 {
                let refused = try await served.send("POST \(maps)", map)
                #expect(refused.status == status)
                #expect(refused.body["reason"]?.string == reason)
                #expect(refused.headers["Retry-After"] == "7")
            }
            #expect(try await served.send("GET \(maps)").status == 200)
            #expect(try await served.send("POST \(maps)", map).status == 201)
            #expect(served.sandbox.faults.hits(id) == 2)
        }
    }

    @Test func aCutBeforeLeavesNothingBehindAndACutAfterTheObject() async throws {
        try await ServedSandbox.with { served in
            served.sandbox.faults.add(.cutBefore, on: .writes(), times: 1)
            await #expect(throws: HTTPError.self) { try await served.send("POST \(maps)", map) }
            let before = try await served.send("GET \(maps)/a").status
            #expect(before == 404)
            served.sandbox.faults.add(.cutAfter, on: .writes(), times: 1)
            await #expect(throws: HTTPError.self) { try await served.send("POST \(maps)", map) }
            let after = try await served.send("GET \(maps)/a").status
            #expect(after == 200)
        }
    }

    @Test func anAnswerComesLater() async throws {
        try await ServedSandbox.with { served in
            let clock = ContinuousClock()
            let id = served.sandbox.faults.add(.latency(.milliseconds(300)), on: RequestPattern(verbs: ["get"]))
            let taken = try await clock.measure { _ = try await served.send("GET \(maps)/a") }
            #expect(taken >= .milliseconds(300))
            #expect(served.sandbox.faults.clear(id))
        }
    }

    @Test func aSilentWatchBringsNothingUntilItIsCleared() async throws {
        try await ServedSandbox.with { served in
            let id = served.sandbox.faults.add(.silentWatches, on: .watches)
            let stream = try await served.client.stream(
                try served.request("GET \(maps)?watch=true&fieldSelector=metadata.name=a"))
            #expect(stream.status == 200)
            _ = try await served.send("POST \(maps)", map)
            _ = try await served.send("PATCH \(maps)/a", #"{"data":{"k":"w"}}"#)
            served.sandbox.faults.clear(id)
            // Both come at once now, the older first.
            var bytes: [UInt8] = []
            for try await chunk in stream.body {
                bytes += chunk
                if bytes.count(where: { $0 == 0x0A }) == 2 { break }
            }
            let types = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { $0.prefix(16) }
            #expect(types == [#"{"type":"ADDED","#, #"{"type":"MODIFIE"#])
        }
    }

    @Test func aVersionIsTooOldOnRequest() async throws {
        try await ServedSandbox.with { served in
            served.sandbox.faults.add(.expiredVersions, times: 1)
            let watch = try await served.send("GET \(maps)?watch=true&resourceVersion=5")
            #expect(watch.body["type"]?.string == "ERROR")
            #expect(watch.body[path: "object", "code"]?.int == 410)
        }
    }

    @Test func aGroupDisappearsAndComesBack() async throws {
        try await ServedSandbox.with { served in
            let path = "/apis/apps/v1/namespaces/default/deployments"
            let id = served.sandbox.faults.add(.missingGroup("apps"))
            #expect(try await served.send("GET \(path)").status == 404)
            let groups = try await served.send("GET /apis").body["groups"]?.array ?? []
            #expect(!groups.contains { $0["name"]?.string == "apps" })
            served.sandbox.faults.clear(id)
            #expect(try await served.send("GET \(path)").status == 200)
        }
    }

    @Test(arguments: [false, true])
    func aRestartKeepsOrLosesTheState(losing: Bool) async throws {
        try await ServedSandbox.with { served in
            _ = try await served.send("POST \(maps)", map)
            try await served.sandbox.restart(losingState: losing, downFor: .milliseconds(50))
            #expect(try await served.send("GET \(maps)/a").status == (losing ? 404 : 200))
            #expect(try await served.send("GET /api/v1/namespaces/default").status == 200)
            // Its controllers live on.
            _ = try await served.send("POST /api/v1/namespaces", #"{"metadata":{"name":"new"}}"#)
            var found = 0
            for _ in 0..<100 where found != 200 {
                found = try await served.send("GET /api/v1/namespaces/new/serviceaccounts/default").status
                if found != 200 { try await Task.sleep(for: .milliseconds(20)) }
            }
            #expect(found == 200)
        }
    }

    @Test func certificatesChange() async throws {
        try await ServedSandbox.with { served in
            let old = try served.request("GET /api")
            try await served.sandbox.changeCertificates(.server)
            #expect(try await served.client.send(old).status == 200)
            try await served.sandbox.changeCertificates(.authority)
            await #expect(throws: HTTPError.self) { try await served.client.send(old) }
            #expect(try await served.send("GET /api").status == 200)
        }
    }

    @Test func aGroupDoesNotAnswerAndDiscoverySaysSo() async throws {
        try await ServedSandbox.with { served in
            let path = "/apis/apps/v1/namespaces/default/deployments"
            let id = served.sandbox.faults.add(.unavailableGroup("apps"))
            #expect(try await served.send("GET \(path)").status == 503)
            #expect(try await served.send("GET /apis/apps/v1").status == 503)
            let groups = try await served.send("GET /apis").body["groups"]?.array ?? []
            #expect(groups.contains { $0["name"]?.string == "apps" })
            served.sandbox.faults.clear(id)
            #expect(try await served.send("GET \(path)").status == 200)
        }
    }

    @Test func aWebhookThatIsDownStopsWritesOfItsGroupAlone() async throws {
        try await ServedSandbox.with { served in
            served.sandbox.faults.add(.webhookDown, on: RequestPattern(group: ""))
            let refused = try await served.send("POST \(maps)", map)
            #expect(refused.status == 500)
            #expect(
                refused.body["message"]?.string?.hasPrefix("Internal error occurred: failed calling webhook ") ?? false)
            #expect(try await served.send("GET \(maps)").status == 200)
            #expect(try await served.send("DELETE \(maps)/kube-root-ca.crt").status == 200)
            let role = #"{"metadata":{"name":"r"},"rules":[]}"#
            #expect(
                try await served.send("POST /apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", role).status
                    == 201)
        }
    }

    @Test func requestsAreNotedFromWhenSomebodyAsks() async throws {
        try await ServedSandbox.with { served in
            _ = try await served.send("GET \(maps)")
            served.sandbox.requests.begin()
            _ = try await served.send("POST \(maps)?dryRun=All", map)
            _ = try await served.send("POST \(maps)", map)
            _ = try await served.send("GET /apis")
            _ = try await served.send("GET /sandbox/faults")
            let seen = served.sandbox.requests.all
            #expect(
                seen.map(\.description) == [
                    "create configmaps default (dry run)", "create configmaps default", "get /apis",
                ])
            #expect(seen.map(\.isWrite) == [false, true, false])
            let listed = try await served.send("GET /sandbox/requests").body["requests"]?.array ?? []
            #expect(listed.count == 3 && listed[1]["namespace"]?.string == "default")
            served.sandbox.requests.end()
            _ = try await served.send("GET /apis")
            #expect(served.sandbox.requests.all.isEmpty)
        }
    }

    @Test(arguments: [
        Fault(.latency(.milliseconds(30_000)), on: .writes(of: "pods"), times: 2), Fault(.refusal(409)),
        Fault(.refusal(429, retryAfter: 3)),
        Fault(.refusal(500)), Fault(.refusal(503, retryAfter: 1)), Fault(.cutBefore),
        Fault(.cutAfter, on: RequestPattern(namespace: "n", name: "x")),
        Fault(.silentWatches, on: .watches), Fault(.expiredVersions), Fault(.missingGroup("apps")),
        Fault(.unavailableGroup("apps")),
        Fault(.webhookDown, on: RequestPattern(group: "apps")),
    ])
    func aFaultIsReadAsItIsShown(fault: Fault) throws {
        #expect(try Fault(fault.value) == fault)
    }

    @Test func theControlEndpointIsForThoseWhoMayDoEverything() async throws {
        try await ServedSandbox.with { served in
            let asked = try await served.send(
                "POST /sandbox/faults",
                #"{"effect":"throttle","verbs":["list"],"resource":"pods","retryAfterSeconds":3,"times":1}"#)
            #expect(asked.status == 201)
            #expect(try await served.send("GET /api/v1/pods").status == 429)
            let listed = try await served.send("GET /sandbox/faults").body["faults"]?.array ?? []
            #expect(listed.count == 1 && listed[0]["hits"]?.int == 1)
            #expect(try await served.send("DELETE /sandbox/faults").status == 200)
            #expect(try await served.send("POST /sandbox/faults", #"{"effect":"nonsense"}"#).status == 400)
            var foreign = try served.request("GET /sandbox/faults")
            foreign.headers.add("Impersonate-User", "alice")
            #expect(try await served.client.send(foreign).status == 403)
        }
    }
}

@Suite("A sandbox's state", .timeLimit(.minutes(2)))
struct StateTests {
    private let maps = "/api/v1/namespaces/default/configmaps"

    @Test func aFileKeepsTheStateOverRestarts() async throws {
        let folder = "/tmp/gitopsctl-sandbox-state-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = folder + "/state.sqlite"
        try await ServedSandbox.with(stateFile: file, folder: folder) { served in
            _ = try await served.send(
                "POST \(maps)", #"{"metadata":{"name":"kept","labels":{"x":"y"}},"data":{"k":"v"}}"#)
            _ = try await served.send("POST \(maps)", #"{"metadata":{"name":"gone"}}"#)
            _ = try await served.send("DELETE \(maps)/gone")
        }
        var information = stat()
        #expect(stat(file, &information) == 0 && information.st_mode & 0o077 == 0)
        try await ServedSandbox.with(stateFile: file, folder: folder) { served in
            let list = try await served.send("GET \(maps)?labelSelector=x%3Dy").body["items"]?.array ?? []
            #expect(list.count == 1 && list[0][path: "data", "k"]?.string == "v")
            #expect(try await served.send("GET \(maps)/gone").status == 404)
            let before = list.first?[path: "metadata", "resourceVersion"]?.string.flatMap { Int($0) } ?? .max
            let after = try await served.send("POST \(maps)", #"{"metadata":{"name":"next"}}"#)
            #expect(after.body[path: "metadata", "resourceVersion"]?.string.flatMap { Int($0) } ?? 0 > before)
        }
    }

    @Test func aFileThatKeepsTheStateShowsNoSecret() async throws {
        let folder = "/tmp/gitopsctl-sandbox-sealed-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let (file, key) = (folder + "/state.sqlite", folder + "/state.key")
        let secrets = "/api/v1/namespaces/default/secrets"
        func holds(_ text: String) -> Bool {
            ["", "-wal"].contains { suffix in
                [UInt8](FileManager.default.contents(atPath: file + suffix) ?? Data()).firstRange(of: Array(text.utf8))
                    != nil
            }
        }
        try await ServedSandbox.with(stateFile: file, folder: folder) { served in
            // "hush-hush" and "hush again"
            _ = try await served.send("POST \(secrets)", #"{"metadata":{"name":"s"},"data":{"word":"aHVzaC1odXNo"}}"#)
            _ = try await served.send("POST \(maps)", #"{"metadata":{"name":"m"},"data":{"word":"cGxhaW4"}}"#)
            _ = try await served.send("PATCH \(secrets)/s", #"{"data":{"word":"aHVzaCBhZ2Fpbg=="}}"#)
        }
        #expect(holds("cGxhaW4"))
        #expect(!holds("aHVzaC"))
        #expect(!holds("PRIVATE KEY"))
        var information = stat()
        #expect(stat(key, &information) == 0 && information.st_mode & 0o077 == 0)
        try await ServedSandbox.with(stateFile: file, folder: folder) { served in
            let found = try await served.send("GET \(secrets)/s")
            #expect(["aHVzaC1odXNo", "aHVzaCBhZ2Fpbg=="].contains(found.body[path: "data", "word"]?.string))
        }
        // Without its key the state is neither read nor thrown away.
        try FileManager.default.removeItem(atPath: key)
        let error = await #expect(throws: StateKeyError.self) {
            try await ServedSandbox.with(stateFile: file, folder: folder) { _ in }
        }
        #expect(error?.description.contains(key) ?? false)
        #expect(!FileManager.default.fileExists(atPath: key))
        try Data(repeating: 7, count: 32).write(to: URL(filePath: key))
        await #expect(throws: StateKeyError.self) {
            try await ServedSandbox.with(stateFile: file, folder: folder) { _ in }
        }
    }

    @Test(arguments: [false, true])
    func aSnapshotHoldsTheValuesOfSecretsOnRequestAlone(asked: Bool) {
        let cluster = TestCluster()
        let secrets = "/api/v1/namespaces/default/secrets"
        cluster.send(
            "POST \(secrets)",
            #"{"metadata":{"name":"s","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":\"aHVzaA==\"}"}},"data":{"word":"aHVzaA=="}}"#
        )
        let snapshot = cluster.send("GET /sandbox/state" + (asked ? "?secrets=kept" : "")).text
        #expect(snapshot.contains("aHVzaA==") == asked)
        cluster.send("DELETE \(secrets)/s")
        #expect(cluster.send("PUT /sandbox/state", snapshot).status == 200)
        #expect(cluster.send("GET \(secrets)/s")["data", "word"]?.string == (asked ? "aHVzaA==" : ""))
    }

    @Test func aSnapshotBringsBackWhatWas() throws {
        let cluster = TestCluster()
        cluster.send("POST \(maps)", #"{"metadata":{"name":"a"},"data":{"k":"v"}}"#)
        let snapshot = cluster.send("GET /sandbox/state").text
        cluster.send("DELETE \(maps)/a")
        cluster.send("POST \(maps)", #"{"metadata":{"name":"b"}}"#)
        #expect(cluster.send("PUT /sandbox/state", snapshot).status == 200)
        #expect(cluster.send("GET \(maps)/a")["data", "k"]?.string == "v")
        #expect(cluster.send("GET \(maps)/b").status == 404)
    }

    @Test func whatIsNoSnapshotChangesNothing() {
        let cluster = TestCluster()
        cluster.send("POST \(maps)", #"{"metadata":{"name":"a"}}"#)
        #expect(cluster.send("PUT /sandbox/state", #"{"kind":"Other"}"#).status == 400)
        #expect(cluster.send("GET \(maps)/a").status == 200)
    }

    @Test func importedObjectsKeepTheirOwners() {
        let cluster = TestCluster()
        let answer = cluster.send(
            "POST /sandbox/objects",
            #"{"items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop","managedFields":[{"manager":"gitopsctl","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:k":{}}}}]},"data":{"k":"v"}}]}"#
        )
        #expect(answer.status == 200)
        let found = cluster.send("GET /api/v1/namespaces/shop/configmaps/a")
        #expect(found.body[path: "metadata", "managedFields"]?.array?.first?["manager"]?.string == "gitopsctl")
    }
}

@Suite("Workloads fail on request")
struct BreakageTests {
    private let path = "/apis/apps/v1/namespaces/default/deployments"

    private func cluster() -> TestCluster {
        let cluster = TestCluster()
        cluster.send("POST \(path)", Sample.deployment(replicas: 2))
        cluster.pass()
        #expect(cluster.send("GET \(path)/web")["status", "readyReplicas"]?.int == 2)
        return cluster
    }

    private func reasons(_ cluster: TestCluster) -> Set<String> {
        let pods = cluster.send("GET /api/v1/namespaces/default/pods")["items"]?.array ?? []
        return Set(
            pods.compactMap {
                $0[path: "status", "containerStatuses"]?.array?.first?[path: "state", "waiting", "reason"]?.string
                    ?? ($0[path: "status", "conditions"]?.array ?? []).first { $0["type"]?.string == "PodScheduled" }?[
                        "reason"]?.string
            })
    }

    @Test(arguments: [
        (Breakage.imagePull, "ImagePullBackOff"), (.crashLoop, "CrashLoopBackOff"), (.unschedulable, "Unschedulable"),
    ])
    func aBrokenDeploymentSaysWhyAndIsMended(breakage: Breakage, reason: String) {
        let cluster = cluster()
        let body = #"{"kind":"deployment","name":"web","breakage":"\#(breakage.rawValue)"}"#
        #expect(cluster.send("POST /sandbox/break", body).status == 200)
        cluster.pass()
        #expect(reasons(cluster) == [reason])
        #expect(cluster.send("GET \(path)/web")["status", "readyReplicas"] == nil)
        let events = cluster.send("GET /api/v1/namespaces/default/events")["items"]?.array ?? []
        #expect(events.contains { $0["type"]?.string == "Warning" || $0["reason"]?.string == "BackOff" })
        #expect(cluster.send("POST /sandbox/break", #"{"kind":"deploy","name":"web"}"#).status == 200)
        cluster.pass()
        #expect(cluster.send("GET \(path)/web")["status", "readyReplicas"]?.int == 2)
    }

    @Test func anAutoscalerScalesOnRequest() {
        let cluster = cluster()
        cluster.send(
            "POST /apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
            #"{"metadata":{"name":"web"},"spec":{"maxReplicas":5,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"}}}"#
        )
        cluster.pass()
        #expect(cluster.send("POST /sandbox/load", #"{"name":"web","replicas":9}"#).status == 200)
        cluster.pass()
        #expect(cluster.send("GET \(path)/web")["spec", "replicas"]?.int == 5)
    }
}
