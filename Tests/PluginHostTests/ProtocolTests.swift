import Manifest
import PluginHost
import Testing

@Suite struct ProtocolTests {
    @Test func aShellFunctionThatPrintsWhatItReadChangesNothing() async throws {
        let program = try Program.shell("cat")
        let items = [configMap("a", ["text": "two\nlines: and a colon"]).value, configMap("b").value]
        let list = ResourceList(
            items: items, functionConfig: ["apiVersion": "v1", "kind": "ConfigMap", "data": ["size": "3"]])
        let answer = try await host(program.definition()).call(program.definition(), list)
        #expect(answer.list == list)
    }

    @Test func aShellFunctionEditsTheYAMLOfTheSpecification() async throws {
        let program = try Program.shell(#"sed 's/name: a$/name: z/'"#)
        let answer = try await host(program.definition()).call(
            program.definition(), ResourceList(items: [configMap("a").value]))
        #expect(answer.list.items == [configMap("z").value])
    }

    @Test func readsResultsOfBothVersions() throws {
        let result: Value = [
            "message": "too many", "severity": "error",
            "resourceRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "shop"],
            "field": ["path": "spec.replicas", "currentValue": 7, "proposedValue": 3], "file": ["path": "a.yaml"],
        ]
        for results in [Value.array([result]), ["name": "old", "results": .array([result])]] {
            let list = try ResourceList([
                "apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": [], "results": results,
            ])
            #expect(list.results.map(\.message) == ["too many"])
            #expect(list.results[0].reference?.description == "Deployment shop/web")
            #expect(list.results[0].field?.proposedValue == 3)
        }
    }

    @Test(arguments: [
        ("", "nothing was printed"), ("echo hello", "the document is no mapping"),
        ("echo 'kind: List'", "not a config.kubernetes.io/v1 ResourceList"),
        ("echo 'apiVersion: v1\nkind: List'", "not a config.kubernetes.io/v1 ResourceList"),
        (#"printf 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- kind: "Conf'"#, "it is not YAML"),
        (#"printf '{"apiVersion": "config.kubernetes.io/v1", "kind": "Resour'"#, "it is not YAML"),
        (
            "printf 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- name: x\n'",
            "items[0] is no object"
        ),
        ("printf 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: 3\n'", "items is no list"),
        ("cat; echo ---; echo 'kind: More'", "2 documents were printed"),
    ])
    func tellsWhatIsNoResourceList(_ body: String, _ reason: String) async throws {
        let program = try Program.shell(body)
        let finding = await failure(program.definition(), [configMap("a").value])
        let message = try #require(finding?.message)
        #expect(message.hasPrefix("the plugin sample printed no ResourceList"), "\(message)")
        #expect(message.contains(reason), "\(message)")
    }

    @Test func aFailureIsToldWithStandardError() async throws {
        let program = try Program.shell("echo 'no such thing' >&2; exit 3")
        #expect(
            await failure(program.definition())?.message == "the plugin sample failed with exit code 3: no such thing")
    }

    @Test func aValidatorThatFailsTellsItsFindings() async throws {
        let program = try Program.shell(
            "printf 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nresults:\n- message: no limits\n  severity: error\n'; exit 1"
        )
        let answer = try await host(program.definition()).call(program.definition(), ResourceList())
        #expect(answer.list.results.map(\.message) == ["no limits"])
    }

    @Test func aFunctionNeedNotReadItsInput() async throws {
        let program = try Program.shell("printf 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n'")
        let many = (0..<5000).map { configMap("c\($0)", ["text": String(repeating: "x", count: 200)]).value }
        let answer = try await host(program.definition()).call(program.definition(), ResourceList(items: many))
        #expect(answer.list.items.isEmpty)
    }

    @Test func aMissingProgramIsTold() async throws {
        let definition = PluginDefinition(name: "sample", executable: "/nonexistent/function", stages: [.transform])
        let finding = await failure(definition)
        #expect(
            finding?.message == "the plugin sample cannot be started: /nonexistent/function: No such file or directory")
        #expect(finding?.cure == "Install it, or correct its path in the catalogue")
    }
}
