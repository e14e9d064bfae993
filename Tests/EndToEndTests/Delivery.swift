// A Git repository, an Application and a cluster: everything that one test syncs.

import Foundation
import Testing

/// An application of a test's own, in a namespace of its own, removed with everything else when the test is done.
final class Delivery: Sendable {
    let cluster: TestCluster
    let name: String
    let folder: String
    let gitopsctl: Command
    let git: Command

    var repository: String { folder + "/repository" }

    init(on cluster: TestCluster) throws {
        self.cluster = cluster
        name = "e2e-" + UUID().uuidString.prefix(8).lowercased()
        folder = FileManager.default.temporaryDirectory.appending(path: name).path
        let repository = folder + "/repository"
        try FileManager.default.createDirectory(atPath: repository + "/gitops", withIntermediateDirectories: true)
        var environment = Workplace.environment
        environment["XDG_STATE_HOME"] = folder + "/state"
        environment["XDG_CACHE_HOME"] = folder + "/cache"
        environment["KUBECONFIG"] = cluster.kubeconfig
        gitopsctl = Command(program: Workplace.gitopsctl, environment: environment, folder: repository)
        git = Command(program: "git", environment: environment, folder: repository)
        try run("init", "-q", "-b", "main")
        try run("config", "user.name", "Test")
        try run("config", "user.email", "test@localhost")
        try describe(path: "app")
    }

    deinit {
        _ = try? kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")
        _ = try? kubectl("delete", "configmap", "-n", "default", "gitopsctl-" + name, "--ignore-not-found")
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func run(_ words: String...) throws {
        let result = try git.run(words)
        try #require(result.status == 0, "git \(words.joined(separator: " ")): \(result.all)")
    }

    /// Writes the Application.
    func describe(path: String, repository: String = ".", extra: String = "") throws {
        try write(
            "gitops/application.yaml",
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata:
              name: \(name)
            spec:
              source:
                repository: \(repository)
                revision: main
                path: \(path)
              destination:
                namespace: \(name)
              sync:
                prune: true
            \(extra)
            """)
    }

    func write(_ path: String, _ text: String) throws {
        let file = URL(filePath: repository).appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    func read(_ path: String) throws -> String {
        try String(contentsOfFile: repository + "/" + path, encoding: .utf8)
    }

    func replace(_ text: String, with other: String, in path: String) throws {
        let before = try read(path)
        try #require(before.contains(text))
        try write(path, before.replacingOccurrences(of: text, with: other))
    }

    func commit(_ message: String) throws {
        try run("add", "-A")
        try run("commit", "-q", "-m", message)
    }

    /// The id of the newest commit.
    func head() throws -> String {
        try git("rev-parse", "HEAD").output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Copies a file or folder into the repository.
    func take(_ path: String, as name: String) throws {
        let copied = try Command(program: "cp", environment: gitopsctl.environment, folder: repository)(
            "-R", path, name)
        try #require(copied.status == 0, "\(copied.all)")
    }

    /// Ends a Job as soon as it is there, as its controller would: servers since 1.31 refuse an end that was not
    /// announced, and one without its times.
    func endJob(_ job: String, in namespace: String, as condition: String) throws {
        func told(_ type: String) -> String {
            #"{"type":"\#(type)","status":"True","reason":"Told","message":"the test said so"}"#
        }
        let isComplete = condition == "Complete"
        let conditions = told(isComplete ? "SuccessCriteriaMet" : "FailureTarget") + "," + told(condition)
        let started = #""startTime":"2026-01-01T00:00:00Z""#
        let times = isComplete ? started + #","completionTime":"2026-01-01T00:00:01Z""# : started
        let status = #"{"status":{\#(times),"conditions":[\#(conditions)]}}"#
        for _ in 0..<200 {
            let found = try kubectl("get", "job", job, "-n", namespace, "-o", "name")
            if found.status == 0 {
                let patched = try kubectl(
                    "patch", "job", job, "-n", namespace, "--subresource=status", "--type=merge", "-p", status)
                try #require(patched.status == 0, "\(patched.all)")
                return
            }
        }
        Issue.record("Job \(job) was never made")
    }

    /// Has the cluster take manifests.
    ///
    /// - Parameters:
    ///   - name: the file, of the test's own, that they are kept in.
    ///   - options: more of the command line.
    /// - Returns: the path of the file.
    @discardableResult
    func apply(_ manifests: String, as name: String, _ options: String...) throws -> String {
        let file = folder + "/" + name
        try manifests.write(toFile: file, atomically: true, encoding: .utf8)
        let applied = try Command(program: "kubectl", environment: gitopsctl.environment, folder: "/")
            .run(["apply"] + options + ["-f", file])
        try #require(applied.status == 0, "\(applied.all)")
        return file
    }

    func kubectl(_ words: String...) throws -> CommandResult {
        try Command(program: "kubectl", environment: gitopsctl.environment, folder: "/").run(words)
    }

    /// Waiting for health makes sense only where something makes workloads healthy.
    func sync(_ words: String...) throws -> CommandResult {
        try gitopsctl.run(["sync", name] + words + (cluster.hasControllers ? [] : ["--no-wait"]))
    }

    func json(_ words: String...) throws -> [String: Any] {
        let result = try gitopsctl.run(words + ["-o", "json"])
        return try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(result.all)")
    }

    /// The fields that a sync would change, as `Kind name path` with who made each differ: "git", or the manager's
    /// name.
    func differences() throws -> [String: String] {
        let document = try json("diff", name)
        var found: [String: String] = [:]
        for change in document["changes"] as? [[String: Any]] ?? [] {
            let title = "\(change["kind"] ?? "") \(change["name"] ?? "")"
            let fields = change["fields"] as? [[String: Any]] ?? []
            if fields.isEmpty { found["\(title) \(change["action"] ?? "")"] = "" }
            for field in fields {
                let cause = field["cause"] as? [String: Any] ?? [:]
                found["\(title) \(field["path"] ?? "")"] =
                    cause["manager"] as? String ?? cause["origin"] as? String ?? "?"
            }
        }
        return found
    }

    /// `kind/name` → resourceVersion of everything that carries the application's label.
    func resourceVersions(_ kinds: String) throws -> [String: String] {
        let result = try kubectl(
            "get", kinds, "-n", name, "-l", "applyset.kubernetes.io/part-of", "-o",
            #"jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}"#)
        try #require(result.status == 0, "\(result.all)")
        let pairs = result.output.split(separator: "\n").map { $0.split(separator: " ") }
        return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
    }
}
