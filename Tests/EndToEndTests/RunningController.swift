// A controller beside a test: the program, an Application of the test's own, and what the cluster says of it.

import Foundation
import Synchronization
import Testing

/// The turn of a test whose controllers keep every Application of a cluster: two such tests at once would each see the
/// other's work. Given back when it is let go.
final class ControllerTurn: Sendable {
    private static let places = Mutex<[String: DispatchSemaphore]>([:])
    private let place: DispatchSemaphore

    init(on cluster: TestCluster) {
        place = Self.places.withLock { places in
            let place = places[cluster.kubeconfig] ?? DispatchSemaphore(value: 1)
            places[cluster.kubeconfig] = place
            return place
        }
        place.wait()
    }

    deinit { place.signal() }
}

/// A controller that runs beside a test, and ends with it.
final class RunningController: Sendable {
    private let turn: ControllerTurn
    let delivery: Delivery
    private let command: RunningCommand
    private let options: [String]

    /// - Parameters:
    ///   - cluster: has the definitions from then on.
    ///   - options: more of its command line.
    ///   - allowsPrivateAddresses: false for tests of what is refused: the repositories of tests are on this machine.
    init(on cluster: TestCluster, options: [String] = [], allowsPrivateAddresses: Bool = true) throws {
        let delivery = try Delivery(on: cluster)
        self.delivery = delivery
        turn = ControllerTurn(on: cluster)
        self.options =
            ["--listen", "127.0.0.1:0", "--kubeconfig", cluster.kubeconfig]
            + (allowsPrivateAddresses ? ["--allow-private-addresses"] : []) + options
        try FileManager.default.removeItem(atPath: delivery.repository + "/gitops")
        let definitions = delivery.folder + "/definitions.yaml"
        try delivery.gitopsctl("crds").output.write(toFile: definitions, atomically: true, encoding: .utf8)
        // Rules in CEL are newer than some servers, which pass them over in a client-side apply.
        let applied = try delivery.kubectl("apply", "--validate=false", "-f", definitions)
        try #require(applied.status == 0, "\(applied.all)")
        let established = try delivery.kubectl("wait", "--for=condition=Established", "-f", definitions)
        try #require(established.status == 0, "\(established.all)")
        command = try Self.command(delivery).start(self.options)
    }

    deinit {
        command.kill()
        _ = try? command.finish()
        _ = try? delivery.kubectl(
            "patch", "application", delivery.name, "--type=merge", "-p", #"{"metadata":{"finalizers":null}}"#)
        _ = try? delivery.kubectl("delete", "application", delivery.name, "--ignore-not-found", "--wait=false")
    }

    /// Asks it to end, and waits until it has.
    func end() throws -> CommandResult {
        Foundation.kill(command.pid, SIGTERM)
        return try command.finish()
    }

    /// Ends it, and starts another in its place, which the caller ends.
    func again() throws -> RunningCommand {
        _ = try end()
        return try Self.command(delivery).start(options)
    }

    private static func command(_ delivery: Delivery) -> Command {
        let program = URL(filePath: Workplace.gitopsctl).deletingLastPathComponent().appending(
            path: "gitops-controller"
        ).path
        return Command(program: program, environment: delivery.gitopsctl.environment, folder: "/")
    }

    /// Where it says that it serves something.
    func place(_ key: String = " address=") throws -> String {
        try until("it serves\(key)") { log.contains(key) }
        return String(try #require(log.components(separatedBy: key).dropFirst().first?.prefix { !$0.isWhitespace }))
    }

    /// What Prometheus would read.
    func metrics() throws -> String {
        let curl = Command(program: "curl", environment: delivery.gitopsctl.environment, folder: "/")
        return try curl("-s", "--max-time", "10", "http://\(place())/metrics").output
    }

    var log: String { (try? String(contentsOfFile: command.errors, encoding: .utf8)) ?? "" }

    /// Writes the Application into the cluster.
    func describe(_ sync: String = "automated: true, selfHeal: true, interval: 1s", _ extra: String = "") throws {
        try delivery.apply(
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata: {name: \(delivery.name), namespace: default}
            spec:
              source: {repository: \(delivery.repository), revision: main, path: app}
              destination: {namespace: \(delivery.name)}
              sync: {\(sync)}
              \(extra)
            """, as: "application.yaml", "--server-side", "--force-conflicts")
    }

    /// Writes a Project of the Application's name that allows it some kinds.
    func describeProject(kinds: String) throws {
        try delivery.apply(
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Project
            metadata: {name: \(delivery.name), namespace: default}
            spec:
              sources: ["\(delivery.repository)"]
              destinations: [{namespace: \(delivery.name)}]
              kinds: [\(kinds)]
            """, as: "project.yaml")
    }

    func removeProject() {
        _ = try? delivery.kubectl("delete", "project.gitopsctl.dev", delivery.name, "--ignore-not-found")
    }

    /// A namespace, and a ConfigMap with a value in it: what a bare API server keeps as well as a cluster.
    func commit(value: String, _ more: String = "") throws {
        try delivery.write("app/kustomization.yaml", "namespace: \(delivery.name)\nresources: [all.yaml]\n")
        try delivery.write(
            "app/all.yaml",
            """
            apiVersion: v1
            kind: Namespace
            metadata: {name: \(delivery.name)}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data: {value: "\(value)"}
            \(more)
            """)
        try delivery.commit("Set \(value)")
    }

    func value() throws -> String {
        try delivery.kubectl("get", "configmap", "settings", "-n", delivery.name, "-o", "jsonpath={.data.value}").output
    }

    func condition(_ type: String) throws -> String {
        try delivery.kubectl(
            "get", "application", delivery.name, "-o",
            "jsonpath={.status.conditions[?(@.type==\"\(type)\")].status} {.status.conditions[?(@.type==\"\(type)\")].message}"
        ).output
    }

    /// Waits until something is so, as long as a slow machine may need.
    func until(_ what: String, seconds: Double = 60, _ isSo: () throws -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if try isSo() { return }
            usleep(50_000)
        }
        Issue.record("never: \(what)\n\(try condition("Ready"))\n\(log)")
        throw CancellationError()
    }
}
