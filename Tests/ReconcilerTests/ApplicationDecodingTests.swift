import Manifest
import Reconciler
import SyncEngine
import Testing

/// Decodes the one Application of a text, as a file of that name would be read.
func application(_ text: String) throws -> Application {
    let documents = try YAML.read(Array(text.utf8), file: "gitops/shop.yaml", options: .resources)
    return try Application(try #require(documents.first), source: SourceLocation(file: "gitops/shop.yaml"))
}

func spec(_ lines: String) -> String {
    """
    apiVersion: gitopsctl.dev/v1alpha1
    kind: Application
    metadata:
      name: shop
    spec:
      source:
        repository: .
    \(lines)
    """
}

@Suite struct ApplicationDecodingTests {
    @Test func everyFieldIsRead() throws {
        let shop = try application(
            """
            apiVersion: gitopsctl.dev/v1alpha1
            kind: Application
            metadata:
              name: shop
              namespace: gitops
              labels: {team: web}
            spec:
              source:
                repository: https://github.com/ada/fleet.git
                revision: release-1.x
                path: overlays/production
                credentials: {secretName: fleet-git}
              destination:
                namespace: shop
              sync:
                automated: true
                selfHeal: true
                prune: false
                allowEmpty: true
                interval: 30s
                timeout: 1h30m
                retry: {limit: 3}
                options: [ForceConflicts=false]
              suspend: true
              historyLimit: 20
            """)
        #expect(shop.name == "shop" && shop.namespace == "gitops")
        #expect(shop.source.repository == "https://github.com/ada/fleet.git")
        #expect(shop.source.revision == "release-1.x" && shop.source.path == "overlays/production")
        #expect(shop.source.credentialsSecret == "fleet-git")
        #expect(shop.destination.namespace == "shop")
        #expect(
            shop.sync.automated && shop.sync.selfHeal && !shop.sync.prune && shop.sync.allowEmpty
                && !shop.sync.forceConflicts)
        #expect(shop.sync.interval == .seconds(30) && shop.sync.timeout == .seconds(5400) && shop.sync.retry.limit == 3)
        #expect(shop.suspend && shop.historyLimit == 20)
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        let shop = try application(spec("    path: base"))
        #expect(shop.namespace == Application.defaultNamespace)
        #expect(shop.source.revision == "HEAD")
        #expect(shop.sync == Application.SyncPolicy())
        #expect(!shop.suspend)
    }

    @Test(arguments: [
        (
            "    revison: main", "8:5: error: spec.source.revison is not a field of spec.source",
            "Did you mean revision?"
        ),
        (
            "    revision: 1.20", "8:15: error: spec.source.revision must be a string, not the number 1.20",
            "Quote it: revision: \"1.20\""
        ),
        (
            "    path: ../other", "8:11: error: spec.source.path must stay inside the repository",
            "Write the folder's path from the repository's root"
        ),
        (
            "  sync: {prune: maybe}", "8:17: error: spec.sync.prune must be true or false, not a string",
            "Write prune: true or prune: false"
        ),
        (
            "  sync: {timeout: soon}", "8:19: error: spec.sync.timeout must be a duration",
            "Write it like 90s, 5m or 1h30m"
        ),
        ("  sync: [prune]", "8:3: error: spec.sync must be a mapping, not a list", nil),
        ("  historyLimit: -1", "8:17: error: spec.historyLimit must be a whole number from 0", nil),
        (
            "  sync: {retry: {backoff: {factor: 9223372036854775807}}}",
            "8:36: error: spec.sync.retry.backoff.factor must be a whole number from 1 to 100", nil
        ),
        (
            "  sync: {retry: {backoff: {factor: 0}}}",
            "8:36: error: spec.sync.retry.backoff.factor must be a whole number from 1 to 100", nil
        ),
        (
            "  plugins: [sealed-secrets]", "8:13: error: spec.plugins[0] must be a mapping, not a string",
            "Write it like - name: sealed-secrets"
        ),
        (
            "  plugins: [{name: x, stage: render}]", "8:30: error: render is no stage of a plugin",
            "Stages are transform, validate and observe"
        ),
        (
            "  plugins: [{name: x, selector: {kind: Y}}]",
            "8:34: error: spec.plugins[0].selector.kind is not a field of a selector",
            "The fields are fields, kinds, labels, names, namespaces"
        ),
        (
            "  ignoreDifferences: [{kind: Deployment, jsonPointers: [spec]}]",
            "8:57: error: spec names no field: a JSON pointer begins with a slash",
            "Write a JSON pointer like /spec/replicas, or a path like .spec.ports[] | select(.name == \"http\") | .nodePort"
        ),
        (
            "  ignoreDifferences: [{group: apps}]", "8:24: error: spec.ignoreDifferences[0].kind is missing",
            "Add it, for example kind: Deployment"
        ),
        (
            "    verify: {mode: head}", "8:5: error: spec.source.verify is not supported by this version of gitopsctl",
            "Take the field out, or use a version that has it"
        ),
        (
            "  sync: {windows: [{kind: deny, schedule: '@daily', duration: 30s}]}",
            "8:63: error: spec.sync.windows[0].duration must be between one minute and 28 days", nil
        ),
        (
            "  sync: {windows: [{kind: sometimes, schedule: '@daily', duration: 1h}]}",
            "8:27: error: spec.sync.windows[0].kind must be allow or deny", nil
        ),
        (
            "  sync: {windows: [{kind: deny, schedule: '0 24 * * *', duration: 1h}]}",
            "8:43: error: spec.sync.windows[0].schedule: 24 is no hour from 0 to 23",
            "Write it as cron has it: \"0 22 * * MON-FRI\" is at 22:00 from Monday to Friday"
        ),
        (
            "  sync: {windows: [{kind: deny, schedule: '@daily', duration: 1h, timeZone: ../../etc/passwd}]}",
            "8:77: error: spec.sync.windows[0].timeZone ../../etc/passwd is not known here",
            "Write a name like Europe/Berlin; /usr/share/zoneinfo has them all"
        ),
        (
            "  sync: {windows: [{kind: deny, schedule: '@daily', duration: 1h, manual: true}]}",
            "8:67: error: spec.sync.windows[0].manual is not a field of spec.sync.windows[0]",
            "The fields are duration, kind, manualSync, schedule, timeZone"
        ),
        (
            "  sync: {options: [Forse=true]}", "8:20: error: Forse=true is no sync option of an application",
            "Did you mean Force=true?"
        ),
        (
            "  sync: {options: [Prune=false]}", "8:20: error: Prune=false is no option of an application",
            "Write spec.sync.prune: false"
        ),
        (
            "  sync: {managedNamespaceMetadata: {labels: {team: a}}}",
            "8:10: error: spec.sync.managedNamespaceMetadata is for a namespace that is created",
            "Add CreateNamespace=true to spec.sync.options"
        ),
        (
            "  health: [{kind: Widget, healthy: \"status.phase = 'Ready'\"}]",
            "8:50: error: spec.health[0].healthy: = is no operator: equality is ==",
            "The expressions are described in docs/health.md"
        ),
        (
            "  health: [{healthy: status.ok}]", "8:13: error: spec.health[0].kind is missing",
            "Add it, for example kind: Widget"
        ),
        (
            "  health: [{kind: Widget, broken: status.ok}]",
            "8:27: error: spec.health[0].broken is not a field of spec.health[0]",
            "The fields are degraded, group, healthy, kind, message, progressing, suspended"
        ),
        (
            "  zebra: 1", "8:3: error: spec.zebra is not a field of spec",
            "The fields are deletionPolicy, dependsOn, destination, health, historyLimit, ignoreDifferences, notifications, plugins, project, serviceAccountName, source, suspend, sync"
        ),
    ])
    func aWrongFieldIsToldAtItsPlace(lines: String, finding: String, cure: String?) {
        let error = #expect(throws: DiagnosticsError.self) { try application(spec(lines)) }
        #expect(error?.diagnostics.map(\.cure) == [cure])
        #expect(error?.description == "gitops/shop.yaml:\(finding)" + (cure.map { "\n  → \($0)" } ?? ""))
    }

    @Test func theHealthOfItsOwnKindsIsRead() throws {
        let shop = try application(
            spec(
                "  health: [{group: example.com, kind: Widget, degraded: status.failed, healthy: \"status.phase == 'Ready'\"}]"
            ))
        let rule = try #require(shop.health.custom[GroupKind(group: "example.com", kind: "Widget")])
        #expect(rule.degraded?.text == "status.failed" && rule.healthy?.text == "status.phase == 'Ready'")
        #expect(rule.suspended == nil && shop.health.custom.count == 1)
    }

    @Test func readsWhichDifferencesAreIgnored() throws {
        let shop = try application(
            spec(
                """
                  ignoreDifferences:
                  - {group: "*", kind: Deployment, name: web, namespace: shop, jsonPointers: [/spec/replicas]}
                  - {group: "", kind: Service, jqPathExpressions: [".spec.ports[].nodePort"], managedFieldsManagers: [mesh]}
                  - {kind: "*"}
                """))
        #expect(
            try shop.ignoredDifferences.rules == [
                .init(
                    kind: "Deployment", namespace: "shop", name: "web",
                    fields: [FieldSelector(pointer: "/spec/replicas")]),
                .init(
                    group: "", kind: "Service", fields: [FieldSelector(expression: ".spec.ports[].nodePort")],
                    managers: ["mesh"]),
                .init(fields: [.everything]),
            ])
    }

    @Test func allMistakesAreToldAtOnce() {
        let error = #expect(throws: DiagnosticsError.self) {
            try application(
                """
                apiVersion: gitopsctl.dev/v2
                kind: Application
                metadata: {}
                spec:
                  source: {path: 7}
                  destination: {cluster: "Not/a/name"}
                  serviceAccountName: ""
                """)
        }
        #expect(
            error?.diagnostics.map(\.message) == [
                "this version of gitopsctl does not read gitopsctl.dev/v2", "metadata.name is missing",
                "spec.source.repository is missing", "spec.source.path must be a string, not the number 7",
                "spec.destination.cluster is no name of an object: 'Not/a/name'",
                "spec.serviceAccountName is no name of an object: ''",
            ])
    }

    @Test(arguments: [("90s", 90_000), ("5m", 300_000), ("1h30m", 5_400_000), ("500ms", 500), ("1.5h", 5_400_000)])
    func durationsAreReadAsGoWritesThem(text: String, milliseconds: Int) {
        #expect(Duration(parsing: text) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "5", "m", "-5m", "5 m", "5m5m", "5d", "1e9h", "100000h"])
    func otherDurationsAreRefused(text: String) {
        #expect(Duration(parsing: text) == nil)
    }
}
