// The clusters that every test of the whole way runs against: the sandbox, and a real API server.

import Foundation
import Synchronization
import Testing

/// A cluster by its kubeconfig.
struct TestCluster: Sendable, CustomTestStringConvertible {
    var name: String
    var kubeconfig: String
    /// Whether controllers make workloads ready. A bare API server has none.
    var hasControllers: Bool

    var testDescription: String { name }

    /// Both, or the sandbox alone where GITOPSCTL_TEST_KUBECONFIG names no cluster.
    static let all: [TestCluster] = {
        var clusters = [sandbox]
        if let real = ProcessInfo.processInfo.environment["GITOPSCTL_TEST_KUBECONFIG"], !real.isEmpty {
            clusters.append(TestCluster(name: "real API server", kubeconfig: real, hasControllers: false))
        }
        return clusters
    }()

    static let sandbox = TestCluster(
        name: "sandbox", kubeconfig: SandboxProcess.shared.kubeconfig, hasControllers: true)

    /// Server-side apply knows the default of a port's protocol from 1.21 on; an older server refuses a port without
    /// one.
    func knowsPortDefaults() throws -> Bool {
        let kubectl = Command(program: "kubectl", environment: Workplace.environment, folder: "/")
        let version = try kubectl("--kubeconfig", kubeconfig, "get", "--raw", "/version").output
        let digits = version.components(separatedBy: #""minor": ""#).last?.prefix { $0.isNumber } ?? ""
        return Int(digits).map { $0 >= 21 } ?? true
    }
}

/// A sandbox, ended with the test process.
final class SandboxProcess: Sendable {
    /// The one that tests share, each in a namespace of its own.
    static let shared = SandboxProcess()

    let kubeconfig: String
    /// Where it keeps its state.
    let state: String

    init() {
        state = FileManager.default.temporaryDirectory.appending(path: "e2e-sandbox-\(UUID().uuidString)").path
        var environment = Workplace.environment
        environment["XDG_STATE_HOME"] = state
        let gitopsctl = Command(program: Workplace.gitopsctl, environment: environment, folder: "/")
        do {
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            let started = try gitopsctl("sandbox", "start")
            guard started.status == 0 else { fatalError("the sandbox does not start: \(started.all)") }
            kubeconfig = started.output.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            fatalError("the sandbox does not start: \(error)")
        }
        SandboxEnd.add(state)
    }
}

/// What the exit of the process has to end.
private enum SandboxEnd {
    private static let states = Mutex<[String]>([])

    static func add(_ state: String) {
        let isFirst = states.withLock { states in
            states.append(state)
            return states.count == 1
        }
        if isFirst { atexit { SandboxEnd.stop() } }
    }

    static func stop() {
        for state in states.withLock({ $0 }) {
            var environment = Workplace.environment
            environment["XDG_STATE_HOME"] = state
            let gitopsctl = Command(program: Workplace.gitopsctl, environment: environment, folder: "/")
            _ = try? gitopsctl("sandbox", "stop")
            try? FileManager.default.removeItem(atPath: state)
        }
    }
}

/// What the machine has for the tests.
enum Workplace {
    /// The program that this build made, beside the test bundle.
    static let gitopsctl: String = {
        let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let candidates = [
            bundle, URL(filePath: FileManager.default.currentDirectoryPath).appending(path: ".build/debug"),
        ]
        let found = candidates.map { $0.appending(path: "gitopsctl").path }.first(
            where: FileManager.default.isExecutableFile)
        return found ?? "gitopsctl"
    }()

    static let environment: [String: String] = {
        var environment = ProcessInfo.processInfo.environment
        environment["KUBECONFIG"] = nil
        environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
        return environment
    }()

    /// The folder of recorded cases beside the repository, nil where it is absent.
    static let shared: String? = {
        let named = ProcessInfo.processInfo.environment["GITOPSCTL_SHARED"]
        let beside = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared")
            .standardized.path
        return [named, beside].compactMap(\.self).first { FileManager.default.fileExists(atPath: $0 + "/cases") }
    }()
}
