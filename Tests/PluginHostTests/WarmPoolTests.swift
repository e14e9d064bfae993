import Manifest
import PluginHost
import Testing

@Suite struct WarmPoolTests {
    @Test func oneProcessAnswersManyLists() async throws {
        let program = try Program.python(loopingFunction)
        let definition = program.definition { $0.isReentrant = true }
        let host = host(definition)
        var pids: Set<String> = []
        for number in 0..<20 {
            let answer = try await host.call(definition, ResourceList(items: [configMap("c\(number)").value]))
            #expect(KubernetesObject(answer.list.items[0]).name == "c\(number)")
            #expect(KubernetesObject(answer.list.items[0]).label("by") == "sample")
            pids.formUnion(answer.list.results.map(\.message))
        }
        #expect(pids.count == 1)
        host.close()
    }

    @Test func theOutputIsTheSameColdAndWarm() async throws {
        let program = try Program.python(loopingFunction)
        let warm = program.definition { $0.isReentrant = true }
        let items = (0..<50).map { configMap("c\($0)", ["text": "line\nbreak \u{1F600} \"quoted\""]).value }
        let shared = host(warm)
        _ = try await shared.call(warm, ResourceList(items: items))
        let second = try await shared.call(warm, ResourceList(items: items)).list.items
        let first = try await host(warm).call(warm, ResourceList(items: items)).list.items
        #expect(first == second)
    }

    @Test func manyAtATimeDoNotMixTheirAnswers() async throws {
        let program = try Program.python(loopingFunction)
        let definition = program.definition { $0.isReentrant = true }
        let host = host(definition)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let answer = try await host.call(definition, ResourceList(items: [configMap("c\(number)").value]))
                    #expect(KubernetesObject(answer.list.items[0]).name == "c\(number)")
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func oneThatDiedWhileItWaitedIsReplaced() async throws {
        // Answers one list and ends.
        let program = try Program.python("import sys\nprint(sys.stdin.readline(), end='', flush=True)")
        let definition = program.definition { $0.isReentrant = true }
        let host = host(definition)
        for number in 0..<3 {
            let list = ResourceList(items: [configMap("c\(number)").value])
            #expect(try await host.call(definition, list).list == list)
        }
    }

    @Test func oneThatDiesOverAListIsADiagnostic() async throws {
        let program = try Program.python(
            "import sys\nline = sys.stdin.readline()\nprint(line[:20], end='', flush=True)")
        let definition = program.definition { $0.isReentrant = true }
        #expect(
            await failure(definition, [configMap("a").value])?.message
                == "the plugin sample ended in the middle of its answer")
    }

    @Test func otherGrantsAreAnotherProcess() async throws {
        let program = try Program.python(
            """
            import json, os, sys
            granted = json.load(open(os.environ["GITOPSCTL_GRANTS"]))["items"][0]["metadata"]["name"]
            for line in sys.stdin:
                list = json.loads(line)
                list["results"] = [{"message": granted}]
                print(json.dumps(list), flush=True)
            """)
        let definition = program.definition {
            $0.isReentrant = true
            $0.grants.secrets = [.file("changes")]
        }
        let names = Names()
        let host = PluginHost(catalog: PluginCatalog([definition])) { _ throws(DiagnosticsError) in
            [["apiVersion": "v1", "kind": "Secret", "metadata": ["name": .string(await names.next())]]]
        }
        for expected in ["first", "second"] {
            #expect(try await host.call(definition, ResourceList()).list.results.map(\.message) == [expected])
        }
    }

    private actor Names {
        private var left = ["first", "second"]
        func next() -> String { left.removeFirst() }
    }
}
