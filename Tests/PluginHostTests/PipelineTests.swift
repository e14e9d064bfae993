import Manifest
import PluginHost
import Testing

@Suite struct PipelineTests {
    /// A function in Python that reads JSON lines, around a body that changes `items` and `results`.
    private func plugin(_ body: String, _ change: (inout PluginDefinition) -> Void = { _ in }) throws -> (
        Program, PluginDefinition
    ) {
        let lines = body.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        let program = try Program.python(
            """
            import json, sys
            for line in sys.stdin:
                list = json.loads(line)
                items, results, config = list["items"], [], list.get("functionConfig")
            \(lines)
                list["items"], list["results"] = items, results
                print(json.dumps(list), flush=True)
            """)
        return (
            program,
            program.definition {
                $0.isReentrant = true
                change(&$0)
            }
        )
    }

    private let use = PluginUse(name: "sample")

    @Test func changedObjectsKeepTheirPlacesAndOrigins() async throws {
        let (program, definition) = try plugin("for item in items: item['data'] = {'x': 'y'}\nitems.reverse()")
        defer { withExtendedLifetime(program) {} }
        let objects = [configMap("a"), configMap("b"), configMap("c")]
        let result = try await host(definition).transform(objects, [use], shopContext).objects
        #expect(result.map(\.name) == ["a", "b", "c"])
        #expect(result.map(\.origin) == objects.map(\.origin))
        #expect(result.allSatisfy { $0.value[path: "data", "x"]?.string == "y" })
        #expect(result.allSatisfy { $0.value[path: "metadata", "annotations"] == nil })
    }

    @Test func newObjectsComeBehindTheirNeighboursAndMissingOnesAreGone() async throws {
        let (program, definition) = try plugin(
            "items = [items[0], {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'new'}}] + items[2:]")
        defer { withExtendedLifetime(program) {} }
        let result = try await host(definition).transform(
            [configMap("a"), configMap("b"), configMap("c")], [use], shopContext
        ).objects
        #expect(result.map(\.name) == ["a", "new", "c"])
        #expect(result[1].origin?.file == "plugin sample")
    }

    /// The file of what SOPS encrypted goes to whom may see the values of Secrets, and to nobody else.
    @Test(arguments: [true, false])
    func theFileOfAnEncryptedObjectIsHandedOverToWhomIsGrantedSecrets(isGranted: Bool) async throws {
        let (program, definition) = try plugin(
            "for item in items: item['data'] = {'file': item['metadata']['annotations'].get('internal.config.kubernetes.io/gitopsctl-file', 'none')}"
        ) { $0.grants.secretValues = isGranted }
        defer { withExtendedLifetime(program) {} }
        var encrypted = configMap("a")
        encrypted.value["sops"] = ["mac": "x"]
        var context = shopContext
        context.files = ["base/a.yaml": "the file", "base/b.yaml": "another"]
        let result = try await host(definition).transform([encrypted, configMap("b")], [use], context).objects
        #expect(result.map { $0.value[path: "data", "file"]?.string } == [isGranted ? "the file" : "none", "none"])
        #expect(result.allSatisfy { $0.value[path: "metadata", "annotations"] == nil })
    }

    @Test func aSelectorLeavesTheOthersAlone() async throws {
        let (program, definition) = try plugin("assert len(items) == 1\nitems[0]['metadata']['name'] = 'renamed'") {
            $0.selector.kinds = ["ConfigMap"]
            $0.selector.names = ["b"]
        }
        defer { withExtendedLifetime(program) {} }
        let result = try await host(definition).transform([configMap("a"), configMap("b")], [use], shopContext).objects
        #expect(result.map(\.name) == ["a", "renamed"])
        #expect(result[1].origin?.file == "base/b.yaml")
    }

    @Test func aPluginWithoutObjectsToWorkOnIsNotStarted() async throws {
        var definition = PluginDefinition(name: "sample", executable: "/nonexistent", stages: [.transform])
        definition.selector.kinds = ["SealedSecret.bitnami.com"]
        let result = try await host(definition).transform([configMap("a")], [use], shopContext)
        #expect(result.objects.map(\.name) == ["a"])
    }

    @Test func theConfigurationAndTheApplicationAreHandedOver() async throws {
        let (program, definition) = try plugin(
            "results.append({'message': config['spec']['size'] + ' ' + config['metadata']['annotations']['gitopsctl.dev/namespace']})"
        )
        defer { withExtendedLifetime(program) {} }
        var use = use
        use.config = ["size": "large"]
        let found = try await host(definition).validate([], [use], shopContext)
        #expect(found.map(\.message) == ["large shop"])
    }

    @Test func findingsStandAtTheirObjects() async throws {
        let (program, definition) = try plugin(
            """
            for item in items:
                results.append({'message': 'no limits', 'severity': 'error', 'field': {'path': 'spec'}, 'resourceRef':
                    {'apiVersion': 'v1', 'kind': item['kind'], 'name': item['metadata']['name'], 'namespace': 'shop'}})
            """)
        defer { withExtendedLifetime(program) {} }
        await #expect {
            try await host(definition).validate([configMap("a"), configMap("b")], [self.use], shopContext)
        } throws: { error in
            (error as? DiagnosticsError)?.diagnostics.map(\.description) == [
                "base/a.yaml: error: ConfigMap shop/a: no limits (spec)",
                "base/b.yaml: error: ConfigMap shop/b: no limits (spec)",
            ]
        }
    }

    @Test func everyValidatorIsHeardBeforeTheSyncStops() async throws {
        let (first, one) = try plugin("results.append({'message': 'first', 'severity': 'error'})")
        let (second, two) = try plugin("results.append({'message': 'second', 'severity': 'error'})") {
            $0.name = "other"
        }
        defer { withExtendedLifetime((first, second)) {} }
        await #expect {
            try await host(one, two).validate([configMap("a")], [self.use, PluginUse(name: "other")], shopContext)
        } throws: { ($0 as? DiagnosticsError)?.diagnostics.map(\.message) == ["first", "second"] }
    }

    @Test func valuesOfSecretsAreVeiledUnlessGranted() async throws {
        let body =
            "for item in items: results.append({'message': item['data']['k']}); item['data']['seen'] = item['data']['k'] + '!'; item['data']['k2'] = item['data']['k']"
        let secret = configMap("s", ["k": "czNjcjN0"], kind: "Secret")
        let (program, veiled) = try plugin(body)
        let (other, granted) = try plugin(body) { $0.grants.secretValues = true }
        defer { withExtendedLifetime((program, other)) {} }

        let closed = try await host(veiled).transform([secret], [use], shopContext)
        #expect(closed.objects[0].value[path: "data", "k"]?.string == "czNjcjN0")
        #expect(closed.objects[0].value[path: "data", "k2"]?.string == "czNjcjN0")
        #expect(closed.objects[0].value[path: "data", "seen"]?.string != "czNjcjN0!")

        let open = try await host(granted).transform([secret], [use], shopContext)
        #expect(open.objects[0].value[path: "data", "seen"]?.string == "czNjcjN0!")
        #expect(open.diagnostics.map(\.message) == ["<hidden>"])
    }

    @Test func observersSeeBothSidesAndStopNothing() async throws {
        let (program, definition) = try plugin(
            "results.append({'message': ' '.join(i['metadata']['annotations']['gitopsctl.dev/state'] for i in items), 'severity': 'error'})"
        )
        defer { withExtendedLifetime(program) {} }
        let pair = PluginHost.Pair(desired: configMap("a").value, live: configMap("a").value)
        let gone = PluginHost.Pair(desired: nil, live: configMap("b").value)
        let found = await host(definition).observe([pair, gone], [use], shopContext)
        #expect(found.map(\.message) == ["desired live live"])
        let missing = PluginDefinition(name: "sample", executable: "/nonexistent", stages: [.observe])
        #expect(await host(missing).observe([pair], [use], shopContext).map(\.severity) == [.warning])
    }

    @Test func anUnknownPluginIsToldWithThoseThatThereAre() async throws {
        await #expect {
            try await host(PluginDefinition(name: "sample", executable: "/x", stages: [.validate]))
                .transform([], [PluginUse(name: "smaple")], shopContext)
        } throws: {
            ($0 as? DiagnosticsError)?.diagnostics.first?.message == "there is no plugin smaple in the catalogue"
        }
    }
}
