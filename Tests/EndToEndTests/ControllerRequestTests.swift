// What a sync costs the API server when a controller makes it, as the server counts it and as the controller does.

import Foundation
import Testing

/// The design's decision 5, for the controller's case: what its watches know is not asked for, and what they hear of
/// its own writes is no news, so that c changed and p pruned objects cost c + p writes and one of the status. An object
/// that is new in Git is read once, since somebody else's may stand there. The Event of a sync is sent beside.
@Suite(.ownThread, .serialized) struct ControllerRequestTests {
    @Test(arguments: TestCluster.all)
    func aSyncCostsItsWritesAndOneStatus(cluster: TestCluster) throws {
        let controller = try RunningController(on: cluster)
        let meters = try Meters(controller)
        try meters.commit(["one": 1, "two": 1, "three": 1, "four": 1])
        try controller.describe("automated: true, prune: true, interval: 200ms")
        try controller.until("Ready") { try controller.condition("Ready").hasPrefix("True") }

        let first = try meters.read()
        var expected = first
        for (objects, changed, pruned, new) in [
            (["one": 2, "two": 1, "three": 1, "four": 1], 1, 0, 0),
            (["one": 2, "two": 3, "three": 3], 2, 1, 0),
            (["one": 4, "two": 4, "three": 4, "five": 4], 4, 0, 1),
        ] {
            try meters.commit(objects)
            expected.server["patch", default: 0] += changed
            expected.server["delete", default: 0] += pruned
            expected.server["read", default: 0] += new
            expected.server["patch status", default: 0] += 1
            expected.controller["patch", default: 0] += changed + 1
            expected.controller["delete", default: 0] += pruned
            expected.controller["read", default: 0] += new
            try meters.await(expected.nonzero, since: first)
        }

        // A commit that renders to the same costs nothing, and neither do looks at the repository. What the syncs
        // before would have sent late is among it.
        try controller.delivery.write("README", "nothing that is rendered")
        try controller.delivery.commit("Tell nothing new")
        let looks = try controller.looks()
        try controller.until("some looks at the repository") { try controller.looks() > looks + 3 }
        #expect(try meters.read() == expected.nonzero)
    }
}

extension RunningController {
    /// How often it has looked at repositories.
    fileprivate func looks() throws -> Int { try Samples(of: metrics()).sum("gitops_git_fetch_duration_seconds_count") }
}

/// What there is to count, by verb.
private struct RequestCounts: Equatable, CustomStringConvertible {
    /// Requests for the test's own objects, and for the status of Applications, as the server counts them.
    var server: [String: Int]
    /// Requests for whatever it is, without watches and Events, as the controller counts them.
    var controller: [String: Int]

    var nonzero: RequestCounts {
        RequestCounts(server: server.filter { $0.value != 0 }, controller: controller.filter { $0.value != 0 })
    }

    func since(_ before: RequestCounts) -> RequestCounts {
        RequestCounts(
            server: server.merging(before.server) { $0 - $1 },
            controller: controller.merging(before.controller) { $0 - $1 }
        ).nonzero
    }

    var description: String {
        "server: \(server.sorted { $0.key < $1.key }), controller: \(controller.sorted { $0.key < $1.key })"
    }
}

/// Objects of a kind that only this test has, so that the requests for them are its own.
private final class Meters {
    private let controller: RunningController
    private let definition: String
    private let group: String
    private let isSandbox: Bool

    private var delivery: Delivery { controller.delivery }

    init(_ controller: RunningController) throws {
        self.controller = controller
        group = "\(controller.delivery.name).example.com"
        isSandbox = controller.delivery.cluster.kubeconfig == TestCluster.sandbox.kubeconfig
        definition = controller.delivery.folder + "/meters.yaml"
        try """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: meters.\(group)}
        spec:
          group: \(group)
          scope: Namespaced
          names: {kind: Meter, listKind: MeterList, plural: meters, singular: meter}
          versions:
          - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
        """.write(toFile: definition, atomically: true, encoding: .utf8)
        let applied = try delivery.kubectl("apply", "-f", definition)
        try #require(applied.status == 0, "\(applied.all)")
        let established = try delivery.kubectl("wait", "--for=condition=Established", "-f", definition)
        try #require(established.status == 0, "\(established.all)")
        if isSandbox {
            let begun = try delivery.kubectl("create", "--raw", "/sandbox/requests", "-f", "/dev/null")
            try #require(begun.status == 0, "\(begun.all)")
        }
    }

    deinit { _ = try? delivery.kubectl("delete", "--wait=false", "-f", definition) }

    /// Commits these objects and no others, each with a reading.
    func commit(_ readings: [String: Int]) throws {
        let objects = readings.sorted { $0.key < $1.key }.map { name, reading in
            "---\napiVersion: \(group)/v1\nkind: Meter\nmetadata: {name: \(name)}\nspec: {reading: \(reading)}\n"
        }
        try controller.commit(value: "the same", objects.joined())
    }

    /// Waits until there were exactly these requests.
    func await(_ expected: RequestCounts, since before: RequestCounts) throws {
        let deadline = Date(timeIntervalSinceNow: 60)
        var found = try read()
        while found != expected {
            if Date() > deadline {
                Issue.record(
                    "expected \(expected.since(before)), and there were \(found.since(before))\n\(controller.log)")
                throw CancellationError()
            }
            usleep(50_000)
            found = try read()
        }
    }

    func read() throws -> RequestCounts {
        let sent = Samples(of: try controller.metrics()).counts("gitops_kubernetes_requests_total") { labels in
            let verb = Self.verb(labels["verb"] ?? "")
            return ["watch", "create"].contains(verb) ? nil : verb
        }
        return RequestCounts(server: isSandbox ? try readSandbox() : try readServer(), controller: sent).nonzero
    }

    /// One name where servers have two: an apply is a patch, and to those before 1.21 a GET in a namespace is a list.
    private static func verb(_ said: String) -> String {
        switch said {
        case "apply": "patch"
        case "get", "list": "read"
        default: said
        }
    }

    private func readSandbox() throws -> [String: Int] {
        struct Log: Decodable {
            struct Request: Decodable {
                var verb: String
                var resource: String
                var group: String?
                var name: String?
            }
            var requests: [Request]
        }
        let said = try delivery.kubectl("get", "--raw", "/sandbox/requests")
        var counts: [String: Int] = [:]
        for request in try JSONDecoder().decode(Log.self, from: Data(said.output.utf8)).requests
        where request.verb != "watch" {
            if request.group == group {
                counts[Self.verb(request.verb), default: 0] += 1
            } else if request.resource == "applications/status", request.name == delivery.name {
                counts["\(Self.verb(request.verb)) status", default: 0] += 1
            }
        }
        return counts
    }

    /// Other tests have Applications, too, and no controller while this one has its turn.
    private func readServer() throws -> [String: Int] {
        Samples(of: try delivery.kubectl("get", "--raw", "/metrics").output).counts("apiserver_request_total") {
            labels in
            let verb = Self.verb((labels["verb"] ?? "").lowercased())
            if labels["group"] == group { return verb == "watch" ? nil : verb }
            let isStatus = labels["resource"] == "applications" && labels["subresource"] == "status"
            return isStatus ? "\(verb) status" : nil
        }
    }
}

/// Samples in Prometheus' text form.
private struct Samples {
    private let lines: [Substring]

    init(of text: String) { lines = text.split(separator: "\n") }

    /// The values of a metric's samples, added up by what their labels are called; nil for those that do not count.
    func counts(_ metric: String, _ name: ([String: String]) -> String?) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in lines where line.hasPrefix(metric + "{") || line.hasPrefix(metric + " ") {
            var labels: [String: String] = [:]
            for match in line.matches(of: /([a-z_]+)="([^"]*)"/) { labels[String(match.1)] = String(match.2) }
            guard let key = name(labels), let value = line.split(separator: " ").last.flatMap({ Double($0) }) else {
                continue
            }
            counts[key, default: 0] += Int(value)
        }
        return counts
    }

    func sum(_ metric: String) -> Int { counts(metric) { _ in "" }[""] ?? 0 }
}
