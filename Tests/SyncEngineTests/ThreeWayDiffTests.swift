import Manifest
import Testing

@testable import SyncEngine

/// Last applied, what the server and others did since, and what is desired now → what a sync would change.
///
/// Objects are written without apiVersion, kind and name; changes are merge patches. An expected line is
/// `path: live → desired (cause)`; `?` before it marks a doubt, which one dry run settles; `own` stands for taking over fields only.
struct DiffRow: Sendable, CustomTestStringConvertible {
    var name: String
    var kind = "Deployment"
    var applied: String?
    /// What defaulting, admission and controllers change without owning it.
    var server: String?
    var others: [(manager: String, patch: String)] = []
    var desired: String
    var expected: [String]

    var testDescription: String { name }
}

@Suite struct ThreeWayDiffTests {
    static let versions: [String: String] = [
        "Deployment": "apps/v1", "StatefulSet": "apps/v1", "Service": "v1", "ConfigMap": "v1", "Secret": "v1", "Ingress": "networking.k8s.io/v1",
        "PersistentVolumeClaim": "v1", "ClusterRole": "rbac.authorization.k8s.io/v1", "NetworkPolicy": "networking.k8s.io/v1",
        "RoleBinding": "rbac.authorization.k8s.io/v1", "HorizontalPodAutoscaler": "autoscaling/v2", "Widget": "example.com/v1",
        "CronJob": "batch/v1", "ServiceAccount": "v1", "PodDisruptionBudget": "policy/v1",
        "ValidatingWebhookConfiguration": "admissionregistration.k8s.io/v1",
    ]

    @Test(arguments: rows) func comparesThreeWays(row: DiffRow) throws {
        let found = try lines(of: row)
        #expect(found == row.expected)
    }

    private func lines(of row: DiffRow) throws -> [String] {
        let gvk = GroupVersionKind(apiVersion: try #require(Self.versions[row.kind]), kind: row.kind)
        let reference = ObjectReference(gvk: gvk, namespace: "n", name: "x")
        let set = ApplySet(configMap: "app", namespace: "n")
        func object(_ text: String) -> DesiredObject {
            var value = merge(["apiVersion": .string(gvk.apiVersion), "kind": .string(gvk.kind), "metadata": ["name": "x"]], manifest(text))
            value = DesiredForm.prepared(value, reference: reference, applySet: set)
            return DesiredObject(reference: reference, value: value, origin: nil, digest: value.digest, wave: 0, awaitsKind: false)
        }
        func type(_ live: Value) -> SchemaType {
            row.kind == "Widget" ? Self.widget : Schema.builtIn(gvk)
        }
        var live = object(row.applied ?? "{}").value
        if let applied = row.applied {
            live = try ServerSideApply(type: type(live)).apply(
                DesiredForm.marked(object(applied)), to: nil, by: .init(manager: "gitopsctl", time: "2026-01-01T00:00:01Z"), force: true)
        }
        if let server = row.server { live = merge(live, manifest(server)) }
        for (manager, patch) in row.others {
            live = ServerSideApply(type: type(live)).update(
                merge(live, manifest(patch)), from: row.applied == nil && manager == row.others[0].manager ? nil : live,
                by: .init(manager: manager, time: "2026-01-01T00:00:02Z"))
        }

        let desired = object(row.desired)
        let ownership = Ownership(of: live, manager: "gitopsctl")
        let digest = KubernetesObject(live).annotation(Vocabulary.appliedDigest)
        let observed = row.kind == "Widget" ? Schema.observed([desired.value, live], owned: ownership.all) : Schema.builtIn(gvk)
        let result = ThreeWayDiff(
            type: observed, desired: desired.value, live: live, ownership: ownership,
            isDigestCurrent: digest.map { $0 == desired.digest }, mask: SecretMask(key: [1])
        ).compare()
        let marks = [Vocabulary.partOf, Vocabulary.appliedIdentity]
        return (result.changes.map { line($0) } + result.doubts.map { "? " + line($0) })
            .filter { text in !marks.contains { text.contains($0) } } + (result.takesOwnership ? ["own"] : [])
    }

    private func line(_ change: FieldChange) -> String {
        func text(_ value: Value?) -> String { value.map { String(decoding: JSON.write($0), as: UTF8.self) } ?? "-" }
        let cause =
            switch change.cause {
            case .git: "git"
            case .cluster(let manager, _): manager
            }
        return "\(change.path): \(text(change.live)) → \(text(change.desired)) (\(cause))"
    }

    /// RFC 7386.
    private func merge(_ target: Value, _ patch: Value) -> Value {
        guard let changes = patch.object else { return patch }
        var result = target.object ?? Object()
        for entry in changes.entries {
            if entry.value.isNull {
                result.removeValue(forKey: entry.key)
            } else {
                result[entry.key] = merge(result[entry.key] ?? [:], entry.value)
            }
        }
        return .object(result)
    }

    static let widget = Schema.customResource(
        manifest(
            """
            type: object
            properties:
              spec:
                type: object
                properties:
                  size: {type: integer}
                  mode: {type: string}
                  limit: {x-kubernetes-int-or-string: true}
                  users:
                    type: array
                    x-kubernetes-list-type: map
                    x-kubernetes-list-map-keys: [name, zone]
                    items: {type: object, properties: {name: {type: string}, zone: {type: string, default: a}, role: {type: string}}}
                  tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
                  rows: {type: array, items: {type: object, x-kubernetes-preserve-unknown-fields: true}}
                  free: {type: object, x-kubernetes-preserve-unknown-fields: true}
            """))

    static let rows: [DiffRow] = plain + meaning + lists + atomic + ownership + removal + adoption + custom + secrets

    private static func row(
        _ name: String, _ kind: String = "Deployment", applied: String? = nil, server: String? = nil,
        others: [(String, String)] = [], desired: String, _ expected: String...
    ) -> DiffRow {
        DiffRow(
            name: name, kind: kind, applied: applied, server: server, others: others.map { (manager: $0.0, patch: $0.1) },
            desired: desired, expected: expected)
    }

    // MARK: Who changed what

    private static let plain: [DiffRow] = [
        row("nothing changed", applied: "spec: {replicas: 1}", desired: "spec: {replicas: 1}"),
        row("changed in Git", applied: "spec: {replicas: 1}", desired: "spec: {replicas: 2}", "spec.replicas: 1 → 2 (git)"),
        row("changed in the cluster", applied: "spec: {replicas: 1}", others: [("kubectl-scale", "spec: {replicas: 5}")],
            desired: "spec: {replicas: 1}", "spec.replicas: 5 → 1 (kubectl-scale)"),
        row("changed in both", applied: "spec: {replicas: 1, paused: false}", others: [("kubectl-scale", "spec: {replicas: 5}")],
            desired: "spec: {replicas: 2, paused: true}", "spec.paused: false → true (git)", "spec.replicas: 5 → 2 (kubectl-scale)"),
        row("added in Git", applied: "spec: {replicas: 1}", desired: "spec: {replicas: 1, paused: true}", "spec.paused: - → true (git)"),
        row("removed in Git", applied: "spec: {replicas: 1, paused: true}", desired: "spec: {replicas: 1}", "spec.paused: true → - (git)"),
        row("added in the cluster", applied: "spec: {replicas: 1}", others: [("kubectl-edit", "spec: {paused: true}")],
            desired: "spec: {replicas: 1}"),
        row("removed in the cluster", applied: "metadata: {labels: {a: b}}", others: [("kubectl-label", "metadata: {labels: {a: null}}")],
            desired: "metadata: {labels: {a: b}}", "metadata.labels.a: - → \"b\" (unknown)"),
        row("a new label in Git", applied: "metadata: {labels: {a: b}}", desired: "metadata: {labels: {a: b, c: d}}",
            "metadata.labels.c: - → \"d\" (git)"),
        row("a new field that another already holds", applied: "spec: {paused: true}",
            others: [("hpa", "spec: {replicas: 9}")], desired: "spec: {paused: true, replicas: 1}", "spec.replicas: 9 → 1 (hpa)"),
        row("an annotation of a controller", applied: "spec: {replicas: 1}",
            others: [("kube-controller-manager", "metadata: {annotations: {deployment.kubernetes.io/revision: '1'}}")],
            desired: "spec: {replicas: 1}"),
        row("status is nobody's business here", applied: "spec: {replicas: 1}",
            others: [("kube-controller-manager", "status: {replicas: 1}")], desired: "{spec: {replicas: 1}, status: {replicas: 9}}"),
        row("a creationTimestamp of a generator", applied: "spec: {template: {metadata: {creationTimestamp: null, labels: {a: b}}}}",
            desired: "{metadata: {creationTimestamp: null}, spec: {template: {metadata: {creationTimestamp: null, labels: {a: b}}}}}"),
        row("data of a ConfigMap", "ConfigMap", applied: "data: {a: '1', b: '2'}", desired: "data: {a: '1', b: '3', c: '4'}",
            "data.b: \"2\" → \"3\" (git)", "data.c: - → \"4\" (git)"),
        row("a key of a ConfigMap with dots", "ConfigMap", applied: "data: {a.conf: '1'}", desired: "data: {a.conf: '2'}",
            "data[\"a.conf\"]: \"1\" → \"2\" (git)"),
        row("another type of value", "ConfigMap", applied: "data: {a: '1'}", desired: "data: {a: 'true'}", "data.a: \"1\" → \"true\" (git)"),
    ]

    // MARK: Comparison by meaning

    private static let meaning: [DiffRow] = [
        row("quantities spelt otherwise", "PersistentVolumeClaim", applied: "spec: {resources: {requests: {storage: 1Gi}}}",
            desired: "spec: {resources: {requests: {storage: 1024Mi}}}"),
        row("a quantity as a number", applied: "spec: {template: {spec: {containers: [{name: a, resources: {limits: {cpu: '1'}}}]}}}",
            desired: "spec: {template: {spec: {containers: [{name: a, resources: {limits: {cpu: 1}}}]}}}"),
        row("a quantity in thousandths", applied: "spec: {template: {spec: {containers: [{name: a, resources: {limits: {cpu: 500m}}}]}}}",
            desired: "spec: {template: {spec: {containers: [{name: a, resources: {limits: {cpu: 0.5}}}]}}}"),
        row("another quantity", "PersistentVolumeClaim", applied: "spec: {resources: {requests: {storage: 1Gi}}}",
            desired: "spec: {resources: {requests: {storage: 1G}}}", "spec.resources.requests.storage: \"1Gi\" → \"1G\" (git)"),
        row("int-or-string", "Service", applied: "spec: {ports: [{port: 80, targetPort: 8080}]}",
            desired: "spec: {ports: [{port: 80, targetPort: '8080'}]}"),
        row("a named port is another", "Service", applied: "spec: {ports: [{port: 80, targetPort: 8080}]}",
            desired: "spec: {ports: [{port: 80, targetPort: http}]}",
            "spec.ports[port=80,protocol=TCP].targetPort: 8080 → \"http\" (git)"),
        row("absent and null", applied: "spec: {replicas: 1}", desired: "spec: {replicas: 1, paused: null}"),
        row("absent and an empty map", applied: "spec: {replicas: 1}", server: "metadata: {labels: null}",
            desired: "{metadata: {labels: {}}, spec: {replicas: 1}}"),
        row("absent and an empty list", applied: "spec: {template: {spec: {containers: [{name: a}]}}}",
            desired: "spec: {template: {spec: {containers: [{name: a, env: []}], tolerations: []}}}"),
        row("an empty structure that is always there", applied: "spec: {template: {spec: {containers: [{name: a}]}}}",
            desired: "spec: {strategy: {}, template: {metadata: {}, spec: {containers: [{name: a, resources: {}}]}}}"),
        row("an empty structure that says something", applied: "spec: {template: {spec: {volumes: [{name: v}]}}}",
            desired: "spec: {template: {spec: {volumes: [{name: v, emptyDir: {}}]}}}",
            "spec.template.spec.volumes[name=v].emptyDir: - → {} (git)"),
        row("an empty structure that the server filled", applied: "spec: {template: {spec: {securityContext: {}}}}",
            server: "spec: {template: {spec: {securityContext: {runAsUser: 1}}}}",
            desired: "spec: {template: {spec: {securityContext: {}}}}"),
        row("false where the server leaves it out", applied: "spec: {paused: false}", server: "spec: {paused: null}",
            desired: "spec: {paused: false}"),
        row("false, new in Git, where the server leaves it out", applied: "spec: {replicas: 1}",
            desired: "spec: {replicas: 1, paused: false}", "? spec.paused: - → false (git)"),
        row("the server's spelling of what was applied", applied: "spec: {replicas: 1, strategy: {type: rolling}}",
            server: "spec: {strategy: {type: Rolling}}", desired: "spec: {replicas: 1, strategy: {type: rolling}}"),
        row("a webhook's change of what was applied", applied: "spec: {template: {spec: {containers: [{name: a, image: x}]}}}",
            server: "spec: {template: {spec: {containers: [{name: a, image: mirror/x}]}}}",
            desired: "spec: {template: {spec: {containers: [{name: a, image: x}]}}}"),
        row("a default beside what was applied", applied: "spec: {template: {spec: {containers: [{name: a, image: x}]}}}",
            server: "spec: {template: {spec: {dnsPolicy: ClusterFirst, containers: [{name: a, image: x, imagePullPolicy: Always}]}}}",
            desired: "spec: {template: {spec: {containers: [{name: a, image: x}]}}}"),
        row("numbers with a fraction", "ConfigMap", applied: "data: {a: '1.0'}", desired: "data: {a: '1'}", "data.a: \"1.0\" → \"1\" (git)"),
        row("rules of an aggregated role", "ClusterRole", applied: "aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}",
            others: [("clusterrole-aggregation-controller", "rules: [{verbs: [get], apiGroups: [''], resources: [pods]}]")],
            desired: "{aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}, rules: []}"),
        row("an injected caBundle", "ValidatingWebhookConfiguration", applied: "webhooks: [{name: a, clientConfig: {url: u}}]",
            server: "webhooks: [{name: a, clientConfig: {url: u, caBundle: YQ==}}]",
            desired: "webhooks: [{name: a, clientConfig: {url: u, caBundle: Cg==}}]"),
    ]

    // MARK: Lists that merge

    private static let lists: [DiffRow] = [
        row("a container's image", applied: "spec: {template: {spec: {containers: [{name: a, image: '1'}, {name: b, image: '1'}]}}}",
            desired: "spec: {template: {spec: {containers: [{name: a, image: '1'}, {name: b, image: '2'}]}}}",
            "spec.template.spec.containers[name=b].image: \"1\" → \"2\" (git)"),
        row("a new container", applied: "spec: {template: {spec: {containers: [{name: a}]}}}",
            desired: "spec: {template: {spec: {containers: [{name: a}, {name: b}]}}}",
            "spec.template.spec.containers[name=b]: - → {\"name\":\"b\"} (git)"),
        row("a container less", applied: "spec: {template: {spec: {containers: [{name: a}, {name: b}]}}}",
            desired: "spec: {template: {spec: {containers: [{name: a}]}}}",
            "spec.template.spec.containers[name=b]: {\"name\":\"b\"} → - (git)"),
        row("an injected sidecar", applied: "spec: {template: {spec: {containers: [{name: a}]}}}",
            others: [("injector", "spec: {template: {spec: {containers: [{name: a}, {name: proxy}]}}}")],
            desired: "spec: {template: {spec: {containers: [{name: a}]}}}"),
        row("a defaulted key", "Service", applied: "spec: {ports: [{port: 80}]}", server: "spec: {ports: [{port: 80, protocol: TCP}]}",
            desired: "spec: {ports: [{port: 80}]}"),
        row("a defaulted key that Git now spells out", "Service", applied: "spec: {ports: [{port: 80}]}",
            server: "spec: {ports: [{port: 80, protocol: TCP}]}", desired: "spec: {ports: [{port: 80, protocol: TCP}]}"),
        row("two protocols on one port", "Service", applied: "spec: {ports: [{port: 53, protocol: TCP}, {port: 53, protocol: UDP}]}",
            desired: "spec: {ports: [{port: 53, protocol: UDP}]}",
            "spec.ports[port=53,protocol=TCP]: {\"port\":53,\"protocol\":\"TCP\"} → - (git)"),
        row("an environment variable", applied: "spec: {template: {spec: {containers: [{name: a, env: [{name: X, value: '1'}]}]}}}",
            desired: "spec: {template: {spec: {containers: [{name: a, env: [{name: X, value: '2'}]}]}}}",
            "spec.template.spec.containers[name=a].env[name=X].value: \"1\" → \"2\" (git)"),
        row("the order of init containers", applied: "spec: {template: {spec: {initContainers: [{name: a}, {name: b}]}}}",
            desired: "spec: {template: {spec: {initContainers: [{name: b}, {name: a}]}}}",
            "spec.template.spec.initContainers: [{\"name\":\"a\"},{\"name\":\"b\"}] → [{\"name\":\"b\"},{\"name\":\"a\"}] (git)"),
        row("a set", "ServiceAccount", applied: "metadata: {finalizers: [a/x, b/x]}", desired: "metadata: {finalizers: [b/x, c/x]}",
            "metadata.finalizers[=a/x]: \"a/x\" → - (git)", "metadata.finalizers[=c/x]: - → \"c/x\" (git)"),
        row("a set in another order", "ServiceAccount", applied: "metadata: {finalizers: [a/x, b/x]}", desired: "metadata: {finalizers: [b/x, a/x]}",
            "metadata.finalizers: [\"a/x\",\"b/x\"] → [\"b/x\",\"a/x\"] (git)"),
        row("a keyed list that another emptied", "Service", applied: "spec: {ports: [{port: 80}]}", others: [("kubectl-edit", "spec: {ports: []}")],
            desired: "spec: {ports: [{port: 80}]}", "spec.ports[port=80,protocol=TCP]: - → {\"port\":80} (unknown)"),
        row("an item that another changed", "Service", applied: "spec: {ports: [{port: 80, targetPort: 1}]}",
            others: [("kubectl-edit", "spec: {ports: [{port: 80, targetPort: 2}]}")],
            desired: "spec: {ports: [{port: 80, targetPort: 1}]}", "spec.ports[port=80,protocol=TCP].targetPort: 2 → 1 (kubectl-edit)"),
    ]

    // MARK: Pieces that merge as one

    private static let atomic: [DiffRow] = [
        row("an atomic list", applied: "spec: {template: {spec: {tolerations: [{key: a}]}}}",
            desired: "spec: {template: {spec: {tolerations: [{key: b}]}}}",
            "spec.template.spec.tolerations: [{\"key\":\"a\"}] → [{\"key\":\"b\"}] (git)"),
        row("arguments", applied: "spec: {template: {spec: {containers: [{name: a, args: [x, y]}]}}}",
            desired: "spec: {template: {spec: {containers: [{name: a, args: [y, x]}]}}}",
            "spec.template.spec.containers[name=a].args: [\"x\",\"y\"] → [\"y\",\"x\"] (git)"),
        row("defaults inside an atomic list", "StatefulSet",
            applied: "spec: {volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}]}",
            server: "spec: {volumeClaimTemplates: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: d, creationTimestamp: null}, spec: {accessModes: [ReadWriteOnce], volumeMode: Filesystem}, status: {phase: Pending}}]}",
            desired: "spec: {volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}]}"),
        row("defaults inside an atomic list, with a change elsewhere", "StatefulSet",
            applied: "spec: {replicas: 1, volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}]}",
            server: "spec: {volumeClaimTemplates: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: d}, spec: {accessModes: [ReadWriteOnce], volumeMode: Filesystem}, status: {phase: Pending}}]}",
            desired: "spec: {replicas: 2, volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}]}",
            "spec.replicas: 1 → 2 (git)"),
        row("something removed from an atomic list, or a default in it", "NetworkPolicy", applied: "spec: {ingress: [{ports: [{port: 80, endPort: 90}]}]}",
            desired: "spec: {ingress: [{ports: [{port: 80}]}]}",
            "? spec.ingress: [{\"ports\":[{\"port\":80,\"endPort\":90}]}] → [{\"ports\":[{\"port\":80}]}] (git)"),
        row("a quantity inside an atomic list", "HorizontalPodAutoscaler",
            applied: "spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 1000m}}}]}",
            server: "spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: '1'}}}]}",
            desired: "{metadata: {labels: {a: b}}, spec: {metrics: [{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 1000m}}}]}}",
            "metadata.labels.a: - → \"b\" (git)"),
        row("an atomic list that the server sorted", "HorizontalPodAutoscaler",
            applied: "spec: {metrics: [{type: Resource, resource: {name: cpu}}, {type: Resource, resource: {name: memory}}]}",
            server: "spec: {metrics: [{type: Resource, resource: {name: memory}}, {type: Resource, resource: {name: cpu}}]}",
            desired: "{metadata: {labels: {a: b}}, spec: {metrics: [{type: Resource, resource: {name: cpu}}, {type: Resource, resource: {name: memory}}]}}",
            "metadata.labels.a: - → \"b\" (git)",
            "? spec.metrics: [{\"type\":\"Resource\",\"resource\":{\"name\":\"memory\"}},{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\"}}] → [{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\"}},{\"type\":\"Resource\",\"resource\":{\"name\":\"memory\"}}] (git)"),
        row("an atomic map", applied: "spec: {selector: {matchLabels: {a: b}}}", desired: "spec: {selector: {matchLabels: {a: c}}}",
            "spec.selector: {\"matchLabels\":{\"a\":\"b\"}} → {\"matchLabels\":{\"a\":\"c\"}} (git)"),
        row("a node selector with a key less", applied: "spec: {template: {spec: {nodeSelector: {a: b, c: d}}}}",
            desired: "spec: {template: {spec: {nodeSelector: {a: b}}}}",
            "? spec.template.spec.nodeSelector: {\"a\":\"b\",\"c\":\"d\"} → {\"a\":\"b\"} (git)"),
        row("an atomic list that another changed", applied: "spec: {template: {spec: {tolerations: [{key: a}]}}}",
            others: [("kubectl-edit", "spec: {template: {spec: {tolerations: [{key: b}]}}}")],
            desired: "spec: {template: {spec: {tolerations: [{key: a}]}}}",
            "spec.template.spec.tolerations: [{\"key\":\"b\"}] → [{\"key\":\"a\"}] (kubectl-edit)"),
        row("subjects with a defaulted group", "RoleBinding", applied: "subjects: [{kind: User, name: u}]",
            server: "subjects: [{kind: User, name: u, apiGroup: rbac.authorization.k8s.io}]",
            desired: "{metadata: {labels: {a: b}}, subjects: [{kind: User, name: u}]}", "metadata.labels.a: - → \"b\" (git)"),
        row("an ingress rule", "Ingress", applied: "spec: {rules: [{host: a.example}]}", desired: "spec: {rules: [{host: b.example}]}",
            "spec.rules: [{\"host\":\"a.example\"}] → [{\"host\":\"b.example\"}] (git)"),
    ]

    // MARK: Fields of others

    private static let ownership: [DiffRow] = [
        row("another set what we want, too", applied: "spec: {replicas: 1}",
            others: [("kubectl-edit", "spec: {replicas: 2}"), ("kubectl-edit", "spec: {replicas: 1}")], desired: "spec: {replicas: 1}", "own"),
        row("new in Git, and another has it so already", applied: "spec: {replicas: 1}", others: [("kubectl-edit", "spec: {paused: true}")],
            desired: "spec: {replicas: 1, paused: true}", "own"),
        row("two others, the later one is named", applied: "spec: {replicas: 1}",
            others: [("first", "spec: {replicas: 2}"), ("second", "spec: {replicas: 3}")], desired: "spec: {replicas: 1}",
            "spec.replicas: 3 → 1 (second)"),
        row("nobody owns what the server defaulted", applied: "spec: {replicas: 1}", server: "spec: {revisionHistoryLimit: 10}",
            desired: "spec: {replicas: 1, revisionHistoryLimit: 10}"),
        row("a default that Git now sets otherwise", applied: "spec: {replicas: 1}", server: "spec: {revisionHistoryLimit: 10}",
            desired: "spec: {replicas: 1, revisionHistoryLimit: 3}", "spec.revisionHistoryLimit: 10 → 3 (git)"),
    ]

    // MARK: Removal

    private static let removal: [DiffRow] = [
        row("a structure", applied: "spec: {replicas: 1, template: {spec: {securityContext: {runAsUser: 1, fsGroup: 2}}}}", desired: "spec: {replicas: 1}",
            "spec.template.spec.securityContext.fsGroup: 2 → - (git)", "spec.template.spec.securityContext.runAsUser: 1 → - (git)"),
        row("a map", applied: "metadata: {annotations: {a: b, c: d}}", desired: "metadata: {annotations: {a: b}}",
            "metadata.annotations.c: \"d\" → - (git)"),
        row("what another owns as well", applied: "metadata: {labels: {a: b}}",
            others: [("x", "metadata: {labels: {a: c}}"), ("x", "metadata: {labels: {a: b}}")], desired: "{}"),
        row("what another took over", applied: "spec: {replicas: 1}", others: [("hpa", "spec: {replicas: 4}")], desired: "{}"),
        row("what is gone already", applied: "metadata: {labels: {a: b}}", others: [("x", "metadata: {labels: {a: null}}")], desired: "{}"),
        row("an atomic list", applied: "spec: {template: {spec: {tolerations: [{key: a}]}}}", desired: "{}",
            "spec.template.spec.tolerations: [{\"key\":\"a\"}] → - (git)"),
        row("an item in which another changed something",
            applied: "spec: {template: {spec: {containers: [{name: a, image: x}, {name: b, image: x}]}}}",
            others: [("kubectl-set", "spec: {template: {spec: {containers: [{name: a, image: x}, {name: b, image: y}]}}}")],
            desired: "spec: {template: {spec: {containers: [{name: a, image: x}]}}}",
            "spec.template.spec.containers[name=b]: {\"name\":\"b\",\"image\":\"y\"} → - (git)"),
        row("a variable of an item that another changed elsewhere",
            applied: "spec: {template: {spec: {containers: [{name: a, image: x, env: [{name: X, value: '1'}]}]}}}",
            others: [("kubectl-set", "spec: {template: {spec: {containers: [{name: a, image: y, env: [{name: X, value: '1'}]}]}}}")],
            desired: "spec: {template: {spec: {containers: [{name: a}]}}}",
            "spec.template.spec.containers[name=a].env[name=X]: {\"name\":\"X\",\"value\":\"1\"} → - (git)"),
    ]

    // MARK: Objects that others applied before

    private static let adoption: [DiffRow] = [
        row("of an unknown tool", others: [("some-operator", "spec: {replicas: 3}")], desired: "spec: {replicas: 1}",
            "spec.replicas: 3 → 1 (git)", "own"),
        row("of kubectl, with a field less", others: [("kubectl-client-side-apply", "spec: {replicas: 3, paused: true}")],
            desired: "spec: {replicas: 3}", "spec.paused: true → - (git)", "own"),
        row("of kubectl, and nothing to change", others: [("kubectl-client-side-apply", "spec: {replicas: 3}")],
            desired: "spec: {replicas: 3}", "own"),
        row("of kubectl, drifted since",
            others: [
                ("kubectl-client-side-apply",
                    "{metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"spec\":{\"replicas\":3}}'}}, spec: {replicas: 3}}"),
                ("kubectl-scale", "spec: {replicas: 5}"),
            ], desired: "spec: {replicas: 3}", "spec.replicas: 5 → 3 (kubectl-scale)", "own"),
        row("of kubectl, drifted and changed in Git",
            others: [
                ("kubectl-client-side-apply",
                    "{metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"spec\":{\"replicas\":3}}'}}, spec: {replicas: 3}}"),
                ("kubectl-scale", "spec: {replicas: 5}"),
            ], desired: "spec: {replicas: 4}", "spec.replicas: 5 → 4 (git)", "own"),
    ]

    // MARK: Custom resources, whose lists managedFields tells

    private static let custom: [DiffRow] = [
        row("a scalar", "Widget", applied: "spec: {size: 1}", desired: "spec: {size: 2}", "spec.size: 1 → 2 (git)"),
        row("a keyed list", "Widget", applied: "spec: {users: [{name: u, zone: z, role: r}]}",
            desired: "spec: {users: [{name: u, zone: z, role: s}]}", "spec.users[name=u,zone=z].role: \"r\" → \"s\" (git)"),
        row("a keyed list with a default that only the cluster knows", "Widget", applied: "spec: {users: [{name: u, role: r}]}",
            server: "spec: {users: [{name: u, zone: a, role: r}]}", desired: "spec: {size: 3, users: [{name: u, role: r}]}", "spec.size: - → 3 (git)"),
        row("an item of another in a keyed list", "Widget", applied: "spec: {users: [{name: u, zone: z}]}",
            others: [("operator", "spec: {users: [{name: u, zone: z}, {name: v, zone: z}]}")], desired: "spec: {users: [{name: u, zone: z}]}"),
        row("a set", "Widget", applied: "spec: {tags: [a, b]}", desired: "spec: {tags: [a, c]}",
            "spec.tags[=b]: \"b\" → - (git)", "spec.tags[=c]: - → \"c\" (git)"),
        row("an atomic list", "Widget", applied: "spec: {rows: [{a: 1}]}", desired: "spec: {rows: [{a: 2}]}",
            "spec.rows: [{\"a\":1}] → [{\"a\":2}] (git)"),
        row("a free map", "Widget", applied: "spec: {free: {a: {b: 1}}}", desired: "spec: {free: {a: {b: 2}}}", "spec.free.a.b: 1 → 2 (git)"),
        row("a default of the definition", "Widget", applied: "spec: {size: 1}", server: "spec: {mode: auto}", desired: "spec: {size: 1}"),
        row("a number as a float", "Widget", applied: "spec: {free: {a: 1}}", server: "spec: {free: {a: 1.0}}", desired: "spec: {size: 2, free: {a: 1}}",
            "spec.size: - → 2 (git)"),
        row("an empty map is a value of its own", "Widget", applied: "spec: {size: 1}", desired: "spec: {size: 1, free: {}}",
            "spec.free: - → {} (git)"),
    ]

    // MARK: Secrets

    private static let secrets: [DiffRow] = [
        row("stringData", "Secret", applied: "stringData: {a: hello}", desired: "data: {a: aGVsbG8=}"),
        row("a changed value is hidden", "Secret", applied: "stringData: {a: hello}", desired: "stringData: {a: world}",
            "data.a: \"<hidden 62889909>\" → \"<hidden 9c91f94a>\" (git)"),
        row("an immutable Secret", "Secret", applied: "{immutable: false, stringData: {a: hello}}", server: "immutable: null",
            desired: "{immutable: false, stringData: {a: hello}}"),
    ]
}
