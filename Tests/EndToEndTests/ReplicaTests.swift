// Two controllers that share the applications of a cluster: one is stopped, goes on, or is killed while it works.

import Foundation
import Testing

/// One of several controllers.
private final class Replica {
    let command: RunningCommand
    let name: String

    init(_ name: String, of delivery: Delivery) throws {
        self.name = name
        var environment = delivery.gitopsctl.environment
        // Each has a disk of its own, as pods on two machines have: no lock of a file keeps one from the other's work.
        environment["XDG_STATE_HOME"] = delivery.folder + "/\(name)/state"
        environment["XDG_CACHE_HOME"] = delivery.folder + "/\(name)/cache"
        let program = URL(filePath: Workplace.gitopsctl).deletingLastPathComponent().appending(
            path: "gitops-controller"
        ).path
        command = try Command(program: program, environment: environment, folder: "/").start([
            "--listen", "127.0.0.1:0", "--kubeconfig", delivery.cluster.kubeconfig, "--allow-private-addresses",
            "--share", "--lease-duration", "3", "--namespace", delivery.name, "--log-level", "debug",
        ])
    }

    deinit {
        command.kill()
        _ = try? command.finish()
    }

    func signal(_ number: Int32) { kill(command.pid, number) }

    var log: [Substring] {
        ((try? String(contentsOfFile: command.errors, encoding: .utf8)) ?? "").split(separator: "\n")
    }

    /// How often a line of the log says something of an application.
    func count(_ message: String, _ application: String) -> Int {
        log.count { $0.contains("msg=\(message)") && $0.contains("application=default/\(application)") }
    }

    /// Where it listens; nil where it does not yet.
    var place: Substring? {
        let line = log.first { $0.contains("msg=listening") }
        return line?.firstRange(of: "address=").map { line?[$0.upperBound...].prefix { $0 != " " } ?? "" }
    }

    /// How many replicas it knows of.
    var members: Int {
        let line = log.last { $0.contains("msg=replicas") }
        guard let list = line?.range(of: "members=").map({ line?[$0.upperBound...] ?? "" }) else { return 0 }
        return list.split(whereSeparator: { $0 == " " || $0 == "\"" }).count { $0 != "" }
    }
}

/// Applications of one repository, a ConfigMap each.
private final class SharedFleet {
    private let turn: ControllerTurn
    let delivery: Delivery
    let names: [String]

    init(on cluster: TestCluster, count: Int) throws {
        turn = ControllerTurn(on: cluster)
        let delivery = try Delivery(on: cluster)
        self.delivery = delivery
        names = (0..<count).map { "\(delivery.name)-\($0)" }
        let definitions = delivery.folder + "/definitions.yaml"
        try delivery.gitopsctl("crds").output.write(toFile: definitions, atomically: true, encoding: .utf8)
        for words in [
            ["apply", "--validate=false", "-f", definitions],
            ["wait", "--for=condition=Established", "-f", definitions],
            ["create", "namespace", delivery.name],
        ] {
            let done = try Command(program: "kubectl", environment: delivery.gitopsctl.environment, folder: "/").run(
                words)
            try #require(done.status == 0, "\(done.all)")
        }
    }

    deinit {
        for name in names {
            _ = try? delivery.kubectl("delete", "application", name, "--ignore-not-found", "--wait=false")
        }
    }

    /// - Parameter interval: how often its repository is looked at.
    func describe(_ name: String, interval: String = "500ms") throws {
        let file = delivery.folder + "/\(name).yaml"
        try """
        apiVersion: gitopsctl.dev/v1alpha1
        kind: Application
        metadata: {name: \(name), namespace: default}
        spec:
          source: {repository: \(delivery.repository), revision: main, path: \(name)}
          destination: {namespace: \(delivery.name)}
          sync: {automated: true, interval: \(interval)}
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let applied = try delivery.kubectl("apply", "-f", file)
        try #require(applied.status == 0, "\(applied.all)")
    }

    /// Commits a value of each application.
    func commit(_ value: String, before: String = "") throws {
        for name in names {
            try delivery.write("\(name)/kustomization.yaml", "namespace: \(delivery.name)\nresources: [all.yaml]\n")
            try delivery.write(
                "\(name)/all.yaml",
                "\(before.replacing("NAME", with: name))apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata: {value: \"\(value)\"}\n"
            )
        }
        try delivery.commit("Set \(value)")
    }

    /// The syncs that the status tells, as `number result commit`, the oldest first.
    func history(_ name: String) throws -> [[String]] {
        let rows = #"jsonpath={range .status.history[*]}{.id} {.result} {.revision}{"\n"}{end}"#
        let said = try delivery.kubectl("get", "application", name, "-o", rows).output
        return said.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }.sorted {
            Int($0[0]) ?? 0 < Int($1[0]) ?? 0
        }
    }

    func values() throws -> Set<String> { Set(try names.map(value)) }

    func value(_ name: String) throws -> String {
        try delivery.kubectl(
            "get", "configmap", name, "-n", delivery.name, "-o", "jsonpath={.data.value}", "--ignore-not-found"
        ).output
    }

    func until(_ what: String, _ replicas: [Replica], _ isSo: () throws -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 60)
        while Date() < deadline {
            if try isSo() { return }
            usleep(50_000)
        }
        Issue.record(
            "never: \(what)\n\(replicas.map { "\($0.name):\n" + $0.log.suffix(40).joined(separator: "\n") }.joined(separator: "\n"))"
        )
        throw CancellationError()
    }
}

@Suite(.ownThread, .serialized) struct ReplicaTests {
    @Test(arguments: TestCluster.all)
    func shareTheApplicationsAndTakeOverFromOneThatIsKilled(cluster: TestCluster) throws {
        let fleet = try SharedFleet(on: cluster, count: 8)
        let (one, other) = (try Replica("one", of: fleet.delivery), try Replica("other", of: fleet.delivery))
        let both = [one, other]
        try fleet.until("they know of one another", both) { one.members == 2 && other.members == 2 }
        try fleet.commit("first")
        for name in fleet.names { try fleet.describe(name) }
        try fleet.until("all are synced", both) { try fleet.values() == ["first"] }
        // Each was synced once, by the one who has it.
        for name in fleet.names { #expect(one.count("synced", name) + other.count("synced", name) == 1, "\(name)") }
        #expect(
            fleet.names.contains { one.count("synced", $0) > 0 }
                && fleet.names.contains { other.count("synced", $0) > 0 })

        one.signal(SIGKILL)
        try fleet.commit("second")
        try fleet.until("the other takes all over", both) { try fleet.values() == ["second"] }
        for name in fleet.names { #expect(other.count("synced", name) <= 2, "\(name)") }

        // One that ends in order is given up at once.
        let third = try Replica("third", of: fleet.delivery)
        try fleet.until("another one joins", [other, third]) {
            third.members >= 2 && fleet.names.contains { third.count("working", $0) > 0 }
        }
        other.signal(SIGTERM)
        try fleet.commit("third")
        try fleet.until("and has all alone", [other, third]) { try fleet.values() == ["third"] }
        #expect(try other.command.finish().status == 0)
    }

    /// The numbers and the commits of two replicas' syncs are one history, and what one of them rolled back the other
    /// leaves alone.
    @Test(arguments: TestCluster.all)
    func theHistoryGoesOnWithAnother(cluster: TestCluster) throws {
        let fleet = try SharedFleet(on: cluster, count: 2)
        let one = try Replica("one", of: fleet.delivery)
        try fleet.commit("good")
        let good = try fleet.delivery.head()
        for name in fleet.names { try fleet.describe(name) }
        try fleet.until("all are synced", [one]) { try fleet.values() == ["good"] }
        try fleet.commit("bad")
        let bad = try fleet.delivery.head()
        try fleet.until("a commit is synced", [one]) { try fleet.values() == ["bad"] }
        for name in fleet.names {
            let back = try fleet.delivery.gitopsctl("rollback", name)
            try #require(back.status == 0, "\(back.all)")
        }
        try fleet.until("it is rolled back", [one]) { try fleet.values() == ["good"] }
        let before = try fleet.names.map(fleet.history)
        #expect(before.allSatisfy { $0.map { $0[2] } == [good, bad, good] }, "\(before)")
        one.signal(SIGKILL)

        let other = try Replica("other", of: fleet.delivery)
        try fleet.until("another takes over", [one, other]) {
            fleet.names.allSatisfy { other.count("working", $0) > 0 }
        }
        for name in fleet.names {
            // A change of the Application, after which it would be synced, were there nothing that holds it.
            _ = try fleet.delivery.kubectl(
                "patch", "application", name, "--type=merge", "-p", #"{"spec":{"historyLimit":20}}"#)
            try fleet.until("it is looked at", [other]) {
                try fleet.delivery.kubectl(
                    "get", "application", name, "-o",
                    #"jsonpath={.metadata.generation} {.status.observedGeneration} {.status.conditions[?(@.type=="Synced")].reason}"#
                ).output == "2 2 RolledBack"
            }
        }
        #expect(try fleet.values() == ["good"])
        #expect(try fleet.names.map(fleet.history) == before)
        try fleet.commit("better")
        let better = try fleet.delivery.head()
        try fleet.until("the next commit is synced", [one, other]) { try fleet.values() == ["better"] }
        for (name, earlier) in zip(fleet.names, before) {
            try fleet.until("it is told", [other]) { try fleet.history(name).last?[2] == better }
            let all = try fleet.history(name)
            #expect(Array(all.prefix(3)) == earlier, "\(all)")
            let numbers = all.compactMap { Int($0[0]) }
            #expect(numbers == Set(numbers).sorted())
        }
    }

    /// One of them is told by the Git server; the applications of all are looked at, long before their next look.
    @Test(arguments: TestCluster.all)
    func aPushReachesTheApplicationsOfAll(cluster: TestCluster) throws {
        let fleet = try SharedFleet(on: cluster, count: 8)
        let both = [try Replica("one", of: fleet.delivery), try Replica("other", of: fleet.delivery)]
        let made = try fleet.delivery.kubectl(
            "create", "secret", "generic", "hook", "-n", fleet.delivery.name, "--from-literal=token=s3cret")
        try #require(made.status == 0, "\(made.all)")
        _ = try fleet.delivery.kubectl("label", "secret", "hook", "-n", fleet.delivery.name, "gitopsctl.dev/webhook=")
        try fleet.until("they know of one another", both) { both.allSatisfy { $0.members == 2 } }
        try fleet.commit("first")
        for name in fleet.names { try fleet.describe(name, interval: "1h") }
        try fleet.until("all are synced", both) { try fleet.values() == ["first"] }
        #expect(both.allSatisfy { replica in fleet.names.contains { replica.count("synced", $0) > 0 } })

        try fleet.commit("second")
        let place = try #require(both[0].place)
        let curl = Command(program: "curl", environment: fleet.delivery.gitopsctl.environment, folder: "/")
        func push(_ token: String) throws -> String {
            try curl(
                "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "10", "-H", "X-Gitlab-Event: Push Hook",
                "-H", "X-Gitlab-Token: \(token)",
                "--data-binary", #"{"project": {"git_http_url": "\#(fleet.delivery.repository)"}}"#,
                "http://\(place)/webhook"
            ).output
        }
        #expect(try push("guess") == "401")
        #expect(try push("s3cret") == "202")
        try fleet.until("the applications of both are synced", both) { try fleet.values() == ["second"] }
        #expect(both[1].log.contains { $0.contains("msg=push") })
        #expect(both.allSatisfy { replica in replica.log.count { $0.contains("msg=push") } == 1 })
    }

    @Test(arguments: TestCluster.all)
    func oneThatWasStoppedWritesNothingOnAnOldClaim(cluster: TestCluster) throws {
        let fleet = try SharedFleet(on: cluster, count: 1)
        let name = fleet.names[0]
        // The sync waits for the hook before it writes the value.
        let hook = """
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: NAME
              annotations: {argocd.argoproj.io/hook: PreSync, argocd.argoproj.io/hook-delete-policy: BeforeHookCreation}
            spec:
              parallelism: 0
              template:
                spec: {restartPolicy: Never, containers: [{name: main, image: example.com/main:1}]}
            ---

            """
        try fleet.commit("old", before: hook)
        let both = [try Replica("one", of: fleet.delivery), try Replica("other", of: fleet.delivery)]
        try fleet.until("they know of one another", both) { both.allSatisfy { $0.members == 2 } }
        try fleet.describe(name)
        try fleet.until("the hook runs", both) {
            try fleet.delivery.kubectl("get", "job", name, "-n", fleet.delivery.name).status == 0
        }
        let owner = try #require(both.first { $0.count("working", name) > 0 })
        let heir = try #require(both.first { $0.name != owner.name })
        #expect(heir.count("working", name) == 0)
        owner.signal(SIGSTOP)
        defer { owner.signal(SIGCONT) }

        try fleet.commit("new")
        try fleet.until("the other takes it over", both) { try fleet.value(name) == "new" }
        // Now nothing but its claim keeps the one that was stopped from going on with what it began.
        try fleet.delivery.endJob(name, in: fleet.delivery.name, as: "Complete")
        owner.signal(SIGCONT)
        try fleet.until("it has noticed", both) { owner.log.contains { $0.contains("sync interrupted") } }
        try fleet.until("and is there again", both) { both.allSatisfy { $0.members == 2 } }
        #expect(try fleet.value(name) == "new")
        #expect(owner.count("synced", name) == 0)
    }
}
