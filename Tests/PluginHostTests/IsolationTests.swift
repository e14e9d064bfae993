import CIsolation
import Foundation
import Manifest
import PluginHost
import Testing

/// What a plugin does must reach no further than a diagnostic: with namespaces, and where the kernel has none.
@Suite struct IsolationTests {
    @Test(arguments: [true, false])
    func aPluginThatHangsIsEndedWithItsChildren(_ namespaces: Bool) async throws {
        let mark = "3\(Int.random(in: 100_000...999_999))"
        let program = try Program.shell("setsid sleep \(mark) & sleep \(mark) & echo waiting >&2; wait")
        let definition = program.definition { $0.limits.timeout = .milliseconds(500) }
        let finding = await failure(definition, namespaces: namespaces)
        #expect(finding?.message == "the plugin sample did not end within 0 s: waiting")
        #expect(processes(with: mark).isEmpty)
    }

    @Test(arguments: [true, false])
    func whatAPluginLeavesRunningEndsWithIt(_ namespaces: Bool) async throws {
        let mark = "4\(Int.random(in: 100_000...999_999))"
        let program = try Program.shell("(setsid sleep \(mark) >/dev/null 2>&1 &) ; cat")
        let definition = program.definition()
        _ = try await host(definition, namespaces: namespaces).call(definition, ResourceList())
        #expect(processes(with: mark).isEmpty)
    }

    @Test func aFloodOfOutputIsCutOff() async throws {
        let program = try Program.shell("yes")
        let definition = program.definition { $0.limits.output = 1 << 20 }
        #expect(await failure(definition)?.message == "the plugin sample printed more than 1024 KiB")
    }

    @Test func aFloodOfComplaintsIsKeptAtItsEnd() async throws {
        let program = try Program.shell("yes | head -c 10000000 >&2; echo the end >&2; exit 1")
        let message = try #require(await failure(program.definition())?.message)
        #expect(message.hasSuffix("the end"))
        #expect(message.utf8.count < 10_000)
    }

    @Test func forksWithoutEndRunIntoALimit() async throws {
        let program = try Program.python(
            """
            import os, sys, time
            count = 0
            try:
                while count < 500:
                    if os.fork() == 0:
                        time.sleep(60)
                        os._exit(0)
                    count += 1
            except OSError:
                pass
            sys.stderr.write("%d processes" % count)
            sys.exit(1)
            """)
        let definition = program.definition { $0.limits.processes = 20 }
        let message = try #require(await failure(definition)?.message)
        #expect(message.contains(" processes"), "\(message)")
        let count = message.split(separator: " ").compactMap { Int($0) }.last
        #expect(count.map { $0 < 25 } ?? false, "\(message)")
    }

    @Test func aSignalIsTold() async throws {
        let program = try Program.shell("kill -SEGV $$")
        let finding = await failure(program.definition())
        #expect(finding?.message == "the plugin sample was ended by signal 11")
        #expect(finding?.cure == "It may have run out of memory: limits.memory is 512 MiB")
    }

    @Test func memoryIsLimited() async throws {
        let program = try Program.python("x = bytearray(400 << 20)\nprint(len(x))")
        let definition = program.definition { $0.limits.memory = 100 << 20 }
        #expect(await failure(definition)?.message.contains("MemoryError") == true)
    }

    @Test func processorTimeIsLimited() async throws {
        let program = try Program.shell("while :; do :; done")
        let definition = program.definition { $0.limits.cpuSeconds = 1 }
        #expect(await failure(definition)?.message == "the plugin sample used more than 1 s of CPU time")
    }

    @Test func filesAreLimited() async throws {
        let program = try Program.shell("exec head -c 2000000 /dev/zero > big")
        let definition = program.definition { $0.limits.fileSize = 1 << 20 }
        #expect(await failure(definition)?.message == "the plugin sample wrote a file that is too large")
    }

    @Test func nothingOfTheEnvironmentGoesOverButWhatIsGranted() async throws {
        setenv("GITOPSCTL_TEST_TOKEN", "s3cr3t", 1)
        let program = try Program.shell("env | sed 's/=.*//' | sort | tr '\\n' ' ' >&2; echo \"$GREETING\" >&2; exit 1")
        let definition = program.definition { $0.grants.environment = ["GREETING": "hello"] }
        let message = try #require(await failure(definition)?.message)
        #expect(message.contains("GREETING HOME LANG PATH PWD TMPDIR"), "\(message)")
        #expect(message.hasSuffix("hello"))
        #expect(!message.contains("TOKEN"))
    }

    @Test func itsFolderIsItsOwnAndGoesWithIt() async throws {
        let program = try Program.shell("echo data > file && cat file >&2; pwd >&2; exit 1")
        let message = try #require(await failure(program.definition())?.message)
        let lines = message.split(separator: "\n")
        #expect(lines.first?.hasSuffix("data") == true)
        let folder = try #require(lines.last.map(String.init))
        #expect(folder.contains("gitopsctl-plugin-"))
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test func foldersOfProcessesThatAreGoneAreSweptAway() async throws {
        // The highest process number that Linux gives is 4194304.
        let stale = "/dev/shm/gitopsctl-plugin-4194305-stale"
        let recent = "/dev/shm/gitopsctl-plugin-4194305-recent"
        let manager = FileManager.default
        defer { for path in [stale, recent] { try? manager.removeItem(atPath: path) } }
        for path in [stale, recent] { try manager.createDirectory(atPath: path, withIntermediateDirectories: true) }
        try manager.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: stale)
        let program = try Program.shell("cat")
        _ = try await host(program.definition()).call(program.definition(), ResourceList())
        #expect(!manager.fileExists(atPath: stale))
        #expect(manager.fileExists(atPath: recent))
    }

    @Test func thereIsNoNetworkUnlessItIsGranted() async throws {
        let program = try Program.shell("tail -n +3 /proc/net/dev | wc -l >&2; grep -c . /proc/net/route >&2; exit 1")
        let unseen = host(program.definition())
        do throws(DiagnosticsError) {
            _ = try await unseen.call(program.definition(), ResourceList())
        } catch {
            // Loopback alone, which is down, and not even the heading of a route.
            #expect(error.diagnostics[0].message.hasSuffix(": 1\n0"), "\(error)")
            return
        }
        Issue.record("the plugin was to fail")
    }

    @Test func theNetworkIsThereWhereItIsGranted() async throws {
        let program = try Program.shell("tail -n +3 /proc/net/dev | wc -l >&2; exit 1")
        let granted = program.definition { $0.grants.network = true }
        let interfaces = try String(contentsOfFile: "/proc/net/dev", encoding: .utf8).split(separator: "\n").count - 2
        #expect(await failure(granted)?.message.hasSuffix(": \(interfaces)") == true)
    }

    @Test func itRunsAsNobodyWithoutNewPrivilegesInNamespacesOfItsOwn() async throws {
        let program = try Program.shell(
            "id -u >&2; grep NoNewPrivs /proc/self/status >&2; readlink /proc/self/ns/ipc /proc/self/ns/net /proc/self/ns/user >&2; echo $$ >&2; exit 1"
        )
        let message = try #require(await failure(program.definition())?.message)
        let lines = message.split(separator: "\n").map(String.init)
        #expect(lines.first?.hasSuffix(" \(geteuid() == 0 ? 65534 : geteuid())") == true, "\(message)")
        #expect(lines.contains("NoNewPrivs:\t1"))
        for name in ["ipc", "net", "user"] {
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(name)")
            #expect(message.contains("\(name):[") && !message.contains(own), "\(message)")
        }
        // The guard is the first process of the namespace, and the program the second.
        #expect(lines.last == "2", "\(message)")
    }

    @Test(.enabled(if: isolation_has_landlock(), "the kernel has Landlock")) func itWritesNowhereButInItsFolder()
        async throws
    {
        let open = FileManager.default.temporaryDirectory.appending(path: "open-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: open, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o777])
        defer { try? FileManager.default.removeItem(atPath: open) }
        let program = try Program.shell(
            "echo x > here && (echo x > \(open)/there) 2>/dev/null; ls here \(open) >&2; exit 1")
        let message = try #require(await failure(program.definition())?.message)
        #expect(message.contains("here") && !message.contains("there"), "\(message)")
    }

    @Test func whatScriptsWriteToDevStderrIsHeard() async throws {
        let program = try Program.shell("echo said > /dev/stderr; exit 1")
        #expect(await failure(program.definition())?.message.hasSuffix(": said") == true)
    }

    /// Hangs, floods, forks and dies beside a plugin that does its work, on as few slots as there are of them.
    @Test func nothingElseNoticesOneThatMisbehaves() async throws {
        let bodies = ["sleep 1000", "yes", "while :; do (sleep 1000 &) ; done", "kill -KILL $$", "printf 'items:'"]
        let programs = try bodies.map { try Program.shell($0) }
        let good = try Program.shell("cat")
        let definitions = programs.enumerated().map { index, program in
            program.definition {
                $0.name = "bad-\(index)"
                $0.limits.timeout = .seconds(1)
                $0.limits.output = 1 << 20
                $0.limits.processes = 20
            }
        }
        let wanted = good.definition()
        let host = PluginHost(catalog: PluginCatalog(definitions + [wanted]), processes: 2) {
            _ throws(DiagnosticsError) in []
        }
        let list = ResourceList(items: [configMap("a").value])
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for definition in definitions {
                group.addTask {
                    await #expect(throws: DiagnosticsError.self) { try await host.call(definition, list) }
                    return false
                }
                group.addTask { try await host.call(wanted, list).list == list }
            }
            var answered = 0
            for try await isAnswer in group where isAnswer { answered += 1 }
            #expect(answered == definitions.count)
        }
    }

    @Test func aKernelWithoutNamespacesIsToldOnce() async throws {
        let program = try Program.shell("cat")
        let host = host(program.definition(), namespaces: false)
        let first = try await host.call(program.definition(), ResourceList())
        #expect(first.warnings.map(\.severity) == [.warning])
        #expect(first.warnings[0].message.hasPrefix("the plugin sample could reach the network"))
        #expect(try await host.call(program.definition(), ResourceList()).warnings.isEmpty)
    }

    @Test func grantedSecretsComeInMemoryAndNotInTheEnvironment() async throws {
        let program = try Program.shell("grep -q c2VjcmV0IFZhbHVl \"$GITOPSCTL_GRANTS\" && cat; env >&2")
        let secret: Value = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "key"], "data": ["k": "c2VjcmV0IFZhbHVl"],
        ]
        let definition = program.definition { $0.grants.secrets = [.named("key", namespace: "shop")] }
        let list = ResourceList(items: [configMap("a").value])
        #expect(try await host(definition, secrets: [secret]).call(definition, list).list == list)
    }

    @Test func valuesOfSecretsAreStruckOutOfWhatItSays() async throws {
        let program = try Program.shell("cat >&2; exit 1")
        let secret = configMap("s", ["password": "aHVudGVyMg=="], kind: "Secret").value
        let message = try #require(await failure(program.definition(), [secret])?.message)
        #expect(message.contains("password: <hidden>"))
        #expect(!message.contains("aHVudGVyMg"))
    }

    @Test(arguments: [true, false])
    func aCancelledCallEndsThePlugin(_ namespaces: Bool) async throws {
        let mark = "5\(Int.random(in: 100_000...999_999))"
        let program = try Program.shell("sleep \(mark)")
        let definition = program.definition()
        let call = Task { await failure(definition, namespaces: namespaces) }
        while processes(with: mark).isEmpty { await Task.yield() }
        call.cancel()
        #expect(await call.value?.message == "the plugin sample was cancelled")
        #expect(processes(with: mark).isEmpty)
    }

    /// The processes whose command line has a word.
    private func processes(with word: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { name in
            guard Int(name) != nil, let data = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return false
            }
            return data.split(separator: 0).contains { $0.elementsEqual(word.utf8) }
        }
    }
}
