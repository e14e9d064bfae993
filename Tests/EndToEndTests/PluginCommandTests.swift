// `gitopsctl plugin`: skeletons that work as they are written, and trying a plugin on manifests.

import Foundation
import Testing

@Suite(.ownThread) struct PluginCommandTests {
    /// A folder for one test.
    private func workplace() throws -> (folder: String, gitopsctl: Command) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "plugin-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var environment = Workplace.environment
        environment["XDG_CONFIG_HOME"] = folder
        environment["GOCACHE"] = folder + "/go-cache"
        environment["GOPATH"] = folder + "/go"
        return (folder, Command(program: Workplace.gitopsctl, environment: environment, folder: folder))
    }

    private func isInstalled(_ program: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    private static let manifests = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          template:
            spec:
              containers:
              - image: web:latest
                name: web
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: login, namespace: shop}
        data: {password: c2VjcmV0}

        """

    @Test(arguments: [("python", "python3"), ("shell", "sh"), ("go", "go"), ("swift", "swift")])
    func aSkeletonPassesItsTestAndRuns(language: String, needs: String) throws {
        guard isInstalled(needs) else { return }
        var (folder, gitopsctl) = try workplace()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try gitopsctl("plugin", "init", "stamp", "--language", language).status == 0)
        let tested = try Command(program: "./test.sh", environment: gitopsctl.environment, folder: folder + "/stamp")()
        #expect(tested.status == 0, "\(tested.all)")

        try Self.manifests.write(toFile: folder + "/manifests.yaml", atomically: true, encoding: .utf8)
        try "team: shop\n".write(toFile: folder + "/config.yaml", atomically: true, encoding: .utf8)
        gitopsctl.environment["GITOPSCTL_PLUGINS"] = folder + "/stamp/catalog.yaml"
        let run = try gitopsctl("plugin", "run", "stamp", "manifests.yaml", "--config", "config.yaml")
        #expect(run.status == 0, "\(run.all)")
        if language == "shell" {
            #expect(run.errors.contains("an image has the tag latest"), "\(run.all)")
        } else {
            #expect(run.output.contains("team: shop"), "\(run.all)")
            #expect(
                run.errors.contains("manifests.yaml:1:1: warning: Deployment web: the object names no namespace"),
                "\(run.all)")
        }
        #expect(!run.all.contains("c2VjcmV0"), "\(run.all)")
        #expect(try gitopsctl("plugin", "list").output.contains("stamp"))
    }

    @Test func aSkeletonOverwritesNothing() throws {
        let (folder, gitopsctl) = try workplace()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try gitopsctl("plugin", "init", "stamp").status == 0)
        #expect(try gitopsctl("plugin", "init", "stamp").status == 1)
    }

    /// A plugin goes with the gitopsctl that runs it, however that goes, and with all that it started.
    @Test func aKilledGitopsctlLeavesNothingRunning() throws {
        let (folder, gitopsctl) = try workplace()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.manifests.write(toFile: folder + "/manifests.yaml", atomically: true, encoding: .utf8)
        let mark = "6\(Int.random(in: 100_000...999_999))"
        let shell = Command(program: "sh", environment: gitopsctl.environment, folder: folder)
        let script = "printf '#!/bin/sh\\n(setsid sleep \(mark) &)\\nsleep \(mark)\\n' > function && chmod +x function"
        #expect(try shell("-c", script).status == 0)
        let running = try gitopsctl.start(["plugin", "run", "./function", "manifests.yaml"])
        try wait("the plugin to start both") { processes(with: mark).count == 2 }
        running.kill()
        #expect(try running.finish().status == 128 + SIGKILL)
        try wait("both to end") { processes(with: mark).isEmpty }
    }

    private func wait(_ what: String, until condition: () -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 120)
        while !condition() {
            try #require(Date() < deadline, "waited for \(what)")
            usleep(5000)
        }
    }

    /// The processes of which a word of the command line is exactly this one.
    private func processes(with word: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            guard Int(name) != nil, let data = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return false
            }
            return data.split(separator: 0).contains { $0.elementsEqual(word.utf8) }
        }
    }

    @Test func aProgramCanBeTriedByItsPath() throws {
        let (folder, gitopsctl) = try workplace()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Self.manifests.write(toFile: folder + "/manifests.yaml", atomically: true, encoding: .utf8)
        // Written by a process of its own: a child that another test starts meanwhile would inherit the open file, and
        // a file that is open for writing cannot be run.
        let shell = Command(program: "sh", environment: gitopsctl.environment, folder: folder)
        let script = #"printf '#!/bin/sh\nsed s/web:latest/web:1/\n' > function && chmod +x function"#
        #expect(try shell("-c", script).status == 0)
        let run = try gitopsctl("plugin", "run", "./function", "manifests.yaml")
        #expect(run.status == 0 && run.output.contains("image: web:1\n"), "\(run.all)")
        let shown = try gitopsctl("plugin", "run", "./function", "manifests.yaml", "--show-secrets")
        #expect(shown.output.contains("password: c2VjcmV0"), "\(shown.all)")
        #expect(
            try gitopsctl("plugin", "run", "smaple", "manifests.yaml").errors.contains(
                "there is no plugin smaple in the catalogue"))
    }
}
