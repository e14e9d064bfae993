import Manifest
import PluginHost
import Testing

@Suite struct CatalogTests {
    private func read(_ text: String) throws -> PluginCatalog {
        try PluginCatalog(
            documents: YAML.read(Array(text.utf8), file: "plugins.yaml"), file: "plugins.yaml", folder: "/etc/gitopsctl"
        )
    }

    @Test func readsEveryField() throws {
        let catalog = try read(
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: PluginCatalog
            plugins:
            - name: stamp
              summary: stamps
              executable: bin/stamp
              arguments: [--fast]
              stages: [transform, validate]
              reentrant: true
              selector: {kinds: [Deployment.apps], labels: {app: shop}}
              limits: {timeout: 5s, cpu: 2s, memory: 64Mi, output: 1Mi, fileSize: 2Mi, processes: 4}
              grants:
                network: true
                secretValues: true
                environment: {REGION: eu}
                secrets:
                - {namespace: kube-system, label: keys}
                - {namespace: shop, name: token}
                - {file: keys.yaml}
            """)
        let stamp = try #require(catalog.definitions["stamp"])
        #expect(stamp.executable == "/etc/gitopsctl/bin/stamp")
        #expect(stamp.arguments == ["--fast"])
        #expect(stamp.stages == [.transform, .validate])
        #expect(stamp.isReentrant)
        #expect(stamp.selector.kinds == ["Deployment.apps"])
        #expect(stamp.limits.timeout == .seconds(5) && stamp.limits.memory == 64 << 20 && stamp.limits.processes == 4)
        #expect(stamp.grants.network && stamp.grants.secretValues && stamp.grants.environment == ["REGION": "eu"])
        #expect(
            stamp.grants.secrets == [
                .labelled("keys", namespace: "kube-system"), .named("token", namespace: "shop"),
                .file("/etc/gitopsctl/keys.yaml"),
            ])
    }

    @Test func readsAConfigMap() throws {
        let catalog = try read(
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: plugins}
            data:
              mine.yaml: |
                apiVersion: gitopsctl.dev/v1alpha1
                kind: PluginCatalog
                plugins: [{name: stamp, executable: /bin/stamp}]
            """)
        #expect(catalog.definitions["stamp"]?.stages == [.transform])
    }

    @Test func tellsEveryMistakeAtItsPlace() throws {
        #expect {
            try read(
                """
                apiVersion: gitopsctl.dev/v1alpha1
                kind: PluginCatalog
                plugins:
                - name: stamp
                  executable: stamp
                  stages: [transfrom]
                  limit: {}
                  limits: {memory: lots}
                - name: other
                """)
        } throws: { error in
            (error as? DiagnosticsError)?.diagnostics.map(\.description).map { $0.prefix { $0 != "\n" } } == [
                "plugins.yaml:7:3: error: limit is not a field of a plugin",
                "plugins.yaml:4:3: error: transfrom is no stage",
                "plugins.yaml:8:20: error: limits.memory must be a quantity of bytes",
                "plugins.yaml:9:3: error: a plugin needs a name and an executable",
            ]
        }
    }

    @Test func aCatalogueOverridesThePluginsThatComeAlong() throws {
        let builtIn = PluginCatalog.builtIn(in: "/usr/bin")
        #expect(builtIn.definitions.keys.sorted() == ["drift-detector", "sealed-secrets"])
        let merged = builtIn.merging(
            try read(
                "apiVersion: gitopsctl.dev/v1alpha1\nkind: PluginCatalog\nplugins: [{name: sealed-secrets, executable: /opt/mine}]"
            ))
        #expect(merged.definitions["sealed-secrets"]?.executable == "/opt/mine")
    }
}
