// The secrets of a whole platform, the fleet's glucosync: made and sealed by its own secrets.sh, opened in a sandbox,
// rotated, changed, rolled back, and in the open nowhere but in the cluster.

import Foundation
import Testing

@Suite(.ownThread) struct FleetSecretsTests {
    private static let tree = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../deploy/fleet/glucosync").standardized.path

    /// The platform's repository, and a cluster of its own: its namespaces and the cluster's keys have fixed names.
    private final class Platform {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fleet-\(UUID().uuidString)").path
        let environment: [String: String]
        private let sandbox = SandboxProcess()
        private(set) var said = ""

        var repository: String { folder + "/glucosync" }

        init() throws {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: FleetSecretsTests.tree, toPath: folder + "/glucosync")
            var environment = Workplace.environment
            environment["XDG_STATE_HOME"] = folder + "/state"
            environment["XDG_CACHE_HOME"] = folder + "/cache"
            environment["KUBECONFIG"] = sandbox.kubeconfig
            let programs = URL(filePath: Workplace.gitopsctl).deletingLastPathComponent().path
            environment["PATH"] = "\(programs):\(environment["PATH"] ?? "/usr/bin:/bin")"
            self.environment = environment
            try run("git", "init", "-q", "-b", "main")
            try run("git", "config", "user.name", "Test")
            try run("git", "config", "user.email", "test@localhost")
            try commit("Begin")
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        /// What a program says to a user is kept for `leaks`.
        @discardableResult
        func run(_ program: String, _ words: String..., expecting status: Int32 = 0) throws -> CommandResult {
            let result = try Command(program: program, environment: environment, folder: repository).run(words)
            said += result.all
            try #require(result.status == status, "\(program) \(words.joined(separator: " ")): \(result.all)")
            return result
        }

        /// The same, of what may show values: kubectl.
        func ask(_ words: String...) throws -> String {
            try Command(program: "kubectl", environment: environment, folder: repository).run(words).output
        }

        func commit(_ message: String) throws {
            try run("git", "add", "-A")
            try run("git", "commit", "-q", "--allow-empty", "-m", message)
        }

        func sync(_ words: String...) throws -> CommandResult {
            let result = try Command(program: "gitopsctl", environment: environment, folder: repository)
                .run(["sync", "glucosync", "--no-wait"] + words)
            said += result.all
            return result
        }

        /// `namespace/name` → key → value, of every Secret that a sync delivered.
        func secrets() throws -> [String: [String: String]] {
            let text = try ask("get", "secrets", "-A", "-l", "applyset.kubernetes.io/part-of", "-o", "json")
            let list = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            var found: [String: [String: String]] = [:]
            for item in list["items"] as? [[String: Any]] ?? [] {
                let metadata = item["metadata"] as? [String: Any] ?? [:]
                found["\(metadata["namespace"] ?? "")/\(metadata["name"] ?? "")"] =
                    (item["data"] as? [String: String] ?? [:]).mapValues {
                        String(decoding: Data(base64Encoded: $0) ?? Data(), as: UTF8.self)
                    }
            }
            return found
        }

        /// Where one of some values stands in the open: in a file of the repository, the history, the caches, the
        /// sandbox or the plugins' folders, or in what was said.
        func leaks(of values: Set<String>) -> [String] {
            let needles = values.flatMap { [Data($0.utf8), Data(Data($0.utf8).base64EncodedString().utf8)] }
            func leaks(_ data: Data) -> Bool { needles.contains { data.range(of: $0) != nil } }
            let files = [folder, sandbox.state, "/dev/shm"].flatMap { folder in
                ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).filter { name in
                    FileManager.default.contents(atPath: "\(folder)/\(name)").map(leaks) ?? false
                }
            }
            return files + (leaks(Data(said.utf8)) ? ["what was said"] : [])
        }
    }

    /// Values that nobody guesses: the others are names of users and stand-ins.
    private func values(_ secrets: [String: [String: String]]) -> Set<String> {
        Set(secrets.values.flatMap(\.values).filter { $0.count >= 16 && !$0.hasPrefix("stand-in-for-") })
    }

    @Test func areSealedSyncedRotatedChangedAndRolledBack() throws {
        let platform = try Platform()
        // As it stands in deploy/fleet nothing opens it, and nothing of it reaches the cluster.
        try platform.run("gitopsctl", "seal", "rotate", "--bits", "2048")
        try platform.run("gitopsctl", "sync", "glucosync-operators")
        let sealedForNobody = try platform.sync()
        #expect(sealedForNobody.status == 1)
        #expect(
            sealedForNobody.all.contains("cannot be opened: none of the one key at hand fits"), "\(sealedForNobody.all)"
        )
        #expect(try platform.secrets().isEmpty)

        // Sealed for this cluster.
        try platform.run("./secrets.sh", "production")
        try platform.commit("Seal")
        let sealed = try platform.run("git", "rev-parse", "HEAD").output.trimmingCharacters(in: .newlines)
        let first = try platform.sync()
        #expect(first.status == 0, "\(first.all)")
        let secrets = try platform.secrets()
        #expect(secrets.count == 18 && secrets["glucosync-data/redis"]?["password"]?.count == 48, "\(secrets.keys)")
        // What stands in two namespaces is the same there.
        #expect(
            secrets["glucosync-apps/glucoengine"]?["redis-password"] == secrets["glucosync-data/redis"]?["password"])
        #expect(
            secrets["glucosync-cicd/harbor"]?["object-storage-key"] == secrets["glucosync-data/minio-users"]?["harbor"])

        // A new key, and every value of production sealed with it: nothing to do.
        try platform.run("gitopsctl", "seal", "rotate", "--bits", "2048")
        let resealed = try platform.run("gitopsctl", "seal", "re-encrypt", "overlays/production")
        #expect(resealed.errors.contains("52 values in 6 files sealed anew"), "\(resealed.all)")
        try platform.commit("Seal anew")
        let rotated = try platform.sync()
        #expect(rotated.status == 0 && rotated.all.contains("nothing to do"), "\(rotated.all)")

        // One password changes, and comes back with its commit, whose seals hang on the older key.
        try platform.run(
            "sh", "-c",
            "printf 'apiVersion: v1\\nkind: Secret\\nmetadata: {name: redis, namespace: glucosync-data}\\nstringData: {password: '$(openssl rand -hex 24)'}' "
                + "| gitopsctl seal --merge-into overlays/production/data/sealed-secrets.yaml")
        try platform.commit("Change a password")
        let changed = try platform.sync()
        #expect(changed.status == 0 && changed.all.contains("1 configured"), "\(changed.all)")
        let after = try platform.secrets()
        #expect(after["glucosync-data/redis"] != secrets["glucosync-data/redis"])
        let back = try platform.sync("--revision", sealed)
        #expect(back.status == 0 && back.all.contains("1 configured"), "\(back.all)")
        #expect(try platform.secrets() == secrets)

        for words in [
            ["diff", "glucosync"], ["history", "glucosync"], ["status", "glucosync"], ["build", "glucosync"],
        ] {
            try platform.run("gitopsctl", words[0], words[1], expecting: words[0] == "diff" ? 2 : 0)
        }
        let known = values(secrets).union(values(after))
        #expect(known.count > 30)
        #expect(platform.leaks(of: known) == [])
        // The check itself sees a value where there is one.
        try Data((known.first ?? "").utf8).write(to: URL(filePath: platform.folder + "/leak"))
        #expect(platform.leaks(of: known) == ["leak"])
    }
}
